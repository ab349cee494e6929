package tracker

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"
)

const (
	// pace is the least time between two wakes for checks that are due, so that thousands of trackers share them.
	pace = 2 * time.Millisecond

	// parting is how long Run waits at its end for checks that are out.
	parting = 2 * time.Second
)

// Options are what a [Manager] is made of.
type Options struct {
	// Run runs the command of a script, ends it with the context, and says whether it passed. Required where there are
	// scripts.
	Run func(context.Context, Script) Result

	// Units is asked for the units of systemd; nil: trackers of those fail.
	Units Units

	// Report takes a status whenever its State, Numeric or Value changed, in order. It is called in the goroutine of
	// [Manager.Run] and must not block. The first report of a tracker is that it is no longer pending.
	Report func(Status)

	Log *slog.Logger // nil: none

	probe func(Kind, func()) probe // of tests; nil: newProbe
}

// Manager checks trackers and reports what it finds.
//
// All state belongs to the goroutine of [Manager.Run]. Each check runs in one of its own, at most one of each tracker at
// a time. The other methods may be called from any goroutine, also before Run, and return at once.
type Manager struct {
	run    func(context.Context, Script) Result
	units  Units
	report func(Status)
	log    *slog.Logger
	probe  func(Kind, func()) probe

	links   *linkTable
	procs   *procTable
	files   *fileWatcher
	watch   func() // runs files, the first time it is called
	mail    *mailbox
	answers chan answer
	over    chan struct{} // closed when Run returns

	epoch    time.Time // which the grids of the checks stand on
	made     uint64    // how many trackers there were so far
	trackers map[string]*tracker
	queue    queue
	out      map[*lookout]struct{} // those with a check that has not come back, retired ones too

	mu   sync.Mutex // guards the list, and the status of each
	list []*tracker // in the order of the specifications
}

// New returns a Manager without trackers. It looks at nothing before [Manager.Run].
func New(o Options) *Manager {
	m := &Manager{
		run: o.Run, units: o.Units, report: o.Report, log: o.Log, probe: o.probe,
		links: newLinkTable(), procs: newProcTable("/proc"), files: newFileWatcher(),
		mail: newMailbox(), answers: make(chan answer), over: make(chan struct{}),
		trackers: make(map[string]*tracker), out: make(map[*lookout]struct{}),
	}
	if m.report == nil {
		m.report = func(Status) {}
	}
	if m.log == nil {
		m.log = slog.New(slog.DiscardHandler)
	}
	if m.probe == nil {
		m.probe = m.newProbe
	}
	return m
}

// Configure makes the manager run these trackers and no others. Their names are unique (of two, the first counts); an
// interval below 10 ms, and a Rise or Fall below 1, count as these, a Timeout of 0 as the interval.
//
// A tracker whose name is known goes on. Where it looks at the same, it keeps its state and what it has counted, and the
// new rules hold from its next result. Where it looks at something else, it keeps reporting the state it had until the
// first result of the new, which decides alone, or until 10 s have passed.
func (m *Manager) Configure(specs []Spec) {
	list := make([]Spec, len(specs))
	for i, s := range specs {
		list[i] = s.bounded()
	}
	m.mail.post(func(l *letters) { l.specs = &list })
}

// Links says what interfaces this host has. Until it was called for the first time, trackers of interfaces have no
// result.
func (m *Manager) Links(links []Link) { m.links.set(links) }

// Statuses returns what each tracker has found so far, in the order of the specifications. Between two reports it also
// has the text and the time of the last check.
func (m *Manager) Statuses() []Status {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := make([]Status, len(m.list))
	for i, t := range m.list {
		out[i] = t.status
	}
	return out
}

// Run checks until ctx ends; then it ends the checks that are out, waits for them, and returns nil. One that does not end
// with its context, because it hangs in the kernel, is left behind after 2 s, with a warning.
func (m *Manager) Run(ctx context.Context) error {
	defer close(m.over)
	var watching sync.WaitGroup
	defer watching.Wait()
	m.watch = sync.OnceFunc(func() {
		watching.Go(func() { _ = m.files.Run(ctx) }) // without it the checks at their intervals are enough
	})
	m.epoch = time.Now()
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	var armed, rested time.Time // what the timer is set to; before when it must not be
	for ctx.Err() == nil {
		if t, due := m.queue.first(); t != nil && !due.Equal(armed) {
			armed = due
			timer.Reset(time.Until(later(armed, rested)))
		}
		select {
		case <-ctx.Done():
		case <-m.mail.bell:
			m.readMail(time.Now())
		case a := <-m.answers:
			m.receive(ctx, a, time.Now())
		case <-timer.C:
			now := time.Now()
			m.work(ctx, now)
			armed, rested = time.Time{}, now.Add(pace)
		}
	}
	m.part()
	return nil
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

// readMail acts on what others said.
func (m *Manager) readMail(now time.Time) {
	l := m.mail.take()
	if l.specs != nil {
		m.apply(*l.specs, now)
	}
	for _, woken := range l.woken {
		if t := woken.tracker; !woken.retired {
			t.timing.bringForward(now)
			m.queue.push(t, t.due())
		}
	}
}

// part waits for the checks that are out, and closes all probes.
func (m *Manager) part() {
	for _, t := range m.trackers {
		t.lookout.retire()
	}
	patience := time.NewTimer(parting)
	defer patience.Stop()
	for len(m.out) > 0 {
		select {
		case a := <-m.answers:
			m.back(a.from)
		case <-patience.C:
			var names []string
			for l := range m.out {
				names = append(names, l.tracker.spec.Name)
			}
			slices.Sort(names)
			m.log.Warn("checks that do not end are left behind", "trackers", names,
				"next", "see whether a file system or a device that they look at hangs")
			return
		}
	}
}
