package service

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aloft-ha/aloft/internal/config"
)

// entriesOf makes entries of words: the name, then letters. r running, d doubtful, else stopped; f fresh; m without a
// status; k stuck; x removed from the configuration.
func entriesOf(text string) (list []*entry) {
	for _, word := range strings.Fields(text) {
		name, letters, _ := strings.Cut(word, ":")
		e := &entry{configured: true, service: services(name)[0]}
		for _, letter := range letters {
			switch letter {
			case 'r':
				e.state = running
			case 'd':
				e.state = doubtful
			case 'f':
				e.fresh = true
			case 'm':
				e.service.Status = nil
			case 'k':
				e.stuck = true
			case 'x':
				e.configured = false
			}
		}
		list = append(list, e)
	}
	return list
}

func stepText(v verb, e *entry) string {
	if e == nil {
		return v.String()
	}
	return v.String() + " " + e.service.Name
}

func TestNext(t *testing.T) {
	for _, tt := range []struct {
		why, entries string
		goal         goal
		want         string
	}{
		{"nothing is to run", "", goalUp, "rest"},
		{"nothing is to stop", "", goalDown, "rest"},

		{"the status comes first", "a b", goalUp, "ask a"},
		{"what does not run is started", "a:f b", goalUp, "start a"},
		{"what runs is not", "a:rf b", goalUp, "ask b"},
		{"all run", "a:rf b:rf", goalUp, "rest"},
		{"what was believed to run is asked again", "a:r", goalUp, "ask a"},
		{"without a status it is started", "a:m", goalUp, "start a"},
		{"without a status it runs once it was started", "a:rm b", goalUp, "ask b"},
		{"a new one in the middle waits for those after it", "a:rf b:f c:r", goalUp, "ask to stop c"},
		{"which are stopped", "a:rf b:f c:rf", goalUp, "stop c"},
		{"from the end", "a:rf b:f c:rm d:rm", goalUp, "stop d"},
		{"before it is started", "a:rf b:f c:f d", goalUp, "start b"},
		{"the remains of a cancelled start are stopped", "a:rf b:d", goalUp, "stop b"},
		{"a removed one is stopped", "a:rf x:rx c:rf", goalUp, "ask to stop x"},
		{"and the one that comes for it waits", "a:rf x:rfx y:f", goalUp, "stop x"},
		{"a replaced one is stopped after those after it", "a:rf x:rfx y:f c:rf", goalUp, "stop c"},
		{"a removed one that will not stop holds nobody up", "a:rf x:rfxk y:f", goalUp, "start y"},

		{"only what is known to run is undone", "a:rf b:d c", goalUndo, "stop b"},
		{"in reverse", "a:rf b:f c", goalUndo, "stop a"},
		{"a stuck one is left", "a:rf b:dk c", goalUndo, "stop a"},
		{"nothing is left", "a:f b:dk c", goalUndo, "rest"},
		{"in an undo, too, the status comes first", "a:rf b:r", goalUndo, "ask to stop b"},

		{"down asks everybody, in reverse", "a b", goalDown, "ask to stop b"},
		{"down goes on", "a b:f", goalDown, "ask to stop a"},
		{"what runs is stopped", "a b:rf", goalDown, "stop b"},
		{"a stuck one does not keep the others", "a:r b:rfk", goalDown, "ask to stop a"},
		{"without a status it is stopped if it was started", "a:rm b:m", goalDown, "stop a"},
		{"the doubtful is stopped unasked", "a:d", goalDown, "stop a"},
		{"a removed one is stopped in its place", "a:rf x:rfx c:f", goalDown, "stop x"},
		{"down", "a:f b:f c:m x:xm", goalDown, "rest"},
	} {
		v, e := next(tt.goal, entriesOf(tt.entries))
		if got := stepText(v, e); got != tt.want {
			t.Errorf("%s: %s of %q is %q, want %q", tt.why, tt.goal, tt.entries, got, tt.want)
		}
	}
}

// every calls f with all lists of up to n entries.
func every(n int, f func(list []*entry)) {
	var kinds []entry
	for bits := range 3 * 16 {
		s := config.Service{Name: "s", Stop: line("stop", "s"), Start: line("start", "s"), Status: line("status", "s")}
		if bits&8 != 0 {
			s.Status = nil
		}
		kinds = append(kinds, entry{
			service: s, state: state(bits / 16), configured: bits&1 != 0, fresh: bits&2 != 0, stuck: bits&4 != 0,
		})
	}
	var grow func(prefix []entry)
	grow = func(prefix []entry) {
		list := make([]*entry, len(prefix))
		for i, e := range prefix {
			list[i] = &e
		}
		f(list)
		if len(prefix) == n {
			return
		}
		for _, kind := range kinds {
			grow(append(prefix[:len(prefix):len(prefix)], kind))
		}
	}
	grow(nil)
}

