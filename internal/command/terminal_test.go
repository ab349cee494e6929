package command

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// terminal returns the side of a new pseudo-terminal that a program sees, pty(7).
func terminal(t *testing.T) *os.File {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { master.Close() })
	if err := unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	number, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	slave, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { slave.Close() })
	return slave
}

// A command that wants a password fails. In the daemon's session it would be stopped, in the background of its terminal.
func TestCommandsAreKeptFromTheTerminal(t *testing.T) {
	daemon := again(t, daemonEnv+"=head -c1 /dev/tty 2>&1; test -t 0 || echo no terminal", daemonUserEnv+"="+own.User)
	daemon.Stdin = terminal(t)
	daemon.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	out, err := daemon.Output()
	if err != nil {
		t.Fatal(err)
	}
	if got := string(out); !strings.Contains(got, "/dev/tty") || !strings.HasSuffix(got, "no terminal\n") {
		t.Errorf("%q", got)
	}
}
