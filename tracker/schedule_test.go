package tracker

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestFirstChecksAreSpread(t *testing.T) {
	tests := []struct {
		n         int
		gap, last time.Duration
	}{
		{1, 0, 0},
		{2, 2 * time.Millisecond, 2 * time.Millisecond},
		{500, 2 * time.Millisecond, 998 * time.Millisecond},
		{5000, 200 * time.Microsecond, 999800 * time.Microsecond},
	}
	for _, test := range tests {
		got := firsts(at(0), test.n)
		if len(got) != test.n || !got[0].Equal(at(0)) {
			t.Fatalf("%d first checks from %v", len(got), got[0])
		}
		for i := 1; i < len(got); i++ {
			if gap := got[i].Sub(got[i-1]); gap != test.gap {
				t.Fatalf("check %d of %d is %v after the one before, want %v", i, test.n, gap, test.gap)
			}
		}
		if last := got[test.n-1].Sub(at(0)); last != test.last {
			t.Errorf("the last of %d is after %v, want %v", test.n, last, test.last)
		}
	}
	if got := firsts(at(0), 0); len(got) != 0 {
		t.Errorf("first checks of nothing: %v", got)
	}
}

// TestPhasesAreEven wants of any run of neighbours in the sequence that no two stand close, and that no gap is wide.
func TestPhasesAreEven(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 1000).Draw(t, "n")
		from := rapid.Uint64Range(0, 1<<40).Draw(t, "from")
		interval := time.Duration(rapid.Int64Range(int64(shortestInterval), int64(time.Hour)).Draw(t, "interval"))
		phases := make([]time.Duration, n)
		for i := range phases {
			phases[i] = newGrid(at(0), from+uint64(i), interval).base.Sub(at(0))
		}
		slices.Sort(phases)
		even := float64(interval) / float64(n)
		for i, p := range phases {
			if p < 0 || p >= interval {
				t.Fatalf("a phase of %v in an interval of %v", p, interval)
			}
			gap := interval - p + phases[0]
			if i+1 < n {
				gap = phases[i+1] - p
			}
			if float64(gap) < even*0.35 || float64(gap) > even*2.7 {
				t.Fatalf("of %d in %v two are %v apart, and evenly it were %v", n, interval, gap, time.Duration(even))
			}
		}
	})
}

func TestGridAfter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		interval := time.Duration(rapid.Int64Range(1, 50).Draw(t, "interval"))
		g := grid{base: at(0).Add(time.Duration(rapid.Int64Range(-200, 200).Draw(t, "base"))), interval: interval}
		now := at(0).Add(time.Duration(rapid.Int64Range(-200, 200).Draw(t, "now")))
		want := g.base.Add(-1000 * interval) // the slow way: step by step
		for !want.After(now) {
			want = want.Add(interval)
		}
		if got := g.after(now); !got.Equal(want) {
			t.Fatalf("after %v comes %v, want %v", now, got, want)
		}
	})
}

// newTiming has its first check at 0, and its grid at 30, 130, 230 …
func newTiming() timing {
	return timing{grid: grid{base: at(30), interval: 100 * time.Millisecond}, next: at(0)}
}

