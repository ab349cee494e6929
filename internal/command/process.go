package command

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// grace is what a command has to end after SIGTERM before it is killed.
	grace = time.Second
	// killPatience is how long the end of a killed command is waited for. A process that waits for storage or for a
	// network file system inside the kernel ends when that answers.
	killPatience = time.Second
)

// errUnkillable is why a process is still there after SIGKILL.
var errUnkillable = errors.New("it does not end on SIGKILL either, as it waits inside the kernel, for storage it may be")

// longAgo is a deadline that has passed.
var longAgo = time.Unix(1, 0)

// process is a command from the order for it to its end. It belongs to the goroutine of its Do; only cut may be called by
// others.
type process struct {
	pid  int
	exit *os.File // a pidfd
	conn syscall.RawConn

	mu     sync.Mutex
	isCut  bool // nobody waits for it any more
	ending bool // it has been told to end: its deadlines are those of the end
}

// begin takes the child that has been started.
func (p *process) begin(c child, timeout time.Duration) error {
	if err := unix.SetNonblock(c.pidfd, true); err != nil { // or the poller would not take it
		return fmt.Errorf("watching the process: %w", err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pid, p.exit = c.pid, os.NewFile(uintptr(c.pidfd), "pidfd")
	var err error
	if p.conn, err = p.exit.SyscallConn(); err != nil {
		return fmt.Errorf("watching the process: %w", err)
	}
	switch {
	case p.isCut:
		return p.exit.SetReadDeadline(longAgo)
	case timeout > 0:
		return p.exit.SetReadDeadline(time.Now().Add(timeout))
	}
	return nil
}

// cut ends the wait for the process, and so the process.
func (p *process) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.isCut = true
	if p.exit != nil && !p.ending {
		_ = p.exit.SetReadDeadline(longAgo) // fails if it has ended and is closed
	}
}

// await waits for the end of the process and says whether it came before the deadline. The process is not reaped: as long
// as it is not, its number and that of its group belong to nobody else.
func (p *process) await() bool {
	err := p.conn.Read(func(fd uintptr) bool {
		var info unix.Siginfo
		err := retry(func() error {
			return unix.Waitid(unix.P_PIDFD, int(fd), &info, unix.WEXITED|unix.WNOHANG|unix.WNOWAIT, nil)
		})
		return err != nil || info.Signo != 0
	})
	return err == nil
}

// end ends the process with its group, the polite way first, and says whether it has ended.
func (p *process) end() bool {
	p.mu.Lock()
	p.ending = true
	p.mu.Unlock()
	for _, try := range []struct {
		signal   unix.Signal
		patience time.Duration
	}{{unix.SIGTERM, grace}, {unix.SIGKILL, killPatience}} {
		_ = p.exit.SetReadDeadline(time.Now().Add(try.patience))
		p.signalGroup(try.signal)
		if p.await() {
			return true
		}
	}
	return false
}

// signalGroup must be called only before the process is reaped. Where the process has left its group for another one, as
// setpgid(2) allows, it is told beside it.
func (p *process) signalGroup(s unix.Signal) {
	_ = unix.Kill(-p.pid, s) // fails if the group has no process left
	if group, err := unix.Getpgid(p.pid); err == nil && group != p.pid {
		_ = unix.Kill(p.pid, s) // fails if it has become another user's
	}
}

// why says why the process is ended before its time.
func (p *process) why(ctx context.Context) Outcome {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.isCut && !errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return Cancelled
	}
	return TimedOut
}

// reap takes the exit status of a process that has ended, and closes it.
func (p *process) reap() (syscall.WaitStatus, error) {
	var status syscall.WaitStatus
	err := retry(func() error {
		_, err := syscall.Wait4(p.pid, &status, 0, nil)
		return err
	})
	p.close()
	if err != nil {
		return 0, fmt.Errorf("reading its exit status: %w", err)
	}
	return status, nil
}

func (p *process) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.exit.Close()
}

// retry repeats a system call that a signal has interrupted.
func retry(call func() error) error {
	for {
		if err := call(); !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}
