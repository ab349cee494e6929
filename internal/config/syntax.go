package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// decode reads the one YAML document of a file. It returns its root, or the problem that makes it no YAML.
func decode(name string, data []byte) (*yaml.Node, *Problem) {
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc yaml.Node
	err := dec.Decode(&doc)
	switch {
	case errors.Is(err, io.EOF):
		return nil, emptyFile(name)
	case err != nil:
		return nil, syntaxProblem(name, data, dec, err)
	}
	var second yaml.Node
	switch err := dec.Decode(&second); {
	case errors.Is(err, io.EOF) && doc.Content[0].Tag == "!!null" && doc.Content[0].Value == "":
		return nil, emptyFile(name) // only "---": its place would be behind the end
	case errors.Is(err, io.EOF):
		return doc.Content[0], nil
	case err != nil:
		return nil, syntaxProblem(name, data, dec, err)
	}
	return nil, &Problem{
		File: name, Line: second.Line, Column: second.Column, Message: "the file has a second document",
		Hint: `everything belongs into one: remove the "---" in the middle`,
	}
}

func emptyFile(name string) *Problem {
	return &Problem{
		File: name, Line: 1, Column: 1, Message: "the file is empty", Hint: "it needs nodes and virtual_routers",
	}
}

// explanation puts an error of the YAML library into words that help.
type explanation struct {
	text    string // part of the library's message
	message string // empty: the library's
	hint    string // %s is where the thing began that was being read
	began   bool   // the place is where that thing began, not where reading it ended
}

var explanations = []explanation{
	{text: "found unexpected end of stream", message: "a quote is opened here and never closed", began: true},
	{text: "expected ',' or ']'", message: "the list's [ is not closed, or a comma is missing", hint: "it was opened at %s"},
	{text: "expected ',' or '}'", message: "the mapping's { is not closed, or a comma is missing", hint: "it was opened at %s"},
	{
		text: "mapping values are not allowed", message: "a second colon in one value, or a wrong indentation",
		hint: `indent all keys of a mapping alike; put a value that contains ": " in quotes`,
	},
	{text: "could not find expected ':'", message: "this is no key with a colon, and no entry of a list with a dash", began: true},
	{
		text:    "did not find expected key",
		message: "no key stands here: the indentation is not that of its neighbours, or a quote or bracket is too many",
		hint:    "the mapping around it began at %s",
	},
	{
		text: "did not find expected '-' indicator", message: `this is inside a list, and every entry of it begins with "- "`,
		hint: "the list began at %s",
	},
	{
		text: "did not find expected node content", message: "a value is missing, or a [ or { is not closed",
		hint: `an IPv6 address that begins with a colon needs quotes: "::1"`,
	},
	{text: "exceeded max depth", message: "the file is nested too deeply"},
	{
		text: "found unknown escape character", message: "a backslash in double quotes begins an escape, and this is none",
		hint: `write \\, or use single quotes`,
	},
	{text: "expected <document start>", message: "something stands after the end of the file's document", hint: `remove the "..."`},
	{text: "found incompatible YAML document", message: "the directive asks for a YAML that is not 1.1", hint: "remove the line: nothing here depends on it"},
	{
		text: "expected alphabetic or numeric character", message: "no name of an anchor follows here",
		hint: "put a value that begins with * or & in quotes",
	},
}

// What is said of a piece of the file that the message or its hint repeats.
const (
	noAnchor      = "nothing before this has the anchor"
	noColon       = "a colon is missing"
	noSpaceBehind = "a space is missing after the colon"
	noSpaceAtAll  = "what follows the colon looks like a space and is none"
)

// syntaxProblem says what is wrong with a file that is no YAML, and where.
func syntaxProblem(name string, data []byte, dec *yaml.Decoder, err error) *Problem {
	m, text := marksOf(dec), strings.TrimPrefix(err.Error(), "yaml: ")
	if rest, found := strings.CutPrefix(text, "line "); found {
		_, text, _ = strings.Cut(rest, ": ")
	}
	message, hint, at := text, "", m.problem
	char := charAt(data, at)
	switch anchor, unknown := strings.CutPrefix(text, "unknown anchor "); {
	case unknown:
		message, at = noAnchor+" "+strings.TrimSuffix(anchor, " referenced"), m.event
	case char == '\t' && (strings.Contains(text, "any token") || strings.Contains(text, "a tab character")):
		message, hint = "a tab stands where YAML wants spaces", "indent with spaces"
	case strings.Contains(text, "cannot start any token"):
		message, hint = fmt.Sprintf("a value cannot begin with %q", char), "put the value in quotes"
	}
	for _, e := range explanations {
		if !strings.Contains(text, e.text) {
			continue
		}
		message, hint = e.message, strings.Replace(e.hint, "%s", fmt.Sprintf("%d:%d", m.context.line, m.context.column), 1)
		if e.began {
			at = m.context
		}
		break
	}
	if char == '?' && strings.Contains(text, "expected ',' or ") { // the library reads a key there, as in a URL
		message, hint = "inside of [ and { a value with a ? needs quotes", "put the value in quotes"
	}
	at = inside(data, at)
	seen, earlier, ok := earlierMistake(data, at, text)
	if ok {
		at, message, hint = seen, earlier.message, earlier.hint
	}
	if wordedSecrets(data)[at.line] {
		message, hint = withoutText(message, hint)
	}
	return &Problem{File: name, Line: at.line, Column: at.column, Message: message, Hint: hint}
}

// withoutText leaves out of an explanation what it repeats of the file.
func withoutText(message, hint string) (string, string) {
	for _, known := range []struct{ message, hint string }{
		{noAnchor, "put a text that begins with * in quotes"},
		{noColon, "write it behind the key"},
		{noSpaceBehind, "write one"},
		{noSpaceAtAll, "write one over it"},
	} {
		if strings.HasPrefix(message, known.message) {
			return known.message, known.hint
		}
	}
	return message, hint
}

// inside moves a place behind the end of the file to the end of its last line that has something in it: there is more
// to see.
func inside(data []byte, at mark) mark {
	text := bytes.TrimRight(data, " \t\r\n")
	last := bytes.Count(text, []byte("\n")) + 1
	if at.line <= last {
		return at
	}
	return mark{last, utf8.RuneCount(text[bytes.LastIndexByte(text, '\n')+1:]) + 1}
}

// charAt returns the character at a place, or 0.
func charAt(data []byte, at mark) rune {
	lines := bytes.Split(data, []byte("\n"))
	if at.line > len(lines) {
		return 0
	}
	line := []rune(string(lines[at.line-1]))
	if at.column > len(line) {
		return 0
	}
	return line[at.column-1]
}