func TestTiming(t *testing.T) {
	const (
		bring = iota
		take
		busy // take while a check is out
		back // it has come back
	)
	type step struct {
		what, ms int
		want     turn
		due      int
	}
	tests := []struct {
		name  string
		steps []step
	}{
		{"the first, then on the grid, not at once", []step{
			{take, 0, turnCheck, 130}, {take, 130, turnCheck, 230}, {take, 229, turnNone, 230}, {take, 230, turnCheck, 330},
		}},
		{"a late one does not shift the grid", []step{
			{take, 0, turnCheck, 130}, {take, 150, turnCheck, 230}, {take, 231, turnCheck, 330},
		}},
		{"after one that was very late the next is not close", []step{
			{take, 0, turnCheck, 130}, {take, 190, turnCheck, 330},
		}},
		{"late by an interval waits for its place, and only once", []step{
			{take, 0, turnCheck, 130}, {take, 999, turnNone, 1030}, {take, 1500, turnCheck, 1630}, {take, 2000, turnNone, 2030},
		}},
		{"missed while one is out, and not made up for", []step{
			{take, 0, turnCheck, 130},
			{busy, 129, turnNone, 130},
			{busy, 135, turnMissed, 230},
			{busy, 230, turnMissed, 330},
			{take, 250, turnNone, 330},
			{take, 330, turnCheck, 430},
		}},
		{"made up for where it is missed by a little, without a shift of the grid", []step{
			{take, 0, turnCheck, 130},
			{take, 130, turnCheck, 230},
			{busy, 232, turnMissed, 330},
			{back, 240, 0, 240},
			{take, 241, turnCheck, 330},
			{busy, 330, turnMissed, 430},
			{back, 341, 0, 430},
			{take, 430, turnCheck, 530},
		}},
		{"nothing to make up for", []step{
			{take, 0, turnCheck, 130}, {back, 125, 0, 130}, {take, 130, turnCheck, 230}, {back, 135, 0, 230},
		}},
		{"brought forward, beside the grid", []step{
			{take, 0, turnCheck, 130}, {bring, 50, 0, 50}, {take, 49, turnNone, 50}, {take, 50, turnExtra, 130}, {take, 130, turnCheck, 230},
		}},
		{"brought forward at most every 10 ms", []step{
			{take, 0, turnCheck, 130},
			{bring, 50, 0, 50},
			{take, 50, turnExtra, 130},
			{bring, 51, 0, 60},
			{bring, 52, 0, 60},
			{take, 60, turnExtra, 130},
			{bring, 61, 0, 70},
			{take, 69, turnNone, 70},
		}},
		{"the earlier of two wishes", []step{
			{take, 0, turnCheck, 130}, {bring, 90, 0, 90}, {bring, 40, 0, 40}, {bring, 60, 0, 40}, {take, 40, turnExtra, 130},
		}},
		{"a wish is for later than the grid", []step{
			{take, 0, turnCheck, 130}, {bring, 160, 0, 130}, {take, 130, turnCheck, 230},
		}},
		{"a wish waits for the check that is out", []step{
			{take, 0, turnCheck, 130}, {bring, 20, 0, 20}, {busy, 40, turnNone, 20}, {take, 50, turnExtra, 130},
		}},
		{"a wish is not put off after a pause", []step{
			{take, 0, turnCheck, 130}, {bring, 500, 0, 130}, {take, 900, turnCheck, 1030},
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			tm := newTiming()
			for i, s := range test.steps {
				got := turnNone
				switch s.what {
				case bring:
					tm.bringForward(at(s.ms))
				case back:
					tm.back(at(s.ms))
				default:
					got = tm.advance(at(s.ms), s.what == busy)
				}
				if got != s.want {
					t.Fatalf("step %d: turn %d, want %d", i, got, s.want)
				}
				if due := tm.due(false); !due.Equal(at(s.due)) {
					t.Fatalf("step %d: due after %v, want %v", i, due.Sub(at(0)), at(s.due).Sub(at(0)))
				}
			}
		})
	}
}

func TestTimingOfOneThatIsBusyWaitsForTheGrid(t *testing.T) {
	tm := newTiming()
	tm.advance(at(0), false)
	tm.bringForward(at(20))
	if due := tm.due(true); !due.Equal(at(130)) {
		t.Errorf("due at %v: the manager would turn in a circle until the check is back", due)
	}
}

// TestTimingNeverStopsAndNeverHurries drives a timing with wakes at random times and asserts what it promises.
func TestTimingNeverStopsAndNeverHurries(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tm, ms := newTiming(), 0
		brought, wished := []int{}, false
		idle := 0 // turns that were due and started nothing
		for range rapid.IntRange(1, 80).Draw(t, "steps") {
			if rapid.Bool().Draw(t, "wish") {
				tm.bringForward(at(ms))
				wished = true
			}
			if rapid.IntRange(0, 9).Draw(t, "late") == 0 {
				ms += rapid.IntRange(0, 1000).Draw(t, "pause")
			}
			if due := int(tm.due(false).Sub(at(0)).Milliseconds()); due > ms {
				ms = due
			}
			regular := !at(ms).Before(tm.next)
			got := tm.advance(at(ms), false)
			if got == turnNone {
				if idle++; idle > 1 {
					t.Fatal("two turns in a row started nothing")
				}
				continue
			}
			idle = 0
			if got == turnExtra == regular {
				t.Fatalf("turn %d at %d, where a regular one is due: %t", got, ms, regular)
			}
			if !regular {
				if !wished {
					t.Fatalf("a check at %d that nobody asked for", ms)
				}
				brought = append(brought, ms)
			}
			wished = false
			if next := tm.due(false); !next.After(at(ms)) {
				t.Fatalf("the next is due at %v, not after this one", next)
			}
		}
		for i := 1; i < len(brought); i++ {
			if brought[i]-brought[i-1] < int(earlyGap.Milliseconds()) {
				t.Fatalf("brought forward at %v", brought)
			}
		}
	})
}
