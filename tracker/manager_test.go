package tracker

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestManagerReportsChangesAndNothingElse(t *testing.T) {
	play(t, func(t *testing.T, s *scene) {
		s.want("nothing is configured")
		s.m.Configure([]Spec{spec("a")})
		s.want("the first result, at once", "a up: fine")
		s.quiet(time.Minute, "it goes on passing")
		s.at("a").fail("refused")
		s.next("a")
		s.want("it fails", "a down: refused")
		s.quiet(time.Minute, "it goes on failing")
		s.at("a").fail("another text")
		s.quiet(2*time.Second, "it fails for another reason")
		if st := s.status("a"); st.Text != "another text" {
			t.Errorf("the status has the text %q of an earlier check", st.Text)
		}
		s.at("a").pass()
		s.next("a")
		s.want("it passes", "a up: fine")
	})
}

func TestManagerCountsRiseAndFall(t *testing.T) {
	play(t, func(t *testing.T, s *scene) {
		s.m.Configure([]Spec{spec("a", rises(2), falls(3))})
		s.next("a")
		s.want("the first result decides", "a up: fine")
		s.at("a").fail("refused")
		s.next("a")
		s.next("a")
		s.want("two of three")
		s.next("a")
		s.want("three of three", "a down: refused")
		s.at("a").pass()
		s.next("a")
		s.want("one of two")
		s.next("a")
		s.want("two of two", "a up: fine")
	})
}

func TestManagerReportsInitialStatesAtOnce(t *testing.T) {
	play(t, func(t *testing.T, s *scene) {
		initial := func(i Initial) func(*Spec) { return func(s *Spec) { s.Initial, s.Rise, s.Fall = i, 2, 2 } }
		for _, name := range []string{"up", "down", "wait"} {
			s.at(name).slow(500 * time.Millisecond)
		}
		s.at("up").fail("refused")
		s.m.Configure([]Spec{spec("up", initial(InitialUp)), spec("down", initial(InitialDown)), spec("wait", initial(InitialWait))})
		s.want("at once", "up up: ", "down down: ")
		s.quiet(400*time.Millisecond, "no check is back")
		time.Sleep(200 * time.Millisecond)
		s.want("the first results", "wait up: fine")
		time.Sleep(1500 * time.Millisecond)
		s.want("the second results", "down up: fine", "up down: refused")
		if got := s.logged(); len(got) != 2 {
			t.Errorf("logged %q", got)
		}
	})
}

func TestManagerDampsARecovery(t *testing.T) {
	play(t, func(t *testing.T, s *scene) {
		s.at("a").fail("refused")
		s.m.Configure([]Spec{spec("a", damped(10500*time.Millisecond))})
		s.next("a")
		s.want("the first result decides", "a down: refused")
		s.at("a").pass()
		passed := s.next("a")
		s.quiet(10400*time.Millisecond, "damping")
		time.Sleep(200 * time.Millisecond)
		s.want("it is over", "a up: fine")
		if took := s.status("a").Since.Sub(s.start) - passed; took < 10500*time.Millisecond || took > 10510*time.Millisecond {
			t.Errorf("it was up after %v: a check has to stand at the end of the damping", took)
		}
	})
}

func TestManagerReportsNumbers(t *testing.T) {
	play(t, func(t *testing.T, s *scene) {
		s.at("a").number(0)
		s.m.Configure([]Spec{spec("a", falls(3))})
		s.next("a")
		s.want("the number 0 passes", "a up number")
		s.quiet(5*time.Second, "it stays")
		s.at("a").number(7)
		s.next("a")
		s.want("a number counts at once, the state does not", "a up number")
		if got := s.status("a"); got.Value != 7 || got.State != Up {
			t.Errorf("got %+v", got)
		}
		s.next("a")
		s.next("a")
		s.want("the state follows", "a down number")
		s.at("a").fail("not a number")
		s.next("a")
		s.want("it is no number", "a down: not a number")
	})
}

