package tracker

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestACheckEndsWithItsTimeout(t *testing.T) {
	play(t, func(t *testing.T, s *scene) {
		s.at("a").slow(time.Hour)
		s.m.Configure([]Spec{spec("a", timesOut(3*time.Second))})
		s.quiet(2999*time.Millisecond, "it is not over")
		time.Sleep(2 * time.Millisecond)
		s.want("it is over", "a down: ended by its context")
		s.quiet(time.Minute, "and stays so")
	})
}

// TestChecksThatTimeOutFollowEachOther: the timeout is the interval where nothing else is said, so each check that is not
// answered ends just when the next one is due.
func TestChecksThatTimeOutFollowEachOther(t *testing.T) {
	play(t, func(t *testing.T, s *scene) {
		s.m.Configure([]Spec{spec("a", falls(4)), spec("b", falls(4))})
		s.at("a").slow(10 * time.Millisecond)
		time.Sleep(5500 * time.Millisecond)
		s.want("both pass", "b up: fine", "a up: fine")
		s.at("a").slow(time.Hour)
		s.at("b").slow(time.Hour)
		began := map[string]time.Duration{"a": s.next("a"), "b": 0}
		before := len(s.at("a").checks())
		time.Sleep(began["a"] + 4200*time.Millisecond - time.Since(s.start))
		if n := len(s.at("a").checks()) - before; n != 4 {
			t.Errorf("%d more checks in four intervals", n)
		}
		if got := s.status("a"); got.State != Down {
			t.Errorf("after four checks it is %v", got.State)
		}
	})
}

func TestAnAnswerAfterTheTimeoutIsNone(t *testing.T) {
	play(t, func(t *testing.T, s *scene) {
		p := s.at("a")
		p.stick()
		s.m.Configure([]Spec{spec("a")})
		time.Sleep(1500 * time.Millisecond)
		p.release() // it pays no heed to its context, and passes
		s.want("too late", "a down: it took 1.5s, and the timeout is 1s")
	})
}

func TestAHangingCheckFailsAndIsNotStartedAgain(t *testing.T) {
	play(t, func(t *testing.T, s *scene) {
		s.m.Configure([]Spec{spec("a", falls(3), timesOut(2*time.Second)), spec("b")})
		time.Sleep(5500 * time.Millisecond)
		s.want("both pass", "a up: fine", "b up: fine")
		p := s.at("a")
		p.stick()
		began := s.next("a")
		before := len(p.checks())
		time.Sleep(began + 2990*time.Millisecond - time.Since(s.start))
		s.want("it may still come back")
		time.Sleep(20 * time.Millisecond)
		s.want("one failure of three")
		if got := s.status("a").Text; got != "no answer after 3s" {
			t.Errorf("the text is %q", got)
		}
		time.Sleep(2 * time.Second)
		s.want("each check that cannot start is a failure", "a down: no answer after 5s")
		s.quiet(time.Minute, "it hangs, and b goes on")
		if n := len(p.checks()) - before; n != 0 {
			t.Errorf("%d more checks were started while one hangs", n)
		}
		p.release()
		s.want("what it says now is of a minute ago")
		if got := s.status("a").Text; !strings.HasPrefix(got, "no answer after ") {
			t.Errorf("the text is %q", got)
		}
		s.next("a")
		s.want("it is back", "a up: fine")
	})
}

func TestATrackerWithoutAResultIsDownAfterTheBound(t *testing.T) {
	play(t, func(t *testing.T, s *scene) {
		slow := func(i Initial) func(*Spec) {
			return func(s *Spec) { s.Timeout, s.Initial, s.Rise = time.Minute, i, 5 }
		}
		for _, name := range []string{"wait", "up", "down"} {
			s.at(name).slow(30 * time.Second)
		}
		s.m.Configure([]Spec{spec("wait", slow(InitialWait)), spec("up", slow(InitialUp)), spec("down", slow(InitialDown))})
		s.want("initial states", "up up: ", "down down: ")
		s.quiet(9990*time.Millisecond, "before the bound")
		time.Sleep(20 * time.Millisecond)
		s.want("at the bound", "wait down: no result yet after 10s")
		if got := s.logged(); len(got) != 1 || !strings.Contains(got[0], "no result yet after 10s") {
			t.Errorf("logged %q", got)
		}
		time.Sleep(25 * time.Second)
		s.want("the first result still decides alone", "wait up: fine")
	})
}

func TestRunEndsWithChecksOut(t *testing.T) {
	play(t, func(t *testing.T, s *scene) {
		s.at("slow").slow(time.Hour)
		s.m.Configure([]Spec{spec("slow", timesOut(time.Hour)), spec("a")})
		time.Sleep(5 * time.Second)
		s.want("one has a result", "a up: fine")
		before := time.Now()
		s.stop()
		if took := time.Since(before); took > 0 {
			t.Errorf("the end took %v", took)
		}
		s.want("a check that ends with Run says nothing")
		if got := s.logged(); len(got) != 0 {
			t.Errorf("logged %q", got)
		}
	})
}

func TestAnAnswerAtTheEndOfRunSaysNothing(t *testing.T) {
	m := New(Options{
		Report: func(s Status) { t.Errorf("reported %+v", s) },
		probe:  func(Kind, func()) probe { return &fakeProbe{} },
	})
	m.apply([]Spec{spec("a")}, at(0))
	ctx, end := context.WithCancel(t.Context())
	end()
	l := m.trackers["a"].lookout
	m.receive(ctx, answer{l, Result{Text: "ended by its context"}}, at(1))
}

func TestRunLeavesAHangingCheckBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t)
		p := s.at("a")
		p.stick()
		s.m.Configure([]Spec{spec("a"), spec("b")})
		time.Sleep(5 * time.Second)
		before := time.Now()
		s.stop()
		if took := time.Since(before); took != parting {
			t.Errorf("the end took %v, want %v", took, parting)
		}
		got := s.logged()
		if last := got[len(got)-1]; !strings.HasPrefix(last, "WARN checks that do not end are left behind trackers=[a] next=") {
			t.Errorf("logged %q", got)
		}
		if p.closed != 0 || s.at("b").closed != 1 {
			t.Errorf("closed %d and %d times: a probe is not closed under its check", p.closed, s.at("b").closed)
		}
		p.release()
		synctest.Wait()
		if p.closed != 1 {
			t.Errorf("closed %d times after the check came back", p.closed)
		}
	})
}
