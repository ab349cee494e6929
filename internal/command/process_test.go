package command

import (
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// begun starts a program that does not end, outside of a runner. It is killed and reaped at the end of the test.
func begun(t *testing.T, p *process, timeout time.Duration) {
	t.Helper()
	pidfd := -1
	pid, err := syscall.ForkExec("/bin/sleep", []string{"sleep", "1000"}, &syscall.ProcAttr{
		Sys: &syscall.SysProcAttr{Setpgid: true, PidFD: &pidfd},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := abandon(pid); err != nil {
			t.Error(err)
		}
	})
	if err := p.begin(child{pid: pid, pidfd: pidfd}, timeout); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.close)
}

func TestAProcessThatIsCutBeforeItBeginsIsNotAwaited(t *testing.T) {
	p := &process{}
	p.cut()
	begun(t, p, deadline)
	start := time.Now()
	if p.await() || time.Since(start) > deadline/2 {
		t.Error("it was awaited")
	}
	if got := p.why(t.Context()); got != Cancelled {
		t.Error(got)
	}
}

func TestACutDoesNotHastenAnEnd(t *testing.T) {
	p := &process{}
	begun(t, p, 0)
	p.mu.Lock()
	p.ending = true
	p.mu.Unlock()
	if err := p.exit.SetReadDeadline(time.Now().Add(100 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	p.cut()
	if p.await() || time.Since(start) < 90*time.Millisecond {
		t.Error("its grace was cut")
	}
}

func TestAProcessThatCannotBeWatchedIsAnError(t *testing.T) {
	if err := (&process{}).begin(child{pid: 1, pidfd: -1}, 0); err == nil {
		t.Error("no error")
	}
}

func TestAwaitLeavesTheNumberTaken(t *testing.T) {
	p := &process{}
	begun(t, p, deadline)
	if err := unix.Kill(p.pid, unix.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if !p.await() {
		t.Fatal("it has not ended")
	}
	if err := unix.Kill(-p.pid, 0); err != nil {
		t.Errorf("its group: %v", err)
	}
}
