package notify

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aloft-ha/aloft/internal/command"
	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/internal/engine"
	"github.com/aloft-ha/aloft/internal/logbook"
)

func TestCommandsOfOneEventRunInKeepalivedsOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := file(all("global"), map[string]config.Notify{"web": all("web")})
		cfg.Groups = []config.Group{{Name: "web", Routers: []string{"web"}, Notify: all("group")}}
		s := play(t, &actor{takes: func(command.Command) time.Duration { return time.Second }}, cfg)

		for _, step := range []struct {
			event engine.Event
			want  []string
		}{
			{router("web", none, backup), []string{
				"web-backup", "web-any --mail INSTANCE web BACKUP 200",
				"global-backup", "global-any --mail INSTANCE web BACKUP 200",
			}},
			{router("web", backup, active), []string{
				"web-active", "web-any --mail INSTANCE web MASTER 200",
				"global-active", "global-any --mail INSTANCE web MASTER 200",
			}},
			{group("web", backup, active), []string{
				"group-active", "group-any --mail GROUP web MASTER 0",
				"global-active", "global-any --mail GROUP web MASTER 0",
			}},
			{router("web", active, fault), []string{
				"web-fault", "web-any --mail INSTANCE web FAULT 200",
				"global-fault", "global-any --mail INSTANCE web FAULT 200",
			}},
			{router("web", fault, stopped), []string{
				"web-stop", "web-any --mail INSTANCE web STOP 200",
				"global-stop", "global-any --mail INSTANCE web STOP 200",
			}},
			{router("unheard-of", none, backup), []string{
				"global-backup", "global-any --mail INSTANCE unheard-of BACKUP 200",
			}},
		} {
			before := len(s.actor.ran())
			s.Tell(step.event)
			time.Sleep(10 * time.Second)
			if diff := cmp.Diff(step.want, s.actor.ran()[before:]); diff != "" {
				t.Errorf("%s becomes %v (-want +got):\n%s", step.event.Name, step.event.To, diff)
			}
		}
		s.end()
		if s.actor.top != 1 {
			t.Errorf("%d commands of one event ran at once", s.actor.top)
		}
	})
}

func TestACommandIsGivenToTheRunnerAsTheFileSaysIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		notify := config.Notify{
			Active: &config.Command{Argv: []string{"/bin/move", "master"}, User: "proxy", Timeout: time.Minute},
			Any:    &config.Command{Argv: []string{"/bin/sh", "-c", "echo $1 $2 >>/tmp/x"}, Timeout: 30 * time.Second},
		}
		s := play(t, &actor{}, file(config.Notify{}, map[string]config.Notify{"web": notify}))
		event := router("web", backup, active)
		s.Tell(event)
		synctest.Wait()

		m := notice{Event: event}.message("www1")
		want := []command.Command{
			{
				Argv: []string{"/bin/move", "master"}, User: "proxy", Timeout: time.Minute,
				Env: m.environment(), Stdin: m.json(), LeaveChildren: true,
			},
			{
				Argv:    []string{"/bin/sh", "-c", "echo $1 $2 >>/tmp/x", "sh", "INSTANCE", "web", "MASTER", "200"},
				Timeout: 30 * time.Second,
				Env:     m.environment(), Stdin: m.json(), LeaveChildren: true,
			},
		}
		if diff := cmp.Diff(want, s.actor.orders); diff != "" {
			t.Errorf("orders (-want +got):\n%s", diff)
		}
		if got := notify.Any.Argv; len(got) != 3 {
			t.Errorf("the file's command was changed: %q", got)
		}
	})
}

// A command that sleeps 10 s while the state changes 20 times.
func TestEventsThatComeTooQuicklyCoalesceToTheLatest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		notify := config.Notify{Any: run("any")}
		s := play(t, &actor{takes: func(command.Command) time.Duration { return 10 * time.Second }},
			file(config.Notify{}, map[string]config.Notify{"web": notify}))
		from := none
		for i := range 20 {
			to := []engine.Condition{active, backup, active, fault}[i%4]
			began := time.Now()
			s.Tell(router("web", from, to))
			if waited := time.Since(began); waited > 0 {
				t.Fatalf("Tell waited %v", waited)
			}
			from = to
			time.Sleep(100 * time.Millisecond)
		}
		time.Sleep(time.Minute)

		want := []string{"any INSTANCE web MASTER 200", "any INSTANCE web FAULT 200"}
		if diff := cmp.Diff(want, s.actor.ran()); diff != "" {
			t.Errorf("ran (-want +got):\n%s", diff)
		}
		last := s.ended()[1].job.notice
		if last.From != active || last.To != fault || last.missed != 18 {
			t.Errorf("the last command was told %v to %v and %d missed, want Active to Fault and 18", last.From, last.To, last.missed)
		}
	})
}

