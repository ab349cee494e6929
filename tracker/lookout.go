package tracker

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"
)

// hangAfter is how long after its timeout a check that has not come back counts as failed. A probe ends with its
// context; one that does not hangs in the kernel, as a look at a file of a server that is gone does.
const hangAfter = time.Second

// lookout is a probe, and the check of it that is out, if one is. Except for woken it belongs to the goroutine of Run.
type lookout struct {
	tracker *tracker
	probe   probe
	woken   atomic.Bool // a wake-up is on its way that no check has answered

	cancel  context.CancelFunc // ends the check that is out; nil: none is
	extra   bool               // it was brought forward
	began   time.Time
	hangsAt time.Time
	hung    bool // it was not back in time, and counts as failed
	retired bool // nobody wants its answers any more
}

// answer is what a check came back with.
type answer struct {
	from   *lookout
	result Result
}

// newLookout makes the probe of a tracker.
func (m *Manager) newLookout(t *tracker) *lookout {
	l := &lookout{tracker: t}
	l.probe = m.probe(t.spec.Kind, func() {
		if l.woken.CompareAndSwap(false, true) {
			m.mail.post(func(b *letters) { b.woken = append(b.woken, l) })
		}
	})
	return l
}

// send starts a check in a goroutine of its own, which ends when the check does, and hands its answer to Run.
func (m *Manager) send(ctx context.Context, l *lookout, now time.Time, extra bool) {
	timeout := l.tracker.spec.Timeout
	ctx, cancel := context.WithTimeout(ctx, timeout)
	l.cancel, l.extra, l.began, l.hangsAt, l.hung = cancel, extra, now, now.Add(timeout+hangAfter), false
	l.woken.Store(false) // what changes from here on may be missed by this check
	m.out[l] = struct{}{}
	go func() {
		defer cancel()
		r := l.look(ctx, timeout)
		select {
		case m.answers <- answer{l, r}:
		case <-m.over:
			l.probe.close()
		}
	}()
}

// look checks once. An answer that took too long is none.
func (l *lookout) look(ctx context.Context, timeout time.Duration) Result {
	began := time.Now()
	r := l.probe.check(ctx)
	if took := time.Since(began); r.OK && took > timeout {
		return Result{Text: fmt.Sprintf("it took %v, and the timeout is %v", took.Round(time.Millisecond), timeout)}
	}
	return r
}

// busy says whether a check is out.
func (l *lookout) busy() bool { return l.cancel != nil }

// back takes note that the check has come back.
func (m *Manager) back(l *lookout) {
	l.cancel = nil
	delete(m.out, l)
	if l.retired {
		l.probe.close()
	}
}

// retire ends what a lookout does. Where its check is out, the probe is closed when that comes back.
func (l *lookout) retire() {
	l.retired = true
	if l.busy() {
		l.cancel()
		return
	}
	l.probe.close()
}

// hanging is what counts as the result of a check that does not come back.
func (l *lookout) hanging(now time.Time) Result {
	return Result{Text: fmt.Sprintf("no answer after %v", now.Sub(l.began).Round(100*time.Millisecond))}
}
