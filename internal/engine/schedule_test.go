package engine

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestScheduleGivesTheEarliestFirst(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s schedule
		groups := make([]*group, rapid.IntRange(1, 20).Draw(t, "groups"))
		for i := range groups {
			groups[i] = &group{place: -1}
		}
		model := make(map[*group]time.Time)
		for range rapid.IntRange(1, 100).Draw(t, "steps") {
			r := rapid.SampledFrom(groups).Draw(t, "router")
			var at time.Time
			if offset := rapid.Int64Range(-1, 5).Draw(t, "offset"); offset >= 0 {
				at = time.Unix(offset, 0)
				model[r] = at
			} else {
				delete(model, r)
			}
			s.push(r, at)
			checkSchedule(t, &s, model)
		}
	})
}

func checkSchedule(t *rapid.T, s *schedule, model map[*group]time.Time) {
	var earliest time.Time
	for _, at := range model {
		earliest = sooner(earliest, at)
	}
	switch first := s.first(); {
	case first == nil && len(model) > 0:
		t.Fatal("nothing is scheduled")
	case first != nil && !first.deadline.Equal(earliest):
		t.Fatalf("the first is due at %v, want %v", first.deadline, earliest)
	}
	if len(s.groups) != len(model) {
		t.Fatalf("%d are scheduled, want %d", len(s.groups), len(model))
	}
	for i, r := range s.groups {
		if r.place != i || !model[r].Equal(r.deadline) {
			t.Fatalf("router at %d says it is at %d, due at %v, want %v", i, r.place, r.deadline, model[r])
		}
	}
}

func TestSooner(t *testing.T) {
	var never time.Time
	early, late := time.Unix(1, 0), time.Unix(2, 0)
	for _, c := range []struct{ a, b, want time.Time }{
		{never, never, never},
		{early, never, early},
		{never, early, early},
		{early, late, early},
		{late, early, early},
		{early, early, early},
	} {
		if got := sooner(c.a, c.b); !got.Equal(c.want) {
			t.Errorf("sooner(%v, %v) = %v, want %v", c.a, c.b, got, c.want)
		}
	}
}
