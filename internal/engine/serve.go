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
	failed  bool // one could not be started, and the machine has not been told
}

// rest says that nothing of them runs or is on its way down.
func (s *services) rest() bool { return s.name == "" || s.stopped }

// serve orders the services of a group's routers as they have to be now: they run while their router is Active, has its
// addresses up, and is not about to leave.
func (e *Engine) serve(g *group) {
	staying := !g.leaving && !slices.ContainsFunc(g.members, func(m *member) bool { return m.fault() != vrrp.FaultNone }) &&
		!slices.ContainsFunc(g.routers, func(r *router) bool { return r.services.failed })
	for _, r := range g.routers {
		switch {
		case len(r.inst.Services) == 0 || e.inheritsServices(r):
			r.services = services{}
		default:
			e.orderServices(r, staying && !slices.ContainsFunc(r.members, func(m *member) bool { return !m.serving() }))
		}
	}
}

// orderServices says whether a router's services are to run, if that is new. What is known to be stopped stays so.
func (e *Engine) orderServices(r *router, up bool) {
	name, s := r.inst.Router, &r.services
	if s.name == name && s.want == up {
		return
	}
	down := !up && s.name == name
	*s = services{name: name, want: up, stopped: down && s.stopped, failed: down && s.failed}
	e.orders = append(e.orders, func() { e.services.Want(name, up) })
}

// inheritsServices says that a router of this name which leaves still has the services. Until it has gone, they are its own.
func (e *Engine) inheritsServices(r *router) bool {
	return e.departing && slices.ContainsFunc(e.routers, func(other *router) bool {
		return other != r && other.leaving && other.services.name == r.inst.Router
	})
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
	return !g.active() || !slices.ContainsFunc(g.routers, func(r *router) bool { return !r.services.rest() })
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
		e.yield(now, r.group)
		for _, m := range r.group.members {
			e.changeFault(now, m)
		}
	case result.Err != nil:
		e.log.Error("service not started, so the router yields", "router", r.inst.Router, "error", result.Err)
		r.failure = result.Err.Error()
		r.services.stopped, r.services.failed = true, true // those before it were stopped again
		e.yield(now, r.group)
	default:
		r.failure = ""
		e.step(now, r.members[0], vrrp.Served{OK: true})
	}
}

// yield tells the machines of the services that could not be started, once those of the whole group have stopped.
func (e *Engine) yield(now time.Time, g *group) {
	for _, r := range g.routers {
		if r.services.failed && e.mayLeave(g) {
			r.services.failed = false
			e.step(now, r.members[0], vrrp.Served{})
		}
	}
}
