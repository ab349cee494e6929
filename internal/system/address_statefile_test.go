//go:build privileged

package system_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/aloft-ha/aloft/internal/lab"
)

// stateFile is where a node's daemon writes what the next run has to recognise.
func stateFile(n *lab.Node) string { return filepath.Join(n.Dir, "addresses.json") }

func TestStateFileKnowsWhatIsUp(t *testing.T) {
	t.Parallel()
	s := setScene(t, floating(1, bare("192.0.2.100/24", "192.0.2.101/32"), "lease: 20s"))
	n := s.Nodes[0]
	s.serve(n)
	full := []string{"192.0.2.100/24", "192.0.2.101/32"}
	s.awaitRecorded(n, full...)
	s.wantState(n, full, 1)
	s.ok(n.Kill())
	s.wantState(n, full, 1)
	s.serve(n)
	s.leave(n)
	s.wantState(n, nil, 0)
	s.wantPromotion(n.Host, "0")
}

// awaitRecorded waits until the state file has the addresses: it is written a moment after they are up.
func (s *scene) awaitRecorded(n *lab.Node, addresses ...string) {
	s.t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) { // until the next look
		if got, _ := s.recorded(n); slices.Equal(got, slices.Sorted(slices.Values(addresses))) {
			return
		} else if time.Now().After(deadline) {
			s.t.Fatalf("the state file has %v, want %v", got, addresses)
		}
	}
}

// wantState asserts the addresses in the state file, and on how many links a setting was changed. No file is an empty one.
func (s *scene) wantState(n *lab.Node, addresses []string, links int) {
	s.t.Helper()
	if got, settings := s.recorded(n); !slices.Equal(got, addresses) || settings != links {
		s.t.Errorf("the state file has %v and %d settings, want %v and %d", got, settings, addresses, links)
	}
}

// recorded reads the state file: the addresses in order, and on how many links a setting was changed.
func (s *scene) recorded(n *lab.Node) (addresses []string, links int) {
	s.t.Helper()
	var state struct {
		Addresses []struct{ Address, Link string }
		Links     []any `json:"promote_secondaries"`
	}
	content, err := os.ReadFile(stateFile(n))
	if err == nil {
		err = json.Unmarshal(content, &state)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		s.t.Fatal(err)
	}
	for _, a := range state.Addresses {
		addresses = append(addresses, a.Address)
		if a.Link != lab.HostInterface {
			s.t.Errorf("%s is on %s in the state file", a.Address, a.Link)
		}
	}
	slices.Sort(addresses)
	return addresses, len(state.Links)
}

// A state file that cannot be read is no reason not to start, and what it would have said is still known by the marks in
// the kernel as far as it is configured.
func TestUnusableStateFileIsIgnored(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{
		"cut off":       `{"version": 1, "addresses": [{"link": "eth0", "ind`,
		"other version": `{"version": 99, "addresses": [{"link": "eth0", "index": 2, "address": "192.0.2.1/24"}]}`,
		"not ours":      `{"version": 1, "addresses": [{"link": "eth0", "index": 2, "address": "192.0.2.1/24"}], "promote_secondaries": []}`,
		"binary":        "\x00\xff\x00",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := setScene(t, floating(1, bare("192.0.2.100/24"), "lease: 20s"))
			n := s.Nodes[0]
			s.serve(n)
			s.ok(n.Kill())
			s.ok(os.WriteFile(stateFile(n), []byte(content), 0o600))
			s.serve(n)
			s.steady(n)
			s.leave(n)
			s.wantAbsent(n.Host, "after the stop")
			s.wantHostAddress(n.Host)
		})
	}
}
