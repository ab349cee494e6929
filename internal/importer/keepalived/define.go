package keepalived

import (
	"path/filepath"
	"regexp"
	"strings"

	"github.com/aloft-ha/aloft/internal/importer"
)

var (
	definition = regexp.MustCompile(`^\$([A-Za-z_][A-Za-z0-9_]*)=(.*)$`)
	reference  = regexp.MustCompile(`\$(?:\{([A-Za-z_][A-Za-z0-9_]*)((?:\s[^{}]*)?)\}|([A-Za-z_][A-Za-z0-9_]*)(?:\s|$|[{},)]))`)
)

// cutDefinition recognises $NAME=value.
func cutDefinition(text string) (name, value string, ok bool) {
	m := definition.FindStringSubmatch(text)
	if m == nil {
		return "", "", false
	}
	return m[1], strings.TrimSpace(m[2]), true
}

// startDefinition begins a definition. It has several lines if it ends in a backslash.
func (l *loader) startDefinition(name, value string) {
	first, more := strings.CutSuffix(value, `\`)
	if !more {
		l.define(name, value)
		return
	}
	l.defining, l.value, l.discard = name, nil, false
	if first = strings.TrimSpace(first); first != "" {
		l.value = append(l.value, first)
	}
}

// continueDefinition takes one line of a definition. One without a backslash at its end is the last; it counts before a
// comment, and behind one.
func (l *loader) continueDefinition(at line) {
	if !l.charge(at) {
		return
	}
	text, more := strings.CutSuffix(at.text, `\`)
	text = strings.TrimSpace(uncomment(text))
	if before, found := strings.CutSuffix(text, `\`); found {
		text, more = strings.TrimSpace(before), true
	}
	if text != "" {
		l.value = append(l.value, text)
	}
	if !more {
		l.endDefinition()
	}
}

// endDefinition completes a definition of several lines, if there is one.
func (l *loader) endDefinition() {
	if l.defining != "" && !l.discard {
		l.define(l.defining, strings.Join(l.value, "\n"))
	}
	l.defining, l.discard = "", false
}

// discardDefinition skips the lines of a definition that begins on a line for other nodes.
func (l *loader) discardDefinition(at line) {
	if name, value, ok := cutDefinition(strings.TrimSpace(at.text)); ok && strings.HasSuffix(value, `\`) {
		l.startDefinition(name, value)
		l.discard = true
	}
}

// define sets a name. An escaped # or ! is a plain one from here on, so that $OFF=\# makes a comment of what follows $OFF.
func (l *loader) define(name, value string) {
	l.defined[name] = strings.NewReplacer(`\#`, "#", `\!`, "!").Replace(value)
}

// substitute finds the first name in a line that stands for something. A name that nobody defined stays as it is.
func (l *loader) substitute(at line) (before, value, after string, ok bool) {
	text := at.text
	for from := 0; ; {
		m := reference.FindStringSubmatchIndex(text[from:])
		if m == nil {
			return "", "", "", false
		}
		start, end := from+m[0], from+m[1]
		var name, args string
		if m[2] >= 0 {
			name, args = text[from+m[2]:from+m[3]], strings.TrimSpace(text[from+m[4]:from+m[5]])
		} else {
			name, end = text[from+m[6]:from+m[7]], from+m[7]
		}
		if value, ok = l.lookUp(at, name, args); ok {
			return text[:start], value, text[end:], true
		}
		from = end
	}
}

// lookUp returns what a name stands for.
func (l *loader) lookUp(at line, name, args string) (string, bool) {
	switch name {
	case "_PWD":
		return filepath.ToSlash(l.dir()), true
	case "_INSTANCE":
		if l.id == "" {
			l.note(at, importer.Broken, "say with --id which node's configuration this is", "${_INSTANCE} is the name of the node, which is not known")
		}
		return l.id, l.id != ""
	case "_HASH":
		return "#", true
	case "_BANG":
		return "!", true
	case "_RANDOM":
		least, _, _ := strings.Cut(args, " ")
		if least == "" {
			least = "0"
		}
		l.note(at, importer.Chosen, "write the number that you want", "${_RANDOM %s} is another number at each start of keepalived; %s is taken", args, least)
		return least, true
	case "_ENV":
		if value, ok := l.env[args]; ok {
			return value, true
		}
		l.note(at, importer.Broken, "give its value with --env "+args+"=VALUE", "${_ENV %s} is a variable of keepalived's environment, which is not looked at", clip(args))
		return "", false
	}
	if args != "" {
		return "", false
	}
	value, ok := l.defined[name]
	return value, ok
}
