package command

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// deadline is generous: it is only reached when something hangs.
const deadline = 30 * time.Second

// own are settings for scripts in the folder of a test, which only we can enter and which is below /tmp.
var own = Settings{User: strconv.Itoa(os.Geteuid()), Insecure: true}

// run starts a runner for the test, and joins it.
func run(tb testing.TB, s Settings) *Runner {
	tb.Helper()
	r, stop := runUntil(tb, s)
	tb.Cleanup(stop)
	return r
}

// runUntil starts a runner that the test stops.
func runUntil(tb testing.TB, s Settings) (r *Runner, stop func()) {
	tb.Helper()
	r = New(s, slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(context.Background())
	doneC := make(chan error, 1)
	go func() { doneC <- r.Run(ctx) }()
	return r, func() {
		tb.Helper()
		cancel()
		select {
		case err := <-doneC:
			if err != nil {
				tb.Errorf("Run: %v", err)
			}
		case <-time.After(deadline):
			tb.Error("Run does not end")
		}
	}
}

// sh returns a command for the shell that must not take for ever.
func sh(line string) Command {
	return Command{Argv: []string{shell, "-c", line}, Timeout: deadline}
}

// script writes an executable file and returns its path.
func script(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "script")
	if err := os.WriteFile(file, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	return file
}

// said runs a command that has to succeed and returns what it said.
func said(t *testing.T, r *Runner, c Command) string {
	t.Helper()
	result := r.Do(t.Context(), c)
	if !result.OK() {
		t.Fatalf("%q: %v", c.Argv, result)
	}
	return result.Output
}

// until polls what has to come true.
func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(deadline); !is(); time.Sleep(5 * time.Millisecond) { // real processes take real time
		if time.Now().After(end) {
			t.Fatalf("not %s", what)
		}
	}
}

// process numbers of a group that have not ended, by /proc.
func group(t *testing.T, pgid string) []string {
	t.Helper()
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	var alive []string
	for _, name := range stats {
		if state, g := stat(name); g == pgid && !strings.Contains("ZX", state) {
			alive = append(alive, name)
		}
	}
	return alive
}

// stat reads the state and the process group of a process, proc_pid_stat(5); empty: it is gone.
func stat(name string) (state, pgid string) {
	line, err := os.ReadFile(name)
	if err != nil {
		return "", ""
	}
	fields := strings.Fields(string(line[strings.LastIndexByte(string(line), ')')+1:]))
	return fields[0], fields[2]
}

// gone waits until no process of the group is left.
func gone(t *testing.T, pgid string) {
	t.Helper()
	if _, err := strconv.Atoi(pgid); err != nil {
		t.Fatalf("%q is no process group", pgid)
	}
	until(t, "gone: the group "+pgid, func() bool { return len(group(t, pgid)) == 0 })
}

// endOnlyOne asserts that one process of the group lives on, and kills it.
func endOnlyOne(t *testing.T, pgid string) {
	t.Helper()
	if got := group(t, pgid); len(got) != 1 {
		t.Errorf("%q live on, want one", got)
	}
	n, err := strconv.Atoi(pgid)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.Kill(-n, unix.SIGKILL); err != nil {
		t.Error(err)
	}
}

// firstLine of what a script said, which is its process group in most tests.
func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

// status reads a line of /proc/self/status of this process.
func status(t *testing.T, key string) string {
	t.Helper()
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if name, value, _ := strings.Cut(line, ":"); name == key {
			return strings.TrimSpace(value)
		}
	}
	t.Fatalf("no %s in /proc/self/status", key)
	return ""
}
