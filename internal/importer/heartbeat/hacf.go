package heartbeat

import (
	"slices"
	"strings"
)

// statement is one directive of ha.cf as it stands there.
type statement struct {
	line int
	name string
	args []string
}

// wholeLine are the directives that take their whole line, and in which a comma is a letter like any other. All others
// are applied to each of their values, and a comma divides those as a blank does.
var wholeLine = []string{
	"ucast", "mcast", "mcast6", "ping_group", "stonith", "stonith_host", "apiauth", "respawn", "failfast",
}

// blank are the letters that heartbeat takes for white space.
const blank = " \t\n\r\f"

// parseHaCf splits ha.cf into its directives. A hash begins a comment wherever it stands, in a word too, and the name
// of a directive ends at white space only.
func parseHaCf(text string) []statement {
	var list []statement
	for i, line := range lines(text) {
		line, _, _ = strings.Cut(line, "#")
		line = strings.Trim(line, blank)
		if line == "" {
			continue
		}
		name, rest := line, ""
		if end := strings.IndexAny(line, blank); end >= 0 {
			name, rest = line[:end], line[end:]
		}
		between := blank + ","
		if slices.Contains(wholeLine, name) {
			between = blank
		}
		list = append(list, statement{i + 1, name, split(rest, between)})
	}
	return list
}

// lines splits a text at its line ends. The last one may lack its end.
func lines(text string) []string {
	return strings.Split(strings.TrimSuffix(text, "\n"), "\n")
}

// split returns the words between the given letters.
func split(text, between string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(between, r) })
}
