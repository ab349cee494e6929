package engine

import (
	"slices"
	"time"

	"github.com/aloft-ha/aloft/vrrp"
)

// Services starts and stops what runs where a router is Active. No method blocks. *service.Manager is one.
type Services interface {
	// Want says whether the services of a router, by its name, are to run. The answer comes by [Engine.Served].
	Want(router string, up bool)
}

// ServiceResult is what became of the services of a router.
type ServiceResult struct {
	Router string
	Up     bool  // what was wanted
	Err    error // what could not be started, or stopped
}

// services is how far the services of a router are.
type services struct {
	name    string // of the router, as the order had it; empty: nothing has been ordered
	want    bool
	stopped bool // none of them runs
}

// serve orders the services of a group's routers as they have to be now: they run while their router is Active, has its
// addresses up, and is not about to leave.
func (e *Engine) serve(g *group) {
	staying := !g.leaving && !slices.ContainsFunc(g.members, func(m *member) bool { return m.fault() != vrrp.FaultNone })
	for _, r := range g.routers {
		if len(r.inst.Services) == 0 {
			r.services = services{}
			continue
		}
		up := staying && !slices.ContainsFunc(r.members, func(m *member) bool { return !m.serving() })
		name := r.inst.Router
		if s := &r.services; s.name != name || s.want != up {
			*s = services{name: name, want: up}
			e.orders = append(e.orders, func() { e.services.Want(name, up) })
		}
	}
}

// serving says that the member is Active, to stay, and has its addresses.
func (m *member) serving() bool {
	return m.held && m.machine.State() == vrrp.Active && !m.machine.Departing()
}

// mayLeave says that a group may say farewell: no service of it runs any more. Where one does it is ordered to stop, adverts
// continue, and what was to happen is tried again when the services have stopped.
func (e *Engine) mayLeave(g *group) bool {
	e.serve(g)
	if e.hurried {
		return true
	}
	return !slices.ContainsFunc(g.routers, func(r *router) bool {
		return len(r.inst.Services) > 0 && !r.services.stopped && r.group.active()
	})
}

// active says that a member is Active and not departing yet.
func (g *group) active() bool {
	return slices.ContainsFunc(g.members, func(m *member) bool {
		return m.machine.State() == vrrp.Active && !m.machine.Departing()
	})
}

// noteService takes what became of a router's services. What could not be started makes the router yield; what could not be
// stopped does not keep it from leaving.
func (e *Engine) noteService(now time.Time, result ServiceResult) {
	i := slices.IndexFunc(e.routers, func(r *router) bool { return r.services.name == result.Router })
	if i < 0 || e.routers[i].services.want != result.Up {
		return // it is of an order that has been taken back
	}
	r := e.routers[i]
	switch {
	case !result.Up:
		r.services.stopped = true
		if result.Err != nil {
			e.log.Error("service not stopped", "router", r.inst.Router, "error", result.Err)
		}
		e.dismiss(now)
		for _, m := range r.group.members {
			e.changeFault(now, m)
		}
	case result.Err != nil:
		e.log.Error("service not started, so the router yields", "router", r.inst.Router, "error", result.Err)
		r.failure = result.Err.Error()
		e.step(now, r.members[0], vrrp.Served{})
	default:
		r.failure = ""
		e.step(now, r.members[0], vrrp.Served{OK: true})
	}
}
