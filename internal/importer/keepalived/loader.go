package keepalived

import (
	"cmp"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/aloft-ha/aloft/internal/importer"
)

// The bounds of what is read for one node. They are far above any real configuration, and keep a small file from
// becoming an endless one: includes, definitions and loops can each multiply it.
const (
	maxFile       = 4 << 20  // bytes of one file
	maxText       = 16 << 20 // bytes of all lines, after everything is put in place
	maxStatements = 100_000
	maxFiles      = 500
	maxIncludes   = 16 // depth
	maxNesting    = 32 // of blocks, and of definitions in definitions
	maxLine       = 64 << 10
	maxNotes      = 5_000
)

// line is one line with its place and all that depends on it.
type line struct {
	file  string
	num   int
	text  string
	depth int // of definitions
}

// loader reads the files of one node into a tree.
type loader struct {
	files Files
	id    string            // of conditional lines and ${_INSTANCE}; empty: not known
	env   map[string]string // what ${_ENV} may see

	root    []*statement
	blocks  []*statement // that are open
	defined map[string]string
	notes   []importer.Note

	defining string // the name of a definition of several lines that is not complete
	value    []string
	discard  bool // that definition is for another node

	stack      []string // of files that are being read
	read       int      // files
	spent      int      // bytes of lines
	most       int      // of them; 0: maxText
	statements int
	full       bool // a bound was reached; what follows is not read

	matched bool     // a conditional line was for this node
	skipped []string // the ids of those that were not
	skipAt  line     // the first of them
}

// note adds a note about a line.
func (l *loader) note(at line, kind importer.Kind, instead, format string, args ...any) {
	if len(l.notes) == maxNotes {
		kind, instead, format, args = importer.Broken, "", "there are more notes than anybody reads: no more of them about lines as such", nil
	}
	if len(l.notes) > maxNotes {
		return
	}
	l.notes = append(l.notes, importer.Note{
		File: at.file, Line: at.num, Kind: kind, What: fmt.Sprintf(format, args...), Instead: instead,
	})
}

// load reads a file and all that it includes. The error is that of the file itself.
func (l *loader) load(name string) error {
	if l.defined == nil {
		l.defined = make(map[string]string)
	}
	data, err := l.files.ReadFile(name, maxFile)
	if err != nil {
		return err
	}
	l.run(name, data)
	for _, open := range l.blocks {
		l.note(line{file: open.file, num: open.line}, importer.Broken, "close it with }", "the block of %s is not closed", open.name())
	}
	return nil
}

// run reads the lines of one file.
func (l *loader) run(name string, data []byte) {
	l.stack = append(l.stack, name)
	l.read++
	num := 0
	for text := range strings.SplitSeq(string(data), "\n") {
		num++
		if l.full {
			break
		}
		l.physical(line{file: name, num: num, text: text})
	}
	l.endDefinition()
	l.stack = l.stack[:len(l.stack)-1]
}

// physical handles a line as it stands in a file, before anything is put in place.
func (l *loader) physical(at line) {
	at.text = strings.TrimSpace(strings.TrimPrefix(at.text, "\ufeff"))
	if l.defining != "" {
		l.continueDefinition(at)
		return
	}
	code := strings.TrimSpace(uncomment(at.text))
	if code == "" {
		l.charge(at) // a file that is nothing but comments may be included by many
		return
	}
	at.text = code
	l.feed(at)
}

// feed handles a line until it is words: conditions, definitions, loops, and what stands for something else. Whatever
// comes out of it may include a file.
func (l *loader) feed(at line) {
	for steps := 0; ; steps++ {
		at.text = strings.TrimSpace(at.text)
		if !l.charge(at) || at.text == "" {
			return
		}
		if at.text[0] == '@' {
			var ok bool
			if at.text, ok = l.condition(at); !ok {
				l.discardDefinition(at)
				return
			}
			continue
		}
		if name, value, ok := cutDefinition(at.text); ok {
			l.startDefinition(name, value)
			return
		}
		if strings.HasPrefix(at.text, "~SEQ") || strings.HasPrefix(at.text, "~LST") {
			l.loop(at)
			return
		}
		before, value, after, ok := l.substitute(at)
		if !ok {
			break
		}
		if steps > 1000 || len(at.text) > maxLine || at.depth > maxNesting {
			l.note(at, importer.Broken, "", "the line is not read: what it stands for has no end")
			return
		}
		if strings.Contains(value, "\n") {
			l.feedAll(at, before+value+after)
			return
		}
		at.text = uncomment(before + value + after)
	}
	if pattern, ok := includePattern(at.text); ok {
		l.include(at, pattern)
		return
	}
	l.statement(at)
}

// feedAll feeds the lines of a definition.
func (l *loader) feedAll(at line, text string) {
	at.depth++
	for part := range strings.SplitSeq(text, "\n") {
		at.text = part
		l.feed(at)
	}
}

// charge counts a line against the bounds, and says whether it may be read.
func (l *loader) charge(at line) bool {
	l.spent += len(at.text) + 1
	if !l.full && (l.spent > cmp.Or(l.most, maxText) || l.statements > maxStatements) {
		l.full = true
		l.note(at, importer.Broken, "split it, or import its parts one by one", "the configuration is too large: nothing after this line is read")
	}
	return !l.full
}

// condition reads @id or @^id in front of a line, and says whether the rest is for this node.
func (l *loader) condition(at line) (rest string, ok bool) {
	id, rest, _ := strings.Cut(at.text[1:], " ")
	if head, tail, found := strings.Cut(id, "\t"); found {
		id, rest = head, tail+" "+rest
	}
	not := strings.HasPrefix(id, "^")
	name := strings.TrimPrefix(id, "^")
	if l.id == "" {
		l.note(at, importer.Dropped, "say with --id which node's configuration this is", "%s: the line is for some nodes only", strings.TrimSpace("@"+outline(id)+" "+outline(rest)))
		return rest, false
	}
	if (name == l.id) != not {
		l.matched = l.matched || !not
		return rest, true
	}
	if !not {
		if len(l.skipped) == 0 {
			l.skipAt = at
		}
		l.skipped = append(l.skipped, name)
	}
	return rest, false
}

// dir is the folder of the file that is being read.
func (l *loader) dir() string { return filepath.Dir(l.stack[len(l.stack)-1]) }

// clip shortens a piece of a file for a note.
func clip(s string) string {
	const longest = 200
	if len(s) <= longest {
		return s
	}
	return strings.ToValidUTF8(s[:longest], "") + " ..."
}
