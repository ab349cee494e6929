package keepalived

import "github.com/aloft-ha/aloft/internal/importer"

// statement adds the words of a line to the tree. What follows a brace is a line of its own.
func (l *loader) statement(at line) {
	words, brace, rest, whole := tokenize(at.text)
	if !whole {
		l.note(at, importer.Broken, "", "a quote is not closed")
	}
	var s *statement
	if len(words) > 0 {
		list := l.siblings()
		if len(words) == 1 && brace != '{' && len(list) > 0 && list[len(list)-1].missesSecret() {
			words = []string{masked} // the secret of the line before, which keepalived takes for a keyword
		}
		s = l.add(at)
		s.words = words
	}
	switch brace {
	case '{':
		l.open(at, s)
	case '}':
		l.closeBlock(at)
	default:
		return
	}
	at.text = rest
	l.feed(at)
}

// siblings are the statements of the innermost open block so far.
func (l *loader) siblings() []*statement {
	if len(l.blocks) == 0 {
		return l.root
	}
	return l.blocks[len(l.blocks)-1].block
}

// add puts a new statement into the innermost open block.
func (l *loader) add(at line) *statement {
	s := &statement{file: at.file, line: at.num}
	l.statements++
	if len(l.blocks) == 0 {
		l.root = append(l.root, s)
	} else {
		parent := l.blocks[len(l.blocks)-1]
		parent.block = append(parent.block, s)
	}
	return s
}

// open starts a block: that of the statement on this line, or else of the one before.
func (l *loader) open(at line, s *statement) {
	if list := l.siblings(); s == nil && len(list) > 0 {
		s = list[len(list)-1]
	}
	if s == nil || s.open {
		s = l.add(at)
		s.words = []string{"{"}
	}
	if len(l.blocks) >= maxNesting {
		l.full = true
		l.note(at, importer.Broken, "", "blocks are nested more than %d deep: nothing after this line is read", maxNesting)
		return
	}
	s.open = true
	l.blocks = append(l.blocks, s)
}

func (l *loader) closeBlock(at line) {
	if len(l.blocks) == 0 {
		l.note(at, importer.Broken, "remove it", "a } closes nothing")
		return
	}
	l.blocks = l.blocks[:len(l.blocks)-1]
}
