package config

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// TestExamplesAreClean parses every file of configs/: without an error, and without a warning either.
func TestExamplesAreClean(t *testing.T) {
	files, err := filepath.Glob("../../configs/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{
		"minimal", "haproxy-pair", "active-active", "three-nodes", "unicast", "dual-stack", "from-keepalived", "from-heartbeat",
		"group", "services", "authentication", "reference",
	} {
		if !slices.Contains(files, "../../configs/"+name+".yaml") {
			t.Errorf("there is no %s.yaml", name)
		}
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		c, problems := Parse(file, data)
		if c == nil || len(problems) > 0 {
			t.Errorf("%s: %v", file, problems)
			continue
		}
		for _, n := range c.Nodes {
			if len(c.Instances(n.Name)) == 0 {
				t.Errorf("%s: %s serves nothing", file, n.Name)
			}
		}
	}
}

// TestTruncatedFilesAreSafe cuts every golden file at every byte: whatever is left must not make the parser panic, and
// problems must lie in it.
func TestTruncatedFilesAreSafe(t *testing.T) {
	files, _ := filepath.Glob("testdata/good-*.txtar")
	if len(files) == 0 {
		t.Fatal("no golden files")
	}
	for _, file := range files {
		a, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		in := member(a, "in.yaml")
		for n := range in {
			c, problems := Parse("in.yaml", in[:n])
			if (c == nil) != hasErrors(problems) {
				t.Fatalf("%s at %d: Config %v with %v", file, n, c, problems)
			}
			checkPlaces(t, in[:n], problems)
		}
	}
}

// FuzzParse demands that nothing in a file makes the parser panic, that a Config comes without errors and only then,
// that problems lie in the file, and that what is taken keeps the bounds that the engine relies on and is valid by the
// schema.
func FuzzParse(f *testing.F) {
	goldens, _ := filepath.Glob("testdata/*.txtar")
	for _, file := range goldens {
		if a, err := txtar.ParseFile(file); err == nil {
			f.Add(member(a, "in.yaml"))
		}
	}
	examples, _ := filepath.Glob("../../configs/*.yaml")
	for _, file := range examples {
		if data, err := os.ReadFile(file); err == nil {
			f.Add(data)
		}
	}
	s := compile(f, jsonschema.Draft2020)
	f.Fuzz(func(t *testing.T, data []byte) {
		c, problems := Parse("fuzz.yaml", data)
		if (c == nil) != hasErrors(problems) {
			t.Fatalf("Config %v with %v", c, problems)
		}
		checkPlaces(t, data, problems)
		if err := Render(&bytes.Buffer{}, data, problems, true); err != nil {
			t.Fatal(err)
		}
		if c != nil {
			checkBounds(t, c)
			accepts(t, data, s)
		}
	})
}

// checkBounds checks what every valid file keeps.
func checkBounds(t *testing.T, c *Config) {
	t.Helper()
	if len(c.Nodes) == 0 || len(c.Routers) == 0 {
		t.Fatalf("an empty file is taken: %+v", c)
	}
	for _, r := range c.Routers {
		if len(r.PerNode) == 0 {
			t.Errorf("nobody serves %s", r.Name)
		}
		for _, i := range r.PerNode {
			ipv4, ipv6 := 0, 0
			for _, a := range i.Addresses {
				switch {
				case !a.Prefix.IsValid() || a.Prefix.Addr().Zone() != "":
					t.Errorf("%s: the address %v", i.Router, a)
				case a.Advertise && a.Prefix.Addr().Is4():
					ipv4++
				case a.Advertise:
					ipv6++
				}
			}
			switch {
			case i.VRID == 0 || i.Priority == 0 || !i.Interval.Valid() || i.DownAdverts < 1:
				t.Errorf("out of bounds: %+v", i)
			case ipv4+ipv6 == 0 || ipv4 > maxAdvertised4 || ipv6 > maxAdvertised6:
				t.Errorf("%d and %d addresses are advertised", ipv4, ipv6)
			case len(i.Peers) != len(r.PerNode)-1:
				t.Errorf("%d peers of %d nodes", len(i.Peers), len(r.PerNode))
			case i.Interface == "" && len(i.Local) == 0:
				t.Errorf("no interface for %s on %s", i.Router, i.Node)
			}
		}
	}
}
