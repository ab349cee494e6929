package service

import (
	"slices"

	"github.com/aloft-ha/aloft/internal/config"
)

// merge gives a router other services. One that is alike keeps its state and takes the new stop, status and timeout; one
// that is gone is kept with what it was configured with until it has been stopped, behind what it was behind before.
func merge(old []*entry, services []config.Service) []*entry {
	list := make([]*entry, 0, len(services))
	for _, s := range services {
		i := slices.IndexFunc(old, func(e *entry) bool { return alike(e.service, s) && !slices.Contains(list, e) })
		if i < 0 {
			list = append(list, &entry{service: s, configured: true})
			continue
		}
		old[i].service, old[i].configured = s, true
		list = append(list, old[i])
	}
	place := 0
	for _, e := range old {
		if i := slices.Index(list, e); i >= 0 {
			place = i + 1
			continue
		}
		if e.configured = false; e.state != stopped {
			list = slices.Insert(list, place, e)
			place++
		}
	}
	return list
}

// alike says that b is the service a: what runs need not be started again.
func alike(a, b config.Service) bool {
	return a.Name == b.Name && a.Unit == b.Unit && sameProgram(a.Start, b.Start)
}

func sameProgram(a, b *config.Command) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.User == b.User && slices.Equal(a.Argv, b.Argv)
}

// equal says that nothing differs.
func equal(a, b config.Service) bool {
	return alike(a, b) && a.Timeout == b.Timeout && equalCommand(a.Start, b.Start) && equalCommand(a.Stop, b.Stop) &&
		equalCommand(a.Status, b.Status)
}

func equalCommand(a, b *config.Command) bool {
	return sameProgram(a, b) && (a == nil || a.Timeout == b.Timeout)
}
