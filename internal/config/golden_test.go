package config

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestGolden reads each testdata/*.txtar: in.yaml has to give the problems of want.err, line by line, and the nodes'
// instances of want.json. A file without errors has want.json, and want.err for its warnings if there are any.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	broken := 0
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			in := member(archive, "in.yaml")
			c, problems := Parse("in.yaml", in)
			if refused := hasErrors(problems); refused == (c != nil) {
				t.Errorf("errors: %t, and a Config: %t", refused, c != nil)
			} else if refused {
				broken++
			}
			want := &txtar.Archive{Comment: archive.Comment, Files: []txtar.File{{Name: "in.yaml", Data: in}}}
			if len(problems) > 0 {
				want.Files = append(want.Files, txtar.File{Name: "want.err", Data: listProblems(problems)})
			}
			if c != nil {
				want.Files = append(want.Files, txtar.File{Name: "want.json", Data: listInstances(t, c)})
			}
			if *update {
				if err := os.WriteFile(file, txtar.Format(want), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(txtar.Format(archive)), string(txtar.Format(want))); diff != "" {
				t.Errorf("%s (-want +got):\n%s", file, diff)
			}
			checkPlaces(t, in, problems)
		})
	}
	if broken < 60 {
		t.Errorf("only %d of the golden files are broken ones", broken)
	}
}

// checkPlaces demands that problems are in order and lie inside the file.
func checkPlaces(t *testing.T, in []byte, problems []Problem) {
	t.Helper()
	lines := bytes.Split(in, []byte("\n"))
	for i, p := range problems {
		if p.Line < 1 || p.Line > len(lines) || p.Column < 1 || p.Column > len([]rune(string(lines[p.Line-1])))+1 {
			t.Errorf("%v lies outside of the file", p)
		}
		if i > 0 && (problems[i-1].Line > p.Line || problems[i-1].Line == p.Line && problems[i-1].Column > p.Column) {
			t.Errorf("%v comes after %v", p, problems[i-1])
		}
	}
}

func member(a *txtar.Archive, name string) []byte {
	i := slices.IndexFunc(a.Files, func(f txtar.File) bool { return f.Name == name })
	if i < 0 {
		return nil
	}
	return a.Files[i].Data
}

func listProblems(problems []Problem) []byte {
	var out bytes.Buffer
	for _, p := range problems {
		out.WriteString(p.Error() + "\n")
	}
	return out.Bytes()
}

// listInstances writes every instance of every node, one to a line, with durations and enums as words.
func listInstances(t *testing.T, c *Config) []byte {
	t.Helper()
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	for _, line := range goldenSections(c) {
		if err := enc.Encode(line); err != nil {
			t.Fatal(err)
		}
	}
	for _, n := range c.Nodes {
		for _, i := range c.Instances(n.Name) {
			if err := enc.Encode(golden(i)); err != nil {
				t.Fatal(err)
			}
		}
	}
	return out.Bytes()
}

// golden is an instance as the golden files have it. Keys are sorted, and what is zero is left out.
func golden(i Instance) map[string]any {
	m := map[string]any{
		"router": i.Router, "node": i.Node, "vrid": i.VRID, "priority": i.Priority, "interval": i.Interval.String(),
		"down_adverts": i.DownAdverts, "transport": i.Transport.String(), "checksum": i.Checksum.String(),
		"farewell": i.Farewell.String(), "auto_failback": i.AutoFailback, "gap": i.Gap,
	}
	var addresses []any
	for _, a := range i.Addresses {
		address := map[string]any{"prefix": a.Prefix.String(), "advertise": a.Advertise}
		put(address, "interface", a.Interface)
		put(address, "label", a.Label)
		put(address, "scope", a.Scope)
		put(address, "source", a.Source)
		addresses = append(addresses, address)
	}
	m["addresses"] = addresses
	var local, peers []any
	for _, a := range i.Local {
		local = append(local, strings.TrimSuffix(a.Address.String()+" "+a.Interface, " "))
	}
	for _, p := range i.Peers {
		peers = append(peers, map[string]any{"node": p.Node, "priority": p.Priority, "addresses": p.Addresses})
	}
	m["local"], m["peers"] = local, peers
	putTracking(m, &i)
	putAuthentication(m, &i)
	put(m, "interface", i.Interface)
	put(m, "preempt_delay", i.PreemptDelay)
	put(m, "startup_delay", i.StartupDelay)
	put(m, "link_up_delay", i.LinkUpDelay)
	put(m, "lease", i.Lease)
	put(m, "lease_off", i.LeaseOff)
	put(m, "min_ttl", i.MinTTL)
	if i.SourceAddress.IsValid() {
		m["source_address"] = i.SourceAddress
	}
	return m
}

// put adds what is not zero, durations as words.
func put[V comparable](m map[string]any, name string, v V) {
	var zero V
	if v == zero {
		return
	}
	if s, ok := any(v).(interface{ String() string }); ok {
		m[name] = s.String()
		return
	}
	m[name] = v
}
