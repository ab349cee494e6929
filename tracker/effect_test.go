package tracker

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// looker knows the statuses of a test.
func looker(list ...Status) func(string) Status {
	return func(name string) Status {
		for _, s := range list {
			if s.Name == name {
				return s
			}
		}
		return Status{}
	}
}

func TestWeigh(t *testing.T) {
	up := func(name string) Status { return Status{Name: name, State: Up} }
	down := func(name string) Status { return Status{Name: name, State: Down} }
	number := func(name string, n int) Status {
		s := Status{Name: name, State: Up, Numeric: true, Value: n}
		if n != 0 {
			s.State = Down
		}
		return s
	}
	loss := func(name string) Effect { return Effect{Tracker: name} }
	fault := func(name string) Effect { return Effect{Tracker: name, Mode: ModeFault} }
	weight := func(name string, w int) Effect { return Effect{Tracker: name, Mode: ModeWeight, Weight: w} }

	tests := []struct {
		name     string
		base     uint8
		effects  []Effect
		statuses []Status
		want     uint8
		fault    string
		pending  bool
	}{
		{name: "nothing is tracked", base: 200, want: 200},
		{name: "all is well", base: 200, effects: []Effect{loss("a"), fault("b"), weight("c", -30)}, statuses: []Status{up("a"), up("b"), up("c")}, want: 200},
		{name: "failing without a weight takes 101", base: 200, effects: []Effect{loss("a")}, statuses: []Status{down("a")}, want: 99},
		{name: "and takes it once", base: 200, effects: []Effect{loss("a"), loss("b"), loss("c")}, statuses: []Status{down("a"), up("b"), down("c")}, want: 99},
		{name: "not below 1", base: 100, effects: []Effect{loss("a")}, statuses: []Status{down("a")}, want: 1},
		{name: "a negative weight counts while it is down", base: 200, effects: []Effect{weight("a", -30)}, statuses: []Status{down("a")}, want: 170},
		{name: "a positive one while it is up", base: 100, effects: []Effect{weight("a", 30), weight("b", 7)}, statuses: []Status{up("a"), down("b")}, want: 130},
		{name: "weights add up, with the loss", base: 200, effects: []Effect{weight("a", -30), weight("b", -20), loss("c")}, statuses: []Status{down("a"), down("b"), down("c")}, want: 49},
		{name: "not above 254", base: 200, effects: []Effect{weight("a", 253)}, statuses: []Status{up("a")}, want: 254},
		{name: "bounds come last", base: 200, effects: []Effect{weight("a", -253), weight("b", 100)}, statuses: []Status{down("a"), up("b")}, want: 47},
		{name: "the owner keeps 255", base: 255, effects: []Effect{loss("a"), weight("b", -30)}, statuses: []Status{down("a"), down("b")}, want: 255},
		{name: "but a fault is one", base: 255, effects: []Effect{fault("a")}, statuses: []Status{down("a")}, want: 255, fault: "a"},
		{name: "a fault takes nothing", base: 200, effects: []Effect{fault("a"), fault("b")}, statuses: []Status{up("a"), down("b")}, want: 200, fault: "b"},
		{name: "the first fault is named", base: 200, effects: []Effect{fault("a"), fault("b")}, statuses: []Status{down("a"), down("b")}, want: 200, fault: "a"},
		{name: "what is pending does nothing", base: 200, effects: []Effect{loss("a"), weight("b", 30)}, statuses: []Status{{Name: "a"}}, want: 200, pending: true},
		{name: "a number times the weight", base: 200, effects: []Effect{weight("a", -2)}, statuses: []Status{number("a", 15)}, want: 170},
		{name: "the number 0", base: 200, effects: []Effect{weight("a", 5)}, statuses: []Status{number("a", 0)}, want: 200},
		{name: "a negative number", base: 100, effects: []Effect{weight("a", -1)}, statuses: []Status{number("a", -20)}, want: 120},
		{name: "a huge number", base: 100, effects: []Effect{weight("a", 253), weight("b", -153)}, statuses: []Status{number("a", maxNumber), down("b")}, want: 200},
		{name: "a number without a weight", base: 200, effects: []Effect{loss("a")}, statuses: []Status{number("a", 3)}, want: 99},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := Weigh(test.base, test.effects, looker(test.statuses...))
			if got.Base != test.base || got.Effective != test.want || got.Fault != test.fault || got.Pending != test.pending {
				t.Errorf("got %+v, want %d, fault %q, pending %v", got, test.want, test.fault, test.pending)
			}
			if len(got.Parts) != len(test.effects) {
				t.Errorf("%d parts of %d effects", len(got.Parts), len(test.effects))
			}
		})
	}
}

