package tracker

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestQueueGivesTheEarliestFirst(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var q queue
		trackers := make([]*tracker, rapid.IntRange(1, 20).Draw(t, "trackers"))
		for i := range trackers {
			trackers[i] = &tracker{place: -1}
		}
		model := make(map[*tracker]time.Time)
		for range rapid.IntRange(1, 100).Draw(t, "steps") {
			tr := rapid.SampledFrom(trackers).Draw(t, "tracker")
			if offset := rapid.IntRange(-1, 5).Draw(t, "offset"); offset >= 0 {
				model[tr] = at(offset)
				q.push(tr, at(offset))
			} else {
				delete(model, tr)
				q.push(tr, time.Time{})
			}
			checkQueue(t, &q, model)
		}
	})
}

func checkQueue(t *rapid.T, q *queue, model map[*tracker]time.Time) {
	if len(q.places) != len(model) {
		t.Fatalf("%d are queued, want %d", len(q.places), len(model))
	}
	first, earliest := q.first()
	if (first == nil) != (len(model) == 0) || first != nil && !model[first].Equal(earliest) {
		t.Fatalf("the first is %v of %d, due at %v", first, len(model), earliest)
	}
	for tr, due := range model {
		if tr.place < 0 || q.places[tr.place].tracker != tr || !q.places[tr.place].at.Equal(due) {
			t.Fatalf("one is at %d, want it due at %v", tr.place, due)
		}
		if due.Before(earliest) {
			t.Fatalf("the first is due at %v, and another at %v", earliest, due)
		}
	}
}
