package tracker

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// at is an instant of a test, so many milliseconds after its beginning.
func at(ms int) time.Time { return time.Unix(1000, 0).Add(time.Duration(ms) * time.Millisecond) }

// passed is a result of a test: when it came, and whether the check passed.
type passed struct {
	ms    int
	ok    bool
	extra bool // not one of the interval
}

func TestJudge(t *testing.T) {
	const ok, bad = true, false
	tests := []struct {
		name    string
		rules   rules
		initial Initial
		results []passed
		want    []State // after each result
	}{
		{
			name: "the first result decides, a pass", rules: rules{rise: 3, fall: 3},
			results: []passed{{0, ok, false}}, want: []State{Up},
		},
		{
			name: "the first result decides, a failure", rules: rules{rise: 3, fall: 3, damping: time.Hour, debounce: time.Hour},
			results: []passed{{0, bad, false}}, want: []State{Down},
		},
		{
			name: "fall counts failures in a row", rules: rules{rise: 1, fall: 3},
			results: []passed{{0, ok, false}, {1, bad, false}, {2, bad, false}, {3, ok, false}, {4, bad, false}, {5, bad, false}, {6, bad, false}},
			want:    []State{Up, Up, Up, Up, Up, Up, Down},
		},
		{
			name: "rise counts passes in a row", rules: rules{rise: 2, fall: 1},
			results: []passed{{0, bad, false}, {1, ok, false}, {2, bad, false}, {3, ok, false}, {4, ok, false}},
			want:    []State{Down, Down, Down, Down, Up},
		},
		{
			name: "counted as up until the first result", rules: rules{rise: 1, fall: 2}, initial: InitialUp,
			results: []passed{{0, bad, false}, {1, bad, false}}, want: []State{Up, Down},
		},
		{
			name: "counted as down until the first result", rules: rules{rise: 2, fall: 1}, initial: InitialDown,
			results: []passed{{0, ok, false}, {1, ok, false}}, want: []State{Down, Up},
		},
		{
			name: "damping begins with the first pass, and a failure ends it", rules: rules{rise: 2, fall: 1, damping: 100 * time.Millisecond},
			results: []passed{{0, bad, false}, {10, ok, false}, {109, ok, false}, {109, bad, false}, {120, ok, false}, {219, ok, false}, {220, ok, false}},
			want:    []State{Down, Down, Down, Down, Down, Down, Up},
		},
		{
			name: "damping is over and rise is not", rules: rules{rise: 3, fall: 1, damping: 100 * time.Millisecond},
			results: []passed{{0, bad, false}, {10, ok, false}, {200, ok, false}, {300, ok, false}}, want: []State{Down, Down, Down, Up},
		},
		{
			name: "damping never delays a failure", rules: rules{rise: 1, fall: 1, damping: time.Hour},
			results: []passed{{0, ok, false}, {1, bad, false}}, want: []State{Up, Down},
		},
		{
			name: "an extra one begins a streak, and does not make it longer", rules: rules{rise: 2, fall: 3},
			results: []passed{{0, ok, false}, {1, bad, true}, {2, bad, true}, {3, bad, true}, {4, bad, false}, {5, bad, true}, {6, bad, false}, {7, ok, true}, {8, ok, true}, {9, bad, true}, {10, ok, false}, {11, ok, false}},
			want:    []State{Up, Up, Up, Up, Up, Up, Down, Down, Down, Down, Down, Up},
		},
		{
			name: "an extra one decides where one is enough, and after the damping", rules: rules{rise: 1, fall: 1, damping: 100 * time.Millisecond},
			results: []passed{{0, ok, false}, {1, bad, true}, {2, ok, true}, {101, ok, true}, {102, ok, true}},
			want:    []State{Up, Down, Down, Down, Up},
		},
		{
			name: "debounce delays both ways", rules: rules{rise: 1, fall: 1, debounce: 100 * time.Millisecond},
			results: []passed{{0, ok, false}, {10, bad, false}, {109, bad, false}, {110, bad, false}, {120, ok, false}, {219, ok, false}, {220, ok, false}},
			want:    []State{Up, Up, Up, Down, Down, Down, Up},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			j := newJudge(test.rules, test.initial)
			var got []State
			for _, r := range test.results {
				j.take(at(r.ms), r.ok, r.extra)
				got = append(got, j.state)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("states (-want +got):\n%s", diff)
			}
		})
	}
}

