package service

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aloft-ha/aloft/internal/command"
	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/internal/systemd"
	"github.com/google/go-cmp/cmp"
)

// manner is how a service of the fake host answers a verb.
type manner uint8

const (
	well    manner = iota // done after a second; a status at once
	badly                 // exit status 1 after a second, nothing done
	halfway               // exit status 1 after a second, and yet done
	never                 // until it is cancelled or its time is up, and then not done
	lately                // the same, and then done
	refuses               // not executed
)

func (m manner) String() string {
	return [...]string{"well", "badly", "halfway", "never", "lately", "refuses"}[m]
}

// deed is one verb of one service: "start a".
type deed struct{ verb, name string }

// host is a machine with services, a Runner and Units at once. It writes down what is executed.
type host struct {
	mu      sync.Mutex
	runs    map[string]bool
	manners map[deed]manner
	journal []string
	seen    func(d deed)                    // each deed as it begins, with the lock
	learned func(d deed, done, status bool) // each deed as it ends, with the lock
	units   map[string]string               // ActiveState, where it is not that of runs
	users   []string                        // of the commands
	leave   map[string]bool                 // LeaveChildren by verb
}

func newHost() *host {
	return &host{
		runs: map[string]bool{}, manners: map[deed]manner{}, units: map[string]string{}, leave: map[string]bool{},
		seen: func(deed) {}, learned: func(deed, bool, bool) {},
	}
}

func (h *host) set(verb, name string, m manner) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.manners[deed{verb, name}] = m
}

func (h *host) crash(name string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.runs[name] = false
}

func (h *host) note(format string, args ...any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.journal = append(h.journal, fmt.Sprintf(format, args...))
}

// read returns what was written down since the last time.
func (h *host) read() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	lines := h.journal
	h.journal = nil
	return lines
}

// act carries out a deed. It returns an error if it was not done, and whether it was executed.
func (h *host) act(ctx context.Context, d deed) (executed bool, err error) {
	h.mu.Lock()
	m := h.manners[d]
	h.journal = append(h.journal, d.verb+" "+d.name)
	h.seen(d)
	h.mu.Unlock()
	defer func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		done := err == nil || m == halfway || m == lately
		if d.verb == "start" && done || d.verb == "stop" && done {
			h.runs[d.name] = d.verb == "start"
		}
		h.learned(d, executed && err == nil, h.runs[d.name])
	}()
	switch m {
	case well:
		if d.verb != "status" {
			err = pause(ctx, time.Second)
		}
		return true, err
	case badly, halfway:
		if err := pause(ctx, time.Second); err != nil {
			return true, err
		}
		return true, errFake
	case refuses:
		return false, errFake
	default:
		return true, pause(ctx, 1000*time.Hour)
	}
}

var errFake = errors.New("no luck")

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Do is Runner's. A command is a path, a verb, and the service's name.
func (h *host) Do(ctx context.Context, c command.Command) command.Result {
	d := deed{c.Argv[1], c.Argv[2]}
	h.mu.Lock()
	h.users = append(h.users, c.User)
	h.leave[d.verb] = c.LeaveChildren
	h.mu.Unlock()
	within, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	executed, err := h.act(within, d)
	switch {
	case !executed:
		return command.Result{Outcome: command.Refused, Err: err}
	case ctx.Err() != nil && err != nil:
		return command.Result{Outcome: command.Cancelled}
	case within.Err() != nil && err != nil:
		return command.Result{Outcome: command.TimedOut, Took: c.Timeout}
	case err != nil:
		return command.Result{Code: 1, Output: err.Error()}
	case d.verb == "status" && !h.running(d.name):
		return command.Result{Code: 3}
	}
	return command.Result{}
}

func (h *host) running(name string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.runs[name]
}

