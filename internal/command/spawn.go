package command

import (
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// order asks the spawner for a process.
type order struct {
	path   string
	argv   []string
	attr   *syscall.ProcAttr
	who    identity
	childC chan child // with room for one
}

// child is the answer to an order.
type child struct {
	pid, pidfd int
	err        error
}

// onThread runs f on a thread that belongs to it alone and ends with it, and returns what f returns. That is never the
// first thread of the process: it does not end before the process, and what /proc/PID says of the process is read from it.
func onThread(f func() error) (err error) {
	doneC := make(chan struct{})
	go func() {
		defer close(doneC)
		runtime.LockOSThread() // never unlocked, so that the runtime ends the thread instead of using it for others
		if unix.Gettid() == unix.Getpid() {
			err = onThread(f)
			runtime.UnlockOSThread()
			return
		}
		err = f()
	}()
	<-doneC
	return err
}

// settle makes the calling thread the one that starts commands. What a child inherits from the thread that starts it is
// what it must not have of the daemon: real-time scheduling, ambient capabilities, a file mode mask. So this thread gives
// it up, and the others keep it. Descriptors belong to all.
func settle(log *slog.Logger) error {
	if err := normalScheduling(); err != nil {
		return fmt.Errorf("giving the thread that starts commands normal scheduling: %w", err)
	}
	if err := unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0); err != nil {
		return fmt.Errorf("taking the ambient capabilities from the thread that starts commands: %w", err)
	}
	if err := closeOnExec(); err != nil {
		return fmt.Errorf("keeping descriptors from commands: %w", err)
	}
	// The mask belongs to all threads until one leaves them, which a sandbox may refuse.
	if err := unix.Unshare(unix.CLONE_FS); err != nil {
		log.Info("commands get the umask of the daemon, as a thread may not have its own", "error", err)
		return nil
	}
	unix.Umask(0o022)
	return nil
}

// closeOnExec keeps from commands what this process was given by whoever started it. What Go opens is closed on exec anyway.
func closeOnExec() error {
	open, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return err
	}
	for _, e := range open {
		if fd, err := strconv.Atoi(e.Name()); err == nil && fd > 2 {
			unix.CloseOnExec(fd) // one that has been closed in the meantime does no harm
		}
	}
	return nil
}

// normalScheduling takes the calling thread's priority over others. It leaves a lower one than normal, which somebody has
// given the daemon on purpose and which a process without privilege may not raise.
func normalScheduling() error {
	attr, err := unix.SchedGetAttr(0, 0)
	if err != nil {
		return err
	}
	// Of a real-time thread the nice value is not told; getpriority(2) knows it, as 20 less it.
	raw, err := unix.Getpriority(unix.PRIO_PROCESS, 0)
	if err != nil {
		return err
	}
	nice := int32(20 - raw)
	switch attr.Policy {
	case unix.SCHED_FIFO, unix.SCHED_RR, unix.SCHED_DEADLINE:
	default:
		if nice >= 0 {
			return nil
		}
	}
	return unix.SchedSetAttr(0, &unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: unix.SCHED_NORMAL, Nice: max(nice, 0)}, 0)
}

// hasTerminal says whether this process has a controlling terminal, tty(4): it was started by hand.
func hasTerminal() bool {
	fd, err := unix.Open("/dev/tty", unix.O_RDONLY|unix.O_CLOEXEC|unix.O_NOCTTY|unix.O_NONBLOCK, 0)
	if err != nil {
		return false
	}
	unix.Close(fd)
	return true
}

// spawn starts a process in a process group of its own. With a terminal to be kept from it is a session as well: a command
// that asks there for a password has to fail, not to be stopped. Sessions are not made without need, as the kernel makes a
// scheduling group for each, sched(7), and hundreds of those a second cost more than the commands.
//
// The calling thread stands still until the program is loaded.
//
// The kernel kills a child when the thread that started it ends, prctl(2), so this thread has to live as long as any
// command may run, and no other thread may start one: those of the Go runtime come and go.
func spawn(o order, terminal bool) child {
	pidfd := -1
	o.attr.Sys.Setpgid, o.attr.Sys.Setsid = !terminal, terminal
	o.attr.Sys.Pdeathsig, o.attr.Sys.PidFD = unix.SIGKILL, &pidfd
	pid, err := syscall.ForkExec(o.path, o.argv, o.attr)
	return child{pid: pid, pidfd: pidfd, err: err}
}
