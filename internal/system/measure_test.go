//go:build privileged || interop

package system_test

import (
	"slices"
	"testing"
	"time"

	"github.com/aloft-ha/aloft/vrrp"
)

// interval writes an interval in the unit of the wire.
func interval(centiseconds int) vrrp.Centiseconds { return vrrp.Centiseconds(centiseconds) }

// median returns the middle one of the figures, or the higher of the two in the middle.
func median(all []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(all))
	return sorted[len(sorted)/2]
}

// medianUnder asserts that the median of the figures is under the limit.
func medianUnder(t *testing.T, what string, limit time.Duration, all []time.Duration) {
	t.Helper()
	t.Logf("%s: %v, to be under %s", what, all, limit)
	if m := median(all); m >= limit {
		t.Errorf("%s: the median of %v is not under %s", what, all, limit)
	}
}

// repeatUnder measures once, and if that is not under the limit, for a busy machine may be the reason, twice more: then
// the median has to be. The limit itself is never widened.
func repeatUnder(t *testing.T, what string, limit time.Duration, measure func() time.Duration) {
	t.Helper()
	all := []time.Duration{measure()}
	if all[0] >= limit {
		all = append(all, measure(), measure())
	}
	medianUnder(t, what, limit, all)
}

// bestOf repeats a whole measurement until its figures are good, for the machine may be busy with something else: up to
// n times.
func bestOf(t *testing.T, n int, measure func(t *testing.T) (good bool)) {
	t.Helper()
	for i := range n {
		if measure(t) || t.Failed() {
			return
		}
		t.Logf("attempt %d of %d was not good enough", i+1, n)
	}
	t.Errorf("none of %d attempts was good enough", n)
}
