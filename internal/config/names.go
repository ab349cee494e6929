package config

import (
	"fmt"
	"strings"
	"unicode"
)

// The longest names. A router's has to fit a systemd unit, a metric label and a table; a node's is a host name (RFC
// 1035 section 2.3.4); a link's is ALTIFNAMSIZ of the kernel less its end.
const (
	MaxRouterName = 64
	MaxNodeName   = 253
	maxLinkName   = 127
)

// badName says what is wrong with the name of a router or a node, or nothing. Names end up in file names, arguments of
// scripts and log lines: letters, digits, dot, dash and underscore are enough, and a dash in front would be a flag.
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

// linkName is the name or altname of a network interface, as far as the kernel's rules go (dev_valid_name).
func linkName() kind[string] {
	return kind[string]{typ: "an interface name", schema: linkText(), read: func(w *walker, v value) (string, bool) {
		name, ok := w.text(v, "the name of an interface")
		if !ok {
			return "", false
		}
		if bad := badLink(name); bad != "" {
			w.report(v, "", "%s", bad)
			return "", false
		}
		return name, true
	}}
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
	return kind[string]{typ: "a label", limits: "1 to 15 letters", schema: text, read: func(w *walker, v value) (string, bool) {
		l, ok := w.text(v, "a label")
		if !ok {
			return "", false
		}
		if l == "" || len(l) > longest || strings.ContainsFunc(l, func(r rune) bool { return r > '~' || r <= ' ' }) {
			w.report(v, `usual is the interface and a number: "eth0:1"`, "%s is no label: it has 1 to %d letters without spaces", quote(l), longest)
			return "", false
		}
		return l, true
	}}
}
