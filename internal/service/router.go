package service

import (
	"context"
	"fmt"
	"slices"

	"github.com/aloft-ha/aloft/internal/config"
)

// router is what is wanted for one router, and how far it has come. All of it is guarded by the Manager's lock.
type router struct {
	name string

	// What is wanted.
	services   []config.Service
	wanted     bool // Want was called
	up         bool
	changed    bool // since the worker looked
	unanswered bool

	// What there is.
	entries []*entry
	failure error   // of the attempt to come up; nil: none
	stops   []error // of the services that would not stop

	working bool // it has a worker
	doing   step // of the worker
}

// step is something under way.
type step struct {
	verb    verb
	entry   *entry         // whose fields belong to the lock
	service config.Service // what it was when the step began
	cancel  context.CancelFunc
}

// want sets the level.
func (r *router) want(up bool) {
	if !r.wanted || r.up != up {
		r.changed = true
	}
	r.wanted, r.up, r.unanswered = true, up, true
	if !up {
		r.interrupt()
	}
}

// configure sets the services.
func (r *router) configure(services []config.Service) {
	r.services, r.changed = services, true
	if len(services) > 0 {
		r.unanswered = r.wanted
	}
	if !slices.ContainsFunc(services, func(s config.Service) bool { return alike(s, r.doing.service) }) {
		r.interrupt()
	}
}

// release ends the wish. One for down is still answered: who said it waits for that.
func (r *router) release() { r.wanted, r.up, r.unanswered = false, false, r.unanswered && !r.up }

// due says that there may be something to do.
func (r *router) due() bool { return r.unanswered || r.changed && len(r.entries) > 0 }

// interrupt cancels what is under way towards a start. A stop is never cancelled.
func (r *router) interrupt() {
	if r.doing.verb == askToRun || r.doing.verb == start {
		r.doing.cancel()
	}
}

// decide takes in what is wanted now and returns what is to be done for it. elsewhere says whether another router still has
// to stop a service.
func (r *router) decide(elsewhere func(config.Service) bool) (verb, *entry) {
	if r.changed {
		r.changed, r.failure, r.stops = false, nil, nil
		r.entries = merge(r.entries, r.services)
		for _, e := range r.entries {
			e.fresh, e.stuck = false, false
		}
	}
	g := r.goal()
	for _, e := range r.entries {
		e.elsewhere = g == goalUp && e.configured && elsewhere(e.service)
	}
	return next(g, r.entries)
}

func (r *router) goal() goal {
	switch {
	case !r.wanted:
		return goalUndo
	case !r.up:
		return goalDown
	case r.failure != nil:
		return goalUndo
	}
	return goalUp
}

// settle notes what came of a step. What goes wrong on the way up ends the attempt, unless it is the stop of a service
// that was removed: that is no reason to send the router away.
func (r *router) settle(v verb, e *entry, a answer) {
	was := r.goal()
	err := e.settle(v, a)
	switch {
	case err == nil:
	case was == goalUp && e.configured:
		r.failure = err
	case v == stop:
		r.stops = append(r.stops, err)
	}
	r.entries = slices.DeleteFunc(r.entries, func(e *entry) bool { return !e.configured && e.state == stopped })
}

// result is the answer to the present wish.
func (r *router) result() Result {
	res := Result{Router: r.name, Up: r.up, Err: r.failure}
	if r.goal() == goalUp {
		return res
	}
	for _, err := range r.stops {
		if res.Err == nil {
			res.Err = err
			continue
		}
		res.Err = fmt.Errorf("%w; %w", res.Err, err)
	}
	return res
}

// forgotten says that nothing is to be remembered about the router.
func (r *router) forgotten() bool {
	return !r.wanted && !r.unanswered && !r.working && len(r.services) == 0 && len(r.entries) == 0
}
