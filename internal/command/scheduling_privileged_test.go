//go:build privileged

package command

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
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
	// Priority 20 is nice 0; then real-time priority and policy. Of the daemon's threads one starts the commands.
	line := "cut -d' ' -f18,40,41 /proc/$$/stat; cut -d' ' -f18,40,41 /proc/self/stat; " +
		"cut -d' ' -f18,40,41 /proc/$PPID/task/*/stat | sort -u"
	var got string
	onFIFO(t, func() {
		if err := unix.Setpriority(unix.PRIO_PROCESS, unix.Gettid(), -7); err != nil {
			t.Error(err)
		}
		got = asDaemon(t, nil, line, "")
	})
	if want := "20 0 0\n20 0 0\n-11 10 1\n-2 1 1"; got != want {
		t.Errorf("the command, its child, and all threads of the daemon: %q, want %q", got, want)
	}
}

// Without the capabilities to free a child of it, the thread that starts commands is not real-time either.
func TestCommandsOfARealTimeDaemonWithoutPrivilege(t *testing.T) {
	line := "cut -d' ' -f18,40,41 /proc/$$/stat; cut -d' ' -f18,40,41 /proc/$PPID/task/*/stat | sort -u"
	var got string
	onFIFO(t, func() {
		got = asDaemon(t, &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}, line, "")
	})
	if want := "20 0 0\n-11 10 1\n20 0 0"; got != want {
		t.Errorf("the command, and all threads of the daemon: %q, want %q", got, want)
	}
}

func TestCommandsOfARealTimeDaemonThatMayNotTrace(t *testing.T) {
	t.Setenv(untracedEnv, "1")
	line := "cut -d' ' -f18,40,41 /proc/$$/stat; cut -d' ' -f18,40,41 /proc/$PPID/task/*/stat | sort -u"
	var got string
	onFIFO(t, func() { got = asDaemon(t, nil, line, "") })
	if want := "20 0 0\n-11 10 1\n20 0 0"; got != want {
		t.Errorf("the command, and all threads of the daemon: %q, want %q", got, want)
	}
}

func TestARealTimeDaemonRunsSetUserIDPrograms(t *testing.T) {
	dir, err := os.MkdirTemp("/var/lib", "aloft-command-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	id := filepath.Join(dir, "id")
	if out, err := exec.Command("install", "-m", "4755", "/usr/bin/id", id).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	onFIFO(t, func() {
		if got := asDaemon(t, nil, id+" -u", ""); got != "0" {
			t.Errorf("%s, want 0", got)
		}
	})
}

func TestDoSaysTheSameUnderRealTime(t *testing.T) {
	onFIFO(t, func() {
		for line, want := range map[string]string{
			"kill -TRAP $$":      "ended by SIGTRAP",
			"exit 3":             "exit status 3",
			"sleep 0.05; echo x": "x",
		} {
			if got := asDaemon(t, nil, line, ""); got != want {
				t.Errorf("%s: %s, want %s", line, got, want)
			}
		}
	})
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
