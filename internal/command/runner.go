package command

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Settings are the section scripts of the file.
type Settings struct {
	User        string   // whom commands run as; empty: the user of the daemon, or nobody if that is root
	Environment []string // "NAME=value", beside the clean environment
	Insecure    bool     // programs that somebody else could have written are run all the same
}

// Command is what to run.
type Command struct {
	Argv          []string      // program and arguments, no shell; a program without a slash is looked for in a fixed PATH
	User          string        // whom it runs as, by name or number; empty: the runner's
	Env           []string      // "NAME=value", beside the runner's environment
	Stdin         []byte        // what the command reads; empty: /dev/null
	Timeout       time.Duration // 0: none
	LeaveChildren bool          // processes of its group that outlive it are left alone, unless it had to be ended
}

// Runner runs commands. Its methods are safe for concurrent use.
type Runner struct {
	log    *slog.Logger
	users  users
	orderC chan order
	endC   chan struct{} // closed when the runner ends

	mu       sync.Mutex // guards what follows
	settings Settings
	ending   bool
	running  map[*process]struct{}
	left     leftovers

	busy sync.WaitGroup // commands and readers; none is added once ending is set, unless by one of these
}

// New returns a runner. [Runner.Run] has to run for it to start anything.
func New(s Settings, log *slog.Logger) *Runner {
	return &Runner{
		log: log, settings: s, orderC: make(chan order), endC: make(chan struct{}),
		running: map[*process]struct{}{}, left: leftovers{},
	}
}

// Configure changes the settings for the commands that start from now on.
func (r *Runner) Configure(s Settings) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.settings = s
}

// Run starts commands until ctx is done. Then it ends those that run, as at their timeouts, and returns after their ends.
// It may be called once.
func (r *Runner) Run(ctx context.Context) error {
	return onThread(func() error {
		// The thread lives until all have ended: its own end would kill them, without the time that SIGTERM gives.
		defer r.end()
		s, err := newSpawner(r.log)
		if err != nil {
			return err
		}
		for {
			select {
			case <-ctx.Done():
				return nil
			case o := <-r.orderC:
				o.childC <- s.spawn(o)
			}
		}
	})
}

// end ends everything and waits for that.
func (r *Runner) end() {
	r.mu.Lock()
	r.ending = true
	close(r.endC)
	for p := range r.running {
		p.cut()
	}
	r.left.cutAll()
	r.mu.Unlock()
	r.busy.Wait()
}

// admit counts a command in; false: the runner has ended.
func (r *Runner) admit(p *process) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ending {
		return false
	}
	r.running[p] = struct{}{}
	r.busy.Add(1)
	return true
}

// dismiss counts it out.
func (r *Runner) dismiss(p *process) {
	r.mu.Lock()
	delete(r.running, p)
	r.mu.Unlock()
	r.busy.Done()
}

// Do runs a command and returns when it has ended, or could not be ended. The command is ended when ctx is done, and then
// its result is TimedOut if a deadline was the reason. Do blocks as long as Run has not been called.
func (r *Runner) Do(ctx context.Context, c Command) Result {
	select {
	case <-r.endC:
		return Result{Outcome: Cancelled}
	case <-ctx.Done():
		return tooLate(ctx)
	default:
	}
	if err := r.crowded(); err != nil {
		return Result{Outcome: Refused, Err: err}
	}
	// This may hang, at a folder of a file system that does not answer. So it is not counted in yet: the end of the
	// runner does not wait for it.
	o, err := r.prepare(c)
	if err != nil {
		return Result{Outcome: Refused, Err: err}
	}
	p := &process{}
	if !r.admit(p) {
		return Result{Outcome: Cancelled}
	}
	defer r.dismiss(p)
	return r.perform(ctx, c, o, p)
}

// perform has a command started when it is its turn, and sees it through.
func (r *Runner) perform(ctx context.Context, c Command, o order, p *process) Result {
	pipes, err := open(c.Stdin)
	if err != nil {
		return Result{Outcome: Refused, Err: err}
	}
	defer pipes.close()
	o.attr.Files = pipes.child[:]
	select {
	case r.orderC <- o:
	case <-r.endC:
		return Result{Outcome: Cancelled}
	case <-ctx.Done():
		return tooLate(ctx)
	}
	started := time.Now()
	child := <-o.childC
	if child.err != nil {
		return Result{Outcome: Refused, Err: explain(child.err, o.path, o.who)}
	}
	result := r.attend(ctx, c, p, child, pipes)
	result.Took = time.Since(started)
	return result
}

// tooLate is the result of a command whose context was done before it could start.
func tooLate(ctx context.Context) Result {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return Result{Outcome: TimedOut}
	}
	return Result{Outcome: Cancelled}
}

// prepare works out what to start and as whom.
func (r *Runner) prepare(c Command) (order, error) {
	r.mu.Lock()
	s := r.settings
	r.mu.Unlock()
	name := s.User
	if c.User != "" {
		name = c.User
	}
	who, err := r.users.find(name)
	if err != nil {
		return order{}, err
	}
	if err := mayBecome(who); err != nil {
		return order{}, err
	}
	path, err := program(c.Argv, who, !s.Insecure)
	if err != nil {
		return order{}, err
	}
	return order{
		path: path, argv: c.Argv, who: who, childC: make(chan child, 1),
		attr: &syscall.ProcAttr{
			Dir: "/",
			Env: environ(who, s.Environment, c.Env),
			Sys: &syscall.SysProcAttr{Credential: who.credential()},
		},
	}, nil
}

// attend sees a command through to its end.
func (r *Runner) attend(ctx context.Context, c Command, p *process, started child, pipes *pipes) Result {
	out := pipes.reader()
	if err := p.begin(started, c.Timeout); err != nil {
		return Result{Outcome: Refused, Err: errors.Join(err, abandon(started.pid), out.pipe.Close())}
	}
	r.busy.Go(out.drain)
	stop := context.AfterFunc(ctx, p.cut)
	defer stop()

	result := Result{}
	ended, byItself := p.await(), true
	if !ended {
		result.Outcome, byItself = p.why(ctx), false
		ended = p.end()
	}
	if !ended {
		result.Err = errUnkillable
		r.leaveProcess(p)
	} else {
		if !byItself || !c.LeaveChildren {
			p.signalGroup(unix.SIGKILL)
		}
		status, err := p.reap()
		result.Err = err
		if byItself {
			result.judge(status)
		}
	}
	r.collect(out)
	result.Output = out.text()
	return result
}

// judge says how a command ended that ended by itself.
func (r *Result) judge(status syscall.WaitStatus) {
	if status.Signaled() {
		r.Outcome, r.Signal = Signalled, status.Signal()
		return
	}
	r.Outcome, r.Code = Exited, status.ExitStatus()
}

// abandon kills a process that cannot be watched.
func abandon(pid int) error {
	_ = unix.Kill(-pid, unix.SIGKILL)
	return retry(func() error {
		_, err := syscall.Wait4(pid, nil, 0, nil)
		return err
	})
}
