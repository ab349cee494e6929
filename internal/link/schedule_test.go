package link

import (
	"testing"
	"time"
)

func TestSchedule(t *testing.T) {
	const ms = time.Millisecond
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	type step func(s *schedule)
	soon := func(at time.Duration) step { return func(s *schedule) { s.soon(start.Add(at)) } }
	lazily := func(at time.Duration) step { return func(s *schedule) { s.lazily(start.Add(at)) } }
	read := func(from, to time.Duration) step {
		return func(s *schedule) { s.done(start.Add(from), start.Add(to)) }
	}
	const never = -1
	tests := []struct {
		name  string
		steps []step
		want  time.Duration
	}{
		{"nothing happened", nil, never},
		{"a change", []step{soon(5 * ms)}, 5 * ms},
		{"two changes", []step{soon(5 * ms), soon(6 * ms)}, 5 * ms},
		{"a change of ours", []step{lazily(5 * ms)}, 1005 * ms},
		{"two changes of ours", []step{lazily(5 * ms), lazily(900 * ms)}, 1005 * ms},
		{"a change of ours, then another", []step{lazily(5 * ms), soon(7 * ms)}, 7 * ms},
		{"a change, then one of ours", []step{soon(5 * ms), lazily(7 * ms)}, 5 * ms},
		{"read", []step{soon(5 * ms), read(5*ms, 6*ms)}, never},
		{"a change while reading rests", []step{read(0, 10*ms), soon(11 * ms)}, 50 * ms},
		{"a change when the rest is over", []step{read(0, 10*ms), soon(50 * ms)}, 50 * ms},
		{"a change after it", []step{read(0, 10*ms), soon(51 * ms)}, 51 * ms},
		{"a change of ours within a very long rest", []step{read(0, time.Second), lazily(1100 * ms)}, 5000 * ms},
	}
	for _, tt := range tests {
		var s schedule
		for _, step := range tt.steps {
			step(&s)
		}
		if tt.want == never {
			if !s.readAt.IsZero() || s.due(start.Add(time.Hour)) {
				t.Errorf("%s: want no reading, got one at %v", tt.name, s.readAt.Sub(start))
			}
			continue
		}
		if got := s.readAt.Sub(start); got != tt.want {
			t.Errorf("%s: want a reading at %v, got %v", tt.name, tt.want, got)
		}
		if at := start.Add(tt.want); s.due(at.Add(-1)) || !s.due(at) {
			t.Errorf("%s: want it due at %v and not before", tt.name, tt.want)
		}
	}
}
