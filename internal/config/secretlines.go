package config

import (
	"bytes"
	"regexp"
	"strings"

	"gopkg.in/yaml.v3"
)

// What is shown of a file around a mistake may have a secret in it, whatever the mistake is: a word that is misspelt, an
// indentation that is wrong, a file that is no YAML at all. So what is hidden is found by words, not by what was read.

// secretWord is a key below which secrets stand, or one that was probably meant to be.
const secretWord = `(auth\w*|\w*pass\w*|\w*secrets?|(\w+_)?keys?|\w*hmac\w*)`

var (
	secretName = regexp.MustCompile(`(?i)^` + secretWord + `$`)
	// secretStart is a line that begins with such a word, or has it as a key.
	secretStart = regexp.MustCompile(`(?i)^[\s-]*["']?` + secretWord + `\b|\b` + secretWord + `["']?\s*([:={]|$)`)
	// joinedSecret is such a word and its secret in one text, for want of a colon, of a space after it, or of a brace.
	joinedSecret = regexp.MustCompile(`(?i)\b(` + secretWord + `|hex|text)["']?\s*[:={\s].*\S`)
	// secretText is a line that has a key behind its prefix.
	secretText = regexp.MustCompile(`(?i)\b(hex|text):`)
	// nextKey is a line with a key and its colon.
	nextKey = regexp.MustCompile(`^(- +)*["']?[\w./-]+["']?:(\s|$)`)
)

// secretLines are the lines of a file that may have a secret in them, counted from 1.
func secretLines(data []byte) map[int]bool {
	lines := wordedSecrets(data)
	var doc yaml.Node
	if yaml.Unmarshal(data, &doc) == nil {
		s := secretNodes{lines: lines, seen: make(map[*yaml.Node]bool)}
		s.look(&doc, false, 1)
	}
	return lines
}

// wordedSecrets are those that the words of the file give away, whether it is YAML or not.
func wordedSecrets(data []byte) map[int]bool {
	lines := make(map[int]bool)
	block := -1 // how far the key is indented below which secrets stand; -1: none
	open := 0   // brackets and braces below it
	number := 0
	for raw := range bytes.Lines(data) {
		number++
		line := strings.TrimRight(string(raw), "\r\n")
		text := strings.TrimLeft(line, " \t")
		indent := len(line) - len(text)
		if block >= 0 && indent <= block && open <= 0 && nextKey.MatchString(text) {
			block = -1
		}
		if block < 0 && secretStart.MatchString(line) {
			block, open = indent, 0
		}
		open += strings.Count(line, "{") + strings.Count(line, "[") - strings.Count(line, "}") - strings.Count(line, "]")
		if block >= 0 || secretText.MatchString(line) {
			lines[number] = true
		}
	}
	return lines
}

// secretNodes finds the lines of values that an alias takes from elsewhere.
type secretNodes struct {
	lines map[int]bool
	seen  map[*yaml.Node]bool // those below a key of secrets
}

func (s *secretNodes) look(n *yaml.Node, secret bool, depth int) {
	if depth > maxDepth || s.seen[n] {
		return
	}
	if secret {
		s.seen[n] = true
		for i := range strings.Count(n.Value, "\n") + 1 {
			s.lines[n.Line+i] = true
		}
	}
	if n.Kind == yaml.AliasNode {
		if secret {
			s.look(n.Alias, true, depth)
		}
		return
	}
	for i, child := range n.Content {
		below := secret
		if n.Kind == yaml.MappingNode && i%2 == 1 {
			below = secret || secretName.MatchString(n.Content[i-1].Value)
		}
		s.look(child, below, depth+1)
	}
}
