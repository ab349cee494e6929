package vip

import (
	"context"
	"errors"
	"log/slog"
	"time"
)

const (
	chunkSize  = 64 // operations handed to the kernel at once
	maxRounds  = 64 // plans in one pass, against a caller that never stops ordering
	exitRounds = 4  // plans at the end of Run

	// readingAge is how long a reading of the kernel serves: orders that come in a bunch share one. What changes in
	// between is met as EEXIST, or as the absence of what is to be removed.
	readingAge = 5 * time.Millisecond

	// nudgeGap is the least time between two readings that only a nudge asks for.
	nudgeGap = 10 * time.Millisecond

	// retryDelay is the pause after the kernel could not be read, and the first after it would not remove an address.
	retryDelay = 250 * time.Millisecond

	// lastMoment is how long before the end of its lease a renewal fails that could not be begun: the owner has to step
	// back while it still holds the addresses.
	lastMoment = 2 * retryDelay
)

// ErrStopped says that [Manager.Run] has ended.
var ErrStopped = errors.New("the address manager has stopped")

// Options are what a [Manager] is made of. Kernel and Announce are required.
type Options struct {
	Kernel   Kernel
	Announce Announcing

	// Report takes the outcomes. It is called from the goroutine of [Manager.Run] and must not block.
	Report func(Result)

	// StateFile is where our addresses and changed settings are written, for the next run to recognise; empty for
	// nowhere. Its directory exists.
	StateFile string

	Log *slog.Logger // nil: none
}

// Manager converges the kernel's addresses to what its owners want.
//
// All state belongs to the goroutine of [Manager.Run]. The other methods leave an order and return at once; they may be
// called from any goroutine, also before Run. Of several orders of one kind for one owner, the latest is carried out.
type Manager struct {
	kernel    Kernel
	announcer Announcing
	report    func(Result)
	stateFile string
	log       *slog.Logger

	inbox  *inbox
	takers takers
	doneC  chan struct{} // closed when Run returns

	// What is wanted.
	owners     map[Owner]*owner
	arrived    []*owner       // with an unanswered want, the first ordered first
	configured map[Key]Owner  // nil before the first Configure
	named      map[Owner]bool // in the last Configure, also without an address
	flushes    []chan struct{}

	// What there is.
	world   world
	readAt  time.Time // zero: the world has to be read again
	older   bool      // the world was read before the latest order came
	marks   bool
	records map[Key]record

	// What went wrong.
	stuck   map[Key]*stuckRemoval
	clashes map[Key]bool // additions that met EEXIST in this pass
	retryAt time.Time    // when to try to read the kernel again; zero: it was read
	readErr string       // why it could not be read, to say it once

	settings settings
	pacer    pacer
	wakeAt   time.Time // the end of the first back-off
	again    bool      // the last pass left work for the next
	restored []Op      // put back, and not announced and reported yet
	unsaved  bool      // the state file is behind the records
	saveErr  string    // why it could not be written, to say it once
	saveAt   time.Time // when to try that again; zero: at any time
}

// New returns a Manager. It touches nothing before [Manager.Run].
func New(o Options) *Manager {
	m := &Manager{
		kernel: o.Kernel, announcer: o.Announce, report: o.Report, stateFile: o.StateFile, log: o.Log,
		inbox: newInbox(), doneC: make(chan struct{}),
		owners: make(map[Owner]*owner), records: make(map[Key]record),
		stuck: make(map[Key]*stuckRemoval), clashes: make(map[Key]bool),
		settings: newSettings(),
	}
	if m.report == nil {
		m.report = func(Result) {}
	}
	if m.log == nil {
		m.log = slog.New(slog.DiscardHandler)
	}
	return m
}

// Configure says which addresses the configuration has for each owner, wanted now or not. They serve to recognise
// leftovers of an earlier run and addresses that somebody else put up. Until the first Configure nothing is taken for a
// leftover.
func (m *Manager) Configure(c map[Owner][]Address) { m.inbox.configure(c) }

