package engine

import (
	"net/netip"
	"slices"
	"time"

	"github.com/aloft-ha/aloft/vrrp"
)

// tellAll tells of the routers of a group, and of the group, whose condition has changed. It goes with the orders of this
// turn: those who wait for us wait for the adverts.
func (e *Engine) tellAll(now time.Time, g *group, actions []vrrp.MemberAction) {
	for _, r := range g.routers {
		to := condition(r.members)
		if to == r.condition || to == ConditionNone {
			continue
		}
		ev := e.eventOf(now, r, r.condition, to)
		explain(&ev, r.members, actions)
		r.condition = to
		e.orders = append(e.orders, func() { e.notify(ev) })
	}
	if g.name == "" {
		return
	}
	if to := condition(g.members); to != g.condition && to != ConditionNone {
		ev := Event{At: now, Group: true, Name: g.name, From: g.condition, To: to}
		explain(&ev, g.members, actions)
		g.condition = to
		e.orders = append(e.orders, func() { e.notify(ev) })
	}
}

// mayMove says that an event may have changed a condition. Most are adverts that change nothing.
func mayMove(actions []vrrp.MemberAction, ev vrrp.Event) bool {
	switch ev.(type) {
	case vrrp.FaultChanged, vrrp.Leave, nil:
		return true
	}
	return slices.ContainsFunc(actions, func(ma vrrp.MemberAction) bool {
		switch ma.Action.(type) {
		case vrrp.Transition, vrrp.Departed:
			return true
		}
		return false
	})
}

// condition sums up members that move together.
func condition(members []*member) Condition {
	is := func(claim func(*vrrp.Machine) bool) bool {
		return slices.ContainsFunc(members, func(m *member) bool { return claim(m.machine) })
	}
	switch {
	case is(func(m *vrrp.Machine) bool { return m.State() == vrrp.Active }):
		return ConditionActive
	case is(func(m *vrrp.Machine) bool { return m.State() == vrrp.Backup }):
		return ConditionBackup
	case is(func(m *vrrp.Machine) bool { return m.Absent() != vrrp.ReasonNone }):
		return ConditionStopped
	case is(func(m *vrrp.Machine) bool { return m.Fault() != vrrp.FaultNone }):
		return ConditionFault
	}
	return ConditionNone // it has not begun
}

// eventOf describes a router as it is now.
func (e *Engine) eventOf(now time.Time, r *router, from, to Condition) Event {
	ev := Event{At: now, Name: r.inst.Router, From: from, To: to, VRID: r.inst.VRID, Priority: r.priority}
	for _, m := range r.members {
		ev.Interface = m.place.ifname
		ev.Addresses = append(ev.Addresses, m.heldAddresses()...)
	}
	return ev
}

// heldAddresses lists what the member holds where it is Active.
func (m *member) heldAddresses() []netip.Addr {
	return slices.Concat(m.given.Addresses, m.given.Unadvertised)
}

// explain says why a condition changed: the reason of the member that moved first of itself, and not because another did.
func explain(ev *Event, members []*member, actions []vrrp.MemberAction) {
	for _, ma := range actions {
		t, ok := ma.Action.(vrrp.Transition)
		if !ok || !has(members, ma.Member) || ev.Reason != vrrp.ReasonNone && ev.Reason != vrrp.ReasonGroup {
			continue
		}
		ev.Reason, ev.Peer = t.Reason, t.Peer
	}
	if ev.To != ConditionFault {
		return
	}
	if ev.Reason == vrrp.ReasonNone {
		ev.Reason = vrrp.ReasonFault // it was idle, so nothing moved
	}
	for _, m := range members {
		if f := m.machine.Fault(); f != vrrp.FaultNone && (ev.Fault == vrrp.FaultNone || ev.Fault == vrrp.FaultGroup) {
			ev.Fault, ev.Detail = f, m.detail(f)
		}
	}
}

// has says whether the member of an action is one of these.
func has(members []*member, index int) bool {
	return slices.ContainsFunc(members, func(m *member) bool { return m.index == index })
}
