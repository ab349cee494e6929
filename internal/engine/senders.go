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
	unequal       unequal            // it keeps to another interval than ours
	otherInterval bool               // it does so in version 2
	version3Till  time.Time          // until then it speaks version 3 too, see version3For
}

// sender returns what is known of a sender, or nil if there are too many.
func (e *Engine) sender(m *member, src netip.Addr) *sender {
	s := m.senders[src]
	if s == nil && len(m.senders) < mostSenders {
		s = &sender{}
		m.senders[src] = s
	}
	return s
}

// noteSender remembers which version and checksum form a sender uses, and whether its addresses and its interval are ours.
func (e *Engine) noteSender(now time.Time, m *member, d *wire.Datagram, form vrrp.ChecksumForm) {
	s := e.sender(m, d.Src)
	if e.packet.Version == vrrp.Version3 {
		e.noteForm(now, m, s, d.Src, form)
	}
	if e.packet.Priority == 255 {
		e.noteOwner(now, m, d.Src)
	}
	if s == nil {
		return
	}
	if e.packet.Version == vrrp.Version3 {
		s.version3Till = d.At.Add(m.version3For(e.packet.Interval))
		e.noteInterval(now, m, d.Src, s)
	}
	mismatch := !sameAddresses(e.packet.Addresses, m.given.Addresses)
	if mismatch == s.mismatch || now.Sub(m.mismatchAt) < logPause {
		return // what may not be said yet is said of a later advert
	}
	s.mismatch, m.mismatchAt = mismatch, now
	e.logMismatch(m, d.Src, e.packet.Addresses, mismatch)
}

// noteForm remembers a checksum form. If adverts are more datagrams from now on, it has to be decided anew how quick others
// may be made, see pace.
func (e *Engine) noteForm(now time.Time, m *member, s *sender, src netip.Addr, form vrrp.ChecksumForm) {
	if m.heard[form] && (s == nil || s.forms[form]) {
		return
	}
	before, was := m.datagrams(), m.sentTo(src)
	m.heard[form] = true
	if s != nil {
		s.forms[form] = true
		e.remember(m.owner, src, form)
	}
	if is := m.sentTo(src); !slices.Equal(was, is) {
		e.log.Info("peer makes adverts have another checksum", m.attrs("peer", src, "heard", form, "sent", is)...)
	}
	if m.datagrams() != before {
		e.convergeAt = sooner(e.convergeAt, now)
	}
}

// sentTo is the checksum forms of the adverts that reach a peer.
func (m *member) sentTo(peer netip.Addr) (forms []vrrp.ChecksumForm) {
	dst := peer
	if m.router.inst.Transport == config.Multicast {
		dst = vrrp.Group4
	}
	for _, enc := range m.checksums(dst) {
		if enc.version == vrrp.Version3 {
			forms = append(forms, enc.form)
		}
	}
	return forms
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
