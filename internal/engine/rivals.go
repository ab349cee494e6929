package engine

import (
	"net/netip"
	"time"

	"github.com/aloft-ha/aloft/vrrp"
)

// rivals is what a member has noticed of others that are Active beside it. That there are two is settled by the machine;
// that it goes on, or that two own the addresses, is for a person to know (RFC 9568 sections 2.5, 7.1 and 8.3.2).
type rivals struct {
	since, last time.Time // of the adverts that lost against ours, as long as they go on
	lost        uint64
	line        line

	owner      netip.Addr // who advertised priority 255 last
	ownerAt    time.Time
	owners     uint64 // adverts of a second owner
	ownersLine line
}

// noteRival notes an advert that an Active Router heard and did not give way to. One or two in a moment are how another
// gives way, or how a split ends. Where they go on, somebody does not hear us, or hears us too late.
func (e *Engine) noteRival(now time.Time, m *member, src netip.Addr) {
	r, own := &m.rivals, m.given.Interval
	if now.Sub(r.last) > max(logPause, 2*m.given.Version.ActiveDownInterval(1, max(own, e.packet.Interval), m.given.DownAdverts)) {
		r.since, r.lost, r.line.said = now, 0, 0
	}
	r.last = now
	r.lost++
	if now.Sub(r.since) < max(own.Duration(), 100*time.Millisecond) {
		return
	}
	if n, ok := r.line.write(now, r.lost); ok {
		e.log.Warn("another router is Active too", m.attrs("peer", src, "peer_priority", e.packet.Priority, "adverts", n,
			"next", "see why it does not hear us in time: a filter, a link that drops multicast, adverts that leave late here")...)
	}
}

// noteOwner notes an advert of priority 255: only one router can own the addresses. One that was heard before counts for
// as long as its adverts may take to be missed.
func (e *Engine) noteOwner(now time.Time, m *member, src netip.Addr) {
	r := &m.rivals
	other := r.owner
	if m.ownsAddresses() {
		other = m.place.source
	} else if now.Sub(r.ownerAt) > m.given.Version.ActiveDownInterval(1, e.packet.Interval, m.given.DownAdverts) {
		other = netip.Addr{}
	}
	r.owner, r.ownerAt = src, now
	if !other.IsValid() || other == src {
		return
	}
	r.owners++
	if n, ok := r.ownersLine.write(now, r.owners); ok {
		e.log.Warn("two routers say that they own the addresses", m.attrs("peer", src, "other", other, "adverts", n,
			"next", "give one of them a priority of 254 at most")...)
	}
}

// noteInterval notes that a sender keeps to another interval than ours. It is followed, so nothing breaks at once; an
// interval that is there for a moment only is how an Active makes its successor quick. Version 2 says whole seconds, and
// one that differs is refused there.
func (e *Engine) noteInterval(now time.Time, m *member, src netip.Addr, s *sender) {
	theirs, ours := e.packet.Interval, m.given.Interval
	switch {
	case e.packet.Priority == 0 || e.packet.Version == vrrp.Version2:
	case theirs == ours:
		if s.unequal.told {
			e.log.Info("peer advertises at our interval again", m.attrs("peer", src)...)
		}
		s.unequal = unequal{}
	case s.unequal.since.IsZero():
		s.unequal.since = now
	case !s.unequal.told && now.Sub(s.unequal.since) >= logPause:
		s.unequal.told = true
		e.log.Warn("peer advertises at another interval", m.attrs("peer", src, "theirs", theirs, "ours", ours,
			"next", "make advert_interval of all nodes equal")...)
	}
}

// unequal is since when a sender keeps to another interval, and whether it was said.
type unequal struct {
	since time.Time
	told  bool
}
