package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// The names of units (systemd.unit(5)).
const maxUnitName = 255

var (
	unitPattern  = regexp.MustCompile(`^[A-Za-z0-9_:.@\\][A-Za-z0-9_:.@\\-]*$`)
	unitSuffixes = []string{
		".service", ".socket", ".device", ".mount", ".automount", ".swap", ".target", ".path", ".timer", ".slice", ".scope",
	}
)

// unitName is the name of a unit of systemd, with its suffix. What looks like a command gets a hint.
func unitName(command string) kind[string] {
	text := schema{
		Type: types{"string"}, MaxLength: maxUnitName, Pattern: unitPattern.String(),
		PatternError: `a unit's name has letters, digits and : - _ . @ \`,
	}
	return kind[string]{typ: "a unit", limits: "of systemd", schema: text, read: func(w *walker, v value) (string, bool) {
		name, ok := w.text(v, "the name of a unit")
		if !ok {
			return "", false
		}
		full := name
		if !hasUnitSuffix(name) {
			full += unitSuffixes[0]
		}
		hint := ""
		switch {
		case strings.Contains(name, " "):
			hint = command
		case strings.HasPrefix(name, "/"):
			hint = "a unit has a name, not a path; " + command
		case strings.Contains(name, "::"):
			hint = "heartbeat's script is a service of commands: {name: ..., start: /etc/ha.d/resource.d/" +
				clip(strings.ReplaceAll(name, "::", " ")) + " start, stop: ...}"
		}
		switch {
		case !unitPattern.MatchString(name):
			w.report(v, hint, `%s is no name of a unit: it has letters, digits and : - _ . @ \`, quote(name))
		case len(full) > maxUnitName:
			w.report(v, "", "the unit %s has %d letters, and %d are the most", quote(name), len(full), maxUnitName)
		case strings.Contains(full, "@."):
			w.report(v, fmt.Sprintf("write %s, for example", clip(strings.Replace(full, "@.", "@1.", 1))), "%s is a template, of which an instance has to be named", quote(name))
		default:
			if strings.Contains(name, "::") {
				w.warn(v, hint, "%s is taken for a unit of systemd", clip(name))
			}
			return full, true
		}
		return "", false
	}}
}

func hasUnitSuffix(name string) bool {
	return slices.ContainsFunc(unitSuffixes, func(s string) bool { return strings.HasSuffix(name, s) })
}
