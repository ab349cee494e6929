package importer

import (
	"cmp"
	"fmt"
	"slices"
)

// Kind says what became of something in a foreign file.
type Kind uint8

// The kinds.
const (
	_       Kind = iota
	Dropped      // it is not carried over
	Later        // it is not carried over, because this version of aloft does not have it yet
	Changed      // it is carried over, and means something else or has another value
	Chosen       // the file leaves it open, and the importer decided
	Default      // the other tool does it unasked, and aloft does otherwise
	Broken       // it is a mistake in the foreign file
	Refused      // nothing is imported because of it: the Cluster of the Result is nil
)

var kindNames = [...]string{
	Dropped: "dropped",
	Later:   "later",
	Changed: "changed",
	Chosen:  "chosen",
	Default: "default",
	Broken:  "broken",
	Refused: "refused",
}

// String returns the word that is printed.
func (k Kind) String() string {
	if int(k) < len(kindNames) && kindNames[k] != "" {
		return kindNames[k]
	}
	return "invalid"
}

// MarshalText returns the word of String, for JSON.
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// Note is about one thing that is not carried over as it stands, and where it stands.
type Note struct {
	File    string `json:"file,omitempty"` // empty: it is about all files
	Line    int    `json:"line,omitempty"` // from 1; 0: it is about the whole file
	Kind    Kind   `json:"kind"`
	What    string `json:"what"`              // what was there, and what became of it
	Instead string `json:"instead,omitempty"` // what to do, if there is something to do
}

// Place returns "file:line", as far as there is one.
func (n Note) Place() string {
	if n.Line == 0 {
		return n.File
	}
	return fmt.Sprintf("%s:%d", n.File, n.Line)
}

// SortNotes sorts the notes in place by file and line, those about all files last, and removes repetitions.
func SortNotes(notes []Note) []Note {
	slices.SortStableFunc(notes, func(a, b Note) int {
		whole := func(n Note) int {
			if n.File == "" {
				return 1
			}
			return 0
		}
		return cmp.Or(cmp.Compare(whole(a), whole(b)), cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
	seen := make(map[Note]bool, len(notes))
	return slices.DeleteFunc(notes, func(n Note) bool {
		repeated := seen[n]
		seen[n] = true
		return repeated
	})
}
