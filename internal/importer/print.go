package importer

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// PrintNotes writes notes for a person: where, what kind, and what; below it what to do instead.
func PrintNotes(w io.Writer, notes []Note) error {
	place, kind := 0, 0
	for _, n := range notes {
		place = max(place, utf8.RuneCountInString(comment(n.Place())))
		kind = max(kind, len(n.Kind.String()))
	}
	var out strings.Builder
	for _, n := range notes {
		fmt.Fprintf(&out, "%-*s  %-*s  %s\n", place, comment(n.Place()), kind, n.Kind, comment(n.What))
		if n.Instead != "" {
			fmt.Fprintf(&out, "%*s  -> %s\n", place+2+kind, "", comment(n.Instead))
		}
	}
	if _, err := io.WriteString(w, out.String()); err != nil {
		return fmt.Errorf("writing notes: %w", err)
	}
	return nil
}
