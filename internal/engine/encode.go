package engine

import (
	"net/netip"
	"slices"
	"time"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/internal/wire"
	"github.com/aloft-ha/aloft/vrrp"
)

// encoding is how an advert is put into bytes: one advert may travel in several.
type encoding struct {
	version vrrp.Version
	form    vrrp.ChecksumForm
}

// prepared is an encoded advert, kept to be sent again.
type prepared struct {
	send     vrrp.Send
	dst      netip.Addr
	encoding encoding
	payload  []byte
}

// encode adds the datagrams of one advert to the batch.
func (e *Engine) encode(q outgoing) {
	m, o := q.member, &e.out
	before := len(o.batch)
	if m.place.source.IsValid() {
		for _, dst := range m.destinations() {
			for _, enc := range m.encodings(dst) {
				payload := m.prepare(q.send, dst, enc)
				if m.signs() {
					payload = o.sign(e.now(), m, payload, dst)
				}
				o.batch = append(o.batch, wire.Outgoing{Key: m.socket(), Src: m.place.source, Dst: dst, Payload: payload})
				o.from = append(o.from, m)
			}
		}
	}
	if len(o.batch) == before {
		o.idle = append(o.idle, m)
	}
}

// sign gives a datagram its trailer. Each has its own: a receiver takes a number once.
func (o *outbox) sign(now time.Time, m *member, payload []byte, dst netip.Addr) []byte {
	start := len(o.signed)
	o.signed = slices.Grow(o.signed, len(payload)+vrrp.TrailerLen)
	b := m.identity.signer.Sign(append(o.signed[start:], payload...), m.place.source, dst, now)
	o.signed = o.signed[:start+len(b)]
	return b
}

// destinations lists where a member's adverts go.
func (m *member) destinations() []netip.Addr {
	switch {
	case m.router.inst.Transport == config.Unicast:
		return m.unicast
	case m.ipv6:
		return group6
	}
	return group4
}

// datagrams is how many one advert of the member is.
func (m *member) datagrams() (n int) {
	for _, dst := range m.destinations() {
		n += len(m.encodings(dst))
	}
	return n
}

var (
	group4 = []netip.Addr{vrrp.Group4}
	group6 = []netip.Addr{vrrp.Group6}

	// What a router of both versions sends: those of version 3 first, and that of version 2 after them. Of one version it
	// is a part of it.
	pseudoAnd2  = []encoding{{form: vrrp.FormPseudo}, version2}
	messageAnd2 = []encoding{{form: vrrp.FormMessage}, version2}
	bothAnd2    = []encoding{{form: vrrp.FormPseudo}, {form: vrrp.FormMessage}, version2}

	version2 = encoding{version: vrrp.Version2, form: vrrp.FormMessage}
)

// encodings says how an advert to dst is put into bytes: in each version that the member speaks, and in version 3 with each
// checksum that it sends.
func (m *member) encodings(dst netip.Addr) []encoding {
	list := m.checksums(dst)
	switch m.given.Version {
	case vrrp.Version2:
		return list[len(list)-1:]
	case vrrp.Version2And3:
		return list
	}
	return list[:len(list)-1]
}

// checksums says with which checksums an advert to dst is sent: the configured one, or those that the peers were heard
// to use, each advert in both where both were. Backups are silent, so what was heard is never forgotten.
func (m *member) checksums(dst netip.Addr) []encoding {
	switch {
	case m.ipv6 || m.router.inst.Checksum == config.ChecksumRFC5798:
		return pseudoAnd2
	case m.router.inst.Checksum == config.ChecksumRFC9568:
		return messageAnd2
	}
	heard := m.heard
	if !dst.IsMulticast() {
		heard = vrrp.ChecksumForms{}
		if s := m.senders[dst]; s != nil {
			heard = s.forms
		}
	}
	switch heard {
	case vrrp.ChecksumForms{vrrp.FormPseudo: true, vrrp.FormMessage: true}:
		return bothAnd2
	case vrrp.ChecksumForms{vrrp.FormMessage: true}:
		return messageAnd2
	}
	return pseudoAnd2
}

// mostPrepared bounds the encoded adverts that a member keeps: a few contents times its peers.
const mostPrepared = 64

// prepare returns the encoded advert, from the cache if it was sent before.
func (m *member) prepare(s vrrp.Send, dst netip.Addr, enc encoding) []byte {
	for i := range m.packets {
		if p := &m.packets[i]; p.send == s && p.encoding == enc && p.dst == dst {
			return p.payload
		}
	}
	pkt := vrrp.Packet{
		Version: enc.version, VRID: m.given.VRID, Priority: s.Priority, Interval: s.Interval, Addresses: m.given.Addresses,
		AuthType: m.identity.authType, AuthData: m.identity.password,
	}
	payload := pkt.AppendTo(nil, m.place.source, dst, enc.form)
	if len(m.packets) >= mostPrepared {
		m.packets = m.packets[:0]
	}
	m.packets = append(m.packets, prepared{send: s, dst: dst, encoding: enc, payload: payload})
	return payload
}
