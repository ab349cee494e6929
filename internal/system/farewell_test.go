//go:build privileged

package system_test

import (
	"testing"
	"time"

	"github.com/aloft-ha/aloft/internal/lab"
)

// plannedGap is the longest that a client may wait for an answer in a planned move between two nodes.
const plannedGap = 20 * time.Millisecond

// A planned stop and the return of the better node, at adverts of a second: the client notices neither.
func TestPlannedStopAndFailback(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]lab.ClusterOptions{
		"ipv4":         {},
		"ipv4 unicast": {Unicast: true},
		"ipv6":         {IPv6: true, Addresses: only6()},
		"ipv6 unicast": {IPv6: true, Addresses: only6(), Unicast: true},
		"dual stack":   {IPv6: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o.Nodes = make([]lab.Software, 2)
			s := setScene(t, o).withClient()
			s.raise()
			var stops, returns []time.Duration
			for len(stops) == 0 || len(stops) < 3 && max(stops[0], returns[0]) >= plannedGap {
				stops = append(stops, s.plannedStop(s.Nodes[0], s.Nodes[1]))
				returns = append(returns, s.failback(s.Nodes[0], s.Nodes[1]))
			}
			medianUnder(t, "the client's gap of a planned stop", plannedGap, stops)
			medianUnder(t, "the client's gap of a failback", plannedGap, returns)
		})
	}
}

// plannedStop ends the daemon of the Active with SIGTERM and returns what the client saw. The heir, and nobody else,
// takes over, and holds the addresses alone for longer than any Backup would wait.
func (s *scene) plannedStop(leaver, heir *lab.Node) time.Duration {
	s.t.Helper()
	deed := time.Now()
	s.leave(leaver)
	alone := s.awaitAlone(deed, heir, s.Setup.Interval.Duration()+patience)
	s.quiet(heir, alone)
	s.tookOver(leaver, heir, deed, time.Now())
	if first, ok := s.firstAdvert(heir, deed); ok {
		s.t.Logf("planned stop: %s advertises after %s, alone after %s", heir.Name, first.At.Sub(deed), alone.Sub(deed))
	}
	g := s.gap(deed, time.Now().Add(-onTheWay))
	s.t.Logf("planned stop: %s", g)
	return g.Outage()
}

// failback starts the daemon of a better node again and returns what the client saw.
func (s *scene) failback(better, worse *lab.Node) time.Duration {
	s.t.Helper()
	deed := time.Now()
	s.ok(better.Start())
	alone := s.awaitAlone(deed, better, s.down(better.Index)+patience)
	s.quiet(better, alone)
	g := s.gap(deed, time.Now().Add(-onTheWay))
	s.t.Logf("failback: %s alone after %s, %s", better.Name, alone.Sub(deed), g)
	s.advertised(deed, time.Now(), worse, better)
	return g.Outage()
}

// quiet watches a node hold the addresses alone, and alone advertise, until every Backup would have taken over that
// hears nothing.
func (s *scene) quiet(n *lab.Node, alone time.Time) {
	s.t.Helper()
	until := alone.Add(s.longestDown())
	time.Sleep(time.Until(until))
	s.heldAlone(n, alone, until)
	s.advertised(alone.Add(onTheWay), until, n)
}

// firstAdvert returns a node's first advert of a priority above 0 after a time.
func (s *scene) firstAdvert(n *lab.Node, since time.Time) (lab.Frame, bool) {
	all := s.advertsOf(n, since, time.Now(), (*lab.Frame).Advertises)
	if len(all) == 0 {
		return lab.Frame{}, false
	}
	return all[0], true
}

// Without auto_failback a better node that returns moves nothing.
func TestNoFailback(t *testing.T) {
	t.Parallel()
	o := pair(100)
	o.NoFailback = true
	s := setScene(t, o).withClient()
	s.raise()
	s.plannedStop(s.Nodes[0], s.Nodes[1])
	s.stays(s.Nodes[1], func() { s.ok(s.Nodes[0].Start()) })
}

// stays asserts that something done moves nothing: the node goes on holding the addresses alone and advertising alone, and
// the client goes on being answered, for longer than any Backup would wait.
func (s *scene) stays(n *lab.Node, do func()) {
	s.t.Helper()
	deed := time.Now()
	do()
	until := time.Now().Add(s.longestDown() + time.Second)
	time.Sleep(time.Until(until)) // until every Backup would have taken over
	s.heldAlone(n, deed, until)
	s.advertised(deed, until, n)
	if g := s.gap(deed, until.Add(-onTheWay)); g.Outage() > plannedGap {
		s.t.Errorf("nothing was to move, but the client saw %s", g)
	}
}