func TestJudgeDespairsUntilTheFirstResult(t *testing.T) {
	j := newJudge(rules{rise: 5, fall: 5}, InitialWait)
	if j.state != Pending {
		t.Errorf("it is %v before the first result", j.state)
	}
	j.despair()
	if j.state != Down {
		t.Errorf("it is %v without a result", j.state)
	}
	j.take(at(0), true, false)
	if j.state != Up {
		t.Errorf("it is %v after the first result: that one has to decide alone", j.state)
	}
}

func TestJudgeSaysWhenAChangeIsRipe(t *testing.T) {
	j := newJudge(rules{rise: 1, fall: 1, damping: 50 * time.Millisecond, debounce: 20 * time.Millisecond}, InitialWait)
	steps := []struct {
		passed
		want time.Time
	}{
		{passed{0, true, false}, time.Time{}},
		{passed{10, false, false}, at(30)},
		{passed{15, false, false}, at(30)},
		{passed{20, true, false}, time.Time{}},
		{passed{25, false, false}, at(45)},
		{passed{45, false, false}, time.Time{}}, // it is down
		{passed{50, true, false}, at(100)},
		{passed{99, true, false}, at(100)},
		{passed{100, true, false}, time.Time{}},
	}
	for _, s := range steps {
		j.take(at(s.ms), s.ok, s.extra)
		if got := j.ripe(at(s.ms)); !got.Equal(s.want) {
			t.Errorf("after %+v it is ripe at %v, want %v", s.passed, got, s.want)
		}
	}
	j = newJudge(rules{rise: 9, fall: 1, damping: time.Millisecond}, InitialDown)
	for ms := range 8 {
		j.take(at(ms), true, false)
	}
	if got := j.ripe(at(8)); !got.IsZero() {
		t.Errorf("ripe at %v, and only the number is missing: it would be looked at again at once, for ever", got)
	}
}

// slowJudge is the rules as they are told: it keeps every result, and looks at all of them each time.
func slowJudge(r rules, i Initial, results []passed) State {
	state := map[Initial]State{InitialUp: Up, InitialDown: Down}[i]
	for n := range results {
		state = slowStep(r, state, results[:n+1])
	}
	return state
}

// slowStep is the state after the last of the results.
func slowStep(r rules, before State, results []passed) State {
	last := results[len(results)-1]
	want, need, wait := Down, r.fall, r.debounce
	if last.ok {
		want, need, wait = Up, r.rise, max(r.damping, r.debounce)
	}
	if before == Pending || before == want {
		return want
	}
	first, extra := len(results)-1, 0
	for first > 0 && results[first-1].ok == last.ok {
		if results[first].extra {
			extra++
		}
		first--
	}
	if len(results)-first-extra >= need && at(last.ms).Sub(at(results[first].ms)) >= wait {
		return want
	}
	return before
}

func TestJudgeIsTheSlowOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pause := rapid.SampledFrom([]time.Duration{0, 0, time.Millisecond, 7 * time.Millisecond, 30 * time.Millisecond})
		r := rules{
			rise: rapid.IntRange(1, 4).Draw(t, "rise"), fall: rapid.IntRange(1, 4).Draw(t, "fall"),
			damping: pause.Draw(t, "damping"), debounce: pause.Draw(t, "debounce"),
		}
		initial := rapid.SampledFrom([]Initial{InitialWait, InitialUp, InitialDown}).Draw(t, "initial")
		j := newJudge(r, initial)
		var results []passed
		ms, ok := 0, true
		for range rapid.IntRange(1, 60).Draw(t, "results") {
			ms += rapid.IntRange(0, 10).Draw(t, "pause")
			if rapid.IntRange(0, 3).Draw(t, "turn") == 0 {
				ok = !ok
			}
			extra := rapid.Bool().Draw(t, "extra")
			results = append(results, passed{ms, ok, extra})
			ripe := j.ripe(at(ms - 1))
			before := j.state
			j.take(at(ms), ok, extra)
			if want := slowJudge(r, initial, results); j.state != want {
				t.Fatalf("it is %v after %v, want %v", j.state, results, want)
			}
			if j.state != before && len(results) > 1 && ripe.After(at(ms)) {
				t.Fatalf("it changed at %v, and said it would not before %v", at(ms), ripe)
			}
		}
	})
}
