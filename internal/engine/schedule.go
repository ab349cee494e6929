package engine

import (
	"container/heap"
	"time"
)

// schedule is the groups with a deadline, the earliest first: a heap, so that its cost does not show with thousands.
type schedule struct{ groups []*group }

// first returns the group with the earliest deadline, or nil.
func (s *schedule) first() *group {
	if len(s.groups) == 0 {
		return nil
	}
	return s.groups[0]
}

// push sets the deadline of a group; zero takes it out.
func (s *schedule) push(g *group, at time.Time) {
	queued := g.place >= 0
	g.deadline = at
	switch {
	case at.IsZero() && queued:
		heap.Remove(s, g.place)
	case at.IsZero():
	case queued:
		heap.Fix(s, g.place)
	default:
		heap.Push(s, g)
	}
}

// Len, Less, Swap, Push and Pop are container/heap's.
func (s *schedule) Len() int { return len(s.groups) }

func (s *schedule) Less(i, j int) bool { return s.groups[i].deadline.Before(s.groups[j].deadline) }

func (s *schedule) Swap(i, j int) {
	s.groups[i], s.groups[j] = s.groups[j], s.groups[i]
	s.groups[i].place, s.groups[j].place = i, j
}

// Push is container/heap's; use push.
func (s *schedule) Push(x any) {
	g := x.(*group)
	g.place = len(s.groups)
	s.groups = append(s.groups, g)
}

// Pop is container/heap's.
func (s *schedule) Pop() any {
	last := len(s.groups) - 1
	g := s.groups[last]
	s.groups[last] = nil
	s.groups = s.groups[:last]
	g.place = -1
	return g
}
