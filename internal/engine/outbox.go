package engine

import (
	"cmp"
	"slices"
	"time"

	"github.com/aloft-ha/aloft/internal/wire"
	"github.com/aloft-ha/aloft/vrrp"
)

// The most datagrams that leave by one socket in one window, beside the regular adverts, which the grid spreads. When
// hundreds of routers move at once their adverts would overflow the peers' sockets.
const (
	windowSize = 64
	window     = 5 * time.Millisecond
)

// outbox is the adverts that are to be sent, in order.
type outbox struct {
	queue    []outgoing
	windows  map[wire.Key]*burst
	resumeAt time.Time // when what had to wait may go; zero: nothing waits

	batch  []wire.Outgoing
	signed []byte    // the payloads of the batch that have a trailer
	from   []*member // of each datagram of the batch
	idle   []*member // those whose advert became no datagram at all
}

// outgoing is one advert of one member: as many datagrams as it has peers and checksum forms.
type outgoing struct {
	member  *member
	send    vrrp.Send
	regular bool
	since   time.Time
}

// burst counts what has left by a socket in the current window.
type burst struct {
	began time.Time
	count int
}

// push queues an advert. A regular one does not count against the window, unless it would overtake another of its
// member.
func (o *outbox) push(now time.Time, m *member, s vrrp.Send, regular bool) {
	if m.queued > 0 && o.repeats(m, s, regular) {
		return
	}
	o.queue = append(o.queue, outgoing{member: m, send: s, regular: regular && m.queued == 0, since: now})
	m.queued++
}

// mostRepeats is how often an advert may wait: a challenge says one twice, so that no single lost datagram matters.
const mostRepeats = 2

// repeats says that an advert need not be queued, since all that its member has there is the same one: once is enough of
// a regular advert, which does not wait any more, and a few times of an answer. Losing adverts for hundreds of routers ask
// for more answers than may leave, as fast as a stranger can send them, and what waits must neither grow without end nor
// hold up what is said next.
func (o *outbox) repeats(m *member, s vrrp.Send, regular bool) bool {
	first := -1
	for i, q := range o.queue {
		if q.member != m {
			continue
		}
		if q.send != s {
			return false
		}
		if first < 0 {
			first = i
		}
	}
	if regular {
		o.queue[first].regular = true
		return true
	}
	return m.queued >= mostRepeats
}

// forget drops what a member has queued: it is not Active any more.
func (o *outbox) forget(m *member) {
	o.queue = slices.DeleteFunc(o.queue, func(q outgoing) bool { return q.member == m })
	m.queued = 0
	if o.empty() {
		o.resumeAt = time.Time{}
	}
}

// order puts what leaves by one socket together, for one system call: the families of a router take turns otherwise.
func (o *outbox) order() {
	slices.SortStableFunc(o.queue, func(a, b outgoing) int { return compareKeys(a.member.socket(), b.member.socket()) })
}

// compareKeys puts sockets in order, IPv4 first.
func compareKeys(a, b wire.Key) int {
	if a.IPv6 != b.IPv6 {
		if a.IPv6 {
			return 1
		}
		return -1
	}
	return cmp.Compare(a.Ifindex, b.Ifindex)
}

func (o *outbox) empty() bool { return len(o.queue) == 0 }

// admit takes out of the queue what may go now, and leaves the rest in order.
func (o *outbox) admit(now time.Time, take func(outgoing)) {
	o.resumeAt = time.Time{}
	rest := o.queue[:0]
	for _, q := range o.queue {
		if !q.stale(now) && !q.regular && !o.allow(now, q) {
			rest = append(rest, q)
			continue
		}
		q.member.queued--
		if q.stale(now) {
			continue
		}
		take(q)
	}
	clear(o.queue[len(rest):])
	o.queue = rest
}

// stale says that a quick advert of a farewell has waited for so long that a successor, whom it would depose, may be
// Active already.
func (q outgoing) stale(now time.Time) bool {
	usual := q.member.given.Interval
	return q.member.machine.Departing() && q.send.Interval < usual && now.Sub(q.since) > usual.Duration()/8
}

// allow counts an advert against its socket's window.
func (o *outbox) allow(now time.Time, q outgoing) bool {
	key := q.member.socket()
	b := o.windows[key]
	if b == nil {
		if o.windows == nil {
			o.windows = make(map[wire.Key]*burst)
		}
		b = &burst{}
		o.windows[key] = b
	}
	if now.Sub(b.began) >= window {
		*b = burst{began: now}
	}
	if n := q.member.datagrams(); b.count > 0 && b.count+n > windowSize {
		o.resumeAt = sooner(o.resumeAt, b.began.Add(window))
		return false
	} else {
		b.count += n
	}
	return true
}

// flush sends what may go, in one batch, and tells the machines what became of it. What they answer goes in further
// rounds; a machine answers at most with a farewell, so there are few.
func (e *Engine) flush() {
	for range 3 {
		if e.out.empty() {
			return
		}
		o := &e.out
		o.batch, o.from, o.idle, o.signed = o.batch[:0], o.from[:0], o.idle[:0], o.signed[:0]
		o.order()
		o.admit(e.now(), e.encode)
		if len(o.batch) > 0 {
			e.wire.Send(o.batch)
		}
		e.reportSent()
	}
}

// reportSent tells each member whether its advert left: one datagram of it is enough.
func (e *Engine) reportSent() {
	o := &e.out
	now := e.now()
	for i := 0; i < len(o.batch); {
		m, ok := o.from[i], false
		var failure error
		for ; i < len(o.batch) && o.from[i] == m; i++ {
			if err := o.batch[i].Err; err != nil {
				failure = err
				e.counters.sendErrors++
			} else {
				ok = true
				e.counters.sent++
			}
		}
		if failure != nil {
			e.logSendError(now, m, failure)
		}
		e.step(now, m, vrrp.Sent{OK: ok})
	}
	for _, m := range o.idle {
		// A unicast router without peers has nobody to tell, which is no failure.
		e.step(now, m, vrrp.Sent{OK: m.place.source.IsValid()})
	}
}
