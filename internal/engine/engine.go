package engine

import (
	"context"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net/netip"
	"time"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/internal/link"
	"github.com/aloft-ha/aloft/internal/wire"
	"github.com/aloft-ha/aloft/tracker"
	"github.com/aloft-ha/aloft/vip"
	"github.com/aloft-ha/aloft/vrrp"
)

// Wire is the raw sockets. All methods but Wake are called by the engine's goroutine alone. *wire.Net is one.
type Wire interface {
	// Wait blocks until a socket is readable, Wake was called, or the deadline has passed (zero: none).
	Wait(deadline time.Time) error
	Wake()
	Open(key wire.Key, ifname string, multicast bool) error
	CloseSocket(key wire.Key)
	Receive(into []wire.Datagram) int
	Send(out []wire.Outgoing)
	// Lost is how many datagrams the kernel has dropped because a socket was full.
	Lost() uint64
}

// Addresses is the address manager. No method blocks. *vip.Manager is one.
type Addresses interface {
	Configure(map[vip.Owner][]vip.Address)
	Set(vip.Owner, vip.Want)
	Renew(owner vip.Owner, lease time.Duration, generation uint64)
	Announce(vip.Owner)
}

// Options are what an Engine is made of.
type Options struct {
	Wire      Wire
	Addresses Addresses
	// Watch is told on which interfaces other machines' announcements matter. It does not block.
	Watch func(ifindexes []int)
	// Services may be nil where no instance has any.
	Services Services
	// Notify is told of each change of a router's or a group's condition, after the adverts that go with it have left. It
	// does not block. May be nil.
	Notify func(Event)
	// Heard says which checksum forms the peers of a member were heard to use, by an earlier run, and Remember is told what
	// is new of that. Neither blocks. May be nil.
	Heard    func(vip.Owner) map[netip.Addr]vrrp.ChecksumForms
	Remember func(vip.Owner, netip.Addr, vrrp.ChecksumForm)
	// Log must not block: the daemon's writes from a queue.
	Log *slog.Logger
	// Now is the clock; nil: time.Now.
	Now func() time.Time
	// Phase places this host's adverts within their interval, as a fraction in [0, 1), so that hosts do not send in
	// step. Negative: random.
	Phase float64
}

// drainBatch is how many datagrams are read at once.
const drainBatch = 128

// Engine owns the state machines. Its exported methods but Run may be called from any goroutine and do not block.
type Engine struct {
	wire      Wire
	addresses Addresses
	watch     func([]int)
	services  Services
	notify    func(Event)
	heard     func(vip.Owner) map[netip.Addr]vrrp.ChecksumForms
	remember  func(vip.Owner, netip.Addr, vrrp.ChecksumForm)
	log       *slog.Logger
	now       func() time.Time
	phase     float64
	epoch     time.Time // the origin of all grids

	mail mailbox

	// What follows belongs to the goroutine of Run.
	wanted     []config.Instance   // what the configuration asks for
	floats     map[netip.Addr]bool // the configured floating addresses
	trackers   map[string]tracker.Status
	links      link.Snapshot
	haveLink   bool      // a snapshot has come
	converged  bool      // to a configuration with routers
	convergeAt time.Time // when a delay ends, a socket is to be tried again or the grid to be spread anew; zero: not by itself
	stopping   bool
	hurried    bool

	routers   []*router
	groups    map[*group]bool // of the routers
	told      map[subject]Condition
	departing bool // one of them leaves
	unleased6 bool // there are too many IPv6 addresses to lease them
	byVRID    map[vridKey]*member
	owners    map[vip.Owner]*member
	byAddress map[vip.Key][]*member // more than one while a router takes the place of another
	sockets   map[wire.Key]*socket
	due       schedule

	generation uint64 // of the last address order

	inbox    []wire.Datagram
	packet   vrrp.Packet // reused by receive
	out      outbox
	orders   []func()
	counters counters
}

// vridKey finds the member that an advert is for.
type vridKey struct {
	socket wire.Key
	vrid   uint8
}

// socket is a socket that is needed, and how it was opened.
type socket struct {
	open        bool
	multicast   bool
	incarnation uint32 // of its link, when it was opened
	refusal     string // the last error, to log each once
}

// New returns an engine that has nothing to do yet.
func New(o Options) *Engine {
	e := &Engine{
		wire: o.Wire, addresses: o.Addresses, watch: o.Watch, services: o.Services, notify: o.Notify, log: o.Log, now: o.Now, phase: o.Phase,
		heard: o.Heard, remember: o.Remember,
		trackers:  make(map[string]tracker.Status),
		byVRID:    make(map[vridKey]*member),
		owners:    make(map[vip.Owner]*member),
		told:      make(map[subject]Condition),
		byAddress: make(map[vip.Key][]*member),
		sockets:   make(map[wire.Key]*socket),
		inbox:     make([]wire.Datagram, drainBatch),
	}
	if e.now == nil {
		e.now = time.Now
	}
	if e.watch == nil {
		e.watch = func([]int) {}
	}
	if e.notify == nil {
		e.notify = func(Event) {}
	}
	if e.heard == nil {
		e.heard = func(vip.Owner) map[netip.Addr]vrrp.ChecksumForms { return nil }
	}
	if e.remember == nil {
		e.remember = func(vip.Owner, netip.Addr, vrrp.ChecksumForm) {}
	}
	if e.phase < 0 {
		e.phase = rand.Float64()
	}
	e.epoch = e.now()
	return e
}

