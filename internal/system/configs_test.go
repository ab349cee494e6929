//go:build privileged

package system_test

import (
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/internal/lab"
)

// here replaces what an example names of its own machines, and these have not: a second interface that is up, and a program
// that starts a service.
var here = strings.NewReplacer("{interface: eth1}", "{interface: lo}", "/etc/init.d/pound", "/bin/true")

// Every file of configs/ does what it says: the preferred node of each router holds its addresses, and the next one after
// that node was stopped.
func TestExamplesRun(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../configs/*.yaml")
	if err != nil || len(files) < 8 {
		t.Fatalf("%d examples: %v", len(files), err)
	}
	keys := t.TempDir()
	if err := os.WriteFile(filepath.Join(keys, "web"), []byte("hex:"+strings.Repeat("5a", 32)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			text = []byte(strings.ReplaceAll(here.Replace(string(text)), "/etc/aloft/keys", keys))
			cfg, problems := config.Parse(file, text)
			if cfg == nil {
				t.Fatal(problems)
			}
			s := setScene(t, lab.ClusterOptions{Nodes: make([]lab.Software, len(cfg.Nodes)), IPv6: true, File: string(text)})
			s.ok(s.Start())
			s.serves(cfg, 0)
			s.leave(s.Nodes[0])
			s.serves(cfg, 1)
		})
	}
}

// serves waits until each router's addresses are held by its most preferred node that runs, and by no other. The first
// stopped nodes of the file do not run.
func (s *scene) serves(cfg *config.Config, stopped int) {
	s.t.Helper()
	gone := make(map[string]bool)
	for _, n := range cfg.Nodes[:stopped] {
		gone[n.Name] = true
	}
	deadline := time.Now().Add(15 * time.Second)
	for _, r := range cfg.Routers {
		i := slices.IndexFunc(r.PerNode, func(p config.Instance) bool { return !gone[p.Node] })
		if i < 0 || (r.PerNode[i].Interface != "" && r.PerNode[i].Interface != lab.HostInterface) {
			continue // nobody is left, or reference.yaml shows an interface that these hosts do not have
		}
		for _, a := range r.PerNode[i].Addresses {
			s.heldBy(a.Prefix.Addr(), r.PerNode[i].Node, deadline)
		}
	}
}

func (s *scene) heldBy(addr netip.Addr, node string, deadline time.Time) {
	s.t.Helper()
	for {
		holders, err := s.Holders(addr)
		s.ok(err)
		if slices.Equal(holders, []string{node}) {
			return
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("%s is held by %v, not %s", addr, holders, node)
		}
		time.Sleep(20 * time.Millisecond) // until the next look
	}
}
