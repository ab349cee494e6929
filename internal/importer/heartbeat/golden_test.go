package heartbeat

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/internal/importer"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// inputs are the members of a golden file that are given.
var inputs = []string{"ha.cf", "haresources", "authkeys"}

// TestGolden imports each testdata/*.txtar: ha.cf, haresources and, if there is one, authkeys have to give the notes of
// want.notes and the file of want.yaml, which is not there when everything is refused. What check would say about the
// file is in want.check.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d golden files: %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			want := &txtar.Archive{Comment: archive.Comment}
			for _, f := range archive.Files {
				if slices.Contains(inputs, f.Name) {
					want.Files = append(want.Files, f)
				}
			}
			result := importArchive(archive)
			want.Files = append(want.Files, outcome(t, result)...)
			if *update {
				if err := os.WriteFile(file, txtar.Format(want), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(txtar.Format(archive)), string(txtar.Format(want))); diff != "" {
				t.Errorf("%s (-want +got):\n%s", file, diff)
			}
			checkResult(t, result)
		})
	}
}

// importArchive imports the input members of an archive.
func importArchive(a *txtar.Archive) *importer.Result {
	var given [3]*File
	for _, f := range a.Files {
		if i := slices.Index(inputs, f.Name); i >= 0 {
			given[i] = &File{Name: f.Name, Text: f.Data}
		}
	}
	for i := range 2 {
		if given[i] == nil {
			given[i] = &File{Name: inputs[i]}
		}
	}
	return Import(*given[0], *given[1], given[2])
}

// outcome is what an import gave, as members of a golden file.
func outcome(t *testing.T, r *importer.Result) (files []txtar.File) {
	t.Helper()
	yaml, problems := r.Checked("want.yaml")
	if r.Cluster != nil {
		files = append(files, txtar.File{Name: "want.yaml", Data: yaml})
	}
	var notes, check bytes.Buffer
	if err := importer.PrintNotes(&notes, r.Notes); err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		check.WriteString(p.Error() + "\n")
	}
	files = append(files, txtar.File{Name: "want.notes", Data: notes.Bytes()})
	if check.Len() > 0 {
		files = append(files, txtar.File{Name: "want.check", Data: check.Bytes()})
	}
	return files
}

// checkResult demands what holds for every result: a cluster, or a reason why there is none, and a file that the daemon
// takes, or a note about the interface that nobody could know.
func checkResult(t *testing.T, r *importer.Result) {
	t.Helper()
	refused := slices.ContainsFunc(r.Notes, func(n importer.Note) bool { return n.Kind == importer.Refused })
	if refused == (r.Cluster != nil) {
		t.Errorf("refused: %t, and a Cluster: %t", refused, r.Cluster != nil)
	}
	_, problems := r.Checked("aloft.yaml")
	for _, p := range problems {
		if p.Severity == config.Error && !strings.Contains(p.Message, "nothing says which interface") && !strings.Contains(p.Message, "interface name") {
			t.Errorf("the result is refused: %v", p)
		}
	}
	for _, n := range r.Notes {
		if n.Kind == 0 || n.What == "" {
			t.Errorf("an empty note: %+v", n)
		}
	}
}
