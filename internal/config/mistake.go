package config

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// YAML goes on reading where a person sees the mistake: a line that is no key is the begin of a text of several lines,
// and only the next colon is one too many. The functions here look for what a person would see.

// colonless is a key whose colon no space follows, which makes it text.
var colonless = regexp.MustCompile(`^(\s*(?:- +)?[A-Za-z_][A-Za-z0-9_-]*):([^\s:][^\r]*)`)

// earlierMistake looks for a mistake before the place where YAML found one. It is ok if there is one.
func earlierMistake(data []byte, at mark, text string) (mark, explanation, bool) {
	lines := strings.Split(string(data), "\n")
	if n := slices.IndexFunc(lines, func(line string) bool { return strings.HasPrefix(line, "<<<<<<< ") }); n >= 0 {
		return mark{n + 1, 1}, explanation{message: "this is the mark of a merge conflict", hint: "choose one of its sides"}, true
	}
	colon, key := strings.Contains(text, "mapping values are not allowed"), strings.Contains(text, "did not find expected key")
	if !colon && !key || at.line > len(lines) {
		return mark{}, explanation{}, false
	}
	n := at.line - 1
	for n > 0 && blank(lines[n-1]) {
		n--
	}
	if n == 0 || indentation(lines[n-1]) != indentation(lines[at.line-1]) {
		return mark{}, explanation{}, false
	}
	if key && !colonless.MatchString(lines[n-1]) {
		return mark{}, explanation{}, false
	}
	return noKey(lines[n-1], n)
}

// noKey explains why a line is no key. It is not ok if it looks like one.
func noKey(line string, number int) (mark, explanation, bool) {
	if m := colonless.FindStringSubmatch(line); m != nil {
		value := strings.TrimLeft(m[2], "\u00a0\u2007\u202f\u200b\u3000")
		e := explanation{message: "a space is missing after the colon", hint: "write " + clip(strings.TrimSpace(m[1])+": "+value)}
		if value != m[2] {
			e.message = "what follows the colon looks like a space and is none"
		}
		return mark{number, utf8.RuneCountInString(m[1]) + 2}, e, true
	}
	e := explanation{message: "this is no key with a colon, and no entry of a list with a dash"}
	return mark{number, indentation(line) + 1}, e, !strings.Contains(line, ":")
}

// blank says that a line has nothing but a comment.
func blank(line string) bool {
	text := strings.TrimSpace(line)
	return text == "" || text[0] == '#'
}

func indentation(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }
