package vrrp

import (
	"math/big"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestCentiseconds(t *testing.T) {
	tests := []struct {
		c        Centiseconds
		duration time.Duration
		text     string
		valid    bool
	}{
		{0, 0, "0s", false},
		{1, 10 * time.Millisecond, "10ms", true},
		{25, 250 * time.Millisecond, "250ms", true},
		{100, time.Second, "1s", true},
		{4095, 40950 * time.Millisecond, "40.95s", true},
		{4096, 40960 * time.Millisecond, "40.96s", false},
		{65535, 655350 * time.Millisecond, "10m55.35s", false},
	}
	for _, test := range tests {
		if got := test.c.Duration(); got != test.duration {
			t.Errorf("Centiseconds(%d).Duration() = %v, want %v", uint16(test.c), got, test.duration)
		}
		if got := test.c.String(); got != test.text {
			t.Errorf("Centiseconds(%d).String() = %q, want %q", uint16(test.c), got, test.text)
		}
		if got := test.c.Valid(); got != test.valid {
			t.Errorf("Centiseconds(%d).Valid() = %v, want %v", uint16(test.c), got, test.valid)
		}
	}
}

func TestSkewTimeAndActiveDownInterval(t *testing.T) {
	tests := []struct {
		priority    uint8
		interval    Centiseconds
		downAdverts int
		skew, down  time.Duration
	}{
		{255, 1, 3, 39062 * time.Nanosecond, 30039062 * time.Nanosecond}, // 39062.5 ns, cut
		{254, 1, 3, 78125 * time.Nanosecond, 30078125 * time.Nanosecond},
		{1, 1, 3, 9960937 * time.Nanosecond, 39960937 * time.Nanosecond},
		{200, 100, 3, 218750 * time.Microsecond, 3218750 * time.Microsecond},
		{100, 100, 3, 609375 * time.Microsecond, 3609375 * time.Microsecond},
		{100, 100, 1, 609375 * time.Microsecond, 1609375 * time.Microsecond},
		{100, 100, 10, 609375 * time.Microsecond, 10609375 * time.Microsecond},
		{0, 100, 3, time.Second, 4 * time.Second}, // no router runs at 0; the formula does not mind
		{1, 4095, 3, 40790039062 * time.Nanosecond, 163640039062 * time.Nanosecond},
		{255, 4095, 3, 159960937 * time.Nanosecond, 123009960937 * time.Nanosecond},
	}
	for _, test := range tests {
		if got := SkewTime(test.priority, test.interval); got != test.skew {
			t.Errorf("SkewTime(%d, %v) = %v, want %v", test.priority, test.interval, got, test.skew)
		}
		if got := ActiveDownInterval(test.priority, test.interval, test.downAdverts); got != test.down {
			t.Errorf("ActiveDownInterval(%d, %v, %d) = %v, want %v",
				test.priority, test.interval, test.downAdverts, got, test.down)
		}
	}
}

// exactSkew is the RFC's formula in whole numbers of any size, cut to the nanosecond.
func exactSkew(priority uint8, interval Centiseconds) *big.Int {
	skew := big.NewInt(256 - int64(priority))
	skew.Mul(skew, big.NewInt(int64(interval)))
	skew.Mul(skew, big.NewInt(10_000_000)) // nanoseconds in a centisecond
	return skew.Div(skew, big.NewInt(256))
}

// All 255 priorities at all 4095 intervals are a million pairs: few enough to try each.
func TestTimersOfEveryPriorityAndInterval(t *testing.T) {
	for interval := MinInterval; interval <= MaxInterval; interval++ {
		before := interval.Duration() // priority 0 would have all of the interval
		for priority := 1; priority <= 255; priority++ {
			skew := SkewTime(uint8(priority), interval)
			if skew <= 0 || skew >= before {
				t.Fatalf("SkewTime(%d, %v) = %v, want above 0 and below the %v of the priority before",
					priority, interval, skew, before)
			}
			before = skew
			if down := ActiveDownInterval(uint8(priority), interval, 3); down != 3*interval.Duration()+skew {
				t.Fatalf("ActiveDownInterval(%d, %v, 3) = %v, want 3 intervals and %v", priority, interval, down, skew)
			}
		}
	}
}

func TestSkewTimeIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		priority := rapid.Uint8().Draw(t, "priority")
		interval := Centiseconds(rapid.Uint16Range(1, 4095).Draw(t, "interval"))
		if got, want := SkewTime(priority, interval), exactSkew(priority, interval); want.Cmp(big.NewInt(int64(got))) != 0 {
			t.Errorf("SkewTime(%d, %v) = %d ns, want %d ns", priority, interval, got, want)
		}
	})
}

