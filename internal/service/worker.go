package service

import (
	"context"
	"time"

	"github.com/aloft-ha/aloft/internal/config"
)

// work does what is to be done for a router, one step after the other, until the last wish is answered or ctx ends.
func (m *Manager) work(ctx context.Context, r *router) {
	for m.advance(ctx, r) {
	}
}

// advance does one step. It returns false when there is none.
func (m *Manager) advance(ctx context.Context, r *router) bool {
	during, cancel := context.WithCancel(ctx)
	defer cancel()
	s, ok := m.begin(r, cancel)
	if !ok {
		return false
	}
	log := m.log.With("router", r.name, "service", s.service.Name)
	s.logBegin(log)
	began := time.Now()
	a := m.perform(during, s.verb, s.service)
	took := time.Since(began)
	if ctx.Err() != nil {
		return false
	}
	before, after := m.end(r, s, a)
	s.logEnd(log, a, took, before, after)
	return true
}

// begin takes the next step of a router. Where there is none it answers the wish and lets the worker go; both under one
// lock, so that a wish that comes after the answer finds the router without a worker.
func (m *Manager) begin(r *router, cancel context.CancelFunc) (step, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	v, e := r.decide(func(s config.Service) bool { return m.elsewhere(r, s) })
	switch v {
	case rest:
	case wait:
		r.working = false // until the other has stopped it
		return step{}, false
	default:
		r.doing = step{verb: v, entry: e, service: e.service, cancel: cancel}
		return r.doing, true
	}
	r.working = false
	if r.unanswered {
		r.unanswered = false
		m.report(r.result())
	}
	if r.forgotten() {
		delete(m.routers, r.name)
	}
	return step{}, false
}

// end notes what came of a step, and returns what was known of the service before and after.
func (m *Manager) end(r *router, s step, a answer) (before, after entry) {
	m.mu.Lock()
	defer m.mu.Unlock()
	before = *s.entry
	r.settle(s.verb, s.entry, a)
	r.doing = step{}
	m.wake() // another may wait for this
	return before, *s.entry
}