// The rules of the order, over every list of three: whatever is known, no step breaks them.
func TestNoStepBreaksTheOrder(t *testing.T) {
	lists := 0
	every(3, func(list []*entry) {
		for g := goalUp; g <= goalDown; g++ {
			lists++
			if g == goalUp && slices.ContainsFunc(list, func(e *entry) bool { return e.configured && e.stuck }) {
				continue // that has ended the attempt
			}
			v, e := next(g, list)
			if err := breaks(g, list, v, e); err != nil {
				t.Fatalf("%s: %s: %s: %v", g, describe(list), stepText(v, e), err)
			}
		}
	})
	if want := 3 * (1 + 48 + 48*48 + 48*48*48); lists != want {
		t.Errorf("%d lists, want %d", lists, want)
	}
}

// breaks says which rule a step breaks.
func breaks(g goal, list []*entry, v verb, e *entry) error {
	if (v == rest) != (e == nil) {
		return fmt.Errorf("a step without a service, or a service without a step")
	}
	if (v == askToRun || v == askToStop) && (!askable(e.service) || e.fresh) {
		return fmt.Errorf("it has no status, or was asked already")
	}
	if v == stop && e.state == stopped || (v == stop || v == askToStop) && e.stuck {
		return fmt.Errorf("it does not run, or would not stop")
	}
	if (v == stop) && e.state == running && !e.fresh && askable(e.service) {
		return fmt.Errorf("its status was not asked first")
	}
	behind := e == nil
	for _, other := range list {
		alive := other.state != stopped && !other.stuck
		known := other.state == running && (other.fresh || !askable(other.service))
		switch {
		case other == e:
			behind = true
		case v == start && other.configured && !behind && !known:
			return fmt.Errorf("one before it is not known to run")
		case v == start && behind && alive:
			return fmt.Errorf("one after it runs")
		case v == start && !other.configured && alive:
			return fmt.Errorf("a removed one runs")
		case v == stop && behind && alive && (g != goalUp || e.configured):
			return fmt.Errorf("one after it runs")
		case v == rest && g == goalUp && other.configured && !known:
			return fmt.Errorf("one is not known to run")
		case v == rest && alive && (g != goalUp || !other.configured):
			return fmt.Errorf("one is left")
		case v == rest && g == goalDown && other.configured && !other.stuck && other.asks():
			return fmt.Errorf("one was not asked")
		}
	}
	if v == start && (g != goalUp || !e.configured || e.state != stopped || e.asks()) {
		return fmt.Errorf("it is not to be started")
	}
	return nil
}

func describe(list []*entry) string {
	var words []string
	for _, e := range list {
		words = append(words, fmt.Sprintf("{%s configured=%t fresh=%t stuck=%t status=%t}",
			e.state, e.configured, e.fresh, e.stuck, askable(e.service)))
	}
	return strings.Join(words, " ")
}

// Whatever comes of the steps, under one wish they come to an end.
func TestEveryPlanEnds(t *testing.T) {
	answers := map[verb][]answer{
		askToRun:  {{ok: true}, {}, {between: true}, {err: errFake}},
		askToStop: {{ok: true}, {}, {between: true}, {err: errFake}},
		start:     {{ok: true}, {err: errFake}, {refused: true, err: errFake}},
		stop:      {{ok: true}, {err: errFake}},
	}
	var follow func(r *router, depth int)
	follow = func(r *router, depth int) {
		v, e := next(r.goal(), r.entries)
		if v == rest {
			return
		}
		if depth > 40 {
			t.Fatalf("no end: %s of %s", r.goal(), describe(r.entries))
		}
		for _, a := range answers[v] {
			twin := &router{wanted: true, up: r.up, failure: r.failure, stops: r.stops}
			var chosen *entry
			for _, other := range r.entries {
				c := *other
				twin.entries = append(twin.entries, &c)
				if other == e {
					chosen = &c
				}
			}
			twin.settle(v, chosen, a)
			follow(twin, depth+1)
		}
	}
	every(2, func(list []*entry) {
		for _, e := range list {
			if e.stuck || e.fresh {
				return // a wish begins with neither
			}
		}
		follow(&router{wanted: true, up: true, entries: list}, 0)
		follow(&router{wanted: true, entries: list}, 0)
	})
}
