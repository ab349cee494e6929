package notify

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aloft-ha/aloft/internal/command"
	"github.com/aloft-ha/aloft/internal/config"
)

// second is a runner whose commands take a second each.
func second() *actor {
	return &actor{takes: func(command.Command) time.Duration { return time.Second }}
}

// web is a file with one router and this notify.
func web(notify config.Notify) *config.Config {
	return file(config.Notify{}, map[string]config.Notify{"web": notify})
}

func TestAReloadLetsGoOnWhatRunsAndChangesWhatWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := play(t, second(), web(config.Notify{Active: run("old-1"), Any: run("old-2"), Fault: run("old-fault")}))
		s.Tell(router("web", backup, active))
		synctest.Wait()
		s.Tell(router("web", active, fault))
		synctest.Wait()
		s.Configure(web(config.Notify{Fault: run("new-fault")}), "www1")
		time.Sleep(time.Minute)
		want := []string{"old-1", "old-2 INSTANCE web MASTER 200", "new-fault"}
		if diff := cmp.Diff(want, s.actor.ran()); diff != "" {
			t.Errorf("ran (-want +got):\n%s", diff)
		}
	})
}

func TestAReloadThatChangesNothingRunsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := web(all("web"))
		s := play(t, &actor{}, cfg)
		s.Tell(router("web", none, backup))
		synctest.Wait()
		before := len(s.actor.ran())
		for range 5 {
			s.Configure(cfg, "www1")
		}
		time.Sleep(time.Minute)
		if got := s.actor.ran()[before:]; len(got) > 0 {
			t.Errorf("ran %q", got)
		}
	})
}

func TestARemovedRouterStopsWithTheCommandsItHad(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := file(config.Notify{Stop: run("global-stop")}, map[string]config.Notify{"web": {Stop: run("web-stop")}})
		s := play(t, second(), cfg)
		s.Tell(router("web", none, active))
		synctest.Wait()
		s.Configure(&config.Config{}, "www1")
		time.Sleep(time.Minute)
		if ran := s.actor.ran(); ran != nil {
			t.Fatalf("ran %q before it stopped", ran)
		}
		s.Tell(router("web", active, fault)) // not the last one yet
		s.Tell(router("web", fault, stopped))
		time.Sleep(time.Minute)
		if diff := cmp.Diff([]string{"web-stop", "global-stop"}, s.actor.ran()); diff != "" {
			t.Errorf("ran (-want +got):\n%s", diff)
		}
		// And then it is a stranger.
		s.Tell(router("web", none, stopped))
		time.Sleep(time.Minute)
		if got := len(s.actor.ran()); got != 2 {
			t.Errorf("%d commands ran, want no further ones", got)
		}
	})
}

func TestARouterRemovedBeforeItsFirstEventHasItsCommands(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := play(t, &actor{}, web(all("web")))
		s.Configure(&config.Config{}, "www1")
		s.Tell(router("web", none, backup))
		synctest.Wait()
		s.Tell(router("web", backup, stopped))
		synctest.Wait()
		want := []string{
			"web-backup", "web-any --mail INSTANCE web BACKUP 200", "web-stop", "web-any --mail INSTANCE web STOP 200",
		}
		if diff := cmp.Diff(want, s.actor.ran()); diff != "" {
			t.Errorf("ran (-want +got):\n%s", diff)
		}
	})
}

func TestARouterThatComesBackHasItsNewCommands(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := play(t, &actor{}, web(config.Notify{Stop: run("old")}))
		s.Tell(router("web", none, active))
		synctest.Wait()
		s.Configure(&config.Config{}, "www1")
		s.Configure(web(config.Notify{Stop: run("new")}), "www1")
		for range 2 { // it is no stranger after the first
			s.Tell(router("web", active, stopped))
			synctest.Wait()
		}
		if diff := cmp.Diff([]string{"new", "new"}, s.actor.ran()); diff != "" {
			t.Errorf("ran (-want +got):\n%s", diff)
		}
	})
}

func TestARouterThatComesBackWaitsForTheCommandsOfItsStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := play(t, second(), web(config.Notify{Stop: run("stop")}))
		s.Tell(router("web", active, stopped))
		synctest.Wait()
		s.Configure(&config.Config{}, "www1")
		synctest.Wait()
		s.Configure(web(config.Notify{Backup: run("backup")}), "www1")
		s.Tell(router("web", none, backup))
		time.Sleep(time.Minute)
		s.end()
		if diff := cmp.Diff([]string{"stop", "backup"}, s.actor.ran()); diff != "" || s.actor.top != 1 {
			t.Errorf("%d at once; ran (-want +got):\n%s", s.actor.top, diff)
		}
	})
}

// Reloads for years must not keep what they took away.
func TestWhatWasRemovedIsForgotten(t *testing.T) {
	q := newQueues()
	q.configure(configurationOf(many(10, config.Notify{Any: run("any")}), "www1"))
	q.tell(router("web-1", none, backup))
	q.tell(router("web-2", none, stopped))
	for j, ok := q.next(); ok; j, ok = q.next() {
		q.finished(j)
	}
	q.configure(configuration{})
	if q.all[subject{name: "web-2"}] != nil {
		t.Error("web-2 had stopped when it was removed, and is kept")
	}
	q.tell(router("web-1", backup, stopped))
	j, ok := q.next()
	if !ok || q.all[subject{name: "web-1"}] == nil {
		t.Fatal("web-1 is forgotten before it was told that it stopped")
	}
	q.finished(j)
	if _, ok := q.next(); ok || q.all[subject{name: "web-1"}] != nil {
		t.Error("web-1 has stopped, and is kept")
	}
}