// Active, Backup, Active: the other node was Active in between and may have moved what the command moves.
func TestAConditionThatComesBackIsToldAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := play(t, &actor{takes: func(command.Command) time.Duration { return time.Second }},
			file(config.Notify{}, map[string]config.Notify{"web": {Active: run("take")}}))
		for _, e := range []engine.Event{
			router("web", backup, active), router("web", active, backup), router("web", backup, active),
		} {
			s.Tell(e)
			synctest.Wait()
		}
		time.Sleep(time.Minute)
		if diff := cmp.Diff([]string{"take", "take"}, s.actor.ran()); diff != "" {
			t.Errorf("ran (-want +got):\n%s", diff)
		}
		if last := s.ended()[1].job.notice; last.From != active || last.missed != 1 {
			t.Errorf("from %v with %d missed, want Active and 1", last.From, last.missed)
		}
	})
}

func TestALaterEventWithoutACommandSupersedesOneThatWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := play(t, &actor{takes: func(command.Command) time.Duration { return time.Second }},
			file(config.Notify{}, map[string]config.Notify{"web": {Active: run("take"), Fault: run("mourn")}}))
		for _, e := range []engine.Event{
			router("web", backup, active), router("web", active, fault), router("web", fault, backup),
		} {
			s.Tell(e)
			synctest.Wait()
		}
		time.Sleep(time.Minute)
		if diff := cmp.Diff([]string{"take"}, s.actor.ran()); diff != "" {
			t.Errorf("ran (-want +got):\n%s", diff)
		}
	})
}

func TestARouterNeverWaitsForAnothersCommand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hangs := func(c command.Command) time.Duration {
			if c.Argv[0] == "hang" {
				return time.Hour
			}
			return 0
		}
		s := play(t, &actor{takes: hangs}, file(config.Notify{}, map[string]config.Notify{
			"web": {Any: run("hang")}, "db": {Any: run("quick")},
		}))
		for range 3 {
			s.Tell(router("web", backup, active))
			s.Tell(router("db", backup, active))
			synctest.Wait()
		}
		quick := 0
		for _, line := range s.actor.ran() {
			if strings.HasPrefix(line, "quick") {
				quick++
			}
		}
		if quick != 3 {
			t.Errorf("the other router's command ran %d times beside one that hangs, want 3", quick)
		}
	})
}

func TestAtMost32CommandsRunAtOnceAndTheRestFollowsFairly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := play(t, &actor{takes: func(command.Command) time.Duration { return 10 * time.Second }},
			many(33, config.Notify{Active: run("one"), Any: run("two")}))
		began := time.Now()
		for i := range 33 {
			s.Tell(router(fmt.Sprintf("web-%d", i), backup, active))
		}
		synctest.Wait()
		if got := len(s.actor.ran()); got != 32 {
			t.Fatalf("%d commands run at once, want 32", got)
		}
		// What waits for its turn is not told of a state that is over.
		s.Tell(router("web-32", active, fault))
		time.Sleep(time.Minute)
		s.end()

		if s.actor.top != 32 {
			t.Errorf("%d commands ran at once, want 32", s.actor.top)
		}
		if got, want := len(s.actor.ran()), 32*2+1; got != want {
			t.Fatalf("%d commands ran, want %d", got, want)
		}
		// It waited for the first commands of the others, not for their second ones.
		at := slices.Index(s.actor.routers(), "web-32 Fault")
		if at < 0 {
			t.Fatalf("web-32 was told of no fault: %q", s.actor.routers())
		}
		if waited := s.actor.started[at].Sub(began); waited != 10*time.Second {
			t.Errorf("the 33rd router waited %v, want 10s", waited)
		}
	})
}

