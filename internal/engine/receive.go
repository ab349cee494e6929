package engine

import (
	"net/netip"
	"slices"
	"time"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/internal/wire"
	"github.com/aloft-ha/aloft/vrrp"
)

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
	served := m.serves()
	e.step(now, m, vrrp.Advert{Source: d.Src, Packet: e.packet, ReceivedAt: d.At})
	if served && m.serves() && e.packet.Priority > 0 {
		e.noteRival(now, m, d.Src)
	}
}

// serves says that the member is Active and means to stay.
func (m *member) serves() bool { return m.machine.State() == vrrp.Active && !m.machine.Departing() }

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
