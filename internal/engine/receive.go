package engine

import (
	"net/netip"
	"slices"
	"time"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/internal/wire"
	"github.com/aloft-ha/aloft/vrrp"
)

// mostSenders bounds what is remembered of senders: anybody on the link can invent one.
const mostSenders = 64

// sender is what is known of another router that a member has heard.
type sender struct {
	forms    [2]bool // the checksum forms that it was heard to use
	mismatch bool    // it advertises other addresses than ours
	unequal  unequal // it keeps to another interval than ours
}

// receive takes one datagram: to its machine, or to a counter.
func (e *Engine) receive(now time.Time, d *wire.Datagram) {
	m, form, drop := e.classify(d)
	if drop != vrrp.DropNone {
		e.counters.drop(now, drop)
		return
	}
	e.counters.received++
	e.noteSender(now, m, d.Src, form)
	if e.packet.Priority > 0 && m.machine.Departing() {
		e.out.forget(m) // a successor is there, and what has not been said yet would depose it
	}
	was := m.serves()
	e.step(now, m, vrrp.Advert{Source: d.Src, Packet: e.packet, ReceivedAt: d.At})
	if was && m.serves() && e.packet.Priority > 0 {
		e.noteRival(now, m, d.Src)
	}
}

// serves says that the member is Active and means to stay.
func (m *member) serves() bool { return m.machine.State() == vrrp.Active && !m.machine.Departing() }

// classify parses a datagram into e.packet and finds whom it is for, or why it is not taken.
func (e *Engine) classify(d *wire.Datagram) (*member, vrrp.ChecksumForm, vrrp.DropReason) {
	if d.Truncated {
		return nil, 0, vrrp.DropTruncated
	}
	multicast := d.Dst.IsMulticast()
	if multicast && d.HopLimit < vrrp.MinHopLimit(d.Dst, true, 0) {
		return nil, 0, vrrp.DropTTL
	}
	form, drop := e.packet.Parse(d.Payload, d.Src, d.Dst)
	if drop != vrrp.DropNone {
		return nil, 0, drop
	}
	m := e.byVRID[vridKey{d.Key, e.packet.VRID}]
	if m == nil {
		return nil, 0, vrrp.DropVRID
	}
	return m, form, m.refuse(d, multicast)
}

// refuse says why an advert for a member is not taken from where it comes.
func (m *member) refuse(d *wire.Datagram, multicast bool) vrrp.DropReason {
	inst := &m.router.inst
	switch {
	case d.Src == m.place.source:
		return vrrp.DropOwn
	case multicast != (inst.Transport == config.Multicast):
		return vrrp.DropTransport
	case multicast:
		return vrrp.DropNone
	}
	i := slices.IndexFunc(m.peers, func(p peer) bool { return p.address == d.Src })
	if i < 0 {
		return vrrp.DropPeer
	}
	if d.HopLimit < vrrp.MinHopLimit(d.Dst, m.peers[i].onLink, inst.MinTTL) {
		return vrrp.DropTTL
	}
	return vrrp.DropNone
}

// noteSender remembers which checksum form a sender uses, and whether its addresses and its interval are ours.
func (e *Engine) noteSender(now time.Time, m *member, src netip.Addr, form vrrp.ChecksumForm) {
	s := m.senders[src]
	if s == nil && len(m.senders) < mostSenders {
		s = &sender{}
		m.senders[src] = s
	}
	e.noteForm(now, m, s, form)
	if e.packet.Priority == 255 {
		e.noteOwner(now, m, src)
	}
	if s == nil {
		return
	}
	e.noteInterval(now, m, src, s)
	if mismatch := !sameAddresses(e.packet.Addresses, m.given.Addresses); mismatch != s.mismatch {
		s.mismatch = mismatch
		e.logMismatch(m, src, e.packet.Addresses, mismatch)
	}
}

// noteForm remembers a checksum form. If adverts are more or fewer datagrams from now on, the grid has to be spread anew.
func (e *Engine) noteForm(now time.Time, m *member, s *sender, form vrrp.ChecksumForm) {
	if m.heard[form] && (s == nil || s.forms[form]) {
		return
	}
	before := m.datagrams()
	m.heard[form] = true
	if s != nil {
		s.forms[form] = true
	}
	if m.datagrams() != before {
		e.convergeAt = sooner(e.convergeAt, now)
	}
}

// sameAddresses compares address lists as sets: their order says nothing.
func sameAddresses(a, b []netip.Addr) bool {
	if slices.Equal(a, b) {
		return true
	}
	missing := func(list []netip.Addr) func(netip.Addr) bool {
		return func(addr netip.Addr) bool { return !slices.Contains(list, addr) }
	}
	// Both ways: a stranger's list may have one twice.
	return len(a) == len(b) && !slices.ContainsFunc(a, missing(b)) && !slices.ContainsFunc(b, missing(a))
}
