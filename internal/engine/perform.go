package engine

import (
	"net/netip"
	"slices"
	"time"

	"github.com/aloft-ha/aloft/vip"
	"github.com/aloft-ha/aloft/vrrp"
)

// perform carries out what the machines of a group ask for after ev. Adverts go into the outbox, addresses into the
// orders of this turn.
func (e *Engine) perform(now time.Time, g *group, actions []vrrp.MemberAction, ev vrrp.Event) {
	for _, ma := range actions {
		if t, ok := ma.Action.(vrrp.Transition); ok && t.To == vrrp.Backup {
			// What waited was said as Active; what it says with this step, its last word, still goes.
			e.out.forget(g.members[ma.Member])
		}
	}
	_, tick := ev.(vrrp.Tick)
	for _, ma := range actions {
		m := g.members[ma.Member]
		switch a := ma.Action.(type) {
		case vrrp.Send:
			// The grid spreads the adverts that stand on it, not those that make the others quick or end that.
			regular := tick && m.active && a.Priority > 0 && a.Interval == m.given.Interval && onGrid(g.deadline, m.given)
			e.out.push(now, m, a, regular)
		case vrrp.Claim:
			e.claim(m, a.Lease)
		case vrrp.Renew:
			generation := m.want.Generation
			e.orders = append(e.orders, func() { e.addresses.Renew(m.owner, a.Lease, generation) })
		case vrrp.Release:
			e.release(m, a.Addresses)
		case vrrp.Announce:
			e.announce(m)
		case vrrp.Transition:
			m.active, m.held, m.rivals.last = a.To == vrrp.Active, false, time.Time{}
			e.logTransition(m, a)
		case vrrp.Departed:
			e.logDeparted(m, a)
		}
	}
	if mayMove(actions, ev) {
		e.tellAll(now, g, actions)
		e.serve(g)
	}
	e.due.push(g, g.machines.Deadline())
}

// announce orders one announcement of what a member holds.
func (e *Engine) announce(m *member) {
	e.orders = append(e.orders, func() { e.addresses.Announce(m.owner) })
}

// order gives the address manager a member's new want.
func (e *Engine) order(m *member, w vip.Want) {
	e.generation++
	w.Generation = e.generation
	m.want = w
	e.orders = append(e.orders, func() { e.addresses.Set(m.owner, w) })
}

// claim orders all of a member's addresses.
func (e *Engine) claim(m *member, lease time.Duration) {
	cfg := m.given
	named := slices.Concat(cfg.Addresses, cfg.Unadvertised)
	e.order(m, vip.Want{Addresses: m.addressesOf(named), Lease: lease, Own: m.ownsAddresses()})
}

// release orders some of a member's addresses away, or all.
func (e *Engine) release(m *member, gone []netip.Addr) {
	w := vip.Want{Lease: m.want.Lease, Own: m.want.Own}
	if gone != nil {
		for _, a := range m.want.Addresses {
			if !slices.Contains(gone, a.Prefix.Addr()) {
				w.Addresses = append(w.Addresses, a)
			}
		}
	}
	e.order(m, w)
}

// noteResult acts on what the address manager reports.
func (e *Engine) noteResult(now time.Time, r vip.Result) {
	m := e.owners[r.Owner]
	if m == nil {
		return
	}
	current := r.Generation == m.want.Generation
	switch r.Outcome {
	case vip.OutcomeHeld:
		if current {
			m.held = true
			e.step(now, m, vrrp.Held{Until: r.Until})
			e.serve(m.router.group)
		}
	case vip.OutcomeFailed:
		if current {
			e.log.Error("address refused", m.attrs("address", r.Address, "error", r.Err)...)
			e.step(now, m, vrrp.ClaimFailed{})
		}
	case vip.OutcomeForeign:
		if m.foreign != r.Address {
			e.log.Error("address is on this host already, and not ours", m.attrs("address", r.Address,
				"next", "remove it from this host's own network configuration: ip addr del "+r.Address.String())...)
		}
		m.foreign = r.Address
		e.changeFault(now, m)
	case vip.OutcomeClear:
		m.foreign = netip.Addr{}
		e.changeFault(now, m)
	case vip.OutcomeRestored:
		e.log.Warn("address was removed by somebody, and is back", m.attrs("address", r.Address)...)
	case vip.OutcomeBackoff:
		e.log.Error("address is removed again and again", m.attrs("address", r.Address,
			"next", "find who removes it: systemd-networkd needs KeepConfiguration=yes, NetworkManager an unmanaged device")...)
	}
}

// noteSighting tells those who hold or hand over an address that another machine announced it.
func (e *Engine) noteSighting(now time.Time, s vip.Sighting) {
	for _, m := range e.byAddress[vip.Key{Ifindex: s.Ifindex, Addr: s.Address}] {
		if m.machine.State() != vrrp.Active {
			continue
		}
		if !m.machine.Departing() {
			e.logContested(now, m, s)
		}
		e.step(now, m, vrrp.Announced{Address: s.Address})
	}
}
