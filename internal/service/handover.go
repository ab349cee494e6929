package service

import (
	"slices"

	"github.com/aloft-ha/aloft/internal/config"
)

// handOver gives what runs to the router that has it from now on: most often the same one under another name. It goes on
// running. The other takes the wish along, until the next Want. What has just a step under way stays where it is.
func (m *Manager) handOver(services map[string][]config.Service) {
	for _, from := range m.routers {
		from.entries = slices.DeleteFunc(from.entries, func(e *entry) bool {
			if e.state != running || e == from.doing.entry || has(services[from.name], e.service) {
				return false
			}
			for name, list := range services {
				if to := m.routers[name]; has(list, e.service) && !to.has(e.service) {
					to.entries = append(to.entries, e)
					if !to.wanted {
						to.wanted, to.up = from.wanted, from.up
					}
					return true
				}
			}
			return false
		})
	}
}

// elsewhere says that another router, which the configuration has taken the service from, may still have it running, and
// that there is hope that it will be stopped.
func (m *Manager) elsewhere(r *router, s config.Service) bool {
	for _, other := range m.routers {
		if other == r || has(other.services, s) {
			continue
		}
		starting := other.doing.verb == start && alike(other.doing.service, s)
		if starting || slices.ContainsFunc(other.entries, func(e *entry) bool {
			return alike(e.service, s) && e.state != stopped && (other.changed || !e.stuck)
		}) {
			return true
		}
	}
	return false
}

// has says whether a service is in the list.
func has(list []config.Service, s config.Service) bool {
	return slices.ContainsFunc(list, func(other config.Service) bool { return alike(other, s) })
}

// has says whether the router has the service, or had it.
func (r *router) has(s config.Service) bool {
	return slices.ContainsFunc(r.entries, func(e *entry) bool { return alike(e.service, s) })
}
