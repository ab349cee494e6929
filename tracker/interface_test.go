package tracker

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

func linkUp(names ...string) Link { return Link{Names: names, Up: true, Carrier: true} }

func TestInterface(t *testing.T) {
	tests := []struct {
		name  string
		links []Link
		want  Result
	}{
		{"up", []Link{linkUp("lo"), linkUp("eth1")}, Result{OK: true, Text: "eth1 is up"}},
		{"by its altname", []Link{linkUp("ens5", "enp0s5", "eth1")}, Result{OK: true, Text: "eth1 is up"}},
		{"down", []Link{{Names: []string{"eth1"}}}, Result{Text: "eth1 is down"}},
		{"down, with a carrier", []Link{{Names: []string{"eth1"}, Carrier: true}}, Result{Text: "eth1 is down"}},
		{"no carrier", []Link{{Names: []string{"eth1"}, Up: true}}, Result{Text: "eth1 has no carrier"}},
		{"none of the name", []Link{linkUp("eth10"), linkUp("eth")}, Result{Text: "there is no interface eth1"}},
		{"none at all", nil, Result{Text: "there is no interface eth1"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			table := newLinkTable()
			p := newInterfaceProbe(Interface{Name: "eth1"}, table, func() {})
			defer p.close()
			table.set(test.links)
			if got := p.check(t.Context()); got != test.want {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
		})
	}
}

func TestInterfaceWaitsUntilInterfacesAreKnown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		table := newLinkTable()
		p := newInterfaceProbe(Interface{Name: "eth1"}, table, func() {})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if got, want := p.check(ctx), (Result{Text: "the interfaces of this host are not known yet"}); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
		answer := make(chan Result)
		go func() { answer <- p.check(t.Context()) }()
		time.Sleep(time.Hour)
		select {
		case r := <-answer:
			t.Fatalf("an answer before anything is known: %+v", r)
		default:
		}
		table.set([]Link{linkUp("eth1")})
		if got := <-answer; !got.OK {
			t.Errorf("got %+v", got)
		}
	})
}

func TestInterfacesWakeOnlyWhenSomethingChanged(t *testing.T) {
	table := newLinkTable()
	wakes := 0
	p := newInterfaceProbe(Interface{Name: "eth1"}, table, func() { wakes++ })
	steps := []struct {
		links []Link
		want  int
	}{
		{nil, 1},
		{nil, 1},
		{[]Link{linkUp("eth1")}, 2},
		{[]Link{linkUp("eth1")}, 2},
		{[]Link{{Names: []string{"eth1"}, Up: true}}, 3},
		{[]Link{{Names: []string{"eth1"}}}, 4},
		{[]Link{{Names: []string{"eth1", "lan"}}}, 5},
	}
	for i, s := range steps {
		if table.set(s.links); wakes != s.want {
			t.Errorf("step %d: %d wakes, want %d", i, wakes, s.want)
		}
	}
	p.close()
	if table.set(nil); wakes != 5 {
		t.Error("a closed probe was woken")
	}
}

// TestManagerFollowsAnInterface goes the whole way, with a debounce that is no multiple of the interval.
func TestManagerFollowsAnInterface(t *testing.T) {
	play(t, func(t *testing.T, s *scene) {
		eth1 := func(debounce time.Duration) []Spec {
			return []Spec{spec("uplink", func(s *Spec) { s.Kind = Interface{Name: "eth1", Debounce: debounce} }, every(10*time.Second))}
		}
		down := []Link{{Names: []string{"eth1"}, Up: true}}
		s.m.Configure(eth1(0))
		s.quiet(500*time.Millisecond, "no interface is known")
		s.m.Links([]Link{linkUp("eth1")})
		s.want("at once", "uplink up: eth1 is up")
		time.Sleep(100 * time.Millisecond)
		s.m.Links(down)
		time.Sleep(2 * time.Millisecond)
		s.want("at once", "uplink down: eth1 has no carrier")

		s.m.Configure(eth1(300 * time.Millisecond))
		s.quiet(time.Second, "the state is kept")
		for range 20 {
			s.m.Links([]Link{linkUp("eth1")})
			time.Sleep(200 * time.Millisecond)
			s.m.Links(down)
			time.Sleep(50 * time.Millisecond)
		}
		s.want("it never lasts")
		s.m.Links([]Link{linkUp("eth1")})
		s.quiet(200*time.Millisecond, "it may not last")
		s.m.Configure(eth1(400 * time.Millisecond))
		s.quiet(190*time.Millisecond, "it has to last for longer now, and what it lasted counts")
		time.Sleep(20 * time.Millisecond)
		s.want("it lasts, and nothing else had to happen", "uplink up: eth1 is up")
	})
}
