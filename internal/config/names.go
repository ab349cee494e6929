package config

import (
	"fmt"
	"strings"
	"unicode"

	"gopkg.in/yaml.v3"
)

// The longest names. A router's has to fit a systemd unit, a metric label and a table; a node's is a host name (RFC
// 1035 section 2.3.4); a user's is that of useradd(8); a link's is ALTIFNAMSIZ of the kernel less its end.
const (
	MaxRouterName = 64
	MaxNodeName   = 253
	MaxUserName   = 32
	maxLinkName   = 127
)

// nameOf is a text of which wrong says what is wrong with it, or nothing, and what to write instead.
func nameOf(typ, limits, wanted string, text schema, wrong func(name string) (bad, hint string)) kind[string] {
	return kind[string]{typ: typ, limits: limits, schema: text, read: func(w *walker, v value) (string, bool) {
		name, ok := w.text(v, wanted)
		if !ok {
			return "", false
		}
		if bad, hint := wrong(name); bad != "" {
			w.report(v, hint, "%s", bad)
			return "", false
		}
		return name, true
	}}
}

// badName says what is wrong with the name of a node, a router or something like it, or nothing. Names end up in file
// names, arguments of scripts and log lines: letters, digits, dot, dash and underscore are enough, and a dash in front
// would be a flag.
func badName(name string, longest int) string {
	letters := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '-' || r == '_'
	}
	i := strings.IndexFunc(name, func(r rune) bool { return !letters(r) })
	switch {
	case name == "":
		return "a name is empty"
	case len(name) > longest:
		return fmt.Sprintf("the name %s has %d letters, and %d are the most", quote(name), len(name), longest)
	case i >= 0:
		return fmt.Sprintf("the name %s has a %q in it; letters, digits, dot, dash and underscore are allowed",
			quote(name), []rune(name[i:])[0])
	case strings.ContainsAny(name[:1], "-."):
		return fmt.Sprintf("the name %s begins with %q", quote(name), name[0])
	}
	return ""
}

// named returns the entries of a mapping from names, which are the user's, to something: one at least, and not too many.
// It is not ok if a name is no good. The example is for those who write a list.
func (w *walker) named(v value, wanted, example string, most int) ([]entry, bool) {
	if v.node.Kind == yaml.SequenceNode {
		w.report(v, "write "+v.name+": "+example, "%s is %s, not a list", v.name, wanted)
		return nil, false
	}
	entries, ok := w.entries(v, wanted)
	switch {
	case ok && len(entries) == 0:
		w.report(v, "", "%s is empty", v.name)
		return nil, false
	case len(entries) > most:
		w.report(v, "", "%s has %d entries, and %d are the most", v.name, len(entries), most)
		return nil, false
	}
	for _, e := range entries {
		if bad := badName(e.name, MaxRouterName); bad != "" {
			w.report(e.key, "", "%s", bad)
			ok = false
		}
	}
	return entries, ok
}

// userName is the name of a user of the system.
func userName() kind[string] {
	return nameOf("a user", "", "the name of a user", nameText(MaxUserName), func(name string) (bad, hint string) {
		bad = badName(name, MaxUserName)
		if i := strings.IndexAny(name, ": "); i > 0 {
			hint = "write " + clip(name[:i]) + ": a command has the groups of its user"
		}
		return bad, hint
	})
}

// linkName is the name or altname of a network interface, as far as the kernel's rules go (dev_valid_name).
func linkName() kind[string] {
	return nameOf("an interface name", "", "the name of an interface", linkText(), func(name string) (string, string) {
		return badLink(name), ""
	})
}

func badLink(name string) string {
	switch {
	case name == "" || name == "." || name == "..":
		return quote(name) + " is no name of an interface"
	case len(name) > maxLinkName:
		return fmt.Sprintf("the interface name %s has %d letters, and %d are the most", quote(name), len(name), maxLinkName)
	case strings.ContainsFunc(name, func(r rune) bool { return r == '/' || r == ':' || unicode.IsSpace(r) || !unicode.IsPrint(r) }):
		return "the interface name " + quote(name) + " has a slash, a colon or a space in it"
	}
	// The kernel would take these. They are left over from a template, or from a word processor.
	if i := strings.IndexAny(name, "$`{}\"'“”„‘’"); i >= 0 {
		return fmt.Sprintf("the interface name %s has a %q in it", quote(name), []rune(name[i:])[0])
	}
	return ""
}

// label is the label of an IPv4 address, IFNAMSIZ of the kernel less its end.
func label() kind[string] {
	const longest = 15
	text := schema{
		Type: types{"string"}, MaxLength: longest, Pattern: "^[!-~]+$", PatternError: "a label has letters, and no spaces",
	}
	return nameOf("a label", "1 to 15 letters", "a label", text, func(l string) (bad, hint string) {
		if l == "" || len(l) > longest || strings.ContainsFunc(l, func(r rune) bool { return r > '~' || r <= ' ' }) {
			return fmt.Sprintf("%s is no label: it has 1 to %d letters without spaces", quote(l), longest), `usual is the interface and a number: "eth0:1"`
		}
		return "", ""
	})
}
