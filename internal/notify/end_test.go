package notify

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aloft-ha/aloft/internal/command"
	"github.com/aloft-ha/aloft/internal/config"
)

func TestAtTheEndQueuedStopsAreCarriedOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := play(t, &actor{takes: func(command.Command) time.Duration { return time.Second }},
			many(100, config.Notify{Stop: run("stop"), Any: run("any")}))
		for i := range 100 {
			s.Tell(router(fmt.Sprintf("web-%d", i), active, stopped))
		}
		s.end()
		if got := len(s.actor.ran()); got != 200 {
			t.Errorf("%d commands ran, want 200", got)
		}
		if lines := s.log.Lines(); lines != nil {
			t.Errorf("logged %q", lines)
		}
	})
}

func TestTheEndWithNothingToDoIsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := play(t, &actor{}, file(config.Notify{Any: run("any")}, nil))
		synctest.Wait()
		began := time.Now()
		s.end()
		if took := time.Since(began); took != 0 {
			t.Errorf("it took %v", took)
		}
	})
}

func TestAtTheEndWhatStillRunsAfterTenSecondsIsCancelledAndReported(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := play(t, &actor{takes: func(c command.Command) time.Duration {
			if c.Argv[0] == "hang" {
				return time.Hour
			}
			return 0
		}}, file(config.Notify{Stop: run("goodbye")}, map[string]config.Notify{
			"web": {Active: run("hang"), Stop: run("stop")}, "db": {Stop: run("stop")},
		}))
		s.Tell(router("web", backup, active))
		synctest.Wait()
		s.Tell(router("web", active, stopped))
		s.Tell(router("db", active, stopped))
		began := time.Now()
		s.end()
		if took := time.Since(began); took != lastWords {
			t.Errorf("the end took %v, want %v", took, lastWords)
		}
		if diff := cmp.Diff([]string{"hang", "stop", "goodbye"}, s.actor.ran()); diff != "" {
			t.Errorf("ran (-want +got):\n%s", diff)
		}
		var got []string
		for _, o := range s.ended() {
			if o.result.Outcome == command.Cancelled != errors.Is(o.result.Err, errEnded) {
				t.Errorf("%q: %v with %v", o.job.command.Argv, o.result.Outcome, o.result.Err)
			}
			got = append(got, fmt.Sprint(o.job.notice.Name, " ", o.job.command.Argv[0], " ", o.result.Outcome == command.Cancelled))
		}
		want := []string{"db stop false", "db goodbye false", "web stop true", "web goodbye true", "web hang true"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("reported (-want +got):\n%s", diff)
		}
		if lines := s.log.Lines(); len(lines) != 3 {
			t.Errorf("want one line for each of three cancelled commands, got %q", lines)
		}
	})
}

func TestQueuedCommandsAreAbandonedInAnOrderThatIsAlwaysTheSame(t *testing.T) {
	q := newQueues()
	q.configure(configurationOf(file(config.Notify{Any: run("any")}, map[string]config.Notify{"b": {}, "a": {}, "c": {}}), "www1"))
	for _, e := range []subject{{name: "c"}, {name: "a"}, {group: true, name: "b"}, {name: "b"}} {
		event := router(e.name, backup, active)
		event.Group = e.group
		q.tell(event)
	}
	var got []string
	for _, j := range q.abandon() {
		got = append(got, keepalivedKind(j.notice.Group)+" "+j.notice.Name)
	}
	want := []string{"INSTANCE a", "INSTANCE b", "GROUP b", "INSTANCE c"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if left := q.abandon(); left != nil {
		t.Errorf("there was more: %v", left)
	}
}
