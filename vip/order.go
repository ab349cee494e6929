package vip

import (
	"slices"
	"sync"
	"time"
)

// order is what a caller has asked for one owner since the worker last looked. The latest wins.
type order struct {
	set      *setOrder
	renew    *renewOrder
	announce bool
}

type setOrder struct {
	want Want
	at   time.Time
}

type renewOrder struct {
	lease      time.Duration
	generation uint64
}

// inbox holds orders between their callers and the worker. It is safe for use by several goroutines, and no method of
// it waits.
type inbox struct {
	wakeC chan struct{} // holds one token: there is something to do

	mu         sync.Mutex
	orders     map[Owner]*order
	sequence   []Owner // owners with an order, the first asked first
	configured map[Owner][]Address
	nudged     bool
	flushes    []chan struct{}
}

// batch is all that was asked since the last take.
type batch struct {
	orders     map[Owner]*order
	sequence   []Owner
	configured map[Owner][]Address // nil: unchanged
	nudged     bool
	flushes    []chan struct{}
}

func newInbox() *inbox {
	return &inbox{wakeC: make(chan struct{}, 1), orders: make(map[Owner]*order)}
}

func (b *inbox) wake() {
	select {
	case b.wakeC <- struct{}{}:
	default:
	}
}

// change lets fn edit the owner's order and wakes the worker.
func (b *inbox) change(owner Owner, fn func(*order)) {
	b.mu.Lock()
	o := b.orders[owner]
	if o == nil {
		o = &order{}
		b.orders[owner] = o
		b.sequence = append(b.sequence, owner)
	}
	fn(o)
	b.mu.Unlock()
	b.wake()
}

func (b *inbox) set(owner Owner, w Want, at time.Time) {
	w.Addresses = slices.Clone(w.Addresses)
	b.change(owner, func(o *order) {
		o.set = &setOrder{want: w, at: at}
		// A renewal or an announcement asked before was about the addresses before.
		o.renew, o.announce = nil, false
	})
}

func (b *inbox) renew(owner Owner, r renewOrder) {
	b.change(owner, func(o *order) { o.renew = &r })
}

func (b *inbox) announce(owner Owner) {
	b.change(owner, func(o *order) { o.announce = true })
}

func (b *inbox) configure(c map[Owner][]Address) {
	clone := make(map[Owner][]Address, len(c))
	for owner, addrs := range c {
		clone[owner] = slices.Clone(addrs)
	}
	b.mu.Lock()
	b.configured = clone
	b.mu.Unlock()
	b.wake()
}

func (b *inbox) nudge() {
	b.mu.Lock()
	b.nudged = true
	b.mu.Unlock()
	b.wake()
}

func (b *inbox) flush() <-chan struct{} {
	doneC := make(chan struct{})
	b.mu.Lock()
	b.flushes = append(b.flushes, doneC)
	b.mu.Unlock()
	b.wake()
	return doneC
}

// urgent says that a want or a configuration waits, which overtakes renewals and announcements without one.
func (b *inbox) urgent() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.configured != nil {
		return true
	}
	for _, o := range b.orders {
		if o.set != nil {
			return true
		}
	}
	return false
}

// idle says that nothing waits but perhaps a nudge.
func (b *inbox) idle() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.configured == nil && len(b.orders) == 0 && len(b.flushes) == 0
}

// onlyNudged says that a nudge waits and nothing else.
func (b *inbox) onlyNudged() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.nudged && b.configured == nil && len(b.orders) == 0 && len(b.flushes) == 0
}

// take empties the inbox.
func (b *inbox) take() batch {
	b.mu.Lock()
	defer b.mu.Unlock()
	t := batch{orders: b.orders, sequence: b.sequence, configured: b.configured, nudged: b.nudged, flushes: b.flushes}
	b.orders, b.sequence, b.configured, b.flushes, b.nudged = make(map[Owner]*order), nil, nil, nil, false
	return t
}