func TestWeighGivesReasons(t *testing.T) {
	a := Effect{Tracker: "a"}
	b := Effect{Tracker: "b", Mode: ModeWeight, Weight: -30}
	got := Weigh(200, []Effect{a, b}, looker(
		Status{Name: "a", State: Down, Text: "exit status 1"}, Status{Name: "b", State: Down, Text: "no answer from 192.0.2.254"}))
	want := Priority{Base: 200, Effective: 69, Parts: []Part{
		{Effect: a, State: Down, Delta: -101, Text: "exit status 1"},
		{Effect: b, State: Down, Delta: -30, Text: "no answer from 192.0.2.254"},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("weigh (-want +got):\n%s", diff)
	}
}

// TestTheOrderStaysWhenAllFail is what makes a bare name in `track` safe: of nodes in the order of the file, one that
// fails loses to every healthy one, and where all fail nobody less preferred is before one that is more so.
func TestTheOrderStaysWhenAllFail(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		nodes := rapid.IntRange(1, 10).Draw(t, "nodes")
		failing := rapid.SliceOfN(rapid.Bool(), nodes, nodes).Draw(t, "failing")
		last := [2]int{255, 255} // the effective priority of the last healthy one, and of the last that fails
		lowestHealthy, highestFailing := 255, 0
		for i, down := range failing {
			state, kind := Up, 0
			if down {
				state, kind = Down, 1
			}
			p := int(Weigh(uint8(200-10*i), []Effect{{Tracker: "a"}}, looker(Status{Name: "a", State: state})).Effective)
			if p > last[kind] {
				t.Fatalf("node %d has %d, and one that is less preferred had %d", i, p, last[kind])
			}
			last[kind] = p
			if down {
				highestFailing = max(highestFailing, p)
			} else {
				lowestHealthy = min(lowestHealthy, p)
			}
		}
		if highestFailing >= lowestHealthy {
			t.Fatalf("one that fails has %d, a healthy one %d", highestFailing, lowestHealthy)
		}
	})
}

func TestWordsOfEnums(t *testing.T) {
	words := map[string]string{
		Pending.String(): "pending", Up.String(): "up", Down.String(): "down", State(9).String(): "invalid",
		ModeLoss.String(): "loss", ModeWeight.String(): "weight", ModeFault.String(): "fault", Mode(9).String(): "invalid",
		InitialWait.String(): "wait", InitialUp.String(): "up", InitialDown.String(): "down", Initial(9).String(): "invalid",
		FileExists.String(): "exists", FileAbsent.String(): "absent", FileNumber.String(): "number", FileWant(9).String(): "invalid",
	}
	for got, want := range words {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestKindsAreNamedAsInTheFile(t *testing.T) {
	kinds := map[string]Kind{
		"script": Script{}, "http": HTTP{}, "tcp": TCP{}, "ping": Ping{}, "process": Process{}, "file": File{},
		"interface": Interface{}, "haproxy": HAProxy{}, "systemd": Systemd{},
	}
	for want, kind := range kinds {
		if got := kind.KindName(); got != want {
			t.Errorf("%T is %q, want %q", kind, got, want)
		}
	}
}
