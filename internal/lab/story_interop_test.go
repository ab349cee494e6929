//go:build interop

package lab_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/aloft-ha/aloft/internal/lab"
)

// Two keepalived nodes move the address, but a planned stop takes them 0.6 s: so the story must come to its end and
// fail, and say where.
func TestStoryTellsWhereKeepalivedIsSlow(t *testing.T) {
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
