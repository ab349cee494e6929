package heartbeat

import (
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// FuzzImport demands that no file makes the importer panic, and that what it takes is taken by the daemon too, or has a
// note about the interface.
func FuzzImport(f *testing.F) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		f.Fatalf("%d golden files: %v", len(files), err)
	}
	for _, file := range files {
		a, err := txtar.ParseFile(file)
		if err != nil {
			f.Fatal(err)
		}
		given := map[string]string{}
		for _, m := range a.Files {
			given[m.Name] = string(m.Data)
		}
		f.Add(given["ha.cf"], given["haresources"], given["authkeys"])
	}
	f.Fuzz(func(t *testing.T, haCf, resources, keys string) {
		r := Import(File{Name: "ha.cf", Text: []byte(haCf)}, File{Name: "haresources", Text: []byte(resources)},
			&File{Name: "authkeys", Text: []byte(keys)})
		checkResult(t, r)
		for _, n := range r.Notes {
			if n.Place() == "" {
				t.Errorf("a note without a place: %v", n)
			}
		}
		checkResult(t, Import(File{Name: "ha.cf", Text: []byte(haCf)}, File{Name: "haresources", Text: []byte(resources)}, nil))
	})
}
