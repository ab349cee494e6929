package engine

import (
	"fmt"
	"slices"
	"time"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/vip"
	"github.com/aloft-ha/aloft/vrrp"
)

// builder says what the machine of one family of an instance is to be told.
type builder func(inst *config.Instance, ipv6 bool) vrrp.Config

// builders returns the builder of each instance.
func (e *Engine) builders(wanted []config.Instance) []builder {
	grid := grids(wanted, e.epoch, e.phase)
	total := 0
	for i := range wanted {
		total += len(wanted[i].Addresses)
	}
	leased6 := leasable(wanted)
	out := make([]builder, len(wanted))
	for i := range wanted {
		out[i] = func(inst *config.Instance, ipv6 bool) vrrp.Config {
			lease := leaseFor(inst, total)
			if ipv6 && !leased6 {
				lease = 0
			}
			return machineConfig(inst, ipv6, e.weigh(inst).Effective, grid[i], lease, refreshFor(total))
		}
	}
	return out
}

// match pairs what runs with what is wanted: the one is told its new configuration, what is not wanted any more departs,
// and what is new is made, unless a departing router still uses its VRID.
func (e *Engine) match(now time.Time, wanted []config.Instance) {
	build := e.builders(wanted)
	home := func(inst *config.Instance) int {
		l, _ := findLink(inst, e.links)
		return l.Index
	}
	goesOnAs := make([]*router, len(wanted))
	stays := make(map[*router]bool)
	byVRID := make(map[uint8][]*router) // there may be thousands of routers
	for _, r := range e.routers {
		if !r.leaving {
			byVRID[r.inst.VRID] = append(byVRID[r.inst.VRID], r)
		}
	}
	for i := range wanted {
		inst := &wanted[i]
		own, same := families(inst), byVRID[inst.VRID]
		j := slices.IndexFunc(same, func(r *router) bool { return !stays[r] && r.same(inst, home, own...) })
		if j >= 0 {
			goesOnAs[i] = same[j]
			stays[same[j]] = true
		}
	}
	for _, r := range e.routers {
		r.leaving = r.leaving || !stays[r]
	}
	e.hush(wanted)
	e.regroup(now)
	e.dismiss(now)
	// A family is made when the one that still uses its VRID has gone: bury converges again.
	taken := func(inst *config.Instance, ipv6 ...bool) bool {
		return slices.ContainsFunc(e.routers, func(r *router) bool { return r.leaving && !e.gone(r) && r.same(inst, home, ipv6...) })
	}
	var fresh []*member
	for i := range wanted {
		switch inst := &wanted[i]; {
		case goesOnAs[i] != nil:
			fresh = append(fresh, e.goOn(goesOnAs[i], wanted[i], build[i], taken)...)
		case !taken(inst, families(inst)...):
			r := newRouter(wanted[i], e.undelayed(build[i]))
			e.routers = append(e.routers, r)
			fresh = append(fresh, r.members...)
		}
	}
	e.hush(wanted)
	e.forgetNames(wanted)
	e.regroup(now)
	e.dismiss(now)
	for _, m := range fresh {
		e.nameApart(m)
		e.recall(m)
		// What stands of an earlier run of the daemon is kept until another Active is heard. Later there is none.
		e.order(m, vip.Want{Keep: !e.converged, Own: m.ownsAddresses()})
	}
}

// undelayed leaves startup_delay out where the daemon has long started: a router that a reload adds does not wait.
func (e *Engine) undelayed(build builder) builder {
	if !e.converged {
		return build
	}
	return func(inst *config.Instance, ipv6 bool) vrrp.Config {
		cfg := build(inst, ipv6)
		cfg.StartupDelay = 0
		return cfg
	}
}

// nameApart gives a new member a name of its own towards the address manager. One that runs keeps the name that it was
// given even if the file has found other words for its interface since, and the new one must not speak in its name.
func (e *Engine) nameApart(m *member) {
	taken := func() bool {
		same := func(other *member) bool { return other != m && other.owner == m.owner }
		return slices.ContainsFunc(e.routers, func(r *router) bool { return slices.ContainsFunc(r.members, same) })
	}
	first := m.owner
	for n := 2; taken(); n++ {
		m.owner = vip.Owner(fmt.Sprintf("%s#%d", first, n))
	}
}

// dismiss makes the routers depart that are leaving and have not been told, as soon as their services have stopped.
func (e *Engine) dismiss(now time.Time) {
	reason := vrrp.ReasonRemoved
	if e.stopping {
		reason = vrrp.ReasonStop
	}
	for _, r := range e.routers {
		if !r.leaving || r.told {
			continue
		}
		e.departing = true
		if !e.mayLeave(r.group) {
			continue
		}
		for _, other := range r.group.routers {
			other.told = true
		}
		e.stepAll(now, r.group, vrrp.Leave{Reason: reason})
	}
}

// goOn makes a router that runs that of an instance. A family that is not wanted any more departs alone, and one that is
// new joins the other: what has been there all the time is not touched.
func (e *Engine) goOn(r *router, inst config.Instance, build builder, taken func(*config.Instance, ...bool) bool) (fresh []*member) {
	was := r.inst
	r.inst = inst
	e.rename(was.Router, inst.Router)
	var members []*member
	for _, ipv6 := range families(&inst) {
		i := slices.IndexFunc(r.members, func(m *member) bool { return m.ipv6 == ipv6 })
		switch {
		case i >= 0:
			r.members[i].reconfigured = build(&r.inst, ipv6)
			r.members[i].identify(&r.inst)
			members = append(members, r.members[i])
		case !taken(&inst, ipv6):
			m := newMember(r, ipv6, e.undelayed(build))
			members, fresh = append(members, m), append(fresh, m)
		}
	}
	for _, m := range r.members {
		if !slices.Contains(members, m) {
			// It departs as a router of its own, before the one that goes on and has the services.
			was.Services = nil
			m.router = &router{inst: was, members: []*member{m}, leaving: true}
			e.routers = slices.Insert(e.routers, 0, m.router)
		}
	}
	r.members = members
	return fresh
}