func TestManagerLogsOnlyDownAndUp(t *testing.T) {
	play(t, func(t *testing.T, s *scene) {
		s.m.Configure([]Spec{spec("a"), spec("b")})
		s.at("b").fail("refused")
		time.Sleep(10 * time.Second)
		s.at("a").fail("gone")
		time.Sleep(2 * time.Second)
		s.at("a").pass()
		time.Sleep(10 * time.Second)
		want := []string{
			"WARN tracker down tracker=b kind=file text=refused",
			"WARN tracker down tracker=a kind=file text=gone after=",
			"INFO tracker up tracker=a kind=file text=fine after=",
		}
		got := s.logged()
		if len(got) != len(want) {
			t.Fatalf("logged %q", got)
		}
		for i, line := range got {
			if len(line) < len(want[i]) || line[:len(want[i])] != want[i] {
				t.Errorf("logged %q, want %q", line, want[i])
			}
		}
	})
}

func TestManagerChecksOnAGridWithoutDrift(t *testing.T) {
	play(t, func(t *testing.T, s *scene) {
		s.at("a").slow(123 * time.Millisecond)
		s.m.Configure([]Spec{spec("other"), spec("a")})
		time.Sleep(1000 * time.Second)
		all := s.at("a").checks()
		if len(all) < 999 || len(all) > 1001 {
			t.Errorf("%d checks in 1000 s", len(all))
		}
		for i := 2; i < len(all); i++ {
			if off := all[i].Sub(all[1]) % time.Second; off > pace {
				t.Fatalf("check %d is %v off the grid", i, off)
			}
		}
	})
}

func TestManagerSpreadsTheChecksOfMany(t *testing.T) {
	play(t, func(t *testing.T, s *scene) {
		const n = 500
		var specs []Spec
		for i := range n {
			specs = append(specs, spec(fmt.Sprint(i)))
		}
		s.m.Configure(specs)
		time.Sleep(time.Second)
		first := make(map[time.Duration]int) // first checks by the millisecond
		for _, spec := range specs {
			all := s.at(spec.Name).checks()
			if len(all) == 0 {
				t.Fatalf("%s waits for its first check for a second", spec.Name)
			}
			first[all[0].Sub(s.start).Truncate(time.Millisecond)]++
		}
		if len(first) != n {
			t.Errorf("%d first checks began in %d different milliseconds", n, len(first))
		}
		time.Sleep(10 * time.Second)
		later := make(map[time.Duration]int) // the others, by tens of milliseconds
		for _, spec := range specs {
			for _, at := range s.at(spec.Name).checks()[1:] {
				later[at.Sub(s.start).Truncate(10*time.Millisecond)]++
			}
		}
		for at, k := range later {
			if k > 10 { // 5 would be even
				t.Errorf("%d checks in the 10 ms after %v", k, at)
			}
		}
	})
}

func TestManagerLetsChecksOfManyShareAWake(t *testing.T) {
	play(t, func(t *testing.T, s *scene) {
		var specs []Spec
		for i := range 2000 {
			specs = append(specs, spec(fmt.Sprint(i), every(100*time.Millisecond)))
		}
		s.m.Configure(specs)
		time.Sleep(2 * time.Second)
		wakes := make(map[time.Time]bool)
		for _, spec := range specs {
			for _, at := range s.at(spec.Name).checks() {
				wakes[at] = true
			}
		}
		if most := int(2*time.Second/pace) + 1; len(wakes) > most || len(wakes) < most/2 {
			t.Errorf("checks began at %d instants in 2 s, want at most %d", len(wakes), most)
		}
	})
}