// all returns the names of what runs.
func (h *host) all() (names []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for name, runs := range h.runs {
		if runs {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// ActiveState is Units'.
func (h *host) ActiveState(ctx context.Context, unit string) (string, error) {
	if _, err := h.act(ctx, deed{"status", unit}); err != nil {
		return "", err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.units[unit] == "absent" {
		return "", fmt.Errorf("%w %s", systemd.ErrNoUnit, unit)
	}
	if state := h.units[unit]; state != "" {
		return state, nil
	}
	if h.runs[unit] {
		return "active", nil
	}
	return "inactive", nil
}

// Start is Units'.
func (h *host) Start(ctx context.Context, unit string) error {
	_, err := h.act(ctx, deed{"start", unit})
	return err
}

// Stop is Units'.
func (h *host) Stop(ctx context.Context, unit string) error {
	_, err := h.act(ctx, deed{"stop", unit})
	return err
}

// services makes services of words: a.service is a unit, a! has no status command, anything else has all three.
func services(words ...string) (list []config.Service) {
	for _, word := range words {
		name, mute := strings.CutSuffix(word, "!")
		s := config.Service{Name: name, Timeout: 30 * time.Second}
		switch {
		case strings.HasSuffix(name, ".service"):
			s.Unit = name
		default:
			s.Start, s.Stop, s.Status = line("start", name), line("stop", name), line("status", name)
			if mute {
				s.Status = nil
			}
		}
		list = append(list, s)
	}
	return list
}

func line(verb, name string) *config.Command {
	return &config.Command{Argv: []string{"/etc/init.d/x", verb, name}}
}

// bench is a Manager on a host, inside a bubble. Results are in the host's journal.
type bench struct {
	*host
	t   *testing.T
	m   *Manager
	log *strings.Builder // read it when the Manager is at rest
}

// onHost runs f in a bubble, with a Manager that runs and the services of the router web. After f it ends the Manager.
func onHost(t *testing.T, f func(b *bench), words ...string) {
	t.Helper()
	onHostUnstarted(t, func(b *bench) {
		b.configure(words...)
		defer b.begin()()
		f(b)
	})
}

// onHostUnstarted runs f in a bubble, with a Manager that does not run yet.
func onHostUnstarted(t *testing.T, f func(b *bench)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { f(newBench(t)) })
}

func newBench(t *testing.T) *bench {
	b := &bench{host: newHost(), t: t, log: &strings.Builder{}}
	b.m = New(Options{Run: b.host, Units: b.host, Report: b.report, Log: slog.New(slog.NewTextHandler(b.log,
		&slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: untimed}))})
	return b
}

func untimed(_ []string, a slog.Attr) slog.Attr {
	if a.Key == slog.TimeKey {
		return slog.Attr{}
	}
	return a
}

// begin runs the Manager; the returned function ends it and waits.
func (b *bench) begin() (end func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := b.m.Run(ctx); err != nil {
			b.t.Errorf("Run: %v", err)
		}
	})
	return func() {
		cancel()
		wg.Wait()
	}
}

func (b *bench) report(r Result) {
	text := r.Router + map[bool]string{true: " up", false: " down"}[r.Up]
	if r.Err != nil {
		text += ": " + r.Err.Error()
	}
	b.note("%s", text)
}

func (b *bench) configure(words ...string) { b.replace(services(words...)...) }

func (b *bench) replace(list ...config.Service) {
	b.m.Configure(map[string][]config.Service{"web": list})
}

func (b *bench) up()   { b.m.Want("web", true) }
func (b *bench) down() { b.m.Want("web", false) }

// expect waits a long time, so that silence counts, and compares the journal; the lines are separated by |.
func (b *bench) expect(want string) {
	b.t.Helper()
	time.Sleep(time.Hour)
	b.expectNow(want)
}

// expectNow compares what has happened by now.
func (b *bench) expectNow(want string) {
	b.t.Helper()
	synctest.Wait()
	var lines []string
	if want != "" {
		lines = strings.Split(want, "|")
	}
	if diff := cmp.Diff(lines, b.read()); diff != "" {
		b.t.Errorf("journal (-want +got):\n%s", diff)
	}
}

// expectRunning compares what runs on the host.
func (b *bench) expectRunning(names ...string) {
	b.t.Helper()
	if diff := cmp.Diff(names, b.all()); diff != "" {
		b.t.Errorf("what runs (-want +got):\n%s", diff)
	}
}

// expectLog compares the log, which is given with a line end before it.
func (b *bench) expectLog(want string) {
	b.t.Helper()
	if diff := cmp.Diff(want, "\n"+b.log.String()); diff != "" {
		b.t.Errorf("log (-want +got):\n%s", diff)
	}
}

// after lets time pass.
func (b *bench) after(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}
