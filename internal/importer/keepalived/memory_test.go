package keepalived

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// memory is files that no disk has.
type memory map[string]string

func (m memory) ReadFile(name string, most int) ([]byte, error) {
	data, ok := m[name]
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	if len(data) > most {
		return nil, fmt.Errorf("%s is too large", name)
	}
	return []byte(data), nil
}

func (m memory) Glob(pattern string) ([]string, error) {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(m)) {
		ok, err := path.Match(pattern, name)
		if err != nil {
			return nil, err
		}
		if ok {
			names = append(names, name)
		}
	}
	return names, nil
}

// filesOf returns the files of an archive, except those that say what is wanted.
func filesOf(a *txtar.Archive) memory {
	m := make(memory)
	for _, f := range a.Files {
		if !strings.HasPrefix(f.Name, "want.") {
			m[f.Name] = string(f.Data)
		}
	}
	return m
}

// parse reads one text and returns its tree and the notes of the reading alone.
func parse(t *testing.T, l *loader, files memory) (tree string, notes []string) {
	t.Helper()
	l.files = files
	if err := l.load("keepalived.conf"); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	write(&out, l.root, "")
	for _, n := range l.notes {
		notes = append(notes, n.Place()+" "+n.Kind.String()+": "+n.What)
	}
	return out.String(), notes
}

// write lists a tree, one statement to a line, with the number of its line in the file.
func write(out *strings.Builder, list []*statement, indent string) {
	for _, s := range list {
		fmt.Fprintf(out, "%s%d:", indent, s.line)
		for _, w := range s.words {
			fmt.Fprintf(out, " %s", w)
		}
		if s.open {
			out.WriteString(" {}")
		}
		out.WriteByte('\n')
		write(out, s.block, indent+"  ")
	}
}