func TestManagerWakesEarlyAndNotTooOften(t *testing.T) {
	play(t, func(t *testing.T, s *scene) {
		s.m.Configure([]Spec{spec("a", every(time.Minute))})
		time.Sleep(90 * time.Second)
		s.want("the first result", "a up: fine")
		before := len(s.at("a").checks())
		s.at("a").fail("gone")
		s.at("a").wakeUp()
		time.Sleep(2 * time.Millisecond)
		s.want("it was woken", "a down: gone")
		for range 1000 { // it flaps for a second
			s.at("a").wakeUp()
			time.Sleep(time.Millisecond)
		}
		if n := len(s.at("a").checks()) - before; n < 90 || n > 102 {
			t.Errorf("%d checks in a second of wakes, want 100", n)
		}
		s.want("nothing changed")
		s.quiet(10*time.Second, "the wakes are over")
		if n := len(s.at("a").checks()) - before; n > 103 {
			t.Errorf("%d checks: wakes have an echo", n)
		}
	})
}

// TestAWakeCountsOnceAtMost: the workers of a proxy that restarts end one after the other, and each end brings a check
// forward. Nor does news about what is fine shorten a recovery.
func TestAWakeCountsOnceAtMost(t *testing.T) {
	play(t, func(t *testing.T, s *scene) {
		wakes := func() {
			for range 10 {
				s.at("a").wakeUp()
				time.Sleep(20 * time.Millisecond)
			}
		}
		s.m.Configure([]Spec{spec("a", falls(3), rises(3))})
		s.next("a")
		s.want("the first result", "a up: fine")
		time.Sleep(1100 * time.Millisecond)
		s.next("a")
		s.at("a").fail("gone")
		wakes()
		s.want("one of three")
		s.next("a")
		s.want("two of three")
		s.next("a")
		s.want("three of three", "a down: gone")
		s.at("a").pass()
		wakes()
		s.want("one of three")
		s.at("a").fail("gone")
		wakes()
		s.at("a").pass()
		wakes()
		s.next("a")
		s.want("a failure in between begins the count anew")
		s.next("a")
		s.want("three of three", "a up: fine")
	})
}

func TestWakesOfOneTrackerDoNotPileUp(t *testing.T) {
	p := &fakeProbe{}
	m := New(Options{probe: func(_ Kind, wake func()) probe {
		p.wake = wake
		return p
	}})
	m.apply([]Spec{spec("a")}, at(0))
	for range 1000 { // and Run does not come round to read them
		p.wakeUp()
	}
	if n := len(m.mail.take().woken); n != 1 {
		t.Errorf("%d wake-ups are queued", n)
	}
}

func TestManagerDoesNotForgetAWakeDuringACheck(t *testing.T) {
	play(t, func(t *testing.T, s *scene) {
		s.at("a").slow(100 * time.Millisecond)
		s.m.Configure([]Spec{spec("a", every(time.Minute))})
		time.Sleep(50 * time.Millisecond)
		s.at("a").wakeUp() // what it looks at changes behind its back
		time.Sleep(200 * time.Millisecond)
		all := s.at("a").checks()
		if len(all) != 2 || all[1].Sub(all[0]) < 100*time.Millisecond || all[1].Sub(all[0]) > 102*time.Millisecond {
			t.Errorf("checks at %v, want a second one when the first is back", all)
		}
	})
}

func TestStatusesAreACopyInOrder(t *testing.T) {
	play(t, func(t *testing.T, s *scene) {
		if got := s.m.Statuses(); len(got) != 0 {
			t.Errorf("statuses of nothing: %v", got)
		}
		s.m.Configure([]Spec{spec("b"), spec("a")})
		s.next("a")
		got := s.m.Statuses()
		names := []string{got[0].Name, got[1].Name}
		if diff := cmp.Diff([]string{"b", "a"}, names); diff != "" {
			t.Errorf("order (-want +got):\n%s", diff)
		}
		kept := slices.Clone(got)
		got[0].Text = "changed"
		if diff := cmp.Diff(kept, s.m.Statuses()); diff != "" {
			t.Errorf("the caller's change shows (-want +got):\n%s", diff)
		}
		if first := s.status("b"); first.Checked.IsZero() || first.Since.IsZero() || first.Checked.Before(first.Since) {
			t.Errorf("times of %+v", first)
		}
	})
}
