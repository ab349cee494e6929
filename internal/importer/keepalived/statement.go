package keepalived

import (
	"strconv"
	"strings"
)

// statement is one line of a file with the block that follows it.
type statement struct {
	file  string
	line  int
	words []string
	block []*statement
	open  bool // there is a block, maybe an empty one
	used  bool // it was carried over, or there is a note about it
}

// keyword is the first word.
func (s *statement) keyword() string {
	if len(s.words) == 0 {
		return ""
	}
	return s.words[0]
}

// args are the words after the first.
func (s *statement) args() []string {
	if len(s.words) == 0 {
		return nil
	}
	return s.words[1:]
}

// use marks the statement, and all in it if deep.
func (s *statement) use(deep bool) {
	s.used = true
	if deep {
		for _, child := range s.block {
			child.use(true)
		}
	}
}

// text writes the statement on one line, as far as a person wants to read it.
func (s *statement) text() string {
	const longest = 400
	var out strings.Builder
	s.write(&out, longest)
	if out.Len() <= longest {
		return out.String()
	}
	return strings.ToValidUTF8(out.String()[:longest], "") + " ..."
}

func (s *statement) write(out *strings.Builder, longest int) {
	words, whole := shown(s.words)
	for i, w := range words {
		if i > 0 {
			out.WriteByte(' ')
		}
		out.WriteString(spell(w))
	}
	if !s.open {
		return
	}
	if len(s.block) == 0 {
		out.WriteString(" {}")
		return
	}
	if !whole {
		out.WriteString(closed)
		return
	}
	out.WriteString(" { ")
	for i, child := range s.block {
		if out.Len() > longest {
			return
		}
		if i > 0 {
			out.WriteString("; ")
		}
		child.write(out, longest)
	}
	out.WriteString(" }")
}

// spell writes a word as it has to stand in a file.
func spell(w string) string {
	if w == "" || strings.ContainsAny(w, " \t{}#!\"'\\") {
		return strconv.Quote(w)
	}
	return w
}
