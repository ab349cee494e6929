package heartbeat

import (
	"fmt"
	"strconv"

	"github.com/aloft-ha/aloft/internal/importer"
)

// notebook collects what is to be said about one file.
type notebook struct {
	file  string
	notes []importer.Note
}

// add notes something about a line, and what to do instead, if there is something to do.
func (n *notebook) add(line int, kind importer.Kind, instead, format string, args ...any) {
	n.notes = append(n.notes, importer.Note{
		File: n.file, Line: line, Kind: kind, What: fmt.Sprintf(format, args...), Instead: instead,
	})
}

// refuse notes why nothing can be imported.
func (n *notebook) refuse(line int, instead, format string, args ...any) {
	n.add(line, importer.Refused, instead, format, args...)
}

// longestQuote bounds what is repeated of a file.
const longestQuote = 60

// quote repeats a word of a file so that it cannot be taken for our own text, nor play tricks with a terminal.
func quote(text string) string { return strconv.Quote(clip(text)) }
