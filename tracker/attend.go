package tracker

import (
	"context"
	"time"
)

// receive takes what a check came back with. One that hung has been counted, and what fails because Run ends says nothing.
func (m *Manager) receive(ctx context.Context, a answer, now time.Time) {
	l := a.from
	m.back(l)
	if l.retired || ctx.Err() != nil {
		return
	}
	if !l.hung {
		l.tracker.timing.back(now)
		m.accept(l.tracker, a.result, now, l.extra)
	}
	m.queue.push(l.tracker, l.tracker.due())
}

// work does what is due.
func (m *Manager) work(ctx context.Context, now time.Time) {
	for {
		t, due := m.queue.first()
		if t == nil || now.Before(due) {
			return
		}
		m.attend(ctx, t, now)
		m.queue.push(t, t.due())
	}
}

// attend does what is due for one tracker. A check that hangs fails when it is overdue, and again whenever another one
// would have started.
func (m *Manager) attend(ctx context.Context, t *tracker, now time.Time) {
	l := t.lookout
	overdue := l.busy() && !l.hung && !now.Before(l.hangsAt)
	missed := false
	switch turn := t.timing.advance(now, l.busy()); turn {
	case turnCheck, turnExtra:
		m.send(ctx, l, now, turn == turnExtra)
	case turnMissed:
		missed = l.hung
	case turnNone:
	}
	if overdue || missed {
		l.hung = true
		m.accept(t, l.hanging(now), now, l.extra && !missed)
	}
	if !t.bound.IsZero() && !now.Before(t.bound) {
		m.settle(t, t.nothing(), now)
	}
}

// accept takes a result.
func (m *Manager) accept(t *tracker, r Result, now time.Time, extra bool) {
	m.settle(t, t.found(now, r, extra), now)
}

// settle publishes what is found of a tracker, and logs it.
func (m *Manager) settle(t *tracker, s Status, now time.Time) {
	before := t.status
	m.publish(t, s, now)
	m.say(t, before, now)
}

// publish makes a status with the judge's state known, and reports it if that is new.
func (m *Manager) publish(t *tracker, s Status, now time.Time) {
	before := t.status
	s.State = t.judge.state
	if s.State != before.State {
		s.Since = now
	}
	m.mu.Lock()
	t.status = s
	m.mu.Unlock()
	if s.State != before.State || s.Numeric != before.Numeric || s.Value != before.Value {
		m.report(s)
	}
}

// say logs that a tracker went down or up.
func (m *Manager) say(t *tracker, before Status, now time.Time) {
	s := t.status
	if s.State == before.State {
		return
	}
	attrs := []any{"tracker", s.Name, "kind", t.spec.Kind.KindName(), "text", s.Text}
	if before.State != Pending {
		attrs = append(attrs, "after", now.Sub(before.Since).Round(time.Millisecond))
	}
	switch {
	case s.State == Down:
		m.log.Warn("tracker down", attrs...)
	case before.State == Pending:
		m.log.Debug("tracker up", attrs...) // as nearly all are at the start
	default:
		m.log.Info("tracker up", attrs...)
	}
}
