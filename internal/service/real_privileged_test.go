//go:build privileged

package service

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/aloft-ha/aloft/internal/command"
	"github.com/aloft-ha/aloft/internal/config"
)

// deadline is generous: it is only reached when something hangs.
const deadline = 30 * time.Second

// initScript is what an init script does: the daemon is left behind by start, and found by its pid file. The third word
// makes start fork its daemon and never end.
const initScript = `#!/bin/sh
pid=$2.pid
case $1 in
start)
	sleep 1000 >/dev/null 2>&1 & echo $! >"$pid"
	[ "$3" != hang ] || wait ;;
stop)
	kill "$(cat "$pid")" && rm "$pid" ;;
status)
	kill -0 "$(cat "$pid")" ;;
esac
`

// realBench is a Manager with real commands.
type realBench struct {
	t       *testing.T
	folder  string
	m       *Manager
	results chan Result
}

func newRealBench(t *testing.T) *realBench {
	t.Helper()
	b := &realBench{t: t, folder: t.TempDir(), results: make(chan Result, 16)}
	if err := os.WriteFile(filepath.Join(b.folder, "init"), []byte(initScript), 0o755); err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	runner := command.New(command.Settings{User: "root", Insecure: true}, log) // the folder is below /tmp
	b.m = New(Options{Run: runner, Units: newHost(), Log: log, Report: func(r Result) { b.results <- r }})
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := runner.Run(ctx); err != nil {
			t.Errorf("running commands: %v", err)
		}
	})
	wg.Go(func() {
		if err := b.m.Run(ctx); err != nil {
			t.Errorf("running services: %v", err)
		}
	})
	t.Cleanup(func() {
		cancel()
		wg.Wait()
		for _, name := range []string{"a", "b", "c"} {
			if pid := b.pid(name); pid > 0 {
				_ = syscall.Kill(pid, syscall.SIGKILL) // where the test has failed
			}
		}
	})
	return b
}

func (b *realBench) service(name, how string) config.Service {
	verb := func(verb string) *config.Command {
		return &config.Command{Argv: []string{filepath.Join(b.folder, "init"), verb, filepath.Join(b.folder, name), how}}
	}
	return config.Service{Name: name, Start: verb("start"), Stop: verb("stop"), Status: verb("status"), Timeout: deadline}
}

// pid returns the daemon's pid, or 0.
func (b *realBench) pid(name string) int {
	text, err := os.ReadFile(filepath.Join(b.folder, name+".pid"))
	if err != nil {
		return 0
	}
	pid, _ := strconv.Atoi(strings.TrimSpace(string(text)))
	return pid
}

func (b *realBench) expect(want string) {
	b.t.Helper()
	select {
	case r := <-b.results:
		if got := fmt.Sprint(r.Up, " ", r.Err); got != want {
			b.t.Fatalf("got %s, want %s", got, want)
		}
	case <-time.After(deadline):
		b.t.Fatalf("no answer, want %s", want)
	}
}

func (b *realBench) until(what string, is func() bool) {
	b.t.Helper()
	for end := time.Now().Add(deadline); !is(); time.Sleep(5 * time.Millisecond) { // real processes take real time
		if time.Now().After(end) {
			b.t.Fatalf("not %s", what)
		}
	}
}

func alive(pid int) bool { return pid > 0 && syscall.Kill(pid, 0) == nil }

func TestRealServicesOutliveTheirStartAndEndWithStop(t *testing.T) {
	b := newRealBench(t)
	b.m.Configure(map[string][]config.Service{"web": {b.service("a", ""), b.service("b", "")}})
	b.m.Want("web", true)
	b.expect("true <nil>")
	first, second := b.pid("a"), b.pid("b")
	if !alive(first) || !alive(second) {
		t.Fatalf("pids %d and %d: they do not both run", first, second)
	}
	b.m.Configure(map[string][]config.Service{"web": {b.service("a", ""), b.service("b", ""), b.service("c", "")}})
	b.expect("true <nil>")
	if b.pid("a") != first || b.pid("b") != second {
		t.Error("what ran was started again")
	}
	last := b.pid("c")
	b.m.Want("web", false)
	b.expect("false <nil>")
	for _, pid := range []int{first, second, last} {
		b.until("ended", func() bool { return !alive(pid) })
	}
}

func TestARealStartThatHangsIsEndedWithWhatItStarted(t *testing.T) {
	b := newRealBench(t)
	b.m.Configure(map[string][]config.Service{"web": {b.service("a", ""), b.service("b", "hang")}})
	b.m.Want("web", true)
	b.until("started", func() bool { return b.pid("b") > 0 })
	first, second := b.pid("a"), b.pid("b")
	b.m.Want("web", false)
	b.expect("false <nil>")
	b.until("ended", func() bool { return !alive(first) && !alive(second) })
}
