//go:build privileged

package conformance_test

import (
	"testing"

	"github.com/aloft-ha/aloft/internal/conformance"
	"github.com/aloft-ha/aloft/internal/lab/labtest"
)

// aloft passes the suite: version 3 whole in IPv4, and of the rest what differs from that. `make conformance` runs all.
func TestAloftConforms(t *testing.T) {
	t.Parallel()
	list := cases{
		conformance.V3IPv6: {"1.1", "2.2", "2.5", "4.9", "5.1", "5.2"},
		conformance.V2IPv4: {"3.2", "4.1", "4.6", "4.7", "4.9"},
	}
	for _, c := range conformance.Cases() {
		list[conformance.V3IPv4] = append(list[conformance.V3IPv4], c.ID)
	}
	for _, x := range run(t, conformance.NewAloft(labtest.Aloft(t)), list) {
		if x.Verdict != conformance.Pass {
			t.Errorf("%s %s is %s: %+v", x.Profile, x.Case, x.Verdict, x.Points)
		}
	}
}
