package tracker

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestAReloadWithoutAChangeTouchesNothing(t *testing.T) {
	play(t, func(t *testing.T, s *scene) {
		s.m.Configure([]Spec{spec("a", falls(3)), spec("b")})
		time.Sleep(5500 * time.Millisecond)
		s.want("the first results", "a up: fine", "b up: fine")
		s.at("a").fail("refused")
		s.next("a")
		s.next("a")
		before := s.status("a")
		s.m.Configure([]Spec{spec("b"), spec("a", falls(3))})
		if diff := cmp.Diff(before, s.status("a")); diff != "" {
			t.Errorf("the status changed:\n%s", diff)
		}
		if n := len(s.at("a").checks()); n != len(s.at("b").checks()) {
			t.Errorf("a reload made %d checks of a, and %d of b", n, len(s.at("b").checks()))
		}
		s.want("nor is anything said")
		s.next("a")
		s.want("the failures before it count", "a down: refused")
		if s.at("a").closed != 0 {
			t.Error("the probe was closed")
		}
	})
}

func TestAReloadOfTheRulesKeepsTheState(t *testing.T) {
	changes := map[string]func(*Spec){
		"interval": every(300 * time.Millisecond), "longer interval": every(5 * time.Second), "timeout": timesOut(time.Minute),
		"rise": rises(3), "fall": falls(3), "damping": damped(time.Minute), "initial": initially(InitialDown),
	}
	for name, change := range changes {
		t.Run(name, func(t *testing.T) {
			play(t, func(t *testing.T, s *scene) {
				s.at("b").fail("refused")
				s.m.Configure([]Spec{spec("a"), spec("b")})
				time.Sleep(3500 * time.Millisecond)
				s.want("the first results", "a up: fine", "b down: refused")
				before := s.status("a")
				s.m.Configure([]Spec{spec("a", change), spec("b", change)})
				if diff := cmp.Diff(before, s.status("a")); diff != "" {
					t.Errorf("the status changed:\n%s", diff)
				}
				s.quiet(time.Minute, "nothing changed")
				if s.at("a").closed != 0 {
					t.Error("the probe was closed")
				}
			})
		})
	}
}

func TestAReloadOfTheRulesHoldsFromTheNextResult(t *testing.T) {
	play(t, func(t *testing.T, s *scene) {
		s.m.Configure([]Spec{spec("a", falls(10))})
		time.Sleep(1500 * time.Millisecond)
		s.want("the first result", "a up: fine")
		s.at("a").fail("refused")
		s.next("a")
		s.next("a")
		s.m.Configure([]Spec{spec("a", falls(3))})
		s.want("the rules alone decide nothing")
		s.next("a")
		s.want("two before and one after", "a down: refused")
	})
}

func TestAReloadOfTheIntervalMovesTheChecks(t *testing.T) {
	play(t, func(t *testing.T, s *scene) {
		count := func(d time.Duration) int {
			before := len(s.at("a").checks())
			time.Sleep(d)
			return len(s.at("a").checks()) - before
		}
		s.m.Configure([]Spec{spec("a", every(time.Hour))})
		time.Sleep(time.Minute)
		s.m.Configure([]Spec{spec("a", every(100*time.Millisecond))})
		if n := count(10 * time.Second); n < 99 || n > 101 {
			t.Errorf("%d checks in 10 s of 100 ms", n)
		}
		s.m.Configure([]Spec{spec("a", every(10*time.Second))})
		if n := count(100 * time.Second); n < 10 || n > 11 {
			t.Errorf("%d checks in 100 s of 10 s", n)
		}
	})
}

func TestAReloadDoesNotDelayTheFirstCheck(t *testing.T) {
	play(t, func(t *testing.T, s *scene) {
		s.m.Configure([]Spec{spec("a", every(time.Hour)), spec("b", every(time.Hour))})
		s.want("a is first", "a up: fine")
		s.m.Configure([]Spec{spec("a", every(2*time.Hour)), spec("b", every(2*time.Hour))})
		time.Sleep(5 * time.Millisecond)
		s.want("b follows", "b up: fine")
	})
}