func TestQuickInterval(t *testing.T) {
	tests := []struct {
		name   string
		own    Centiseconds
		others int
		gap    uint8
		want   Centiseconds
		ok     bool
	}{
		{"nobody else", 100, 0, 0, 0, false},
		{"a count that cannot be", 100, -1, 10, 0, false},
		{"one other", 100, 1, 0, 1, true},
		{"one other, whatever the gap", 100, 1, 10, 1, true},
		{"one other, at 2 centiseconds", 2, 1, 0, 1, true},
		{"one other, at 1 centisecond already", 1, 1, 0, 1, false},
		{"two others of equal priority", 100, 2, 0, 0, false},
		{"two others, gap 1", 200, 2, 1, 128, true},
		{"two others, gap 1, at 1 s", 100, 2, 1, 128, false},
		{"two others, gap 2", 100, 2, 2, 64, true},
		{"two others, gap 3", 100, 2, 3, 43, true}, // 42.7
		{"two others, gap 10", 100, 2, 10, 13, true},
		{"two others, gap 10, at 14 centiseconds", 14, 2, 10, 13, true},
		{"two others, gap 10, at 13 centiseconds", 13, 2, 10, 13, false},
		{"two others, gap 10, at 10 ms", 1, 2, 10, 13, false},
		{"many others, gap 10", 100, 9, 10, 13, true},
		{"two others, gap 127", 100, 2, 127, 2, true}, // 1.01
		{"two others, gap 128", 100, 2, 128, 2, true}, // 1.0: the least with several others is 2
		{"two others, gap 255", 100, 2, 255, 2, true}, // 0.5
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, ok := QuickInterval(test.own, test.others, test.gap)
			if ok != test.ok || ok && got != test.want {
				t.Errorf("QuickInterval(%v, %d, %d) = %d, %v, want %d, %v",
					test.own, test.others, test.gap, uint16(got), ok, uint16(test.want), test.ok)
			}
		})
	}
}

// What the quick interval is for: it is shorter than the router's own, neighbours are 5 ms apart, and a centisecond less
// would not do.
func TestQuickIntervalSpacesNeighbours(t *testing.T) {
	apart := func(interval Centiseconds, gap uint8) time.Duration {
		return SkewTime(100, interval) - SkewTime(100+gap, interval)
	}
	for own := MinInterval; own <= MaxInterval; own++ {
		for gap := uint8(1); gap <= 150; gap++ {
			quick, ok := QuickInterval(own, 2, gap)
			if !ok {
				if shorter := own - 1; shorter > MinInterval && apart(shorter, gap) >= 5*time.Millisecond {
					t.Fatalf("own %v, gap %d: not ok, but %v spaces neighbours", own, gap, shorter)
				}
				continue
			}
			if !quick.Valid() || quick >= own {
				t.Fatalf("own %v, gap %d: quick = %v", own, gap, quick)
			}
			if got := apart(quick, gap); got < 5*time.Millisecond {
				t.Fatalf("own %v, gap %d: neighbours are %v apart at %v", own, gap, got, quick)
			}
			if less := quick - 1; less > MinInterval && apart(less, gap) >= 5*time.Millisecond {
				t.Fatalf("own %v, gap %d: %v spaces neighbours, %v was chosen", own, gap, less, quick)
			}
		}
	}
}
