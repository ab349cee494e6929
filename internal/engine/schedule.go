package engine

import (
	"container/heap"
	"time"
)

// schedule is the routers with a deadline, the earliest first: a heap, so that its cost does not show with thousands.
type schedule struct{ routers []*router }

// first returns the router with the earliest deadline, or nil.
func (s *schedule) first() *router {
	if len(s.routers) == 0 {
		return nil
	}
	return s.routers[0]
}

// push sets the deadline of a router; zero takes it out.
func (s *schedule) push(r *router, at time.Time) {
	queued := r.place >= 0
	r.deadline = at
	switch {
	case at.IsZero() && queued:
		heap.Remove(s, r.place)
	case at.IsZero():
	case queued:
		heap.Fix(s, r.place)
	default:
		heap.Push(s, r)
	}
}

// Len, Less, Swap, Push and Pop are container/heap's.
func (s *schedule) Len() int { return len(s.routers) }

func (s *schedule) Less(i, j int) bool { return s.routers[i].deadline.Before(s.routers[j].deadline) }

func (s *schedule) Swap(i, j int) {
	s.routers[i], s.routers[j] = s.routers[j], s.routers[i]
	s.routers[i].place, s.routers[j].place = i, j
}

// Push is container/heap's; use push.
func (s *schedule) Push(x any) {
	r := x.(*router)
	r.place = len(s.routers)
	s.routers = append(s.routers, r)
}

// Pop is container/heap's.
func (s *schedule) Pop() any {
	last := len(s.routers) - 1
	r := s.routers[last]
	s.routers[last] = nil
	s.routers = s.routers[:last]
	r.place = -1
	return r
}
