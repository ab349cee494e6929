//go:build interop

package system_test

import (
	"slices"
	"testing"
	"time"

	"github.com/aloft-ha/aloft/internal/lab"
)

// What a planned move costs at the usual interval, in a pair. keepalived's successor needs its Skew_Time for it, some
// 200 ms between these priorities and 600 ms at its default one, and the client waits as long.
const (
	usualInterval = 100 // centiseconds
	gapOfPair     = 20 * time.Millisecond
	moveOfPair    = 60 * time.Millisecond
)

func TestPlannedStopBesideKeepalived(t *testing.T) {
	t.Parallel()
	pair := []lab.Software{lab.Aloft, lab.Keepalived}
	for name, o := range map[string]lab.ClusterOptions{
		"IPv4":         {Nodes: pair},
		"IPv4 unicast": {Nodes: pair, Unicast: true},
		"IPv6":         {Nodes: pair, Addresses: only6(), IPv6: true},
		"both":         {Nodes: pair, IPv6: true},
	} {
		o.Interval = usualInterval
		o.NoFailback = true // so that the way back is a planned stop too, and lasts no down interval
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			steadily(t, o.Interval.Duration(), func(t *attempt) { plannedStops(t, o, 0) })
		})
	}
}

// plannedStops stops aloft and then the other, in turn, each while it is Active, and judges by the medians. The other's
// first advert comes late by so much.
func plannedStops(t *attempt, o lab.ClusterOptions, late time.Duration) {
	rounds := 3
	if long {
		rounds = 20
	}
	c := newCompany(t, o, lab.DefaultProbeInterval)
	ours, theirs := c.Nodes[0], c.Nodes[1]
	c.returns(ours)
	c.start(theirs)
	c.settle()

	var gaps, moves, otherWay []time.Duration
	for range rounds {
		moved, gap := c.stopAndMeasure(ours, theirs)
		moves, gaps = append(moves, moved), append(gaps, gap.Outage())
		c.start(ours)
		c.settle()
		_, gap = c.stopAndMeasure(theirs, ours)
		otherWay = append(otherWay, gap.Outage())
		c.start(theirs)
		c.settle()
	}
	c.stopAndMeasure(ours, theirs)
	c.alone(theirs, noticeTime)

	t.Logf("aloft stops: %s took over after %v, the client's gaps %v", theirs.Software, moves, gaps)
	t.Logf("%s stops: the client's gaps %v", theirs.Software, otherWay)
	if gap := median(gaps); gap >= gapOfPair {
		t.Slow("the client's gap is %s when aloft stops, not under %s", gap, gapOfPair)
	}
	if moved := median(moves); moved >= moveOfPair+late {
		t.Slow("%s takes over %s after the stop of aloft, not within %s", theirs.Software, moved, moveOfPair+late)
	}
}

// settle lets a daemon that was just started hear an advert or two, and the Active send them on its usual grid.
func (c *company) settle() {
	time.Sleep(c.Setup.Interval.Duration() + 500*time.Millisecond)
}

// forget waits until it is so long ago that the Active heard another that it may make the others quick again.
func (c *company) forget() {
	time.Sleep(c.longestDown() + 500*time.Millisecond)
}

// stopAndMeasure stops the Active, and returns when the other took over and what the client saw of it.
func (c *company) stopAndMeasure(active, other *lab.Node) (moved time.Duration, gap lab.Gap) {
	c.t.Helper()
	at := c.leave(active)
	first := c.firstAdvert(other, at, movePatience)
	c.answered(other, first, answerPatience)
	c.ended(active)
	c.awaitAlone(other, noticeTime)
	if rivals := c.advertisers(first, time.Now()); !slices.Equal(rivals, []string{other.Name}) {
		c.t.Errorf("after the stop of %s there were adverts of %v", active.Name, rivals)
	}
	return first.Sub(at), c.gap(at, time.Now().Add(-onTheLink))
}

// noticeTime is how long it takes at most until the watcher has seen what has happened.
const noticeTime = 100 * time.Millisecond

// onTheLink is how long an answer may be on its way.
const onTheLink = 20 * time.Millisecond
