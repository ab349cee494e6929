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
	forms         vrrp.ChecksumForms // the checksum forms that it was heard to use
	mismatch      bool               // it advertises other addresses than ours
	otherInterval bool               // it advertises another interval in version 2
	version3At    time.Time          // its last advert of version 3
}

// receive takes one datagram: to its machine, or to a counter.
func (e *Engine) receive(now time.Time, d *wire.Datagram) {
	m, form, drop := e.classify(now, d)
	if drop != vrrp.DropNone {
		e.counters.drop(now, drop, d.Src)
		return
	}
	e.counters.received++
	e.noteSender(now, m, d, form)
	if e.packet.Priority > 0 && m.machine.Departing() {
		e.out.forget(m) // a successor is there, and what has not been said yet would depose it
	}
	e.step(now, m, vrrp.Advert{Source: d.Src, Packet: e.packet, ReceivedAt: d.At})
}

// classify parses a datagram into e.packet and finds whom it is for, or why it is not taken.
func (e *Engine) classify(now time.Time, d *wire.Datagram) (*member, vrrp.ChecksumForm, vrrp.DropReason) {
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
	if drop := m.refuse(d, multicast); drop != vrrp.DropNone {
		return m, form, drop
	}
	return m, form, e.authenticate(now, m, d)
}

// refuse says why an advert for a member is not taken from where it comes.
func (m *member) refuse(d *wire.Datagram, multicast bool) vrrp.DropReason {
	inst := &m.router.inst
	switch {
	case d.Src == m.place.source:
		return vrrp.DropOwn
	case multicast != (inst.Transport == config.Multicast):
		return vrrp.DropTransport
	case multicast && !canSend(d.Src):
		return vrrp.DropPeer
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

// canSend says that a host can have the address: it is not the unspecified or the loopback one, no group, and no broadcast
// (RFC 1122 section 3.2.1.3, RFC 4291 section 2.7). Linux drops most of these itself.
func canSend(src netip.Addr) bool { return src.IsGlobalUnicast() || src.IsLinkLocalUnicast() }

// sender returns what is known of a sender, or nil if there are too many.
func (e *Engine) sender(m *member, src netip.Addr) *sender {
	s := m.senders[src]
	if s == nil && len(m.senders) < mostSenders {
		s = &sender{}
		m.senders[src] = s
	}
	return s
}

// noteSender remembers which version and checksum form a sender uses, and whether its addresses are ours.
func (e *Engine) noteSender(now time.Time, m *member, d *wire.Datagram, form vrrp.ChecksumForm) {
	s := e.sender(m, d.Src)
	if e.packet.Version == vrrp.Version3 {
		e.noteForm(now, m, s, d.Src, form)
	}
	if s == nil {
		return
	}
	if e.packet.Version == vrrp.Version3 {
		s.version3At = d.At
	}
	mismatch := !sameAddresses(e.packet.Addresses, m.given.Addresses)
	if mismatch == s.mismatch || now.Sub(m.mismatchAt) < logPause {
		return // what may not be said yet is said of a later advert
	}
	s.mismatch, m.mismatchAt = mismatch, now
	e.logMismatch(m, d.Src, e.packet.Addresses, mismatch)
}

// noteForm remembers a checksum form. If adverts are more or fewer datagrams from now on, the grid has to be spread anew.
func (e *Engine) noteForm(now time.Time, m *member, s *sender, src netip.Addr, form vrrp.ChecksumForm) {
	if m.heard[form] && (s == nil || s.forms[form]) {
		return
	}
	before := m.datagrams()
	m.heard[form] = true
	if s != nil {
		s.forms[form] = true
		e.remember(m.owner, src, form)
	}
	if m.datagrams() != before {
		e.convergeAt = sooner(e.convergeAt, now)
	}
}

// recall takes what an earlier run has heard of a new member's peers: they may be Backups, which say nothing.
func (e *Engine) recall(m *member) {
	for src, forms := range e.heard(m.owner) {
		if s := e.sender(m, src); s != nil {
			s.forms = forms
		}
		for form, heard := range forms {
			m.heard[form] = m.heard[form] || heard
		}
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
