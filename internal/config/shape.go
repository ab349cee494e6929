package config

import (
	"fmt"

	"gopkg.in/yaml.v3"
)

// maxDepth bounds nesting; the deepest place of the file format is at 7.
const maxDepth = 20

// checkShape finds what is wrong with a document whatever its keys mean: keys that stand twice, keys that are no words,
// tags, and too deep nesting. It looks at each place of the file once and follows no alias.
func checkShape(file string, root *yaml.Node) []Problem {
	s := shape{file: file}
	s.check(root, 1, false)
	return s.problems
}

type shape struct {
	file     string
	problems []Problem
	deep     bool // that it is too deep has been said
}

func (s *shape) report(n *yaml.Node, hint, format string, args ...any) {
	s.problems = append(s.problems, Problem{
		File: s.file, Line: n.Line, Column: n.Column, Message: fmt.Sprintf(format, args...), Hint: hint,
	})
}

// check looks at a node and all in it. Of what may be secret no word is repeated.
func (s *shape) check(n *yaml.Node, depth int, secret bool) {
	if depth > maxDepth {
		if !s.deep {
			s.report(n, "", "the file is nested more than %d deep", maxDepth)
		}
		s.deep = true
		return
	}
	if n.Style&yaml.TaggedStyle != 0 {
		if secret {
			s.report(n, "put a text that begins with ! in quotes", "tags are not used in this file")
		} else {
			s.report(n, "remove it", "the tag %s is not used in this file", quote(n.Tag))
		}
		n.Tag, n.Style = "", n.Style&^yaml.TaggedStyle // so that the value is read as if the tag were removed
	}
	if n.Kind == yaml.MappingNode {
		s.checkKeys(n, secret)
	}
	for i, child := range n.Content {
		below := secret || n.Kind == yaml.MappingNode && i%2 == 1 && secretName.MatchString(n.Content[i-1].Value)
		s.check(child, depth+1, below)
	}
}

func (s *shape) checkKeys(n *yaml.Node, secret bool) {
	first := make(map[string]*yaml.Node, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if key.Kind != yaml.ScalarNode {
			hint := ""
			if key.Kind == yaml.MappingNode {
				hint = "is {{ ... }} a template that was not filled in?"
			}
			s.report(key, hint, "a key has to be a word, not %s", describe(key))
			continue
		}
		if earlier := first[key.Value]; earlier != nil {
			which := "the key " + quote(key.Value)
			if secret {
				which = "a key"
			}
			s.report(key, fmt.Sprintf("it is already at %d:%d", earlier.Line, earlier.Column), "%s stands twice", which)
			continue
		}
		first[key.Value] = key
	}
}
