//go:build interop

package lab_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/aloft-ha/aloft/internal/lab"
	"github.com/aloft-ha/aloft/internal/lab/labtest"
)

// Two keepalived nodes move the address, but a planned stop takes them 0.6 s: so the story must come to its end and
// fail, and say where.
func TestStoryTellsWhereKeepalivedIsSlow(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	r, err := lab.Play(t.Context(), lab.StoryOptions{
		Nodes: []lab.Software{lab.Keepalived, lab.Keepalived}, Interval: 100, Out: &out,
	})
	t.Log(out.String())
	if err != nil {
		t.Fatal(err)
	}
	if r.OK {
		t.Error("every expectation is met by keepalived")
	}
	if len(r.Steps) != 7 {
		t.Fatalf("%d steps were played", len(r.Steps))
	}
	stop := r.Steps[1]
	if stop.OK || !strings.Contains(strings.Join(stop.Problems, "\n"), "the client's gap") {
		t.Errorf("the planned stop is judged %v: %q", stop.OK, stop.Problems)
	}
	for _, i := range []int{0, 5} {
		if s := r.Steps[i]; !s.OK {
			t.Errorf("step %q: %q", s.Step, s.Problems)
		}
	}
	// The winner of a split announces itself only if it heard the loser, which is a matter of chance: so the client may
	// be lost after the cable is healed, but the address is not.
	if healed := r.Steps[6]; healed.Active != "www1" || healed.Took == nil {
		t.Errorf("healed: %+v", healed)
	}
}

// The proxies of all nodes die and return. The addresses follow the order of the nodes, and the client sees no more of it
// than was promised; where it does on a busy machine, the story is told again.
func TestStoryOfProxiesIsToldToItsEnd(t *testing.T) {
	t.Parallel()
	const attempts = 3
	for i := range attempts {
		var out bytes.Buffer
		r, err := lab.Play(t.Context(), lab.StoryOptions{
			Nodes: make([]lab.Software, 2), Interval: 50, Proxies: true, Binary: labtest.Aloft(t), Out: &out,
		})
		t.Log(out.String())
		must(t, err)
		var actives []string
		for _, s := range r.Steps {
			actives = append(actives, s.Active)
		}
		if want := []string{"www1", "www2", "www1", "www1", "www1", "www2", "www1"}; !slices.Equal(actives, want) {
			t.Fatalf("Active were %v, want %v", actives, want)
		}
		for _, text := range []string{
			"kill haproxy on www1", "the client gets no page of 192.0.2.100: connection re", "www1 lowers its priority to 99", "www2 takes 192.0.2.101",
			"the client gets the pages of 192.0.2.101 from www2", "start haproxy on www1 again",
		} {
			if !strings.Contains(out.String(), text) {
				t.Errorf("the timeline does not say %q", text)
			}
		}
		if failed := r.Steps[1].Failed; failed == nil || *failed == 0 {
			t.Error("no request failed when the proxy died")
		}
		if r.OK || t.Failed() {
			return
		}
		t.Logf("attempt %d of %d was not good enough", i+1, attempts)
	}
	t.Errorf("none of %d attempts was good enough", attempts)
}
