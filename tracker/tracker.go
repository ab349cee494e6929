package tracker

import (
	"fmt"
	"time"
)

// firstResult is how long the routers of a tracker wait for its first result. One that has none by then is down, unless
// its specification says what it counts as.
const firstResult = 10 * time.Second

// shortestInterval bounds how often a tracker is checked.
const shortestInterval = 10 * time.Millisecond

// tracker is one specification, what was found so far, and when it is looked at again. It belongs to the goroutine of
// Run; its status is also read by others, under the lock of the manager.
type tracker struct {
	spec    Spec
	number  uint64 // its place in the sequence of phases
	judge   judge
	timing  timing
	lookout *lookout
	bound   time.Time // when it is down without a result; zero: it has one, or needs none
	status  Status

	place int // in the queue; -1: it is not in it
}

// due is when something has to be done for the tracker.
func (t *tracker) due() time.Time {
	l := t.lookout
	at := t.timing.due(l.busy())
	if l.busy() && !l.hung && l.hangsAt.Before(at) {
		at = l.hangsAt
	}
	if !t.bound.IsZero() && t.bound.Before(at) {
		at = t.bound
	}
	return at
}

// found takes a result that came now, of an extra check or not, and returns what the status is with it.
func (t *tracker) found(now time.Time, r Result, extra bool) Status {
	t.bound = time.Time{}
	t.judge.take(now, r.OK, extra)
	if at := t.judge.ripe(now); !at.IsZero() {
		t.timing.bringForward(at)
	}
	s := t.status
	s.Numeric, s.Value, s.Text, s.Checked = r.Numeric, r.Value, r.Text, now
	return s
}

// nothing takes note that there is no result, and no waiting for one any longer.
func (t *tracker) nothing() Status {
	t.bound = time.Time{}
	t.judge.despair()
	s := t.status
	s.Numeric, s.Value, s.Text = false, 0, fmt.Sprintf("no result yet after %v", firstResult)
	return s
}

// begin is for a tracker that is new, or that looks at something else from now on. In the latter case it goes on with
// the state that it had until the first result decides: a reload makes nothing flap.
func (t *tracker) begin(now time.Time) {
	before := t.judge.state
	t.judge = newJudge(t.spec.rules(), t.spec.Initial)
	if before != Pending {
		t.judge = judge{rules: t.spec.rules(), state: before}
	}
	t.bound = time.Time{}
	if t.spec.Initial == InitialWait {
		t.bound = now.Add(firstResult)
	}
}

// rules are when the results of a specification are believed.
func (s Spec) rules() rules {
	r := rules{rise: s.Rise, fall: s.Fall, damping: s.Damping}
	if k, ok := s.Kind.(Interface); ok {
		r.debounce = k.Debounce
	}
	return r
}

// bounded is the specification with its values inside their ranges.
func (s Spec) bounded() Spec {
	s.Interval = max(s.Interval, shortestInterval)
	if s.Timeout <= 0 {
		s.Timeout = s.Interval
	}
	s.Rise, s.Fall = max(s.Rise, 1), max(s.Fall, 1)
	return s
}
