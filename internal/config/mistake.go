package config

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// YAML goes on reading where a person sees the mistake: a line that is no key is the begin of a text of several lines,
// and only the next colon is one too many. The functions here look for what a person would see.

var (
	// colonless is a key whose colon no space follows, which makes it text.
	colonless = regexp.MustCompile(`^(\s*(?:- +)?[A-Za-z_][A-Za-z0-9_-]*):([^\s:][^\r]*)`)
	// loneWord is a key without its colon.
	loneWord = regexp.MustCompile(`^ *([A-Za-z0-9_][A-Za-z0-9_-]*) *\r?$`)
)

// earlierMistake looks for the first mistake before the place where YAML found one, or in its line. It is ok if there is
// one.
func earlierMistake(data []byte, at mark, text string) (first mark, e explanation, ok bool) {
	lines := strings.Split(string(data), "\n")
	if n := slices.IndexFunc(lines, func(line string) bool { return strings.HasPrefix(line, "<<<<<<< ") }); n >= 0 {
		return mark{n + 1, 1}, explanation{message: "this is the mark of a merge conflict", hint: "choose one of its sides"}, true
	}
	switch {
	case at.line > len(lines):
	case strings.Contains(text, "mapping values are not allowed"), strings.Contains(text, "could not find expected ':'"):
		for n := at.line; n >= 1; n-- {
			line, above := lines[n-1], n < at.line
			if blank(line) {
				continue
			}
			found, why, wrong := wrongLine(line, n, above, indentation(lines[at.line-1]))
			if wrong {
				first, e, ok = found, why, true
			} else if above {
				break // a key that is right: the text began below it
			}
		}
	case strings.Contains(text, "did not find expected key"):
		n := at.line - 1
		for n > 0 && blank(lines[n-1]) {
			n--
		}
		if n > 0 && indentation(lines[n-1]) == indentation(lines[at.line-1]) {
			return noSpace(lines[n-1], n)
		}
	}
	return first, e, ok
}

// wrongLine explains why a line is no key, if it is none. Only above the place where YAML stumbles a line of text is one
// that should have been a key.
func wrongLine(line string, number int, above bool, neighbours int) (mark, explanation, bool) {
	if at, e, ok := noSpace(line, number); ok || !above {
		return at, e, ok
	}
	if m := loneWord.FindStringSubmatch(line); m != nil {
		word := clip(m[1])
		return mark{number, indentation(line) + utf8.RuneCountInString(m[1]) + 1},
			explanation{message: noColon + " after " + word, hint: "write " + word + ":"}, true
	}
	e := explanation{message: "this is no key with a colon, and no entry of a list with a dash"}
	plain := !strings.Contains(line, ":") && !strings.HasPrefix(strings.TrimLeft(line, " "), "-")
	return mark{number, indentation(line) + 1}, e, plain && indentation(line) == neighbours
}

// noSpace explains that a line has a key with no space after its colon.
func noSpace(line string, number int) (mark, explanation, bool) {
	m := colonless.FindStringSubmatch(line)
	if m == nil || strings.HasPrefix(m[2], "//") {
		return mark{}, explanation{}, false
	}
	value := strings.TrimLeft(m[2], "\u00a0\u2007\u202f\u200b\u3000")
	key := strings.TrimLeft(m[1], " -")
	e := explanation{message: noSpaceBehind, hint: "write " + clip(key+": "+value)}
	if value != m[2] {
		e.message = noSpaceAtAll
	}
	return mark{number, utf8.RuneCountInString(m[1]) + 2}, e, true
}

// blank says that a line has nothing but a comment.
func blank(line string) bool {
	text := strings.TrimSpace(line)
	return text == "" || text[0] == '#'
}

func indentation(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }
