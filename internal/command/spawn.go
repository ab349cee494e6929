package command

import (
	"errors"
	"fmt"
	"log/slog"
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

// spawner starts processes. It belongs to its thread.
//
// The kernel kills a child when the thread that started it ends, prctl(2), so that thread has to live as long as any
// command may run, and no other thread may start one: those of the Go runtime come and go.
type spawner struct {
	log      *slog.Logger
	terminal bool   // there is one that commands have to be kept from
	realTime uint32 // the real-time policy that the thread has kept, and a child loses once it is loaded; 0: none
}

// newSpawner makes the calling thread the one that starts commands.
func newSpawner(log *slog.Logger) (*spawner, error) {
	if err := settle(log); err != nil {
		return nil, err
	}
	s := &spawner{log: log, terminal: hasTerminal()}
	var err error
	if s.realTime, err = realTimeOf(); err == nil {
		err = s.schedule(s.realTime != 0)
	}
	if err != nil {
		return nil, fmt.Errorf("the scheduling of the thread that starts commands: %w", err)
	}
	return s, nil
}

// schedule gives the thread real-time or normal scheduling.
func (s *spawner) schedule(realTime bool) error {
	if realTime {
		return lowestRealTime(s.realTime)
	}
	return normalScheduling(0)
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
// scheduling group for each, sched(7), and hundreds of those a second are slower than the commands.
//
// The calling thread stands still until the program is loaded.
func (s *spawner) spawn(o order) child {
	if s.realTime == 0 {
		return s.fork(o, false)
	}
	traceable := !gainsPrivilege(o.path)
	if traceable {
		if c := s.fork(o, true); !errors.Is(c.err, unix.EPERM) {
			return c
		}
	}
	if err := s.schedule(false); err != nil {
		return child{err: fmt.Errorf("giving up real-time scheduling: %w", err)}
	}
	c := s.fork(o, false)
	if traceable && c.err == nil { // else the error has to do with the program
		s.realTime = 0
		s.log.Warn("commands may hold up this daemon on a busy machine, as nothing may be traced here",
			"next", "see whether the sysctl kernel.yama.ptrace_scope is above 1, or a sandbox forbids ptrace")
		return c
	}
	if err := s.schedule(true); err != nil {
		s.realTime = 0
		s.log.Warn("commands may hold up this daemon on a busy machine", "error", err)
	}
	return c
}

// fork starts a process, with the scheduling of the thread or, if traced, with normal scheduling.
func (s *spawner) fork(o order, traced bool) child {
	pidfd := -1
	sys := o.attr.Sys
	sys.Setpgid, sys.Setsid = !s.terminal, s.terminal
	sys.Pdeathsig, sys.PidFD, sys.Ptrace = unix.SIGKILL, &pidfd, traced
	var pid int
	var err error
	withoutCore(func() { pid, err = syscall.ForkExec(o.path, o.argv, o.attr) })
	if err == nil && traced {
		if err = release(pid); err != nil {
			unix.Close(pidfd)
			err = errors.Join(err, abandon(pid))
		}
	}
	return child{pid: pid, pidfd: pidfd, err: err}
}
