package tracker

import (
	"container/heap"
	"time"
)

// queue is the trackers by their deadline, the earliest first: a heap, so that its cost does not show with thousands.
type queue struct{ places []place }

// place is a tracker in the queue, with its deadline beside it: to compare two is most of the work.
type place struct {
	at      time.Time
	tracker *tracker
}

// first returns the tracker with the earliest deadline, or nil, and that deadline.
func (q *queue) first() (*tracker, time.Time) {
	if len(q.places) == 0 {
		return nil, time.Time{}
	}
	return q.places[0].tracker, q.places[0].at
}

// push sets the deadline of a tracker; zero takes it out.
func (q *queue) push(t *tracker, at time.Time) {
	queued := t.place >= 0
	switch {
	case at.IsZero() && queued:
		heap.Remove(q, t.place)
	case at.IsZero():
	case !queued:
		heap.Push(q, place{at, t})
	case !q.places[t.place].at.Equal(at):
		q.places[t.place].at = at
		heap.Fix(q, t.place)
	}
}

// Len, Less, Swap, Push and Pop are container/heap's.
func (q *queue) Len() int { return len(q.places) }

func (q *queue) Less(i, j int) bool { return q.places[i].at.Before(q.places[j].at) }

func (q *queue) Swap(i, j int) {
	q.places[i], q.places[j] = q.places[j], q.places[i]
	q.places[i].tracker.place, q.places[j].tracker.place = i, j
}

// Push is container/heap's; use push.
func (q *queue) Push(x any) {
	p := x.(place)
	p.tracker.place = len(q.places)
	q.places = append(q.places, p)
}

// Pop is container/heap's.
func (q *queue) Pop() any {
	last := len(q.places) - 1
	p := q.places[last]
	q.places[last] = place{}
	q.places = q.places[:last]
	p.tracker.place = -1
	return p
}
