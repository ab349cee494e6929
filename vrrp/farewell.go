package vrrp

import (
	"net/netip"
	"slices"
	"time"
)

// The bounds of a farewell.
const (
	// quickAfter is how long an answer to the plain farewell is waited for before the others are made quick.
	quickAfter = 10 * time.Millisecond
	// keep4 is how long an IPv4 address is kept after the successor's first advert if its announcement of that address
	// is not seen. IPv6 ones are not kept, see left6.
	keep4 = 2 * time.Second
	// giveUpIntervals, giveUpExtra and giveUpMost bound the wait for a successor.
	giveUpIntervals = 4
	giveUpExtra     = 500 * time.Millisecond
	giveUpMost      = 15 * time.Second
)

// farewell is a planned departure. We say priority 0 and are silent from then on, but the addresses stay up until the
// successor has them, so that clients are served throughout.
type farewell struct {
	reason    Reason
	began     time.Time
	quick     Centiseconds // 0: the successor is not made quick
	quickAt   time.Time    // when it is, if nobody has answered; zero: done, or not at all
	giveUpAt  time.Time
	committed bool // others of the group have gone: resuming would split it
	spent     bool // nobody answered in time, and the group has yet to decide for all of its members

	successor netip.Addr   // who sent the first advert after ours
	heardAt   time.Time    // when that was
	left      []netip.Addr // still held
	announced []netip.Addr // announced by another before its advert reached us
}

// releaseAt is when all that is left goes in any case; zero: there is no successor yet.
func (f *farewell) releaseAt() time.Time {
	if !f.successor.IsValid() {
		return time.Time{}
	}
	return f.heardAt.Add(keep4)
}

// deadline is the next instant at which the farewell has something to do.
func (f *farewell) deadline(renewAt time.Time) time.Time {
	return earliest(f.quickAt, f.giveUpAt, f.releaseAt(), renewAt)
}

// leave departs on purpose. A router that was not Active simply stops.
func (m *Machine) leave(now time.Time, reason Reason) {
	m.absent = reason
	switch {
	case m.bye != nil:
		m.bye.reason = reason
	case m.state == Active:
		m.sayFarewell(now, reason)
	default:
		m.becomeInitialize(reason)
		m.do(Departed{Reason: reason})
	}
}

// sayFarewell begins the departure of an Active Router.
func (m *Machine) sayFarewell(now time.Time, reason Reason) {
	wait := min(giveUpIntervals*m.cfg.Interval.Duration()+giveUpExtra, giveUpMost)
	if m.cfg.Others == 0 {
		wait = 0 // there is nobody to wait for
	}
	m.bye = &farewell{
		reason:   reason,
		began:    now,
		giveUpAt: now.Add(wait),
		left:     m.cfg.Held(),
	}
	if m.cfg.Farewell == FarewellFast {
		if quick, ok := m.quick(now); ok {
			m.bye.quick, m.bye.quickAt = quick, now.Add(quickAfter)
		}
	}
	m.dare = challenge{}
	m.do(Send{Priority: 0, Interval: m.cfg.Interval})
}

// hearInFarewell looks for the successor: the first who advertises a priority above 0. Nothing is answered.
func (m *Machine) hearInFarewell(now time.Time, a Advert) {
	f := m.bye
	if a.Packet.Priority == 0 || f.successor.IsValid() {
		return
	}
	m.note(a)
	f.successor, f.heardAt = a.Source, a.ReceivedAt
	f.quickAt, f.giveUpAt, f.spent = time.Time{}, time.Time{}, false
	m.letGo(now, slices.Concat(f.announced, f.left6()))
}

// left6 is the IPv6 addresses still held. They go with the successor's first advert, announced or not: a successor may
// run duplicate address detection, which asks the link after a random delay from 0 to 1 s, and if our kernel still has
// the address then, it is dead at the successor until somebody repairs it. That is worse than the milliseconds until
// the announcement of one that asks nobody.
func (f *farewell) left6() []netip.Addr {
	return slices.DeleteFunc(slices.Clone(f.left), netip.Addr.Is4)
}

