package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// The bounds of the environment of commands.
const (
	maxVariables     = 64
	maxVariableName  = 64
	maxVariableValue = 4096
)

// scriptsSettings are the keys of scripts.
type scriptsSettings struct {
	user        setting[string]
	environment setting[[]string]
	insecure    setting[bool]
}

func scriptsFields() []field[scriptsSettings] {
	type S = scriptsSettings
	return []field[S]{
		key("user", userName(), func(s *S) *setting[string] { return &s.user },
			"whom commands run as that have no user of their own; without it nobody, or the daemon's own user if that is not root", example[S]("nobody", inRouter)),
		key("environment", variables(), func(s *S) *setting[[]string] { return &s.environment },
			"what stands in the environment of every command, beside PATH, LANG, HOME, USER, LOGNAME and SHELL; nothing of the daemon's does", example[S]("{PGHOST: /run/postgresql}", inRouter)),
		key("insecure", truth(), func(s *S) *setting[bool] { return &s.insecure },
			"whether a program is run that others than root and its user can change", fallback[S]("false")),
	}
}

// scriptsKind reads scripts.
func scriptsKind() kind[Scripts] {
	return kind[Scripts]{typ: "a mapping of the keys of scripts", schema: mappingOf(newTable("scripts", scriptsFields())), read: func(w *walker, v value) (Scripts, bool) {
		var s scriptsSettings
		if !fill(w, v, w.tables.scripts, &s) || !w.tables.scripts.sound(&s) {
			return Scripts{}, false
		}
		return Scripts{User: s.user.value, Environment: s.environment.value, Insecure: s.insecure.value}, true
	}}
}

// variablePattern is what POSIX has in the name of a variable, and small letters too.
var variablePattern = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// variables reads an environment. The result is sorted by name.
func variables() kind[[]string] {
	names := schema{Type: types{"string"}, MaxLength: maxVariableName, Pattern: variablePattern.String(), PatternError: "a variable has letters, digits and underscores"}
	env := byName(&names, schema{Type: types{"string", "number", "boolean"}, MaxLength: maxVariableValue})
	env.MaxProperties = maxVariables
	return kind[[]string]{typ: "a mapping from variable to text", limits: fmt.Sprintf("up to %d", maxVariables), schema: env, read: func(w *walker, v value) ([]string, bool) {
		if v.node.Kind == yaml.SequenceNode {
			w.report(v, "write {LANG: C.UTF-8}, for example", "%s is a mapping from variable to text, not a list", v.name)
			return nil, false
		}
		entries, ok := w.entries(v, "a mapping from variable to text")
		if len(entries) > maxVariables {
			w.report(v, "", "%s has %d entries, and %d are the most", v.name, len(entries), maxVariables)
			return nil, false
		}
		var list []string
		for _, e := range entries {
			if w.variable(e) {
				list = append(list, e.name+"="+e.value.node.Value)
			} else {
				ok = false
			}
		}
		slices.Sort(list)
		return list, ok
	}}
}

// variable looks at one variable. Numbers and truths are taken as they are written.
func (w *walker) variable(e entry) bool {
	switch text := e.value.node.Value; {
	case !variablePattern.MatchString(e.name) || len(e.name) > maxVariableName:
		w.report(e.key, "", "%s is no name of a variable: it has letters, digits and underscores", quote(e.name))
	case strings.HasPrefix(e.name, "ALOFT_"):
		w.report(e.key, "choose another name", "%s is one of the variables that aloft sets for each command", quote(e.name))
	case e.value.node.Kind != yaml.ScalarNode || null(e.value.node):
		w.wrongKind(e.value, "a text")
	case len(text) > maxVariableValue:
		w.report(e.value, "", "%s has %d letters, and %d are the most", e.name, len(text), maxVariableValue)
	default:
		return w.printableText(e.value, text)
	}
	return false
}
