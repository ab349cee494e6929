package wire

import (
	"testing"
	"time"
)

func TestReceivedAt(t *testing.T) {
	now := time.Now()
	empty := now.Add(-time.Second)
	tests := []struct {
		name  string
		stamp int64
		want  time.Duration // before now
	}{
		{"just now", now.UnixNano(), 0},
		{"a millisecond ago", now.Add(-time.Millisecond).UnixNano(), time.Millisecond},
		{"when the sockets were found empty", empty.UnixNano(), time.Second},
		{"the wall clock was set forward by an hour", now.Add(-time.Hour).UnixNano(), time.Second},
		{"the wall clock was set forward by years", 1, time.Second},
		{"the wall clock was set back by a nanosecond", now.UnixNano() + 1, 0},
		{"the wall clock was set back by an hour", now.Add(time.Hour).UnixNano(), 0},
		{"the kernel gave no stamp", 0, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := receivedAt(tt.stamp, empty, now)
			if age := now.Sub(got); age != tt.want {
				t.Errorf("age is %v, want %v", age, tt.want)
			}
			if !hasMonotonic(got) {
				t.Errorf("%v lacks the monotonic clock", got)
			}
		})
	}
}

// hasMonotonic tells whether a time carries the monotonic clock: without it, Round(0) changes nothing.
func hasMonotonic(t time.Time) bool { return t != t.Round(0) }
