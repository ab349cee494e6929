//go:build privileged

package system_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aloft-ha/aloft/internal/lab"
)

// Three nodes, a group of four routers, and on each node a tracker that lowers the priorities and one that is fatal. They
// flap at random; after each second in which they rest one node alone holds all addresses.
func TestRandomTrackersNeverTearAGroup(t *testing.T) {
	t.Parallel()
	dir := publicDir(t)
	o := lab.ClusterOptions{Nodes: make([]lab.Software, 3), Interval: interval(10), File: flappingFile(dir)}
	for i := range 4 {
		o.Addresses = append(o.Addresses, netip.AddrFrom4([4]byte{192, 0, 2, byte(100 + i)}))
	}
	s := setScene(t, o)
	s.ok(s.Start())
	s.awaitAlone(time.Now(), s.Nodes[0], s.down(0)+patience)

	rounds := 6
	if long {
		rounds = 30
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	var served []string
	for range rounds {
		for flapping := time.Now(); time.Since(flapping) < time.Second; {
			s.flip(dir, random)
			time.Sleep(time.Duration(random.IntN(80)) * time.Millisecond) // the pace of the flapping
		}
		s.unlessAllAreFatal(dir)
		rest := time.Now()
		time.Sleep(time.Second) // quiet, which is what is promised after
		served = append(served, s.together(rest))
	}
	t.Logf("served by %v", served)
	for _, n := range s.Nodes {
		s.leave(n)
	}
}

// flappingFile has each node look at files of its own.
func flappingFile(dir string) string {
	var file strings.Builder
	file.WriteString("nodes:\n")
	for i := range 3 {
		fmt.Fprintf(&file, "  - {name: www%d, addresses: [192.0.2.%d]}\n", i+1, i+1)
	}
	file.WriteString("trackers:\n")
	for i := range 3 {
		for _, kind := range []string{"low", "fatal"} {
			fmt.Fprintf(&file, "  %s%d: {file: {path: %s, want: absent}}\n", kind, i+1, filepath.Join(dir, fmt.Sprintf("%s%d", kind, i+1)))
		}
	}
	file.WriteString("defaults:\n  advert_interval: 100ms\n  per_node:\n")
	for i := range 3 {
		fmt.Fprintf(&file, "    www%d: {track: [low%d, {fatal%d: fault}]}\n", i+1, i+1, i+1)
	}
	file.WriteString("virtual_routers:\n")
	for i := range 4 {
		fmt.Fprintf(&file, "  r%d: {vrid: %d, addresses: [192.0.2.%d]}\n", i+1, 51+i, 100+i)
	}
	file.WriteString("groups: {all: [r1, r2, r3, r4]}\n")
	return file.String()
}

// flip makes one of the trackers fail, or pass again.
func (s *scene) flip(dir string, random *rand.Rand) {
	s.t.Helper()
	kind := "low"
	if random.IntN(4) == 0 {
		kind = "fatal"
	}
	path := filepath.Join(dir, fmt.Sprintf("%s%d", kind, 1+random.IntN(3)))
	if os.Remove(path) != nil {
		s.ok(os.WriteFile(path, nil, 0o644))
	}
}

// unlessAllAreFatal lets the first node serve where none could.
func (s *scene) unlessAllAreFatal(dir string) {
	s.t.Helper()
	if fatal, err := filepath.Glob(filepath.Join(dir, "fatal*")); err != nil || len(fatal) == 3 {
		s.ok(os.Remove(fatal[0]))
	}
}

// together asserts that one node alone holds all addresses now, and returns its name.
func (s *scene) together(since time.Time) string {
	s.t.Helper()
	held := make(map[string][]string)
	for _, a := range s.Setup.Addresses {
		names, err := s.Holders(a)
		s.ok(err)
		for _, name := range names {
			held[name] = append(held[name], a.String())
		}
	}
	var names []string
	for name, all := range held {
		if names = append(names, name); len(all) != len(s.Setup.Addresses) {
			s.t.Errorf("%s holds %v alone of the group", name, all)
		}
	}
	slices.Sort(names)
	if len(names) != 1 {
		for _, n := range s.Nodes {
			s.t.Logf("%s:\n%s", n.Name, n.Process().Output.String())
		}
		s.t.Fatalf("after a second of rest since %s the addresses are held by %v", since.Format(time.StampMilli), held)
	}
	return names[0]
}
