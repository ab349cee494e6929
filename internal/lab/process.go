package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"
	"time"

	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

// pipePatience is how long the output of a process is read on after its end, when a child of it still holds the pipe.
const pipePatience = time.Second

// Process is a program that runs on a host, in a process group of its own. The kernel kills it when this process ends,
// however that happens.
type Process struct {
	Name    string // of the program, for messages
	Host    *Host
	Started time.Time // just before the fork
	Output  *Output

	cmd   *exec.Cmd
	doneC chan struct{} // closed once it has ended
	ended time.Time     // these two are set before doneC is closed
	err   error
}

// Start starts a program on the host. The command's SysProcAttr may be set, except for its process group and its death
// signal; its output is captured, unless the command has a place for it.
func (h *Host) Start(cmd *exec.Cmd) (*Process, error) {
	p := &Process{
		Name: filepath.Base(cmd.Path), Host: h, Output: newOutput(), cmd: cmd, doneC: make(chan struct{}),
	}
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Setpgid = true // so that it can be killed with its children, and Ctrl-C does not reach it
	cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL
	cmd.WaitDelay = pipePatience
	if cmd.Stdout == nil {
		cmd.Stdout = p.Output
	}
	if cmd.Stderr == nil {
		cmd.Stderr = p.Output
	}
	p.Started = time.Now()
	if err := h.lan.start.run(h.ns, cmd.Start); err != nil {
		return nil, fmt.Errorf("starting %s on %s: %w", p.Name, h.Name, err)
	}
	go p.reap() // joined through doneC, in LAN.Close at the latest
	h.lan.mu.Lock()
	defer h.lan.mu.Unlock()
	h.lan.procs = append(h.lan.procs, p)
	return p, nil
}

// reap waits for the end of the process.
func (p *Process) reap() {
	p.err = p.cmd.Wait()
	p.ended = time.Now()
	close(p.doneC)
}

// PID returns the number of the process.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Running says whether the process has not ended yet.
func (p *Process) Running() bool {
	select {
	case <-p.doneC:
		return false
	default:
		return true
	}
}

// Wait waits for the end of the process and returns when and how it ended, as [exec.Cmd.Wait] says; or the context's
// error, if ctx is done before.
func (p *Process) Wait(ctx context.Context) (time.Time, error) {
	select {
	case <-p.doneC:
		return p.ended, p.err
	case <-ctx.Done():
		return time.Time{}, ctx.Err()
	}
}

// Signal sends a signal: SIGKILL, SIGSTOP and SIGCONT to the whole process group, so that a program of several
// processes is hit as one, and every other to the process alone. The process having ended is an error,
// [os.ErrProcessDone].
func (p *Process) Signal(s syscall.Signal) error {
	err := p.signal(s)
	if err != nil {
		return fmt.Errorf("sending %s to %s on %s: %w", unix.SignalName(s), p.Name, p.Host.Name, err)
	}
	return nil
}

// signal does the work of Signal.
func (p *Process) signal(s syscall.Signal) error {
	switch s {
	case unix.SIGKILL, unix.SIGSTOP, unix.SIGCONT:
		// Once it is reaped its number may belong to somebody else.
		if !p.Running() {
			return os.ErrProcessDone
		}
		return unix.Kill(-p.PID(), s)
	}
	return p.cmd.Process.Signal(s)
}

// kill ends the process, if it runs, and waits for its end.
func (p *Process) kill() error {
	err := p.Signal(unix.SIGKILL)
	if err != nil && !errors.Is(err, os.ErrProcessDone) && !errors.Is(err, unix.ESRCH) {
		return err
	}
	<-p.doneC
	return nil
}

// Stop ends the process with SIGTERM and waits for its end. If ctx is done before that, it is killed, and the error
// says so. How it exited is not an error; [Process.Wait] tells.
func (p *Process) Stop(ctx context.Context) error {
	if err := p.Signal(unix.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case <-p.doneC:
		return nil
	case <-ctx.Done():
		return errors.Join(fmt.Errorf("%s on %s does not end on SIGTERM: %w", p.Name, p.Host.Name, ctx.Err()), p.kill())
	}
}

// starter is the one thread that starts processes. The kernel sends the death signal when the thread that started the
// process ends, not the whole program, prctl(2): so it has to live as long as the laboratory.
type starter struct {
	jobC  chan func()
	doneC chan struct{}
	once  sync.Once
}

// newStarter returns a running starter; stop joins it.
func newStarter() *starter {
	s := &starter{jobC: make(chan func()), doneC: make(chan struct{})}
	go s.loop()
	return s
}

// loop runs the jobs on its thread.
func (s *starter) loop() {
	defer close(s.doneC)
	runtime.LockOSThread()
	for job := range s.jobC {
		job()
	}
	runtime.UnlockOSThread()
}

// run runs f on the starter's thread inside the namespace and waits for it.
func (s *starter) run(n *namespace, f func() error) (err error) {
	done := make(chan struct{})
	s.jobC <- func() {
		defer close(done)
		var home netns.NsHandle
		if home, err = netns.Get(); err != nil {
			return
		}
		defer home.Close()
		if err = netns.Set(n.handle); err != nil {
			return
		}
		err = f()
		// A thread that stays in the namespace does no harm, the next job sets its own; but the namespace could not be
		// freed before this program ends.
		err = errors.Join(err, netns.Set(home))
	}
	<-done
	return err
}

// stop ends the starter's thread. It may be called again.
func (s *starter) stop() {
	s.once.Do(func() { close(s.jobC) })
	<-s.doneC
}
