//go:build interop

package conformance_test

import (
	"testing"

	"github.com/aloft-ha/aloft/internal/conformance"
)

// keepalived and FRR are run as they should be: they send proper adverts, and FRR says that it has no unicast.
func TestPeersAreJudged(t *testing.T) {
	t.Parallel()
	some := cases{conformance.V3IPv4: {"4.9", "5.2"}, conformance.V3IPv6: {"4.9"}, conformance.V2IPv4: {"4.9"}}
	for d, unicast := range map[conformance.Driver]conformance.Verdict{
		conformance.NewKeepalived("keepalived"):  conformance.Pass,
		conformance.NewFRR("/usr/lib/frr/vrrpd"): conformance.Cannot,
	} {
		for _, x := range run(t, d, some) {
			want := conformance.Pass
			if x.Case == "5.2" {
				want = unicast
			}
			if x.Verdict != want {
				t.Errorf("%s %s %s is %s: %+v", d.Traits().Name, x.Profile, x.Case, x.Verdict, x.Points)
			}
		}
	}
}