func TestAnotherKindKeepsTheStateUntilItsFirstResult(t *testing.T) {
	tests := []struct {
		name    string
		old     func(*fakeProbe)
		new     func(*fakeProbe)
		reports []string
	}{
		{"up, and up", (*fakeProbe).pass, (*fakeProbe).pass, nil},
		{"up, and down", (*fakeProbe).pass, func(p *fakeProbe) { p.fail("refused") }, []string{"a down: refused"}},
		{"down, and up", func(p *fakeProbe) { p.fail("gone") }, (*fakeProbe).pass, []string{"a up: fine"}},
		{"a number, and none", func(p *fakeProbe) { p.number(0) }, (*fakeProbe).pass, []string{"a up: fine"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			play(t, func(t *testing.T, s *scene) {
				test.old(s.at("old"))
				test.new(s.at("new"))
				s.at("new").slow(500 * time.Millisecond)
				s.m.Configure([]Spec{spec("a", looksAt("old"))})
				time.Sleep(3500 * time.Millisecond)
				before := s.status("a")
				s.reports = nil
				s.m.Configure([]Spec{spec("a", looksAt("new"), rises(9), falls(9), initially(InitialDown))})
				s.quiet(490*time.Millisecond, "the new one has no result")
				if diff := cmp.Diff(before, s.status("a")); diff != "" {
					t.Errorf("the status changed:\n%s", diff)
				}
				if s.at("old").closed != 1 {
					t.Error("the old probe is not closed")
				}
				time.Sleep(20 * time.Millisecond)
				s.want("its first result decides alone", test.reports...)
				s.quiet(time.Minute, "and stays")
			})
		})
	}
}

func TestAnotherKindWithoutAResultIsDownAfterTheBound(t *testing.T) {
	play(t, func(t *testing.T, s *scene) {
		s.m.Configure([]Spec{spec("a", looksAt("old"))})
		s.next("old")
		s.want("the old one", "a up: fine")
		s.at("new").slow(time.Hour)
		s.m.Configure([]Spec{spec("a", looksAt("new"), timesOut(time.Minute))})
		s.quiet(9990*time.Millisecond, "before the bound")
		time.Sleep(20 * time.Millisecond)
		s.want("what was is no evidence any more", "a down: no result yet after 10s")
	})
}

func TestAnotherKindWhileACheckIsOut(t *testing.T) {
	play(t, func(t *testing.T, s *scene) {
		old := s.at("old")
		old.fail("an answer of the old one")
		old.stick()
		s.m.Configure([]Spec{spec("a", looksAt("old"))})
		time.Sleep(500 * time.Millisecond)
		s.m.Configure([]Spec{spec("a", looksAt("new"))})
		s.want("the new one does not wait for it", "a up: fine")
		if old.closed != 0 {
			t.Error("the probe was closed under its check")
		}
		old.release()
		s.quiet(5*time.Second, "nobody asks the old one")
		old.wakeUp()
		s.quiet(5*time.Second, "nor does it wake anybody")
		if n := len(old.checks()); n != 1 {
			t.Errorf("%d checks of the old one", n)
		}
	})
}