// Set orders what an owner wants. It is answered with [OutcomeHeld], [OutcomeFailed] or [OutcomeForeign], except that
// a want of nothing, and one with Keep, is answered only if it goes wrong. Addresses that are already as wanted are not
// touched, so a smaller want releases the difference and nothing else.
//
// A want that lay about for longer than its lease is not carried out but fails: the process was stopped, and somebody
// else may have the addresses.
func (m *Manager) Set(owner Owner, w Want) {
	w.Lease = max(0, w.Lease)
	m.inbox.set(owner, w, time.Now())
}

// Renew orders a new lease for the owner's wanted addresses. It is answered like Set, when all are renewed, with the
// earliest end of a lease; where there is nothing to renew, because nothing is wanted or the want has Keep, there is no
// answer. An address that is gone after the end of its lease is not put back: the renewal fails.
func (m *Manager) Renew(owner Owner, lease time.Duration, generation uint64) {
	m.inbox.renew(owner, renewOrder{lease: max(0, lease), generation: generation})
}

// Announce orders one announcement of each of the owner's wanted addresses that the kernel has, after what was ordered
// for the owner before.
func (m *Manager) Announce(owner Owner) { m.inbox.announce(owner) }

// Nudge says that the kernel's addresses may have changed: they are read again, what somebody removed is put back, and
// what somebody else put up is reported. Nudges coalesce.
func (m *Manager) Nudge() { m.inbox.nudge() }

// Flush waits until all orders given before were carried out. What waits for the end of a back-off does not count. It
// fails when ctx or Run ends before, with [ErrStopped] in the second case.
func (m *Manager) Flush(ctx context.Context) error {
	select {
	case <-m.inbox.flush():
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-m.doneC:
		return ErrStopped
	}
}

// Run carries out orders until ctx ends. Then it does the removals that are still due, restores the settings of links
// that have none of our addresses left, and returns what could not be removed. Addresses that are wanted stay, until
// their lease ends. Run may be called once.
func (m *Manager) Run(ctx context.Context) error {
	defer close(m.doneC)
	m.load()
	m.marks = m.kernel.Marks()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return m.finish()
		case <-m.inbox.wakeC:
		case <-timer.C:
		}
		if ctx.Err() != nil {
			return m.finish()
		}
		if wait := time.Until(m.nudgeAt()); wait > 0 && m.inbox.onlyNudged() {
			timer.Reset(wait)
			continue
		}
		m.pass()
		m.arm(timer)
	}
}

// nudgeAt is when nothing but a nudge is reason enough to read the kernel again.
func (m *Manager) nudgeAt() time.Time {
	if !m.retryAt.IsZero() {
		return m.retryAt
	}
	return m.readAt.Add(nudgeGap)
}

// arm sets the timer for what is due without a new order. As long as the kernel cannot be read that is the next try.
func (m *Manager) arm(timer *time.Timer) {
	now := time.Now()
	if !m.retryAt.IsZero() {
		timer.Reset(max(0, m.retryAt.Sub(now)))
		return
	}
	var at time.Time
	earliest := func(t time.Time) {
		if !t.IsZero() && (at.IsZero() || t.Before(at)) {
			at = t
		}
	}
	earliest(m.wakeAt)
	earliest(m.saveAt)
	for _, s := range m.stuck {
		if s.retryAt.After(now) {
			earliest(s.retryAt)
		}
	}
	if n := m.unrenewed(); n > 0 {
		earliest(m.pacer.next(now, n))
	}
	if m.again {
		earliest(now)
	}
	if at.IsZero() {
		timer.Stop()
		return
	}
	timer.Reset(max(0, at.Sub(now)))
}

// unrenewed counts the renewals that wait for their turn.
func (m *Manager) unrenewed() (n int) {
	for _, o := range m.owners {
		for key := range o.renewing {
			if len(m.world.at[key]) > 0 {
				n++
			}
		}
	}
	return n
}
