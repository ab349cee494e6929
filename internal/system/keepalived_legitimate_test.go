//go:build interop

package system_test

import (
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/aloft-ha/aloft/internal/lab"
	"github.com/aloft-ha/aloft/vrrp"
)

// soon is the interval of the adverts where it is the order of events that is tested.
const soon = 20 // centiseconds

// reigns checks that a keepalived that became Active at a time has stayed it: it advertises without a pause, it has
// held the addresses throughout, and nobody has come between.
func (c *company) reigns(n *lab.Node, since time.Time) {
	c.t.Helper()
	time.Sleep(c.longestDown() + quietMargin) // until every Backup would have taken over
	now := time.Now()
	last := since
	for _, f := range c.tap.Frames(lab.ActiveAdvert(n.Name, c.Setup.VRID)) {
		if f.At.Before(since) {
			continue
		}
		if pause := f.At.Sub(last); pause > 2*c.Setup.Interval.Duration() {
			c.t.Errorf("%s did not advertise for %s", n.Name, pause)
		}
		last = f.At
	}
	if pause := now.Sub(last); pause > 2*c.Setup.Interval.Duration() {
		c.t.Errorf("%s does not advertise any more since %s", n.Name, pause)
	}
	for _, a := range c.Setup.Addresses {
		held := false
		for _, tenure := range c.watch.Tenures(a) {
			if tenure.Host == n.Name {
				held = tenure.From.Before(since.Add(movePatience/4)) && tenure.To.IsZero()
			}
		}
		if !held {
			c.t.Errorf("%s, Active since %s, has not held %s all the time: %v", n.Name, since, a, c.watch.Tenures(a))
		}
	}
}

// A Backup leaves without a word.
func TestStopAsBackupIsSilent(t *testing.T) {
	t.Parallel()
	steadily(t, vrrp.Centiseconds(soon).Duration(), func(t *attempt) {
		c := newCompany(t, lab.ClusterOptions{
			Nodes: []lab.Software{lab.Keepalived, lab.Aloft}, Interval: soon, IPv6: true,
		}, askSlowly)
		theirs, ours := c.Nodes[0], c.Nodes[1]
		first := c.returns(theirs)
		for range 3 {
			at := c.start(ours)
			time.Sleep(c.Setup.Interval.Duration() * 2) // until it has started and heard keepalived
			c.leave(ours)
			c.ended(ours)
			if said := c.tap.Frames(func(f *lab.Frame) bool {
				return f.Port == ours.Name && f.At.After(at) && (f.Kind == lab.KindAdvert || f.Kind == lab.KindGARP)
			}); len(said) > 0 {
				t.Errorf("%s, a Backup, said %s", ours.Name, &said[0])
			}
		}
		c.reigns(theirs, first)
	})
}

// keepalived takes over as the better one, and at about that moment aloft is told to leave: a little before, then its
// farewell has begun and must not go on; or after. Either way there is one that serves, without a break.
func TestStopWhileKeepalivedTakesOver(t *testing.T) {
	t.Parallel()
	rounds := 6
	if long {
		rounds = 50
	}
	steadily(t, vrrp.Centiseconds(soon).Duration(), func(t *attempt) {
		c := newCompany(t, lab.ClusterOptions{Nodes: []lab.Software{lab.Keepalived, lab.Aloft}, Interval: soon}, lab.DefaultProbeInterval)
		theirs, ours := c.Nodes[0], c.Nodes[1]
		c.returns(ours)
		usual := time.Duration(0) // from keepalived's start until its first advert
		for round := range rounds {
			back := c.start(theirs)
			if usual == 0 {
				usual = c.firstAdvert(theirs, back, c.down(theirs)+bootPatience).Sub(back)
			}
			// About when keepalived takes over, each round at another moment.
			time.Sleep(time.Until(back.Add(usual + time.Duration(round%6-4)*time.Millisecond)))
			at := c.leave(ours)
			first := c.firstAdvert(theirs, back, movePatience)
			c.ended(ours)
			c.reigns(theirs, first)
			c.answered(theirs, first, answerPatience)
			t.Logf("told to leave %s after keepalived's first advert: the client's gap %s", at.Sub(first),
				c.gap(back, time.Now().Add(-onTheLink)))
			c.start(ours)
			time.Sleep(2 * c.Setup.Interval.Duration()) // until it has started and heard keepalived
			c.leave(theirs)
			c.firstAdvert(ours, time.Now(), movePatience)
			c.ended(theirs)
		}
	})
}

// aloft was paused for so long that keepalived took over, and is told to leave meanwhile: when it runs again it must
// not say farewell with the authority of an Active Router that it is no more.
func TestStopAfterPauseDeposesNobody(t *testing.T) {
	t.Parallel()
	steadily(t, vrrp.Centiseconds(soon).Duration(), func(t *attempt) {
		c := newCompany(t, lab.ClusterOptions{Nodes: []lab.Software{lab.Aloft, lab.Keepalived}, Interval: soon}, askSlowly)
		ours, theirs := c.Nodes[0], c.Nodes[1]
		c.elects(ours)
		at := time.Now()
		c.do(ours.Signal(unix.SIGSTOP))
		first := c.firstAdvert(theirs, at, c.down(theirs)+movePatience)
		time.Sleep(2 * c.Setup.Interval.Duration()) // keepalived has advertised more than once meanwhile
		c.leave(ours)
		woken := time.Now()
		c.do(ours.Signal(unix.SIGCONT))
		c.ended(ours)
		if said := c.tap.Frames(func(f *lab.Frame) bool {
			return f.Port == ours.Name && f.At.After(woken) && f.Kind == lab.KindAdvert
		}); len(said) > 0 {
			t.Errorf("%s, woken after another took over, said %s", ours.Name, &said[0])
		}
		c.reigns(theirs, first)
		c.answered(theirs, woken, answerPatience)
	})
}

// aloft crashes and is started again at once, or when keepalived has just taken over, or later: with failback off,
// keepalived stays from its first advert on.
func TestStartAfterCrashDeposesNobody(t *testing.T) {
	t.Parallel()
	steadily(t, vrrp.Centiseconds(soon).Duration(), func(t *attempt) {
		c := newCompany(t, lab.ClusterOptions{
			Nodes: []lab.Software{lab.Aloft, lab.Keepalived}, Interval: soon, NoFailback: true,
		}, askSlowly)
		ours, theirs := c.Nodes[0], c.Nodes[1]
		c.returns(ours)
		c.returnsAsBackup(theirs, ours)
		for _, pause := range []time.Duration{0, c.down(theirs) - 200*time.Millisecond, c.down(theirs), c.down(theirs) + time.Second} {
			at := time.Now()
			c.do(ours.Kill())
			time.Sleep(time.Until(at.Add(pause))) // how long it is down, which is what the cases differ in
			c.start(ours)
			first := c.firstAdvert(theirs, at, c.down(theirs)+movePatience)
			c.reigns(theirs, first)
			c.alone(theirs, leasePatience)
			c.answered(theirs, first, answerPatience)
			c.movesOnStop(theirs, ours)
			c.returnsAsBackup(theirs, ours)
		}
	})
}