func TestNothingIsReportedOfARemovedTracker(t *testing.T) {
	play(t, func(t *testing.T, s *scene) {
		s.m.Configure([]Spec{spec("a"), spec("out"), spec("stays")})
		time.Sleep(2500 * time.Millisecond)
		s.want("the first results", "a up: fine", "out up: fine", "stays up: fine")
		s.at("a").fail("refused")
		s.at("out").fail("refused")
		s.at("out").slow(900 * time.Millisecond)
		s.next("out")
		s.reports = nil
		s.m.Configure([]Spec{spec("stays")})
		s.at("out").wakeUp()
		s.at("a").wakeUp()
		s.quiet(time.Minute, "they are removed")
		if len(s.m.Statuses()) != 1 {
			t.Errorf("statuses %v", s.m.Statuses())
		}
		for _, name := range []string{"a", "out"} {
			if s.at(name).closed != 1 {
				t.Errorf("the probe of %s is not closed", name)
			}
			delete(s.probes, name)
		}
		s.m.Configure([]Spec{spec("a"), spec("stays")})
		s.want("it is new", "a up: fine")
	})
}

func TestAnotherInitialStateCountsOnlyBeforeTheFirstResult(t *testing.T) {
	play(t, func(t *testing.T, s *scene) {
		s.at("a").slow(700 * time.Millisecond)
		s.m.Configure([]Spec{spec("a", falls(2), initially(InitialDown))})
		s.want("as specified", "a down: ")
		s.m.Configure([]Spec{spec("a", falls(2), initially(InitialUp))})
		s.want("as specified now", "a up: ")
		s.at("a").fail("refused")
		s.next("a")
		s.want("counted from up: one of two")
		time.Sleep(800 * time.Millisecond)
		s.want("two of two", "a down: refused")
		s.m.Configure([]Spec{spec("a", falls(2), initially(InitialUp))})
		s.quiet(time.Minute, "it has results")
	})
}

func TestOfTwoTrackersOfOneNameTheFirstCounts(t *testing.T) {
	play(t, func(t *testing.T, s *scene) {
		s.m.Configure([]Spec{spec("a"), spec("a", looksAt("b"))})
		s.want("one", "a up: fine")
		if len(s.m.Statuses()) != 1 || len(s.probes) != 1 {
			t.Errorf("%d statuses and %d probes", len(s.m.Statuses()), len(s.probes))
		}
	})
}

func TestValuesOutsideTheirRangesAreBounded(t *testing.T) {
	got := Spec{Name: "a", Rise: -1}.bounded()
	want := Spec{Name: "a", Interval: 10 * time.Millisecond, Timeout: 10 * time.Millisecond, Rise: 1, Fall: 1}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("bounded (-want +got):\n%s", diff)
	}
	fine := spec("a")
	if diff := cmp.Diff(fine, fine.bounded()); diff != "" {
		t.Errorf("bounded changed (-want +got):\n%s", diff)
	}
}

// TestReloadsInAnyOrder configures at random and asserts that reports are exactly the changes of the statuses, of
// trackers that are configured and no others, and that every probe that was made is closed.
func TestReloadsInAnyOrder(t *testing.T) {
	names := []string{"a", "b", "c"}
	draw := func(rt *rapid.T) (specs []Spec) {
		for _, name := range names {
			if rapid.IntRange(0, 3).Draw(rt, name) == 0 {
				continue
			}
			specs = append(specs, spec(name,
				every(rapid.SampledFrom([]time.Duration{100 * time.Millisecond, time.Second}).Draw(rt, "interval")),
				looksAt(rapid.SampledFrom([]string{"x", "y"}).Draw(rt, "path")),
				falls(rapid.IntRange(1, 2).Draw(rt, "fall")),
				initially(rapid.SampledFrom([]Initial{InitialWait, InitialUp, InitialDown}).Draw(rt, "initial"))))
		}
		return specs
	}
	rapid.Check(t, func(rt *rapid.T) {
		var configs [][]Spec
		for range rapid.IntRange(1, 6).Draw(rt, "reloads") {
			configs = append(configs, draw(rt))
		}
		pauses := rapid.SliceOfN(rapid.IntRange(0, 1500), len(configs), len(configs)).Draw(rt, "pauses")
		passes := rapid.SliceOfN(rapid.Bool(), 16, 16).Draw(rt, "passes")
		reload(t, rt, configs, pauses, passes)
	})
}
