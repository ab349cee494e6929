//go:build privileged

package command

import (
	"testing"

	"golang.org/x/sys/unix"
)

// onFIFO runs f on a thread with real-time scheduling; the threads that it makes inherit that.
func onFIFO(t *testing.T, f func()) {
	t.Helper()
	err := onThread(func() error {
		attr := &unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: unix.SCHED_FIFO, Priority: 10}
		if err := unix.SchedSetAttr(0, attr, 0); err != nil {
			return err
		}
		f()
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A daemon whose threads are all real-time, as under systemd's CPUSchedulingPolicy=fifo, and nice as well.
func TestCommandsOfARealTimeDaemonAreNot(t *testing.T) {
	line := "cut -d' ' -f18,19,40,41 /proc/self/stat; cut -d' ' -f18,40,41 /proc/$PPID/stat"
	var got string
	onFIFO(t, func() {
		if err := unix.Setpriority(unix.PRIO_PROCESS, unix.Gettid(), -7); err != nil {
			t.Error(err)
		}
		got = asDaemon(t, nil, line, "")
	})
	// Priority 20 is nice 0; -11 is real-time priority 10. Then real-time priority and policy.
	if want := "20 0 0 0\n-11 10 1"; got != want {
		t.Errorf("the command, then the daemon: %q, want %q", got, want)
	}
}

func TestCommandsOfANiceDaemon(t *testing.T) {
	for nice, want := range map[int]string{-7: "0", 5: "5"} {
		err := onThread(func() error {
			if err := unix.Setpriority(unix.PRIO_PROCESS, unix.Gettid(), nice); err != nil {
				return err
			}
			if got := asDaemon(t, nil, "nice", ""); got != want {
				t.Errorf("nice %d: %s, want %s", nice, got, want)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
