package keepalived

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/aloft-ha/aloft/internal/importer"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden is one testdata/*.txtar. The last line of its comment is the command line: NAME=FILE, ID for the @id of all
// files, and $NAME=VALUE for the environment. Files that are not wanted are there to read.
type golden struct {
	archive *txtar.Archive
	inputs  []Input
	env     map[string]string
}

func readGolden(t testing.TB, file string) golden {
	t.Helper()
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	g := golden{archive: archive, env: make(map[string]string)}
	lines := strings.Split(strings.TrimSpace(string(archive.Comment)), "\n")
	id := ""
	for _, word := range strings.Fields(lines[len(lines)-1]) {
		name, value, named := strings.Cut(word, "=")
		switch {
		case named && name[0] == '$':
			g.env[name[1:]] = value
		case named && name == "--id":
			id = value
		case named:
			g.inputs = append(g.inputs, Input{Node: name, File: value})
		default:
			g.inputs = append(g.inputs, Input{File: word})
		}
	}
	for i := range g.inputs {
		g.inputs[i].ID = id
	}
	return g
}

// TestGolden imports the files of each testdata/*.txtar: want.yaml is the result, want.notes are the notes, and
// want.check is what check says of the result.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) < 25 {
		t.Fatalf("%d golden files: %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			g := readGolden(t, file)
			result, err := Import(filesOf(g.archive), g.inputs, g.env)
			if err != nil {
				t.Fatal(err)
			}
			want := &txtar.Archive{Comment: g.archive.Comment}
			for _, f := range g.archive.Files {
				if !strings.HasPrefix(f.Name, "want.") {
					want.Files = append(want.Files, f)
				}
			}
			want.Files = append(want.Files, wanted(t, result)...)
			if *update {
				if err := os.WriteFile(file, txtar.Format(want), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(txtar.Format(g.archive)), string(txtar.Format(want))); diff != "" {
				t.Errorf("%s (-want +got):\n%s", file, diff)
			}
		})
	}
}

// wanted lists a result. The notes about what keepalived does unasked are the same in all, and left out.
func wanted(t *testing.T, r *importer.Result) []txtar.File {
	t.Helper()
	yaml, problems := r.Checked("aloft.yaml")
	var notes, check bytes.Buffer
	var own []importer.Note
	for _, n := range r.Notes {
		if n.Kind != importer.Default {
			own = append(own, n)
		}
	}
	if err := importer.PrintNotes(&notes, own); err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		check.WriteString(p.Severity.String() + ": " + p.Error() + "\n")
	}
	files := []txtar.File{{Name: "want.yaml", Data: yaml}, {Name: "want.notes", Data: notes.Bytes()}}
	if check.Len() > 0 {
		files = append(files, txtar.File{Name: "want.check", Data: check.Bytes()})
	}
	return files
}

// TestEveryStatementIsReadOrNoted is the promise of the package.
func TestEveryStatementIsReadOrNoted(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	statements := 0
	for _, file := range files {
		g := readGolden(t, file)
		for _, in := range g.inputs {
			src, err := read(filesOf(g.archive), in, g.env)
			if err != nil {
				t.Fatal(err)
			}
			statements += checkUsed(t, file, src.root)
		}
	}
	if statements < 300 {
		t.Errorf("only %d statements were looked at", statements)
	}
}

// checkUsed demands that every statement was looked at, and counts them.
func checkUsed(t *testing.T, file string, list []*statement) int {
	t.Helper()
	n := 0
	for _, s := range list {
		if !s.used {
			t.Errorf("%s: %s:%d: nobody looked at %s", file, s.file, s.line, s.text())
		}
		n += 1 + checkUsed(t, file, s.block)
	}
	return n
}

// TestDocsShowWhatIsMade holds the example of the documentation to what the importer makes of it.
func TestDocsShowWhatIsMade(t *testing.T) {
	page, err := os.ReadFile("../../../docs/import.md")
	if err != nil {
		t.Fatal(err)
	}
	g := readGolden(t, "testdata/docs.txtar")
	r, err := Import(filesOf(g.archive), g.inputs, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, made, _ := strings.Cut(string(r.Cluster.YAML()), "\n\n")
	if !strings.Contains(string(page), "```yaml\n"+made+"```") {
		t.Errorf("docs/import.md does not have\n%s", made)
	}
	for left := range strings.SplitSeq(string(g.archive.Files[0].Data), "\n") {
		if !strings.Contains(string(page), "    "+left) {
			t.Errorf("docs/import.md does not have the line %q", left)
		}
	}
}

func TestDefaultsAreSaidOnce(t *testing.T) {
	conf := "vrrp_instance a {\ninterface eth0\nvirtual_router_id 1\nvirtual_ipaddress {\nfe80::1\n}\n}\n"
	r, err := Import(memory{"a": conf, "b": conf}, []Input{{Node: "a", File: "a"}, {Node: "b", File: "b"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, n := range r.Notes {
		if n.Kind == importer.Default {
			if n.Place() != "" {
				t.Errorf("%q is about one place, %s", n.What, n.Place())
			}
			got = append(got, strings.Join(strings.Fields(n.What)[:3], " "))
		}
	}
	want := []string{"addresses are leased", "addresses are announced", "a node that", "adverts carry the", "IPv6 addresses go"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("defaults (-want +got):\n%s", diff)
	}
}

func TestImportRefuses(t *testing.T) {
	tests := []struct {
		in   []Input
		want string
	}{
		{[]Input{{File: "none"}}, "open none: file does not exist"},
		{[]Input{{File: "a", Node: "www 1"}}, `"www 1" cannot be the name of a node`},
		{[]Input{{File: "a", Node: "www1"}, {File: "b", Node: "WWW1"}}, "the node WWW1 is named twice"},
	}
	for _, test := range tests {
		_, err := Import(memory{"a": ""}, test.in, nil)
		if err == nil || err.Error() != test.want {
			t.Errorf("%v: want %q, got %v", test.in, test.want, err)
		}
	}
}

func TestNothingToImport(t *testing.T) {
	r, err := Import(memory{"a": "virtual_server 192.0.2.1 80 {\n}\n"}, []Input{{Node: "a", File: "a"}}, nil)
	if err != nil || r.Cluster != nil || len(r.Notes) != 1 || r.Notes[0].Kind != importer.Dropped {
		t.Errorf("want no cluster and one note, got %v, %v, %v", r.Cluster, r.Notes, err)
	}
}
