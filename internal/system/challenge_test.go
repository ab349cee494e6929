//go:build privileged

package system_test

import (
	"testing"
	"time"

	"github.com/aloft-ha/aloft/internal/lab"
	"github.com/aloft-ha/aloft/internal/lab/labtest"
)

// challengeLimit is how long a better backup may take over in, from the first advert that asks it to.
const challengeLimit = 60 * time.Millisecond

// The operator lowers the Active's priority in the file that all nodes share: below the backup's, and the backup takes
// over at once though adverts are a second apart. It does so as well where the file is read again on all nodes.
func TestLoweredPriorityMoves(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]struct {
		noFailback bool
		reloaded   func(s *scene) []*lab.Node
	}{
		"reloaded on the Active":                  {reloaded: func(s *scene) []*lab.Node { return s.Nodes[:1] }},
		"reloaded on both":                        {reloaded: func(s *scene) []*lab.Node { return s.Nodes }},
		"reloaded on both, without auto_failback": {true, func(s *scene) []*lab.Node { return s.Nodes }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := pair(100)
			o.NoFailback = change.noFailback
			s := setScene(t, o).withClient()
			s.raise()
			nodes := change.reloaded(s)
			var took, gaps []time.Duration
			for len(took) == 0 || len(took) < 3 && (took[0] >= challengeLimit || gaps[0] >= plannedGap) {
				if len(took) > 0 {
					s.raiseAgain()
				}
				tt, gap := s.lower(nodes)
				took, gaps = append(took, tt), append(gaps, gap)
			}
			medianUnder(t, "taken over after the first challenge", challengeLimit, took)
			medianUnder(t, "the client's gap", plannedGap, gaps)
		})
	}
}

// lower lowers the first node's priority below the second's, and returns how long the second took and what the client saw.
func (s *scene) lower(reloaded []*lab.Node) (took, gap time.Duration) {
	s.t.Helper()
	active, heir := s.Nodes[0], s.Nodes[1]
	s.forgetRivals()
	s.awaitAdvert(active) // so that the next one by itself is far away
	s.rewrite("priority: {www1: 150}")
	deed := time.Now()
	s.reload(reloaded...)
	challenge, err := s.tap.Await(labtest.Within(s.t, 2*time.Second), deed, lab.ActiveAdvert(active.Name, s.Setup.VRID))
	s.ok(err)
	alone := s.awaitAlone(deed, heir, s.Setup.Interval.Duration()+patience)
	s.quiet(heir, alone)
	first, ok := s.firstAdvert(heir, deed)
	if !ok {
		s.t.Fatalf("%s did not advertise", heir.Name)
	}
	s.advertised(first.At.Add(onTheWay), time.Now(), heir)
	s.advertised(deed, time.Now(), active, heir)
	g := s.gap(deed, time.Now().Add(-onTheWay))
	s.t.Logf("lowered: challenged %s after SIGHUP, taken over %s after that, alone %s after that, %s",
		challenge.At.Sub(deed), first.At.Sub(challenge.At), alone.Sub(first.At), g)
	return first.At.Sub(challenge.At), g.Outage()
}

// raiseAgain gives the first node its priority back and waits until it is Active again.
func (s *scene) raiseAgain() {
	s.t.Helper()
	s.rewrite()
	s.reload(s.Nodes...)
	if s.Setup.NoFailback {
		s.leave(s.Nodes[1])
		s.awaitAlone(time.Now(), s.Nodes[0], patience)
		s.ok(s.Nodes[1].Start())
		s.awaitBackup(s.Nodes[1])
		return
	}
	s.awaitAlone(time.Now(), s.Nodes[0], s.longestDown()+patience)
}

// forgetRivals waits until it is so long ago that the Active heard another that it may make the others quick again: on a busy
// machine the other may have been Active for a moment at the start.
func (s *scene) forgetRivals() {
	s.t.Helper()
	time.Sleep(s.longestDown() + 500*time.Millisecond)
}

// awaitAdvert waits for the next advert of a node.
func (s *scene) awaitAdvert(n *lab.Node) lab.Frame {
	s.t.Helper()
	f, err := s.tap.Await(labtest.Within(s.t, 10*time.Second), time.Now(), lab.ActiveAdvert(n.Name, s.Setup.VRID))
	s.ok(err)
	return f
}

// Lowered, but still the best there is: nothing moves, and the interval that the adverts name is the usual one again.
func TestLoweredPriorityStays(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]lab.ClusterOptions{
		"two nodes":   {Nodes: make([]lab.Software, 2)},
		"three nodes": {Nodes: make([]lab.Software, 3)},
		"alone":       {Nodes: make([]lab.Software, 1)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := setScene(t, o).withClient()
			s.raise()
			active := s.Nodes[0]
			s.forgetRivals()
			s.awaitAdvert(active)
			deed := time.Now()
			s.stays(active, func() {
				s.rewrite("priority: {www1: 195}")
				s.reload(s.Nodes...)
			})
			s.usualAfter(active, deed, 195)
		})
	}
}

// usualAfter asserts that a second after a change of its priority the node advertises it, names the usual interval, and
// keeps it.
func (s *scene) usualAfter(n *lab.Node, deed time.Time, priority uint8) {
	s.t.Helper()
	usual := s.Setup.Interval
	quick := s.advertsOf(n, deed, time.Now(), func(f *lab.Frame) bool { return f.Advert.Interval != usual })
	s.t.Logf("%d quick adverts", len(quick))
	after := s.advertsOf(n, deed.Add(time.Second), time.Now(), nil)
	if len(after) < 3 {
		s.t.Fatalf("%d adverts since a second after the change are too few to say", len(after))
	}
	for i, f := range after {
		if f.Advert.Priority != priority || f.Advert.Interval != usual {
			s.t.Errorf("%s after the change: %s", f.At.Sub(deed), f.String())
		}
		if i > 0 && f.At.Sub(after[i-1].At) > usual.Duration()+50*time.Millisecond {
			s.t.Errorf("%s between two adverts", f.At.Sub(after[i-1].At))
		}
	}
	if len(s.Nodes) == 2 && len(quick) == 0 {
		s.t.Errorf("the lowered priority was not put to the backup quickly")
	}
}
