package tracker

import (
	"math/bits"
	"time"
)

const (
	// firstGap is how far apart the first checks of new trackers are, and firstWindow within what time all of them
	// begin: 500 do not start at once, and of thousands none waits long for its first result.
	firstGap    = 2 * time.Millisecond
	firstWindow = time.Second

	// earlyGap is the least time between two checks of a tracker that were brought forward, so that a file that changes
	// without end costs little.
	earlyGap = 10 * time.Millisecond

	// lateShare is what part of the interval a check may start late because the one before was out so long: the usual
	// timeout is the interval, and a check that is not answered ends just when the next one is due.
	lateShare = 10
)

// firsts is when the first checks of n new trackers begin.
func firsts(now time.Time, n int) []time.Time {
	window := min(time.Duration(n)*firstGap, firstWindow)
	out := make([]time.Time, n)
	for i := range out {
		out[i] = now.Add(window * time.Duration(i) / time.Duration(n))
	}
	return out
}

// grid is the instants at which a tracker is checked: base and every interval from there.
type grid struct {
	base     time.Time
	interval time.Duration // more than 0
}

// newGrid gives the i-th tracker its own phase of the interval. The phases are multiples of the golden ratio, of which
// any number stands almost evenly, so that those that come and go leave no bunches.
func newGrid(epoch time.Time, i uint64, interval time.Duration) grid {
	const golden = 0x9e3779b97f4a7c15 // 2^64 times the golden ratio, less its whole part
	phase, _ := bits.Mul64(i*golden, uint64(interval))
	return grid{base: epoch.Add(time.Duration(phase)), interval: interval}
}

// after is the first instant of the grid that is later than t.
func (g grid) after(t time.Time) time.Time {
	past := t.Sub(g.base) % g.interval
	if past < 0 {
		past += g.interval
	}
	return t.Add(g.interval - past)
}

// timing is when the checks of one tracker are due: on its grid, so that they do not drift, and in between when they
// are brought forward. A check that is missed by more than a little is not made up for.
type timing struct {
	grid    grid
	next    time.Time // on the grid, or the first of all
	early   time.Time // an extra check before that; zero: none
	eased   time.Time // before this no check is brought forward again
	skipped bool      // the last one was missed because it was too late for it
	missed  time.Time // the last place on the grid that the check which is out has taken from the next one; zero: none
}

// due is when advance has something to do. One that is busy has a check out: then nothing can be brought forward.
func (t *timing) due(busy bool) time.Time {
	if busy || t.early.IsZero() || t.next.Before(t.early) {
		return t.next
	}
	return t.early
}

// bringForward asks for a check at a time, or as soon after it as checks may follow each other.
func (t *timing) bringForward(at time.Time) {
	if at.Before(t.eased) {
		at = t.eased
	}
	if t.early.IsZero() || at.Before(t.early) {
		t.early = at
	}
}

// back takes note that a check has come back, and makes up for one that it has just made miss its place.
func (t *timing) back(now time.Time) {
	if !t.missed.IsZero() && now.Sub(t.missed) <= t.grid.interval/lateShare {
		t.next = now
	}
	t.missed = time.Time{}
}

// turn is what became due.
type turn uint8

const (
	turnNone   turn = iota // nothing
	turnCheck              // a check has to start
	turnExtra              // one has to start that was brought forward
	turnMissed             // a check of the grid cannot start, because the last one is still out
)

// advance moves on to the next check and says what is due now. After a pause of the whole machine every tracker is late: one
// that is late by an interval or more waits for its place on the grid, so that not all start at once, but never twice in
// a row.
func (t *timing) advance(now time.Time, busy bool) turn {
	regular := !now.Before(t.next)
	if busy {
		if !regular {
			return turnNone
		}
		t.missed, t.next = t.next, t.grid.after(now)
		return turnMissed
	}
	early := !t.early.IsZero() && !now.Before(t.early)
	switch {
	case !early && !regular:
		return turnNone
	case !early && !t.skipped && now.Sub(t.next) >= t.grid.interval:
		t.next, t.skipped = t.grid.after(now), true
		return turnNone
	}
	if early {
		t.eased = now.Add(earlyGap)
	}
	if regular {
		// The first check stands on no grid: the second is not to follow it at once.
		t.next = t.grid.after(now.Add(t.grid.interval / 2))
	}
	t.early, t.skipped = time.Time{}, false
	if !regular {
		return turnExtra
	}
	return turnCheck
}
