package heartbeat

import (
	"strings"

	"github.com/aloft-ha/aloft/internal/importer"
)

// word is a word of haresources with the line it stands on, which need not be the one its group begins on.
type word struct {
	line int
	text string
}

// group is one logical line of haresources: the resources that move together, and the node that shall have them.
type group struct {
	node      word // in small letters, as heartbeat knows it
	resources []word
}

// parseHaresources splits haresources into its groups. A backslash at the very end of a line joins the next one to it,
// with nothing in between: a word may go on there.
//
// heartbeat strips comments before it joins lines, and then only from the first of them: on a line that continues
// another, the hash and the words behind it become resources, and a backslash within the comment still continues. Who
// wrote a comment there did not mean that, so it is taken for one, and said.
func parseHaresources(text string, n *notebook) []group {
	var groups []group
	var words []word
	joined, within := false, false // within: the line before ends in the middle of a word
	for i, line := range lines(text) {
		line = strings.TrimSuffix(line, "\r")
		code, _, commented := strings.Cut(line, "#")
		if joined && commented {
			n.add(i+1, importer.Changed, "", "heartbeat takes the comment on this continued line for resources; it is read as a comment")
		}
		exact := strings.HasSuffix(code, `\`) && !commented
		code, continued := strings.CutSuffix(strings.TrimRight(code, blank), `\`)
		if continued && !exact {
			n.add(i+1, importer.Changed, `put the \ at the very end`,
				"the backslash has blanks or a comment behind it, and heartbeat takes it for a resource; it is read as a continuation")
			code += " "
		}
		words = appendWords(words, code, i+1, within, n)
		if code != "" || !continued {
			within = continued && strings.TrimRight(code, blank) == code
		}
		joined = continued || joined && commented && strings.HasSuffix(line, `\`)
		if !joined {
			groups, words = appendGroup(groups, words), nil
		}
	}
	if joined {
		n.add(len(lines(text)), importer.Changed, `remove the \`, "the file ends in a backslash, and heartbeat takes it for a resource; it is left out")
	}
	return appendGroup(groups, words)
}

// longestWord is far above any resource, and keeps a word that goes on over many lines from being copied on each of them.
const longestWord = 4096

// appendWords adds the words of a line, the first of which may be the rest of the last one so far.
func appendWords(words []word, code string, line int, within bool, n *notebook) []word {
	for i, text := range split(code, blank) {
		if i > 0 || !within || len(words) == 0 || strings.TrimLeft(code, blank) != code {
			words = append(words, word{line: line})
		}
		last := &words[len(words)-1]
		if len(last.text) > longestWord {
			continue // it is refused already
		}
		last.text += text
		if len(last.text) > longestWord {
			n.refuse(line, "", "a word is longer than %d letters", longestWord)
		}
	}
	return words
}

// appendGroup makes a group of the words of a logical line, if there are any.
func appendGroup(groups []group, words []word) []group {
	if len(words) == 0 {
		return groups
	}
	node := word{words[0].line, strings.ToLower(words[0].text)}
	return append(groups, group{node, words[1:]})
}
