package config

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"unicode/utf8"
)

// A key that was written wrongly in one of two ways: YAML takes either for the begin of a long text, and stumbles over a
// colon in a later line, which is right.
var (
	keyWithoutSpace = regexp.MustCompile(`^[ -]*([a-z_]+):[!-~]`) // vrid:51
	keyWithoutColon = regexp.MustCompile(`^[ ]*([A-Za-z0-9_-]+)[ ]*\r?$`)
)

// brokenKey looks for the first key that made the YAML library stumble at a place, in that line and upwards to where the
// text began that swallowed it. It returns nil if no key there is obviously wrong.
func brokenKey(name string, data []byte, at mark) (first *Problem) {
	lines := bytes.Split(data, []byte("\n"))
	for n := min(at.line, len(lines)); n >= 1; n-- {
		line := lines[n-1]
		column, message, hint := wrongColon(line, n < at.line)
		if message != "" {
			first = &Problem{File: name, Line: n, Column: column, Message: message, Hint: hint}
		} else if n < at.line && bytes.ContainsRune(line, ':') {
			break // a key that is right: the text began below it
		}
	}
	return first
}

// wrongColon says what is wrong with the key of a line, if its colon is. A word alone is a key only above another line.
func wrongColon(line []byte, above bool) (column int, message, hint string) {
	if m := keyWithoutSpace.FindSubmatchIndex(line); m != nil && isKey(string(line[m[2]:m[3]])) {
		key, rest := string(line[m[2]:m[3]]), string(bytes.TrimSpace(line[m[3]+1:]))
		return utf8.RuneCount(line[:m[3]]) + 2, "a space is missing after the colon",
			fmt.Sprintf("write %s: %s", key, clip(rest))
	}
	if m := keyWithoutColon.FindSubmatchIndex(line); m != nil && above {
		key := clip(string(line[m[2]:m[3]]))
		return utf8.RuneCount(line[:m[3]]) + 1, "a colon is missing after " + key, "write " + key + ":"
	}
	return 0, "", ""
}

// isKey says whether a word is a key of any mapping of the file.
func isKey(word string) bool {
	t := newTables()
	for _, names := range [][]string{t.file.names, t.nodeEntry.names, t.all.names, t.address.names} {
		if slices.Contains(names, word) {
			return true
		}
	}
	return false
}
