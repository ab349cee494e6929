package tracker

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// heldProcess is one process by its pidfd (pidfd_open(2), Linux 5.3): the number cannot become another process's while it
// is held, and the kernel tells its end, in any namespace and without privileges.
type heldProcess struct {
	pid  int
	file *os.File // the pidfd
	raw  syscall.RawConn

	name  int    // /proc/PID/comm, open, as opening it is most of the cost of reading it; -1: not yet
	known string // what it said when the names were looked at last
}

// holdProcess takes hold of a process, which may be a zombie.
func holdProcess(pid int) (*heldProcess, error) {
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return nil, fmt.Errorf("pidfd_open of %d: %w", pid, err)
	}
	// os.NewFile gives only a descriptor that does not block to the poller. PIDFD_NONBLOCK would say the same, and needs
	// Linux 5.10.
	if err := unix.SetNonblock(fd, true); err != nil {
		_ = unix.Close(fd)
		return nil, fmt.Errorf("pidfd of %d: %w", pid, err)
	}
	h := &heldProcess{pid: pid, name: -1, file: os.NewFile(uintptr(fd), "pidfd")}
	if h.raw, err = h.file.SyscallConn(); err != nil {
		h.release()
		return nil, fmt.Errorf("pidfd of %d: %w", pid, err)
	}
	return h, nil
}

// gone reports whether there is no process of a pid: none at all, or a thread that is not the first of its process
// (EINVAL, since Linux 6.9 ENOENT).
func gone(err error) bool {
	return errors.Is(err, unix.ESRCH) || errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOENT)
}

// alive reports whether the process runs. A zombie does not.
func (h *heldProcess) alive() bool {
	over := true
	err := h.raw.Control(func(fd uintptr) { over = readable(fd) })
	return err == nil && !over
}

// ended waits until the process has ended, and reports that; false means that it was released before.
func (h *heldProcess) ended() bool {
	return h.raw.Read(readable) == nil
}

// readable polls a pidfd: it is readable from the end of its process on.
func readable(fd uintptr) bool {
	fds := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
	for {
		n, err := unix.Poll(fds, 0)
		if !errors.Is(err, unix.EINTR) {
			return n > 0 || err != nil
		}
	}
}

// named reports whether the process has a name, now: it may have executed another program since. Only when its comm
// changes is more of it read. That the number was still the held process's follows from a call of alive after it.
func (h *heldProcess) named(root, name string) bool {
	comm, err := h.comm(root)
	if err != nil {
		return false
	}
	if comm == h.known {
		return true
	}
	now, err := readProc(root, h.pid)
	if err != nil || !now.counts() || !now.named(name) {
		return false
	}
	h.known = now.comm
	return true
}

// comm reads the name of the process's first thread.
func (h *heldProcess) comm(root string) (string, error) {
	if h.name < 0 {
		fd, err := unix.Open(fmt.Sprintf("%s/%d/comm", root, h.pid), unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err != nil {
			return "", fmt.Errorf("opening the name of %d: %w", h.pid, err)
		}
		h.name = fd
	}
	var buf [64]byte
	n, err := unix.Pread(h.name, buf[:], 0)
	if err != nil {
		return "", fmt.Errorf("reading the name of %d: %w", h.pid, err)
	}
	return strings.TrimSuffix(string(buf[:n]), "\n"), nil
}

// release ends the hold, and whoever waits in ended.
func (h *heldProcess) release() {
	_ = h.file.Close()
	if h.name >= 0 {
		_ = unix.Close(h.name)
	}
}
