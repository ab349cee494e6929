//go:build privileged

package command

import (
	"io"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A process that its tracer has not let go is as one that hangs in the kernel: it is dead, and has not ended.
func TestWhatDoesNotEndOnSIGKILLIsLeft(t *testing.T) {
	r := run(t, Settings{})
	resultC := make(chan Result, 1)
	c := sh("echo $$; sleep 1000")
	c.Timeout = time.Second
	go func() { resultC <- r.Do(t.Context(), c) }()
	pid := onlyPID(t, r)
	release := traced(t, pid)
	got := <-resultC
	if got.Outcome != TimedOut || got.Err == nil || got.OK() || got.Took < c.Timeout+grace+killPatience {
		t.Errorf("%v after %v", got, got.Took)
	}
	if want := "ended after 3"; !strings.HasPrefix(got.String(), want) || !strings.HasSuffix(got.String(), errUnkillable.Error()) {
		t.Errorf("%q", got.String())
	}
	release()
	until(t, "forgotten", func() bool { r.mu.Lock(); defer r.mu.Unlock(); return len(r.left) == 0 })
	gone(t, firstLine(got.Output))
	if state, _ := stat("/proc/" + strconv.Itoa(pid) + "/stat"); state != "" {
		t.Errorf("it is still there, in state %s", state)
	}
}

func TestTheEndOfTheRunnerDoesNotWaitForWhatDoesNotEnd(t *testing.T) {
	r, stop := runUntil(t, Settings{})
	resultC := make(chan Result, 1)
	go func() { resultC <- r.Do(t.Context(), Command{Argv: []string{"sleep", "1000"}, Timeout: time.Second}) }()
	pid := onlyPID(t, r)
	release := traced(t, pid)
	<-resultC
	stop()
	release()
	var status syscall.WaitStatus
	until(t, "a zombie of ours", func() bool {
		got, err := syscall.Wait4(pid, &status, syscall.WNOHANG, nil)
		return got == pid && err == nil
	})
}

// traced has another process trace the one of that number until release.
func traced(t *testing.T, pid int) (release func()) {
	t.Helper()
	tracer := again(t, tracerEnv+"="+strconv.Itoa(pid))
	in, err := tracer.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := tracer.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := tracer.Start(); err != nil {
		t.Fatal(err)
	}
	if said, err := io.ReadAll(io.LimitReader(out, 3)); err != nil || string(said) != "ok\n" {
		t.Fatalf("the tracer: %q, %v", said, err)
	}
	return func() {
		t.Helper()
		if err := in.Close(); err != nil {
			t.Error(err)
		}
		if err := tracer.Wait(); err != nil {
			t.Errorf("the tracer: %v", err)
		}
	}
}
