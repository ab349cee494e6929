package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// validFiles are all files that Parse has to take: the examples, the good golden files and the YAML of the pages.
func validFiles(t testing.TB) map[string][]byte {
	t.Helper()
	files := make(map[string][]byte)
	examples, _ := filepath.Glob("../../configs/*.yaml")
	for _, file := range examples {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		files[file] = data
	}
	goldens, _ := filepath.Glob("testdata/*.txtar")
	for _, file := range goldens {
		a, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if member(a, "want.json") != nil {
			files[file] = member(a, "in.yaml")
		}
	}
	fenced := regexp.MustCompile("(?s)```yaml\n(.*?)```")
	if err := filepath.WalkDir("../..", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".md" {
			return err
		}
		page, err := os.ReadFile(path)
		for i, m := range fenced.FindAllSubmatch(page, -1) {
			files[fmt.Sprintf("%s block %d", path, i+1)] = m[1]
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return files
}

func TestSchemaTakesEveryValidFile(t *testing.T) {
	files := validFiles(t)
	for _, kind := range []string{"configs/", "testdata/good-", "testdata/warn-", "README.md"} {
		if !slices.ContainsFunc(slices.Collect(maps.Keys(files)), func(name string) bool { return strings.Contains(name, kind) }) {
			t.Errorf("no file is of %s", kind)
		}
	}
	for draft, s := range drafts(t) {
		for name, data := range files {
			for _, merged := range []bool{true, false} {
				v, err := asJSON(data, merged)
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				if err := s.Validate(v); err != nil {
					t.Errorf("draft %s, merged %t: %s: %v", draft, merged, name, err)
				}
			}
		}
	}
}

// TestSchemaRefusesBrokenFiles tells the golden files that only the daemon can refuse from those that an editor marks
// already. Every mistake in one value is of the second kind; the first compare values, or are about durations and names.
func TestSchemaRefusesBrokenFiles(t *testing.T) {
	goldens, _ := filepath.Glob("testdata/*.txtar")
	s := compile(t, jsonschema.Draft2020)
	var taken []string
	refused, unreadable := 0, 0
	for _, file := range goldens {
		a, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if member(a, "want.json") != nil {
			continue
		}
		in := member(a, "in.yaml")
		_, noYAML := decode(file, in)
		v, err := asJSON(in, true)
		switch {
		case err != nil || noYAML != nil || checkSource(file, in) != nil:
			unreadable++
		case s.Validate(v) == nil:
			taken = append(taken, strings.TrimSuffix(filepath.Base(file), ".txtar"))
		default:
			refused++
		}
	}
	slices.Sort(taken)
	if diff := cmp.Diff(schemaCannotSee, taken); diff != "" {
		t.Errorf("broken files that the schema takes (-want +got):\n%s", diff)
	}
	if refused < 20 {
		t.Errorf("the schema refuses %d files, and %d are no YAML", refused, unreadable)
	}
}

// schemaCannotSee are the broken golden files that are right value by value.
var schemaCannotSee = []string{
	"advertised-none", "auth-pass", "clash-address", "clash-owner", "clash-vrid", "clash-vrid-default", "group-nodes", "group-track",
	"interface-unknown", "lease-short", "services-twice", "too-many-nodes", "track-names", "track-none", "unicast-address",
	"unicast-mixed", "value-twice",
}

func TestSchemaOfEachKey(t *testing.T) {
	var text bytes.Buffer
	if err := WriteSchema(&text); err != nil {
		t.Fatal(err)
	}
	var file struct {
		Properties map[string]struct{ Description string }
		Defs       map[string]struct {
			Properties map[string]struct {
				Description string
				Default     any
				Examples    []any
			}
		} `json:"$defs"`
	}
	if err := json.Unmarshal(text.Bytes(), &file); err != nil {
		t.Fatal(err)
	}
	interval := file.Defs["router"].Properties["advert_interval"]
	want := "how often the Active Router advertises (a duration: 10ms to 40.95s, in steps of 10ms)"
	if interval.Description != want || interval.Default != "1s" {
		t.Errorf("%+v", interval)
	}
	for name, want := range map[string]any{"auto_failback": true, "down_adverts": 3.0, "transport": "multicast"} {
		if got := file.Defs["router"].Properties[name].Default; got != want {
			t.Errorf("the default of %s is %v, want %v", name, got, want)
		}
	}
	for place, names := range map[string][]string{"router": newTables().router.names, "per_node": newTables().node.names} {
		got := slices.Sorted(maps.Keys(file.Defs[place].Properties))
		if diff := cmp.Diff(slices.Sorted(slices.Values(append(names, mergeWord))), got); diff != "" {
			t.Errorf("the keys of %s (-want +got):\n%s", place, diff)
		}
	}
}

// TestSchemaIsWrittenInOrder checks that keys keep the order of the tables, in which editors and readers meet them.
func TestSchemaIsWrittenInOrder(t *testing.T) {
	var text bytes.Buffer
	if err := WriteSchema(&text); err != nil {
		t.Fatal(err)
	}
	at := 0
	for _, word := range []string{
		`"$schema"`, `"nodes"`, `"virtual_routers"`, `"<<"`, `"$defs"`, `"router"`, `"vrid"`, `"addresses"`, `"advert_interval"`, `"per_node"`,
	} {
		next := strings.Index(text.String()[at:], word)
		if next < 0 {
			t.Fatalf("%s does not come in its turn in\n%s", word, text.String())
		}
		at += next
	}
	if err := WriteSchema(full{}); !errors.Is(err, errFull) {
		t.Errorf("error %v", err)
	}
}
