package keepalived

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/internal/importer"
)

// FuzzImport imports any text as the file of two nodes, and what it includes as another one. Nothing may be lost on the
// way, the result is one that check takes or names a reason against, and the same files give the same result.
func FuzzImport(f *testing.F) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		g := readGolden(f, file)
		for _, text := range filesOf(g.archive) {
			f.Add(text, "include self\n")
		}
	}
	f.Add("include self\n$A= \\\nx ${_PWD} \\\n~SEQ(I,1,3) ~LST(J,a,b) $A$I$J\n", "~SEQ(A,1,9) ~SEQ(B,1,9) x {\n")
	f.Fuzz(func(t *testing.T, text, included string) {
		fs := memory{"a": text, "self": included}
		inputs := []Input{{Node: "www1", File: "a"}, {File: "a", ID: "other"}}
		result, err := Import(fs, inputs, nil)
		if err != nil {
			t.Fatal(err)
		}
		checkNotes(t, result.Notes, fs)
		checkResult(t, result)
		again, err := Import(fs, inputs, nil)
		if err != nil {
			t.Fatal(err)
		}
		if result.Cluster != nil {
			if diff := cmp.Diff(string(result.Cluster.YAML()), string(again.Cluster.YAML())); diff != "" {
				t.Errorf("the second time (-first +second):\n%s", diff)
			}
		}
		for _, in := range inputs {
			src, err := read(fs, in, nil)
			if err != nil {
				t.Fatal(err)
			}
			checkUsed(t, "fuzz", src.root)
		}
	})
}

// checkNotes demands that notes are complete, in order and lie inside their files.
func checkNotes(t *testing.T, notes []importer.Note, files memory) {
	t.Helper()
	for _, n := range notes {
		if n.What == "" || n.Kind.String() == "invalid" {
			t.Errorf("a note says nothing: %+v", n)
		}
		if n.Line < 0 || n.Line > strings.Count(files[n.File], "\n")+1 {
			t.Errorf("%s lies outside of the file", n.Place())
		}
	}
}

// ourFault are problems that no foreign file is to blame for: who makes the groups and the lists of trackers sees to them.
var ourFault = []string{
	"which is no tracker", "has another effect here", "routers of a group", "are not preferred alike", "and not of the other",
	"is already in the group", "stands twice", "which is no router",
}

// checkResult demands a file that is valid, or whose problems say why it is not.
func checkResult(t *testing.T, r *importer.Result) {
	t.Helper()
	if r.Cluster == nil {
		return
	}
	file, problems := r.Checked("aloft.yaml")
	c, _ := config.Parse("aloft.yaml", file)
	refused := false
	for _, p := range problems {
		refused = refused || p.Severity == config.Error
		if p.Severity == config.Error && slices.ContainsFunc(ourFault, func(s string) bool { return strings.Contains(p.Message, s) }) {
			t.Errorf("what came of a group or a tracker is refused: %v\n%s", p, file)
		}
		cut := strings.Contains(p.Message, "larger than") || strings.Contains(p.Message, "more problems")
		if p.Path == "" && p.Severity == config.Error && !cut {
			t.Errorf("the text of the file is wrong, not a value: %v\n%s", p, file)
		}
	}
	if refused == (c != nil) {
		t.Errorf("refused %t, and a configuration %t", refused, c != nil)
	}
}
