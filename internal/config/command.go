package config

import (
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/aloft-ha/aloft/internal/command"
)

// The bounds of a command of the file, in bytes and in words. The kernel takes more, and nobody means more.
const (
	maxCommandLine = 4096
	maxArguments   = 128
)

// The bounds of how long a command may run. Less than the least is a mistake: it takes as long to start one.
const (
	minCommandTime = time.Second
	maxCommandTime = time.Hour
)

// argvKind is a command: a line, which a shell reads where it needs one, or the list of a program and its arguments.
func argvKind() kind[[]string] {
	either := schema{
		Type: types{"string", "array"}, MaxLength: maxCommandLine, Pattern: `\S`, PatternError: "a command is not empty",
		Items: &schema{Type: types{"string", "number", "boolean"}}, MinItems: 1, MaxItems: maxArguments,
	}
	return kind[[]string]{typ: "a command", limits: "a line, or a list of a program and its arguments", schema: either, read: func(w *walker, v value) ([]string, bool) {
		if v.node.Kind == yaml.SequenceNode {
			return w.argumentList(v)
		}
		if argv := w.lines[v.node]; argv != nil {
			return argv, true // an alias: the words are shared
		}
		line, ok := w.text(v, "a command")
		switch {
		case !ok:
			return nil, false
		case strings.TrimSpace(line) == "":
			w.report(v, "", "%s is empty", v.name)
			return nil, false
		case len(line) > maxCommandLine:
			w.report(v, "put it into a script", "%s has %d letters, and %d are the most", v.name, len(line), maxCommandLine)
			return nil, false
		case !w.printableText(v, line):
			return nil, false
		case strings.HasPrefix(strings.TrimSpace(line), "~"):
			return nil, w.program(v, strings.Fields(line)[0]) // a shell would look in the home of whom it runs as
		}
		argv := command.Parse(line)
		if !w.program(v, argv[0]) {
			return nil, false
		}
		if w.lines == nil {
			w.lines = make(map[*yaml.Node][]string)
		}
		w.lines[v.node] = argv
		return argv, true
	}}
}

// argumentList reads a command as a list. Numbers and truths are taken as they are written: an argument is text.
func (w *walker) argumentList(v value) ([]string, bool) {
	items, ok := w.items(v, "a list of a program and its arguments", maxArguments)
	if ok && len(items) == 0 {
		w.report(v, "", "%s is empty", v.name)
		return nil, false
	}
	var argv []string
	total := 0
	for _, item := range items {
		switch {
		case item.node.Kind != yaml.ScalarNode || null(item.node):
			w.wrongKind(item, "a word of a command")
			ok = false
			continue
		case !w.printableText(item, item.node.Value):
			ok = false
			continue
		}
		total += len(item.node.Value)
		argv = append(argv, item.node.Value)
	}
	switch {
	case !ok:
		return nil, false
	case total > maxCommandLine:
		w.report(v, "put it into a script", "%s has %d letters, and %d are the most", v.name, total, maxCommandLine)
		return nil, false
	}
	return argv, w.program(items[0], argv[0])
}

// program looks at the first word of a command: a path from the root on, or a name that PATH finds.
func (w *walker) program(v value, word string) bool {
	switch {
	case strings.TrimSpace(word) == "":
		w.report(v, "", "the program of %s is empty", v.name)
	case strings.HasPrefix(word, "~"):
		w.report(v, "write the whole path, from / on", "%s is no path that this file knows: ~ is nobody's here", quote(word))
	case strings.Contains(word, "/") && word[0] != '/':
		w.report(v, "write the whole path, from / on", "the path %s is relative, and a daemon has no folder of its own", quote(word))
	case strings.HasSuffix(word, "/"):
		w.report(v, "", "%s is a folder, not a program", quote(word))
	default:
		return true
	}
	return false
}

// commandSettings are the keys of a command that is written as a mapping.
type commandSettings struct {
	command setting[[]string]
	user    setting[string]
	timeout setting[time.Duration]
}

func commandFields() []field[commandSettings] {
	type C = commandSettings
	return []field[C]{
		key("command", argvKind(), func(c *C) *setting[[]string] { return &c.command },
			"what is run; a line that needs a shell is read by /bin/sh, and a list by none", must[C], example[C]("[/usr/local/bin/notify, mail]", inRouter)),
		key("user", userName(), func(c *C) *setting[string] { return &c.user },
			"whom it runs as; without it the user beside it, or that of scripts", example[C]("root", inRouter)),
		key("timeout", duration(minCommandTime, maxCommandTime, 1), func(c *C) *setting[time.Duration] { return &c.timeout },
			"after which it is ended; without it the timeout beside it", example[C]("10s", inRouter)),
	}
}

// commandKind reads a command that may have a user and a timeout of its own.
func commandKind() kind[commandSettings] {
	return kind[commandSettings]{
		typ: "a command, or a mapping with its user and timeout", limits: "a line, a list, or {command, user, timeout}",
		schema: schema{Ref: refCommand},
		read: func(w *walker, v value) (commandSettings, bool) {
			var c commandSettings
			if v.node.Kind == yaml.MappingNode {
				ok := fill(w, v, w.tables.command, &c) && demand(w, v, w.tables.command, &c, v.name)
				return c, ok && w.tables.command.sound(&c)
			}
			argv, ok := argvKind().read(w, v)
			if ok {
				c.command = setting[[]string]{value: argv, at: v, state: present}
			}
			return c, ok
		},
	}
}

// commandSchema is what a command may be.
func commandSchema() schema {
	return orMapping(argvKind().schema, newTable("a command", commandFields()))
}
