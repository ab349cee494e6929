package engine

import (
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/tracker"
	"github.com/aloft-ha/aloft/vrrp"
)

// weigh is the effective priority of an instance as its trackers stand, with what it is made of.
func (e *Engine) weigh(inst *config.Instance) tracker.Priority {
	return tracker.Weigh(inst.Priority, inst.Track, func(name string) tracker.Status { return e.trackers[name] })
}

// noteTrackers takes what the trackers found, and puts it to the routers that they matter to.
func (e *Engine) noteTrackers(now time.Time, statuses []tracker.Status) {
	news := make(map[string]bool)
	for _, s := range statuses {
		e.trackers[s.Name] = s
		news[s.Name] = true
	}
	for _, r := range e.routers {
		concerned := slices.ContainsFunc(r.inst.Track, func(effect tracker.Effect) bool { return news[effect.Tracker] })
		if concerned && !r.leaving {
			e.reweigh(now, r)
		}
	}
}

// reweigh puts a router's priority, and the fault that a tracker may be, to its machines, and starts it where it waited
// for this.
func (e *Engine) reweigh(now time.Time, r *router) {
	e.reprice(r)
	for _, m := range r.members {
		if p := r.priority.Effective; p != m.given.Priority {
			m.given.Priority, m.reconfigured.Priority = p, p
			e.step(now, m, vrrp.PriorityChanged{Priority: p})
		}
		e.changeFault(now, m)
	}
	e.startUp(now, r)
}

// reprice weighs a router's trackers anew, and says so where that changes a priority that it had.
func (e *Engine) reprice(r *router) {
	before := r.priority
	r.priority = e.weigh(&r.inst)
	if before.Base != 0 && r.priority.Effective != before.Effective {
		e.logPriority(r, before)
	}
}

// startUp starts what of a router has not been started, unless it waits for the first result of a tracker. One of those
// comes within a bounded time: see package tracker.
func (e *Engine) startUp(now time.Time, r *router) {
	if r.leaving {
		return
	}
	for _, m := range r.members {
		switch {
		case m.started:
		case r.priority.Pending && !r.running():
			if !r.waiting {
				r.waiting = true
				e.log.Debug("waits for the first result of its trackers", "router", r.inst.Router)
			}
		default:
			m.started = true
			e.step(now, m, vrrp.Startup{})
		}
	}
}

// running says that the router has been started: a tracker that a reload adds does not hold it up.
func (r *router) running() bool {
	return slices.ContainsFunc(r.members, func(m *member) bool { return m.started })
}

// logPriority says what a priority is now, and which trackers have changed it.
func (e *Engine) logPriority(r *router, before tracker.Priority) {
	attrs := []any{"router", r.inst.Router, "vrid", r.inst.VRID, "from", before.Effective, "to", r.priority.Effective, "configured", r.priority.Base}
	for _, p := range r.priority.Parts {
		was := slices.IndexFunc(before.Parts, func(o tracker.Part) bool { return o.Tracker == p.Tracker })
		if p.Delta != 0 && was < 0 || was >= 0 && p.Delta != before.Parts[was].Delta {
			attrs = append(attrs, slog.String("tracker_"+p.Tracker, fmt.Sprintf("%+d: %s", p.Delta, p.Text)))
		}
	}
	e.log.Info("priority", attrs...)
}
