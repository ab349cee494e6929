//go:build privileged

package system_test

import (
	"testing"
	"time"

	"github.com/aloft-ha/aloft/internal/lab"
)

// A pulled cable moves the addresses, and plugged in again it moves them back, ten times in a row; and a link that comes
// and goes faster than anybody can follow leaves one holder.
func TestCarrierLossAndReturn(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]lab.ClusterOptions{
		"ipv4":       {Interval: 10},
		"dual stack": {Interval: 10, IPv6: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o.Nodes = make([]lab.Software, 2)
			s := setScene(t, o).withClient()
			s.raise()
			loser, heir := s.Nodes[0], s.Nodes[1]
			for range 10 {
				deed := time.Now()
				s.ok(loser.Port.CarrierDown())
				s.quiet(heir, s.awaitAlone(deed, heir, s.down(1)+patience))
				s.letGoWithin(loser, deed, 500*time.Millisecond)
				deed = time.Now()
				s.ok(loser.Port.CarrierUp())
				s.quiet(loser, s.awaitAlone(deed, loser, s.down(0)+patience))
			}
			s.awaitAnswer(loser, 2*time.Second)
			for range 10 {
				s.ok(loser.Port.CarrierDown())
				time.Sleep(30 * time.Millisecond) // a link that flaps: 30 ms without a carrier
				s.ok(loser.Port.CarrierUp())
				time.Sleep(30 * time.Millisecond) // and 30 ms with one
			}
			s.quiet(loser, s.awaitAlone(time.Now(), loser, s.down(0)+patience))
			s.awaitAnswer(loser, 2*time.Second)
			s.neverEnded()
		})
	}
}

// letGoWithin asserts that a node that was cut off let every address go soon: nobody can answer it any more, and when the
// cable is back there must be one holder.
func (s *scene) letGoWithin(n *lab.Node, deed time.Time, limit time.Duration) {
	s.t.Helper()
	for _, a := range s.Setup.Addresses {
		for _, tenure := range s.watcher.Tenures(a) {
			if tenure.Host == n.Name && (tenure.To.IsZero() || tenure.To.Sub(deed) > limit) {
				s.t.Errorf("%s held %s for %s after it lost its carrier", n.Name, a, tenure.To.Sub(deed))
			}
		}
	}
}

// neverEnded asserts that every daemon that was started still runs.
func (s *scene) neverEnded() {
	s.t.Helper()
	for _, n := range s.Nodes {
		if len(n.Runs()) != 1 || !n.Running() {
			s.t.Errorf("the daemon of %s ended", n.Name)
		}
	}
}

// link_up_delay: a link that comes back is not used before it has been up for so long, each time anew; the one that was
// there at the start is used at once.
func TestLinkUpDelay(t *testing.T) {
	t.Parallel()
	const delay = 2 * time.Second
	o := pair(10)
	o.Extra = []string{"link_up_delay: 2s"}
	s := setScene(t, o)
	s.raise()
	if first, ok := s.firstAdvert(s.Nodes[0], time.Time{}); !ok || first.At.Sub(s.Nodes[0].Process().Started) >= delay {
		t.Errorf("the link was there at the start, but was not used at once")
	}
	loser, heir := s.Nodes[0], s.Nodes[1]
	deed := time.Now()
	s.ok(loser.Port.CarrierDown())
	s.awaitAlone(deed, heir, s.down(1)+patience)
	s.ok(loser.Port.CarrierUp())
	time.Sleep(delay * 6 / 10) // a part of link_up_delay, which begins again with the next carrier
	s.ok(loser.Port.CarrierDown())
	time.Sleep(200 * time.Millisecond) // the carrier is lost for long enough to be noticed
	up := time.Now()
	s.ok(loser.Port.CarrierUp())
	alone := s.awaitAlone(up, loser, delay+s.down(0)+patience)
	first, ok := s.firstAdvert(loser, deed.Add(onTheWay))
	if !ok || first.At.Sub(up) < delay+s.down(0) {
		t.Errorf("%s advertised %s after its link was up, not after link_up_delay and Active_Down_Interval", loser.Name,
			first.At.Sub(up))
	}
	t.Logf("Active %s after its link was up", first.At.Sub(up))
	s.quiet(loser, alone)
	s.advertised(deed.Add(onTheWay), time.Now(), heir, loser)
	s.neverEnded()
}
