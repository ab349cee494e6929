package notify

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/aloft-ha/aloft/internal/command"
	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/internal/engine"
)

// lastWords is how long commands may still run when the daemon ends. Beyond it they are cancelled: a service manager
// would soon kill everything.
const lastWords = 10 * time.Second

// errEnded is why a command is cancelled or not begun at the end.
var errEnded = errors.New("the daemon has ended")

// Runner runs one command and returns when it has ended, which it does soon after the end of ctx. It is called from
// several goroutines at a time.
type Runner interface {
	Do(ctx context.Context, c command.Command) command.Result
}

// Options are what a [Notifier] is made of. Run is required.
type Options struct {
	Run Runner
	Log *slog.Logger // nil: none

	report func(finished) // of tests: takes how each command ended, in the goroutine of Run
}

// Notifier runs commands and writes FIFO lines.
//
// The commands of one router or group run strictly one after the other, and those of different ones side by side, 32 at
// most. While an event's commands run, or wait for their turn, later events of the same router coalesce to the latest.
// FIFOs get every event, in the order of [Notifier.Tell].
type Notifier struct {
	run    Runner
	log    *slog.Logger
	report func(finished)
	mail   *mailbox
	doneC  chan finished // has room for all that can run

	// Of the goroutine of Run.
	queues *queues
	fifos  *fifos
}

// finished is a job whose command has ended.
type finished struct {
	job    job
	result command.Result
}

// New returns a Notifier that tells nobody of anything until it is configured and runs.
func New(o Options) *Notifier {
	n := &Notifier{
		run: o.Run, log: o.Log, report: o.report,
		mail: newMailbox(), doneC: make(chan finished, atOnce), queues: newQueues(),
	}
	if n.log == nil {
		n.log = slog.New(slog.DiscardHandler)
	}
	if n.report == nil {
		n.report = func(finished) {}
	}
	n.fifos = newFIFOs(n.log)
	return n
}

// Configure says what to do from now on. Commands that run go on; events that wait get the new commands. A router that
// the file has no more keeps the old ones until it was told that it stopped. Configure comes BEFORE the engine is given
// the same file, so that the first event of a new router finds its commands. It may be called from any goroutine.
func (n *Notifier) Configure(cfg *config.Config, node string) {
	c := configurationOf(cfg, node)
	n.mail.put(letter{configure: &c})
}

// Tell takes an event and never waits. It may be called from any goroutine, also before Run; after Run has returned an
// event is lost.
func (n *Notifier) Tell(e engine.Event) { n.mail.put(letter{event: e}) }

// Run works until ctx ends, then finishes what is queued by then for at most 10 s, and cancels and logs the rest. It
// returns when no command runs any more, and never an error. It is called once.
func (n *Notifier) Run(ctx context.Context) error {
	defer n.fifos.close()
	work, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	defer cancel(nil)
	endC, ending := ctx.Done(), false
	var lateC <-chan time.Time
	for {
		n.readMail()
		n.start(work)
		if ending && n.queues.idle() {
			return nil
		}
		select {
		case <-n.mail.wakeC:
		case f := <-n.doneC:
			n.finish(f)
		case <-endC:
			endC, ending = nil, true
			timer := time.NewTimer(lastWords)
			defer timer.Stop()
			lateC = timer.C
		case <-lateC:
			cancel(errEnded)
			n.abandon()
			return nil
		}
	}
}

// readMail takes what was left for us. FIFO lines are written here, at once: they wait for no command.
func (n *Notifier) readMail() {
	for _, l := range n.mail.take() {
		switch {
		case l.configure != nil:
			n.queues.configure(*l.configure)
			n.fifos.keep(n.queues.fifos())
		case keepalivedWord(l.event.To) != "":
			n.fifos.write(n.queues.tell(l.event), notice{Event: l.event}.line())
		}
	}
}

// start starts what may run now.
func (n *Notifier) start(ctx context.Context) {
	for {
		j, ok := n.queues.next()
		if !ok {
			break
		}
		c := j.order(n.queues.node)
		go func() { n.doneC <- finished{job: j, result: n.run.Do(ctx, c)} }()
	}
	if n.queues.left {
		n.queues.left = false
		n.fifos.keep(n.queues.fifos())
	}
}

// finish takes the end of a command.
func (n *Notifier) finish(f finished) {
	n.queues.finished(f.job)
	n.tellOutcome(f)
}

// abandon logs what is not begun any more and waits for what was cancelled.
func (n *Notifier) abandon() {
	for _, j := range n.queues.abandon() {
		n.tellOutcome(finished{job: j, result: command.Result{Outcome: command.Cancelled, Err: errEnded}})
	}
	for n.queues.running > 0 {
		n.finish(<-n.doneC)
	}
}
