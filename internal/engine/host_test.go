package engine

import (
	"context"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"sync"
	"testing/synctest"
	"time"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/internal/link"
	"github.com/aloft-ha/aloft/internal/wire"
)

// host is a machine on the link with an engine. It is the engine's Wire: raw sockets whose queues are as short as the
// kernel's, and a goroutine that can be kept from running.
type host struct {
	lan       *lan
	name      string
	addr4     netip.Addr
	addr6     netip.Addr
	engine    *Engine
	addresses *manager
	log       *logbook
	told      []Event // guarded by mu
	services  *servant
	doneC     chan error
	cancel    context.CancelFunc

	mu       sync.Mutex
	links    link.Snapshot
	watched  []int
	sockets  map[wire.Key]bool // and whether it is in the group
	queue    []wire.Datagram
	queued   map[wire.Key]int
	limit    int // of the queue of a socket
	lost     int
	opened   []wire.Key
	wakeC    chan struct{}
	cut      bool
	sendErr  error
	openErr  error
	stalledC chan struct{} // closed when the engine may run again; nil: it may
	frozen   time.Time     // its clock stands still; zero: it runs
	behind   time.Duration // by how much it stood still
}

// eth0 is the index of every host's interface, at first.
const eth0 = 2

// host adds a machine to the link: 192.0.2.octet and fe80::octet on eth0.
func (n *lan) host(name string, octet byte) *host {
	h := &host{
		lan: n, name: name,
		addr4:   netip.AddrFrom4([4]byte{192, 0, 2, octet}),
		addr6:   netip.AddrFrom16([16]byte{0: 0xfe, 1: 0x80, 15: octet}),
		log:     &logbook{},
		sockets: make(map[wire.Key]bool),
		queued:  make(map[wire.Key]int),
		limit:   queueLength,
		wakeC:   make(chan struct{}, 1),
		doneC:   make(chan error, 1),
	}
	h.links = link.Snapshot{Links: []link.Link{{
		Index: eth0, Name: "eth0", MAC: net.HardwareAddr{2, 0, 0, 0, 0, octet}, MTU: 1500, Up: true, Carrier: true,
		Addresses: []link.Address{
			{Prefix: netip.PrefixFrom(h.addr4, 24)},
			{Prefix: netip.PrefixFrom(h.addr6, 64)},
		},
	}}}
	h.addresses = newManager(h)
	h.services = &servant{host: h, takes: map[bool]time.Duration{true: startTime, false: stopTime}}
	h.engine = New(Options{
		Wire: h, Addresses: h.addresses, Watch: h.watch, Services: h.services, Notify: h.note, Log: slog.New(h.log), Now: h.now,
	})
	n.mu.Lock()
	n.hosts = append(n.hosts, h)
	n.mu.Unlock()
	return h
}

// start runs the engine with these routers.
func (h *host) start(instances ...config.Instance) {
	h.engine.Apply(instances)
	h.engine.Links(h.links)
	h.launch()
	synctest.Wait()
}

// launch runs the engine.
func (h *host) launch() {
	ctx, cancel := context.WithCancel(context.Background())
	h.cancel = cancel
	go func() { h.doneC <- h.engine.Run(ctx) }()
	h.lan.t.Cleanup(func() {
		cancel()
		h.thaw()
		<-h.doneC
		h.doneC <- nil
	})
}

// wantDone waits for the end of Run, at most for d.
func (h *host) wantDone(why string, d time.Duration) {
	h.lan.t.Helper()
	var err error
	select {
	case err = <-h.doneC:
		h.doneC <- err
	case <-time.After(d):
	}
	synctest.Wait() // what happens at the very end of d counts
	switch {
	case len(h.doneC) == 0:
		h.lan.t.Fatalf("%s: Run has not returned within %v", why, d)
	case err != nil:
		h.lan.t.Fatalf("%s: Run returned %v", why, err)
	}
}

// wantRunning asserts that Run has not returned.
func (h *host) wantRunning(why string) {
	h.lan.t.Helper()
	synctest.Wait()
	if len(h.doneC) > 0 {
		h.lan.t.Fatalf("%s: Run has returned", why)
	}
}

// changeLink changes eth0 and tells the engine.
func (h *host) changeLink(change func(*link.Link)) {
	h.mu.Lock()
	l := h.links.Links[0]
	l.Addresses = slices.Clone(l.Addresses)
	change(&l)
	h.links = link.Snapshot{Links: []link.Link{l}}
	s := h.links
	h.mu.Unlock()
	h.engine.Links(s)
	synctest.Wait()
}

// loseLinks tells the engine that there is no interface.
func (h *host) loseLinks() {
	h.engine.Links(link.Snapshot{})
	synctest.Wait()
}

func (h *host) watch(ifindexes []int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.watched = slices.Clone(ifindexes)
}

func (h *host) watches() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Contains(h.watched, h.links.Links[0].Index)
}

func (h *host) ifindex() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.links.Links[0].Index
}

func (h *host) mac() [6]byte {
	h.mu.Lock()
	defer h.mu.Unlock()
	return [6]byte(h.links.Links[0].MAC)
}

// setCut takes the host's port off the switch without the host noticing, or puts it back.
func (h *host) setCut(cut bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.cut = cut
}

func (h *host) isCut() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.cut
}

func (h *host) refuseSends(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.sendErr = err
}

func (h *host) refuseSockets(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.openErr = err
}

// stall keeps the engine from running for d. Everything else goes on, and its sockets fill.
func (h *host) stall(d time.Duration) {
	synctest.Wait()
	h.mu.Lock()
	h.stalledC = make(chan struct{})
	h.mu.Unlock()
	h.lan.pass(d)
	h.thaw()
	synctest.Wait()
}

// freeze pauses the whole machine for d: its clock stands still, and what came meanwhile bears the time of the end.
func (h *host) freeze(d time.Duration) {
	synctest.Wait()
	h.mu.Lock()
	h.frozen = time.Now().Add(-h.behind)
	h.stalledC = make(chan struct{})
	h.mu.Unlock()
	h.lan.pass(d)
	h.mu.Lock()
	h.frozen = time.Time{}
	h.behind += d
	h.mu.Unlock()
	h.thaw()
	synctest.Wait()
}

func (h *host) thaw() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.stalledC != nil {
		close(h.stalledC)
		h.stalledC = nil
	}
}

// now is the host's clock.
func (h *host) now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.clock()
}

func (h *host) clock() time.Time {
	if !h.frozen.IsZero() {
		return h.frozen
	}
	return time.Now().Add(-h.behind)
}

// openSockets lists the sockets that are open.
func (h *host) openSockets() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.sockets)
}

func (h *host) lostDatagrams() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.lost
}

// stop leaves, and waits for the end.
func (h *host) stop() {
	h.lan.t.Helper()
	h.engine.Stop()
	h.engine.Stop()
	h.wantDone("stop", time.Nanosecond)
}