// Run runs until [Engine.Stop] has been carried out: every router has departed and its addresses are ordered away. If
// ctx ends first, it stops without farewells.
func (e *Engine) Run(ctx context.Context) error {
	defer context.AfterFunc(ctx, e.wire.Wake)()
	for ctx.Err() == nil && !e.finished() {
		if err := e.wire.Wait(e.deadline()); err != nil {
			return err
		}
		e.turn()
	}
	e.logDropTotals()
	e.closeSockets()
	return nil
}

// turn is what the engine does each time it wakes.
func (e *Engine) turn() {
	e.tick(e.drain())
	e.flush()
	e.giveOrders()
	if e.readMail(e.now()) {
		e.flush()
		e.giveOrders()
	}
	if e.departing && e.bury(e.now()) {
		e.flush()
		e.giveOrders()
	}
	e.logDrops(e.now())
}

// drain takes what had come when it began, all of it, before any timer is believed: after a pause of this machine the
// queue tells who is alive, not the clock, and the last advert in it as much as the first. What comes meanwhile is for
// the next turn, so a flood delays the timers by no more than a full receive buffer takes to read. It returns the time up
// to which silence is silence: what came later may still be in a socket.
func (e *Engine) drain() (began time.Time) {
	began = e.now()
	for more := true; more; {
		n := e.wire.Receive(e.inbox)
		now := e.now()
		more = false
		for i := range e.inbox[:n] {
			e.receive(now, &e.inbox[i])
			more = more || !e.inbox[i].At.After(began)
		}
		more = more && n == len(e.inbox)
	}
	return began
}

// tick steps the groups whose deadline has come.
func (e *Engine) tick(now time.Time) {
	for {
		g := e.due.first()
		if g == nil || g.deadline.After(now) {
			break
		}
		e.stepAll(now, g, vrrp.Tick{})
		if !g.deadline.IsZero() && !g.deadline.After(now) {
			// A machine that is due again at once waits for the next turn: the sockets come first.
			e.due.push(g, now.Add(time.Microsecond))
		}
	}
}

// deadline is when the next thing is to be done by itself.
func (e *Engine) deadline() time.Time {
	var at time.Time
	if g := e.due.first(); g != nil {
		at = g.deadline
	}
	at = sooner(at, e.out.resumeAt)
	at = sooner(at, e.counters.logAt)
	return sooner(at, e.convergeAt)
}

// step tells one member that something happened, and carries out what follows for its group.
func (e *Engine) step(now time.Time, m *member, ev vrrp.Event) {
	g := m.router.group
	e.perform(now, g, g.machines.Step(now, m.index, ev), ev)
}

// stepAll tells all members of a group.
func (e *Engine) stepAll(now time.Time, g *group, ev vrrp.Event) {
	e.perform(now, g, g.machines.StepAll(now, ev), ev)
}

// giveOrders hands the address orders of this turn to the address manager. They come after the adverts: those who wait
// for us wait for the adverts.
func (e *Engine) giveOrders() {
	for _, order := range e.orders {
		order()
	}
	clear(e.orders)
	e.orders = e.orders[:0]
}

// finished says that the engine was told to stop, and has.
func (e *Engine) finished() bool { return e.stopping && len(e.routers) == 0 && e.out.empty() }

// floating says whether an address is one of the configured floating ones, which are never a source to send from.
func (e *Engine) floating(addr netip.Addr) bool { return e.floats[addr] }

// want takes a configuration. The floating addresses of the one before stay so until the next: they are not gone yet. What
// trackers said that nobody looks at any more is forgotten: one that has the name later may look at something else.
func (e *Engine) want(instances []config.Instance) {
	tracked := make(map[string]bool)
	for i := range instances {
		for _, effect := range instances[i].Track {
			tracked[effect.Tracker] = true
		}
	}
	maps.DeleteFunc(e.trackers, func(name string, _ tracker.Status) bool { return !tracked[name] })
	e.floats = make(map[netip.Addr]bool)
	for _, list := range [][]config.Instance{e.wanted, instances} {
		for i := range list {
			for _, a := range list[i].Addresses {
				e.floats[a.Prefix.Addr()] = list[i].Priority != 255
			}
		}
	}
	e.wanted = instances
}

// sooner returns the earlier of two times that are set.
func sooner(a, b time.Time) time.Time {
	if a.IsZero() || (!b.IsZero() && b.Before(a)) {
		return b
	}
	return a
}
