package notify

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aloft-ha/aloft/internal/command"
	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/internal/engine"
	"github.com/aloft-ha/aloft/internal/logbook"
	"github.com/aloft-ha/aloft/tracker"
	"github.com/aloft-ha/aloft/vrrp"
)

// actor is a Runner that runs nothing and writes down what it was asked for.
type actor struct {
	takes   func(c command.Command) time.Duration // nil: no time
	answers func(c command.Command) command.Result

	mu       sync.Mutex
	orders   []command.Command
	started  []time.Time
	now, top int // commands that run, and the most that did
}

func (a *actor) Do(ctx context.Context, c command.Command) command.Result {
	a.mu.Lock()
	a.orders = append(a.orders, c)
	a.started = append(a.started, time.Now())
	a.now++
	a.top = max(a.top, a.now)
	a.mu.Unlock()
	defer func() {
		a.mu.Lock()
		a.now--
		a.mu.Unlock()
	}()
	if a.takes != nil {
		select {
		case <-time.After(a.takes(c)):
		case <-ctx.Done():
			return command.Result{Outcome: command.Cancelled, Err: context.Cause(ctx)}
		}
	}
	if a.answers != nil {
		return a.answers(c)
	}
	return command.Result{}
}

// ran are the command lines, in the order in which they were started.
func (a *actor) ran() (lines []string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, c := range a.orders {
		lines = append(lines, strings.Join(c.Argv, " "))
	}
	return lines
}

// stage is a Notifier that runs.
type stage struct {
	*Notifier
	actor *actor // nil: with a real runner
	log   *logbook.Book

	mu       sync.Mutex
	outcomes []finished

	cancel context.CancelFunc
	endC   chan struct{}
}

// play runs a Notifier with the given file until the end of the test.
func play(t *testing.T, r Runner, cfg *config.Config) *stage {
	t.Helper()
	s := &stage{log: &logbook.Book{}, endC: make(chan struct{})}
	s.actor, _ = r.(*actor)
	s.Notifier = New(Options{Run: r, Log: slog.New(s.log), report: func(f finished) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.outcomes = append(s.outcomes, f)
	}})
	var ctx context.Context
	ctx, s.cancel = context.WithCancel(context.Background())
	s.Configure(cfg, "www1")
	go func() {
		defer close(s.endC)
		if err := s.Run(ctx); err != nil {
			t.Errorf("Run: %v", err)
		}
	}()
	t.Cleanup(s.end)
	return s
}

// end ends it and waits.
func (s *stage) end() {
	s.cancel()
	<-s.endC
}

// ended are the commands that have ended, in that order, and those that were not begun any more.
func (s *stage) ended() []finished {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.outcomes)
}

// clock is what events are told at.
var clock = time.Date(2030, 1, 2, 3, 4, 5, 678900000, time.UTC)

// router is an event of a router.
func router(name string, from, to engine.Condition) engine.Event {
	return engine.Event{
		At: clock, Name: name, From: from, To: to, Reason: vrrp.ReasonSilence,
		Priority: tracker.Priority{Base: 200, Effective: 200},
	}
}

// group is an event of a group.
func group(name string, from, to engine.Condition) engine.Event {
	return engine.Event{At: clock, Group: true, Name: name, From: from, To: to, Reason: vrrp.ReasonSilence}
}

// run is a command of the file.
func run(argv ...string) *config.Command { return &config.Command{Argv: argv} }

// all is a notify with a command for every condition: "<prefix>-active" and so on.
func all(prefix string) config.Notify {
	return config.Notify{
		Active: run(prefix + "-active"), Backup: run(prefix + "-backup"), Fault: run(prefix + "-fault"),
		Stop: run(prefix + "-stop"), Any: run(prefix+"-any", "--mail"),
	}
}

// file is a file with these routers on www1.
func file(global config.Notify, routers map[string]config.Notify) *config.Config {
	cfg := &config.Config{Notify: global}
	for name, notify := range routers {
		cfg.Routers = append(cfg.Routers, config.Router{Name: name, PerNode: []config.Instance{
			{Router: name, Node: "www2", Notify: all("of-another-node")},
			{Router: name, Node: "www1", Notify: notify},
		}})
	}
	return cfg
}

// many is a file with n routers that have the same notify, web-0 and so on.
func many(n int, notify config.Notify) *config.Config {
	routers := map[string]config.Notify{}
	for i := range n {
		routers[fmt.Sprintf("web-%d", i)] = notify
	}
	return file(config.Notify{}, routers)
}

// routers are the ALOFT_ROUTER and ALOFT_STATE of what was run, in order.
func (a *actor) routers() (names []string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, c := range a.orders {
		names = append(names, variable(c, "ALOFT_ROUTER")+" "+variable(c, "ALOFT_STATE"))
	}
	return names
}

// variable is one of a command's.
func variable(c command.Command, name string) string {
	for _, v := range c.Env {
		if value, ok := strings.CutPrefix(v, name+"="); ok {
			return value
		}
	}
	return "(not set)"
}

const (
	none    = engine.ConditionNone
	backup  = engine.ConditionBackup
	active  = engine.ConditionActive
	fault   = engine.ConditionFault
	stopped = engine.ConditionStopped
)
