package engine

import (
	"net/netip"
	"time"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/internal/wire"
	"github.com/aloft-ha/aloft/vrrp"
)

// identity is how a member shows that its adverts are of the cluster, and sees it of others.
type identity struct {
	authType vrrp.AuthType // of its adverts of version 2
	password [8]byte
	keys     bool
	signer   *vrrp.Signer // nil: adverts are not signed
	verifier *vrrp.Verifier
}

// identify takes what the configuration says of a member's authentication. The numbers that the signer has given and those
// that the verifier has seen go on through a reload: an advert recorded before it must not be good after it.
func (m *member) identify(inst *config.Instance) {
	id := &m.identity
	m.packets = nil
	id.authType, id.password = vrrp.AuthTypeNone, [8]byte{}
	if pass := inst.Authentication.Pass; pass != "" {
		id.authType = vrrp.AuthTypePassword
		copy(id.password[:], pass)
	}
	id.keys = inst.Keyring != nil
	if !id.keys {
		return
	}
	if id.signer == nil {
		id.signer, id.verifier = vrrp.NewSigner(*inst.Keyring), vrrp.NewVerifier(*inst.Keyring)
		return
	}
	id.signer.Rekey(*inst.Keyring)
	id.verifier.Rekey(*inst.Keyring)
}

// signs says that a member's adverts have a trailer.
func (m *member) signs() bool {
	return m.identity.keys && m.router.inst.Keyring.Mode != vrrp.AuthReceiveOnly
}

// speaks says whether a member takes adverts of a version.
func (m *member) speaks(v vrrp.Version) bool {
	return m.given.Version == vrrp.Version2And3 || m.given.Version == v
}

// authenticate says why an advert for a member, which is in e.packet, is not taken for what it says of its sender.
func (e *Engine) authenticate(now time.Time, m *member, d *wire.Datagram) vrrp.DropReason {
	p := &e.packet
	switch {
	case !m.speaks(p.Version):
		return vrrp.DropVersion
	case p.Version == vrrp.Version2 && p.AuthType != m.identity.authType:
		return vrrp.DropAuthType
	case p.Version == vrrp.Version2 && p.AuthType == vrrp.AuthTypePassword && p.AuthData != m.identity.password:
		return vrrp.DropAuthPassword
	case !m.identity.keys && p.Signed:
		return vrrp.DropAuthUnasked
	}
	if m.identity.keys {
		skew, drop := m.identity.verifier.Verify(d.Payload, d.Src, now)
		if drop != vrrp.DropNone {
			return drop
		}
		e.noteSkew(now, m, d.Src, skew)
	}
	if p.Version == vrrp.Version2 {
		return e.tolerate(now, m, d)
	}
	return vrrp.DropNone
}

// tolerate says whether an advert of version 2 counts. Of a router that speaks version 3 too it does not: RFC 9568 section
// 8.4.2. To one that speaks version 2 alone another interval than its own is none of its router, RFC 3768 section 7.1, and
// then both may be Active; so it is said.
func (e *Engine) tolerate(now time.Time, m *member, d *wire.Datagram) vrrp.DropReason {
	s := m.senders[d.Src]
	if s != nil && !s.version3At.IsZero() && d.At.Sub(s.version3At) < m.newerFor() {
		return vrrp.DropOlder
	}
	other := e.packet.Interval != m.given.Interval
	if s = e.sender(m, d.Src); s != nil && s.otherInterval != other && now.Sub(m.intervalAt) >= logPause {
		s.otherInterval, m.intervalAt = other, now
		e.logInterval(m, d.Src, e.packet.Interval, other)
	}
	if other && m.given.Version == vrrp.Version2 {
		return vrrp.DropMismatch
	}
	return vrrp.DropNone
}

// newerFor is how long after an advert of version 3 those of version 2 of the same sender do not count.
func (m *member) newerFor() time.Duration {
	return m.given.Version.ActiveDownInterval(m.given.Priority, m.given.Interval, m.given.DownAdverts)
}

// noteSkew warns of a sender whose clock is so far from ours that its adverts are soon refused.
func (e *Engine) noteSkew(now time.Time, m *member, src netip.Addr, skew time.Duration) {
	k := m.router.inst.Keyring
	if k.Replay != vrrp.ReplayTime || skew.Abs() <= k.Window/2 || now.Sub(m.skewAt) < mostLogPause {
		return
	}
	m.skewAt = now
	e.log.Warn("clocks drift apart", m.attrs("peer", src, "skew", skew, "window", k.Window,
		"next", "synchronize the clocks of both nodes: beyond the window adverts are refused")...)
}
