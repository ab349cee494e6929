package engine

import (
	"maps"
	"net/netip"
	"slices"
	"time"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/vrrp"
)

// subject is who is told of. Others know routers and groups by their names alone.
type subject struct {
	group bool
	name  string
}

// tellAll tells of the routers of a group, and of the group, whose condition has changed. It goes with the orders of this
// turn: those who wait for us wait for the adverts.
func (e *Engine) tellAll(now time.Time, g *group, actions []vrrp.MemberAction) {
	for _, r := range g.routers {
		if to := condition(r.members); !r.mute {
			e.tell(subject{name: r.inst.Router}, to, func(ev *Event) {
				ev.describe(r)
				explain(ev, r.members, actions)
			}, now)
		}
	}
	if g.name != "" {
		e.tell(subject{group: true, name: g.name}, condition(g.members), func(ev *Event) { explain(ev, g.members, actions) }, now)
	}
}

// tell tells of a condition that is not what was last told.
func (e *Engine) tell(s subject, to Condition, complete func(*Event), now time.Time) {
	from := e.told[s]
	if to == from || to == ConditionNone {
		return
	}
	e.told[s] = to
	ev := Event{At: now, Group: s.group, Name: s.name, From: from, To: to}
	complete(&ev)
	e.orders = append(e.orders, func() { e.notify(ev) })
}

// hush makes those who leave silent whose name is another's already, so that what is told of a name is one story.
func (e *Engine) hush(wanted []config.Instance) {
	taken := make(map[subject]bool)
	for i := range wanted {
		taken[subject{name: wanted[i].Router}] = true
	}
	for _, r := range slices.Backward(e.routers) {
		s := subject{name: r.inst.Router}
		r.mute = r.leaving && taken[s]
		taken[s] = true
	}
}

// rename lets a router go on under another name with what was told of it, unless that was another's.
func (e *Engine) rename(from, to string) {
	if _, known := e.told[subject{name: to}]; !known && from != to {
		e.told[subject{name: to}] = e.told[subject{name: from}]
	}
}

// forgetNames forgets what was told of names that nobody has any more.
func (e *Engine) forgetNames(wanted []config.Instance) {
	used := make(map[subject]bool)
	note := func(inst *config.Instance) {
		used[subject{name: inst.Router}] = true
		used[subject{group: true, name: inst.Group}] = true
	}
	for i := range wanted {
		note(&wanted[i])
	}
	for _, r := range e.routers {
		note(&r.inst)
	}
	maps.DeleteFunc(e.told, func(s subject, _ Condition) bool { return !used[s] })
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

// describe adds what a router is now.
func (ev *Event) describe(r *router) {
	ev.VRID, ev.Priority = r.inst.VRID, r.priority
	for _, m := range r.members {
		ev.Interface = m.place.ifname
		ev.Addresses = append(ev.Addresses, m.heldAddresses()...)
	}
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
