package engine

import (
	"errors"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/aloft-ha/aloft/internal/wire"
	"github.com/aloft-ha/aloft/vip"
	"github.com/aloft-ha/aloft/vrrp"
)

// latency is how long a frame takes from host to host.
const latency = 50 * time.Microsecond

// queueLength is how many datagrams a raw socket holds whose receive buffer has the kernel's default size.
const queueLength = 256

var errNoBuffer = errors.New("no buffer space available")

// lan is a simulated link with several hosts, inside a synctest bubble. It records every advert that was sent.
type lan struct {
	t *testing.T

	mu      sync.Mutex
	hosts   []*host
	lose    func(frame) bool // nil: nothing is lost
	adverts []advert
	seen    int // how many of them the test has looked at
	waiting *expectation
}

// advert is a datagram that a host sent, decoded.
type advert struct {
	at       time.Time
	from     *host
	src, dst netip.Addr
	form     vrrp.ChecksumForm
	vrrp.Packet
}

// expectation is the advert that a test waits for.
type expectation struct {
	match  func(advert) bool
	foundC chan advert
}

// simulate runs a test on a link of its own, in virtual time.
func simulate(t *testing.T, test func(*testing.T, *lan)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { test(t, &lan{t: t}) })
}

// frame is a datagram on its way.
type frame struct {
	ipv6     bool
	src, dst netip.Addr
	hopLimit uint8
	payload  []byte
}

// transmit carries what one host sent to all others.
func (n *lan) transmit(from *host, frames []frame) {
	n.mu.Lock()
	now := time.Now()
	for _, f := range frames {
		a := advert{at: now, from: from, src: f.src, dst: f.dst}
		form, drop := a.Parse(f.payload, f.src, f.dst)
		if drop != vrrp.DropNone {
			n.t.Errorf("%s sent a bad advert: %v", from.name, drop)
		}
		a.form = form
		n.adverts = append(n.adverts, a)
		if w := n.waiting; w != nil && w.match(a) {
			n.waiting, n.seen = nil, len(n.adverts)
			w.foundC <- a
		}
	}
	if n.lose != nil {
		frames = slices.DeleteFunc(frames, n.lose)
	}
	hosts := slices.Clone(n.hosts)
	n.mu.Unlock()
	time.AfterFunc(latency, func() {
		for _, h := range hosts {
			if h != from && !from.isCut() {
				h.deliver(frames...)
			}
		}
	})
}

// lossOf makes the link lose frames; nil ends it.
func (n *lan) lossOf(lose func(frame) bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.lose = lose
}

// announce carries a gratuitous ARP or NA to all other hosts.
func (n *lan) announce(from *host, addr netip.Addr) {
	n.mu.Lock()
	hosts := slices.Clone(n.hosts)
	n.mu.Unlock()
	time.AfterFunc(latency, func() {
		for _, h := range hosts {
			if h != from && !from.isCut() && !h.isCut() && h.watches() {
				h.engine.Sighted(vip.Sighting{Ifindex: h.ifindex(), Address: addr, MAC: from.mac()})
			}
		}
	})
}

// pass lets virtual time pass, and everything happen that is due in it, its end included.
func (n *lan) pass(d time.Duration) {
	time.Sleep(d)
	n.skip()
}

// sent returns what was sent since the instant.
func (n *lan) sent(since time.Time, match func(advert) bool) []advert {
	synctest.Wait()
	n.mu.Lock()
	defer n.mu.Unlock()
	var list []advert
	for _, a := range n.adverts {
		if !a.at.Before(since) && match(a) {
			list = append(list, a)
		}
	}
	return list
}

// skip makes the next wantSend look at later adverts only.
func (n *lan) skip() {
	synctest.Wait()
	n.mu.Lock()
	defer n.mu.Unlock()
	n.seen = len(n.adverts)
}

// wantSend waits until an advert is sent that matches, at most for d. Time stands where it was sent. What was sent at
// this very instant, and not looked at yet, counts.
func (n *lan) wantSend(why string, d time.Duration, match func(advert) bool) advert {
	n.t.Helper()
	w := &expectation{match: match, foundC: make(chan advert, 1)}
	n.mu.Lock()
	for i, a := range n.adverts[n.seen:] {
		if match(a) {
			n.seen += i + 1
			n.mu.Unlock()
			return a
		}
	}
	n.waiting = w
	n.mu.Unlock()
	select {
	case a := <-w.foundC:
		synctest.Wait()
		return a
	case <-time.After(d):
	}
	synctest.Wait() // what happens at the very end of d counts
	n.mu.Lock()
	n.waiting = nil
	n.mu.Unlock()
	select {
	case a := <-w.foundC:
		return a
	default:
	}
	n.t.Fatalf("%s: not sent within %v", why, d)
	panic("unreachable")
}

// wantSilence lets d pass, in which nothing may be sent that matches.
func (n *lan) wantSilence(why string, d time.Duration, match func(advert) bool) {
	n.t.Helper()
	synctest.Wait()
	n.mu.Lock()
	before := len(n.adverts)
	n.mu.Unlock()
	n.pass(d)
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, a := range n.adverts[before:] {
		if match(a) {
			n.t.Fatalf("%s: %s sent VRID %d priority %d interval %v at the end of a silence of %v", why,
				a.from.name, a.VRID, a.Priority, a.Interval, a.at)
		}
	}
}

// wantHolders compares who holds a floating address now.
func (n *lan) wantHolders(why string, addr string, want ...*host) {
	n.t.Helper()
	synctest.Wait()
	var got, names []string
	for _, h := range n.hosts {
		if h.addresses.holds(netip.MustParseAddr(addr)) {
			got = append(got, h.name)
		}
	}
	for _, h := range want {
		names = append(names, h.name)
	}
	if !slices.Equal(got, names) {
		n.t.Fatalf("%s: %s is held by %v, want %v", why, addr, got, names)
	}
}

// wantAt compares instants.
func wantAt(t *testing.T, why string, got, want time.Time) {
	t.Helper()
	if !got.Equal(want) {
		t.Fatalf("%s: at %v, want %v: %v off", why, got, want, got.Sub(want))
	}
}

// The matchers.

func anything(advert) bool { return true }

func from(h *host) func(advert) bool { return func(a advert) bool { return a.from == h } }

func fromWith(h *host, priority uint8) func(advert) bool {
	return func(a advert) bool { return a.from == h && a.Priority == priority }
}

func (a advert) ipv6() bool { return a.src.Is6() }

// key is the socket of a host that a frame comes in by.
func (f frame) key(ifindex int) wire.Key { return wire.Key{Ifindex: ifindex, IPv6: f.ipv6} }

// wantEqual compares with cmp.Diff.
func wantEqual[T any](t *testing.T, why string, got, want T) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateComparable(netip.Addr{}, netip.Prefix{}, encoding{})); diff != "" {
		t.Fatalf("%s (-want +got):\n%s", why, diff)
	}
}