// noteAnnounced releases an address that the successor has announced. The announcement may overtake the advert on its
// way through two sockets, so an early one is remembered.
func (m *Machine) noteAnnounced(now time.Time, addr netip.Addr) {
	switch {
	case m.bye == nil:
	case m.bye.successor.IsValid():
		m.letGo(now, []netip.Addr{addr})
	case slices.Contains(m.bye.left, addr) && !slices.Contains(m.bye.announced, addr):
		m.bye.announced = append(m.bye.announced, addr)
	}
}

// letGo releases those of the addresses that are still held; after the last one the farewell is over.
func (m *Machine) letGo(now time.Time, addrs []netip.Addr) {
	var gone []netip.Addr
	m.bye.left = slices.DeleteFunc(m.bye.left, func(addr netip.Addr) bool {
		if !slices.Contains(addrs, addr) {
			return false
		}
		gone = append(gone, addr)
		return true
	})
	switch {
	case len(m.bye.left) == 0:
		m.finish(now)
	case len(gone) > 0:
		m.do(Release{Addresses: gone})
	}
}

func (m *Machine) tickFarewell(now time.Time) {
	f := m.bye
	if due(f.quickAt, now) {
		if m.onTime(f.quickAt, now) {
			// The first advert teaches the short interval; the second lets the skew at that interval run.
			m.do(Send{Priority: m.sent.Priority, Interval: f.quick})
			m.do(Send{Priority: 0, Interval: f.quick})
		}
		f.quickAt = time.Time{}
	}
	if due(m.lease.renewAt, now) {
		m.renew(now)
	}
	switch {
	case due(f.giveUpAt, now):
		m.giveUp(now)
	case due(f.releaseAt(), now):
		m.finish(now)
	}
}

// giveUp ends a farewell that nobody answered.
func (m *Machine) giveUp(now time.Time) {
	switch {
	case !m.revocable():
		m.finish(now)
	case m.grouped:
		m.bye.giveUpAt, m.bye.spent = time.Time{}, true
	default:
		m.takeBack(now)
	}
}

// revocable says that a farewell is taken back if nobody answers it: better a router that was asked to go, or that was in
// fault a moment ago, than none.
func (m *Machine) revocable() bool {
	asked := m.bye.reason == ReasonStandby
	passed := m.bye.reason == ReasonFault && m.Fault() == FaultNone
	return (asked || passed) && !m.bye.committed
}

// decide ends a spent farewell as the group wants it: together says that all members can be Active now. If not, this one
// waits for the others as a Backup that is ready, for it has heard nobody for longer than Active_Down_Interval.
func (m *Machine) decide(now time.Time, together bool) {
	switch {
	case m.bye == nil || !m.bye.spent:
	case !m.revocable():
		m.finish(now)
	case together:
		m.takeBack(now)
	default:
		m.absent = ReasonNone
		m.becomeInitialize(m.bye.reason)
		m.do(Departed{Reason: ReasonNoSuccessor})
		m.startIfAble(now)
		if m.state == Backup {
			m.ready, m.downAt = true, time.Time{}
		}
	}
}

// takeBack goes on as Active.
func (m *Machine) takeBack(now time.Time) {
	m.bye = nil
	m.absent = ReasonNone
	m.do(Departed{Reason: ReasonNoSuccessor})
	if m.Fault() != FaultNone { // it was asked to go, and now it has to
		m.sayFarewell(now, ReasonFault)
		return
	}
	m.advertise(now)
	m.claim(now) // the configuration may have changed meanwhile
	m.startAnnouncing(now, promotionOffsets)
}

// finish ends a farewell: what is still held is released.
func (m *Machine) finish(now time.Time) {
	f := m.bye
	done := Departed{Reason: f.reason, Successor: f.successor}
	if f.successor.IsValid() {
		done.Took = f.heardAt.Sub(f.began)
	}
	m.becomeInitialize(f.reason)
	m.do(done)
	m.startIfAble(now)
}

// hurry cuts a farewell short.
func (m *Machine) hurry(now time.Time) {
	if m.bye != nil {
		m.finish(now)
	}
}

// resume ends a standby. One that is still departing waits for the outcome, and starts again as Backup.
func (m *Machine) resume(now time.Time) {
	if m.absent != ReasonStandby {
		return
	}
	m.absent = ReasonNone
	m.startIfAble(now)
}
