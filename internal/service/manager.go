package service

import (
	"context"
	"log/slog"
	"slices"
	"sync"

	"github.com/aloft-ha/aloft/internal/command"
	"github.com/aloft-ha/aloft/internal/config"
)

// Runner runs commands. It is [command.Runner].
type Runner interface {
	Do(ctx context.Context, c command.Command) command.Result
}

// Units are the units of systemd. Start and Stop return when the job has ended. All return when ctx ends.
type Units interface {
	ActiveState(ctx context.Context, unit string) (string, error)
	Start(ctx context.Context, unit string) error
	Stop(ctx context.Context, unit string) error
}

// Options are what a [Manager] is made of. Run and Units are required.
type Options struct {
	Run   Runner
	Units Units
	Log   *slog.Logger // nil: none

	// Report takes the outcomes, those of one router in their order. IT MUST NOT BLOCK, and must not call the Manager:
	// it is called with the Manager's lock held, so that once Want has returned no outcome of an earlier wish comes.
	Report func(Result)
}

// Result is the outcome of the latest wish for a router.
type Result struct {
	Router string
	Up     bool // what was wanted

	// Err says what went wrong: the service, what was tried, and what came of it. With Up it is the first failure, after
	// which everything was stopped again. Without Up it is the services that would not stop; the others are stopped.
	Err error
}

// Manager starts and stops the services of routers.
//
// Want and Configure set what is to be; they may be called from any goroutine, also before Run, and return at once. They
// are levels: of what was said while something was under way, the last counts.
//
// The last wish is answered by one [Result] when it has been carried out, and each time it is said again: the same wish
// said again changes nothing and repeats the answer, also that of a failure. So a start that failed is tried again only
// when the router was wanted down in between, or its services were changed. A changed configuration is a wish too,
// and answered, for a router that Want was called for.
type Manager struct {
	run    Runner
	units  Units
	report func(Result)
	log    *slog.Logger
	wakeC  chan struct{} // there may be a router without a worker that needs one

	mu      sync.Mutex
	routers map[string]*router
}

// New returns a Manager. It does nothing before [Manager.Run].
func New(o Options) *Manager {
	m := &Manager{
		run: o.Run, units: o.Units, report: o.Report, log: o.Log,
		wakeC: make(chan struct{}, 1), routers: make(map[string]*router),
	}
	if m.report == nil {
		m.report = func(Result) {}
	}
	if m.log == nil {
		m.log = slog.New(slog.DiscardHandler)
	}
	return m
}

// Configure says which services each router has, in the order of their start. In a router that is up, a service that is
// gone is stopped, with the commands it was configured with, and one that is new is started in its place: those after it
// are stopped before and started again after it. A service with the same name and start command is the same one, whatever
// else has changed, and goes on running; so does one that only changed its place.
//
// A router without services, or not in the map, is wanted no more: what runs is stopped, and services that it gets later
// wait for the next Want. Its node may be Backup by then. Of its last wish only one for down is still answered.
//
// A unit or command belongs into one router: two that have it would stop it under each other. What another router has from
// now on goes on running, so a router may get another name; what is being started or stopped at that moment is stopped
// first, and the other waits for that.
func (m *Manager) Configure(services map[string][]config.Service) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for name := range services {
		m.router(name)
	}
	m.handOver(services)
	for name, r := range m.routers {
		if !slices.EqualFunc(r.services, services[name], equal) {
			r.configure(slices.Clone(services[name]))
		}
		if len(r.services) == 0 {
			r.release()
		}
		if r.forgotten() {
			delete(m.routers, name)
		}
	}
	m.wake()
}

// Want says whether the services of a router are to run. Without a first Want nothing is done for a router; the first one
// down stops what runs on a node that is Backup, as far as a status tells it.
//
// When they are wanted down, a start that is under way is cancelled, and then all are stopped. When they are wanted up, a
// stop that is under way is finished first.
func (m *Manager) Want(router string, up bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.router(router).want(up)
	m.wake()
}

// router returns the router with the name, made if there is none. The lock is held.
func (m *Manager) router(name string) *router {
	r := m.routers[name]
	if r == nil {
		r = &router{name: name}
		m.routers[name] = r
	}
	return r
}

func (m *Manager) wake() {
	select {
	case m.wakeC <- struct{}{}:
	default:
	}
}

// Run carries out what is wanted until ctx ends; then it cancels what is under way, waits for that and returns nil.
// Services that run are left as they are: who wants them stopped says so with Want, and waits for the answer, before. It
// may be called once.
func (m *Manager) Run(ctx context.Context) error {
	var workers sync.WaitGroup
	defer workers.Wait()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-m.wakeC:
		}
		for _, r := range m.idle() {
			workers.Go(func() { m.work(ctx, r) })
		}
	}
}

// idle returns the routers that need a worker, and notes that they have one.
func (m *Manager) idle() (list []*router) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range m.routers {
		if r.due() && !r.working {
			r.working = true
			list = append(list, r)
		}
	}
	return list
}
