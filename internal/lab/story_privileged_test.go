//go:build privileged

package lab_test

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aloft-ha/aloft/internal/lab"
	"github.com/aloft-ha/aloft/internal/lab/labtest"
)

func TestStoryIsToldToItsEnd(t *testing.T) {
	before := mine(t)
	var out bytes.Buffer
	r, err := lab.Play(t.Context(), lab.StoryOptions{
		Nodes: make([]lab.Software, 3), Interval: 20, Binary: labtest.Aloft(t), Out: &out,
	})
	t.Log(out.String())
	if err != nil {
		t.Fatal(err)
	}
	if !r.OK {
		t.Error("an expectation failed")
	}
	var actives []string
	for _, s := range r.Steps {
		actives = append(actives, s.Active)
	}
	if want := []string{"www1", "www2", "www1", "www2", "www1", "www2", "www1"}; !slices.Equal(actives, want) {
		t.Errorf("Active were %v, want %v", actives, want)
	}
	for _, text := range []string{"stop www1 (SIGTERM)", "www1 says goodbye", "the client is answered by www2", "kill -9 on www1"} {
		if !strings.Contains(out.String(), text) {
			t.Errorf("the timeline does not say %q", text)
		}
	}
	if d := cmp.Diff(before, mine(t)); d != "" {
		t.Errorf("namespaces are left (-want +got)\n%s", d)
	}
}

// Ctrl-C in the middle must not leave anything behind.
func TestInterruptedStoryCleansUp(t *testing.T) {
	before := mine(t)
	ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
	defer cancel()
	_, err := lab.Play(ctx, lab.StoryOptions{Nodes: make([]lab.Software, 2), Binary: labtest.Aloft(t), Out: new(bytes.Buffer)})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the error is %v", err)
	}
	if d := cmp.Diff(before, mine(t)); d != "" {
		t.Errorf("namespaces are left (-want +got)\n%s", d)
	}
}

// A daemon that ends at once is no reason to wait for it, and its last words are shown.
func TestStoryEndsWhereTheDaemonsDo(t *testing.T) {
	var out bytes.Buffer
	began := time.Now()
	r, err := lab.Play(t.Context(), lab.StoryOptions{Nodes: make([]lab.Software, 2), Binary: "/bin/ls", Out: &out})
	must(t, err)
	if r.OK || len(r.Steps) != 1 || !strings.Contains(strings.Join(r.Steps[0].Problems, "; "), "ended by itself") {
		t.Errorf("the report is %+v", r)
	}
	if d := time.Since(began); d > 3*time.Second {
		t.Errorf("it waited %s for the dead", d)
	}
	if !strings.Contains(out.String(), "unrecognized option") {
		t.Errorf("the last words of the daemon are missing:\n%s", &out)
	}
}