func TestNothingToDoIsSilent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := play(t, &actor{}, file(config.Notify{}, map[string]config.Notify{"web": {Fault: run("mourn")}, "db": {}}))
		s.Tell(router("web", none, backup))
		s.Tell(router("web", backup, active))
		s.Tell(router("db", none, fault))
		s.Tell(router("nobody", none, fault))
		s.Tell(group("nobody", none, fault))
		s.Tell(router("web", backup, none))
		time.Sleep(time.Hour)
		s.end()
		if ran := s.actor.ran(); ran != nil {
			t.Errorf("ran %q", ran)
		}
		if lines := s.log.Lines(); lines != nil {
			t.Errorf("logged %q", lines)
		}
		if ended := s.ended(); ended != nil {
			t.Errorf("ended %v", ended)
		}
	})
}

func TestEachOutcomeIsLoggedOnce(t *testing.T) {
	tests := []struct {
		name   string
		result command.Result
		want   []string
	}{
		{"success", command.Result{}, nil},
		{
			"success that talks",
			command.Result{Output: "moved"},
			[]string{`INFO notify command ended router=web state=Active command=/bin/move result=SENTENCE`},
		},
		{
			"failure",
			command.Result{Code: 3, Output: "no route"},
			[]string{`WARN notify command failed router=web state=Active command=/bin/move result=SENTENCE`},
		},
		{
			"failure that talks a lot",
			command.Result{Code: 3, Output: "looking\nno route\n"},
			[]string{"WARN notify command failed router=web state=Active command=/bin/move result=SENTENCE output=looking\nno route"},
		},
		{
			"hang",
			command.Result{Outcome: command.TimedOut, Took: 30 * time.Second},
			[]string{`WARN notify command failed router=web state=Active command=/bin/move ` +
				`result=SENTENCE ` +
				`next=let it start in the background what takes long, or raise its timeout`},
		},
		{
			"refusal",
			command.Result{Outcome: command.Refused, Err: fmt.Errorf("/bin/move is writable by the group adm")},
			[]string{`WARN notify command failed router=web state=Active command=/bin/move ` +
				`result=SENTENCE`},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a := &actor{answers: func(command.Command) command.Result { return test.result }}
				cfg := file(config.Notify{}, map[string]config.Notify{"web": {Active: run("/bin/move", "--password", "geheim")}})
				s := play(t, a, cfg)
				s.Tell(router("web", backup, active))
				synctest.Wait()
				for i := range test.want {
					test.want[i] = strings.Replace(test.want[i], "SENTENCE", test.result.String(), 1)
				}
				if diff := cmp.Diff(test.want, s.log.Lines()); diff != "" {
					t.Errorf("log (-want +got):\n%s", diff)
				}
				wanted := *cfg.Routers[0].PerNode[1].Notify.Active
				ended := s.ended()
				if len(ended) != 1 {
					t.Fatalf("%d commands ended, want one", len(ended))
				}
				if diff := cmp.Diff(wanted, ended[0].job.command); diff != "" {
					t.Errorf("command (-want +got):\n%s", diff)
				}
				sameError := cmp.Comparer(func(a, b error) bool { return a == b }) //nolint:errorlint // the very one
				if diff := cmp.Diff(test.result, ended[0].result, sameError); diff != "" {
					t.Errorf("result (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// A log that nobody reads stops the goroutine of Run, and still not whoever tells of an event.
func TestTellNeverWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stuck := make(chan struct{})
		a := &actor{answers: func(command.Command) command.Result { return command.Result{Code: 1} }}
		log := &logbook.Book{Before: func() { <-stuck }}
		n := New(Options{Run: a, Log: slog.New(log)})
		n.Configure(file(config.Notify{Any: run("any")}, nil), "www1")
		n.Tell(router("early", backup, active)) // before Run
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- n.Run(ctx) }()
		for i := range 1000 {
			n.Tell(router(fmt.Sprint(i), backup, active))
			synctest.Wait()
		}
		if got := len(log.Lines()); got != 0 {
			t.Fatalf("%d log lines, so the log was not stuck", got)
		}
		close(stuck)
		time.Sleep(time.Second)
		if got := len(a.ran()); got != 1001 {
			t.Errorf("%d commands ran after the log was read again, want 1001", got)
		}
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
}
