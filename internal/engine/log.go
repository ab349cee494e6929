package engine

import (
	"context"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"time"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/vip"
	"github.com/aloft-ha/aloft/vrrp"
)

// logPause is the least time between two log lines of one kind that the network can cause.
const logPause = 10 * time.Second

// logDropTotals says at the end what was counted.
func (e *Engine) logDropTotals() {
	c := &e.counters
	attrs := []any{"received", c.received, "sent", c.sent, "send_errors", c.sendErrors, "lost", c.lost}
	for reason, n := range c.drops {
		if n > 0 {
			attrs = append(attrs, slog.Uint64("dropped_"+vrrp.DropReason(reason).String(), n))
		}
	}
	e.log.Info("stopped", attrs...)
}

// attrs begins a member's log attributes.
func (m *member) attrs(more ...any) []any {
	return append([]any{"router", m.describe(), "vrid", m.router.inst.VRID, "interface", m.place.ifname}, more...)
}

// faulty adds a fault, and what it is about if that has a name.
func (m *member) faulty(f vrrp.Fault, attrs ...any) []any {
	attrs = append(attrs, "fault", f)
	if detail := m.detail(f); detail != "" {
		attrs = append(attrs, "detail", detail)
	}
	return attrs
}

// detail names what a fault is about: what is missing, the tracker that fails, the address that somebody else has.
func (m *member) detail(f vrrp.Fault) string {
	switch {
	case f == vrrp.FaultTracker:
		name := m.router.priority.Fault
		return name + ": " + m.router.priority.Reason(name)
	case f == vrrp.FaultService:
		return m.router.failure
	case f == vrrp.FaultAddressForeign && m.foreign.IsValid():
		return m.foreign.String()
	}
	return m.place.missing
}

// logTransition writes the one line that tells the whole story of a change of state.
func (e *Engine) logTransition(m *member, t vrrp.Transition) {
	attrs := m.attrs("from", t.From, "to", t.To, "reason", t.Reason, "priority", m.machine.Config().Priority)
	if t.Fault != vrrp.FaultNone {
		attrs = m.faulty(t.Fault, attrs...)
	}
	if t.Peer.IsValid() {
		attrs = append(attrs, "peer", t.Peer, "peer_priority", t.Priority)
	}
	level := slog.LevelInfo
	if t.Reason == vrrp.ReasonFault || t.Reason == vrrp.ReasonWokeLate {
		level = slog.LevelWarn
	}
	e.log.Log(context.Background(), level, "state", attrs...)
}

// logDeparted says how a farewell ended.
func (e *Engine) logDeparted(m *member, d vrrp.Departed) {
	if d.Reason == vrrp.ReasonNoSuccessor {
		e.log.Warn("nobody took over, so it stays Active", m.attrs("next", "see that another node runs and is heard")...)
		return
	}
	if !d.Successor.IsValid() {
		e.log.Info("departed", m.attrs("reason", d.Reason, "successor", "none")...)
		return
	}
	e.log.Info("departed", m.attrs("reason", d.Reason, "successor", d.Successor, "took", d.Took)...)
}

// logLeases6 says that IPv6 addresses have no leases any more, or again.
func (e *Engine) logLeases6(leased bool) {
	if leased {
		e.log.Info("IPv6 addresses are leased again")
		return
	}
	e.log.Warn("IPv6 addresses are not leased: there are too many for the kernel to renew", "most", config.MaxLeasedIPv6,
		"next", "after a crash they stay until aloft runs again; spread them over more hosts, or use fewer")
}

// logMismatch says that a peer advertises other addresses than ours, once for each change, and at most once in logPause:
// a stranger can change its list with each advert.
func (e *Engine) logMismatch(m *member, src netip.Addr, theirs []netip.Addr, mismatch bool) {
	if !mismatch {
		e.log.Info("peer advertises our addresses again", m.attrs("peer", src)...)
		return
	}
	e.log.Warn("peer advertises other addresses", m.attrs("peer", src, "theirs", slices.Clone(theirs), "ours", m.given.Addresses,
		"next", "make the address lists of all nodes equal; keepalived before 2.3.3 ignores adverts that differ")...)
}

// logInterval says that a peer of version 2 advertises another interval than ours, once for each change, and at most once
// in logPause.
func (e *Engine) logInterval(m *member, src netip.Addr, theirs vrrp.Centiseconds, other bool) {
	if !other {
		e.log.Info("peer advertises our interval again", m.attrs("peer", src)...)
		return
	}
	e.log.Error("peer advertises another interval", m.attrs("peer", src, "theirs", theirs, "ours", m.given.Interval,
		"next", "make the intervals of all nodes equal: in version 2 nodes that differ ignore each other, and both become Active")...)
}

// logContested names a machine that announces an address we hold.
func (e *Engine) logContested(now time.Time, m *member, s vip.Sighting) {
	if now.Sub(m.contestedAt) < logPause {
		return
	}
	m.contestedAt = now
	e.log.Warn("another machine announces our address", m.attrs("address", s.Address, "mac", net.HardwareAddr(s.MAC[:]).String(),
		"next", "find the machine with this MAC: it holds the address too, or a stale one")...)
}

// logSendError says why adverts do not leave, at most once in logPause.
func (e *Engine) logSendError(now time.Time, m *member, err error) {
	if now.Sub(m.sendErrorAt) < logPause {
		return
	}
	m.sendErrorAt = now
	e.log.Error("advert refused", m.attrs("error", err)...)
}
