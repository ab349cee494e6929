package command

import (
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"strconv"

	"golang.org/x/sys/unix"
)

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

// settle takes from the calling thread what a child inherits of it and must not have of the daemon: ambient capabilities
// and the file mode mask. The other threads keep them. Descriptors belong to all.
func settle(log *slog.Logger) error {
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
