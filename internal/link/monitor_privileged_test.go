//go:build privileged

package link

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

// patience bounds every wait for the kernel. It is far above what a loaded machine needs.
const patience = 10 * time.Second

// newNamespace moves the test's thread into a network namespace of its own until the test ends.
func newNamespace(t *testing.T) netns.NsHandle {
	t.Helper()
	runtime.LockOSThread()
	before, err := netns.Get()
	if err != nil {
		t.Fatal(err)
	}
	inside, err := netns.New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		// If the thread cannot go back it stays locked, and the runtime discards it.
		if netns.Set(before) == nil {
			runtime.UnlockOSThread()
		}
		_ = inside.Close()
		_ = before.Close()
	})
	return inside
}

// real is a Monitor running on the real kernel.
type real struct {
	t         *testing.T
	snapshots chan Snapshot
	hints     chan time.Time
	last      Snapshot
}

func startMonitor(t *testing.T, ns netns.NsHandle, open func() (kernel, error)) *real {
	t.Helper()
	r := &real{t: t, snapshots: make(chan Snapshot, 4096), hints: make(chan time.Time, 4096)}
	m := NewMonitor(
		func(s Snapshot) { r.snapshots <- s },
		func() { r.hints <- time.Now() },
		slog.New(slog.DiscardHandler))
	m.open = open
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // for good: the thread dies with the goroutine
		if err := netns.Set(ns); err != nil {
			done <- err
			return
		}
		done <- m.Run(ctx)
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	r.until("the first snapshot", func(Snapshot) bool { return true })
	return r
}

// until waits for a snapshot that is as described.
func (r *real) until(what string, ok func(Snapshot) bool) {
	r.t.Helper()
	late := time.After(patience)
	for !ok(r.last) || r.last.Links == nil {
		select {
		case r.last = <-r.snapshots:
		case <-late:
			r.t.Fatalf("%s: not seen, the last snapshot is %+v", what, r.last)
		}
	}
}

// untilLink waits until the link of that name or altname is as described.
func (r *real) untilLink(what, name string, ok func(Link) bool) Link {
	r.t.Helper()
	r.until(what, func(s Snapshot) bool {
		l, there := s.ByName(name)
		return there && ok(l)
	})
	l, _ := r.last.ByName(name)
	return l
}

func (r *real) drainHints() {
	for {
		select {
		case <-r.hints:
		default:
			return
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func addVeth(t *testing.T, name, peer string) netlink.Link {
	t.Helper()
	attrs := netlink.NewLinkAttrs()
	attrs.Name = name
	must(t, netlink.LinkAdd(&netlink.Veth{LinkAttrs: attrs, PeerName: peer}))
	return byName(t, name)
}

func byName(t *testing.T, name string) netlink.Link {
	t.Helper()
	l, err := netlink.LinkByName(name)
	must(t, err)
	return l
}

func parseAddr(t *testing.T, s string) *netlink.Addr {
	t.Helper()
	a, err := netlink.ParseAddr(s)
	must(t, err)
	if a.IP.To4() == nil {
		a.Flags = unix.IFA_F_NODAD
	}
	return a
}

func TestMonitorFollowsALink(t *testing.T) {
	r := startMonitor(t, newNamespace(t), openKernel)

	addVeth(t, "v0", "v1")
	l := r.untilLink("created", "v0", func(l Link) bool { return !l.Up && !l.Carrier && l.MTU == 1500 && len(l.MAC) == 6 })

	must(t, netlink.LinkSetUp(byName(t, "v0")))
	r.untilLink("up without a carrier", "v0", func(l Link) bool { return l.Up && !l.Carrier })
	must(t, netlink.LinkSetUp(byName(t, "v1")))
	r.untilLink("up", "v0", func(l Link) bool { return l.Up && l.Carrier })
	must(t, netlink.LinkSetDown(byName(t, "v1")))
	r.untilLink("carrier lost", "v0", func(l Link) bool { return l.Up && !l.Carrier })
	must(t, netlink.LinkSetDown(byName(t, "v0")))
	r.untilLink("down", "v0", func(l Link) bool { return !l.Up })

	must(t, netlink.LinkSetName(byName(t, "v0"), "w0"))
	r.untilLink("renamed", "w0", func(w Link) bool { return w.Index == l.Index })
	// The kernel is silent about names of a link that is down; it is read again when it comes up.
	must(t, netlink.LinkAddAltName(byName(t, "w0"), "uplink-of-the-rack"))
	must(t, netlink.LinkSetUp(byName(t, "w0")))
	r.untilLink("has an altname", "uplink-of-the-rack", func(w Link) bool { return w.Name == "w0" })
	must(t, netlink.LinkDelAltName(byName(t, "w0"), "uplink-of-the-rack"))
	r.untilLink("lost the altname", "w0", func(w Link) bool { return len(w.AltNames) == 0 })

	mac := net.HardwareAddr{2, 0, 0, 0, 0, 7}
	must(t, netlink.LinkSetHardwareAddr(byName(t, "w0"), mac))
	r.untilLink("another link-layer address", "w0", func(w Link) bool { return slices.Equal(w.MAC, mac) })
	must(t, netlink.LinkSetMTU(byName(t, "w0"), 1400))
	r.untilLink("another MTU", "w0", func(w Link) bool { return w.MTU == 1400 })

	attrs := netlink.NewLinkAttrs()
	attrs.Name = "br0"
	must(t, netlink.LinkAdd(&netlink.Bridge{LinkAttrs: attrs}))
	bridge := byName(t, "br0")
	must(t, netlink.LinkSetMaster(byName(t, "w0"), bridge))
	r.untilLink("enslaved", "w0", func(w Link) bool { return w.Master == bridge.Attrs().Index && w.Port })
	must(t, netlink.LinkSetNoMaster(byName(t, "w0")))
	r.untilLink("set free", "w0", func(w Link) bool { return w.Master == 0 && !w.Port })

	must(t, netlink.LinkDel(byName(t, "w0")))
	r.until("deleted", func(s Snapshot) bool { _, there := s.ByName("w0"); return !there })
	addVeth(t, "w0", "v1")
	r.untilLink("created anew", "w0", func(w Link) bool { return w.Index != l.Index })

	want := readAll(t)
	if diff := cmp.Diff(want, r.last, addrCmp); diff != "" {
		t.Errorf("the published snapshot is not what is read (-read +published):\n%s", diff)
	}
	select {
	case s := <-r.snapshots:
		t.Errorf("want silence when nothing changes, got %+v", s)
	case <-time.After(100 * time.Millisecond):
	}
}

// The kernel forgets which groups were joined on a link when it makes its IPv6 anew. Nothing else shows it: the addresses
// may be the same again by the time they are read.
func TestMonitorNoticesThatALinkWasMadeAnew(t *testing.T) {
	ns, elsewhere := newNamespace(t), newNamespace(t)
	must(t, netns.Set(ns))
	r := startMonitor(t, ns, openKernel)
	v0 := addVeth(t, "v0", "v1")
	must(t, netlink.LinkSetUp(v0))
	must(t, netlink.LinkSetUp(byName(t, "v1")))
	l := r.untilLink("there", "v0", func(l Link) bool { return l.Carrier && l.Incarnation != 0 })

	must(t, netlink.AddrAdd(v0, parseAddr(t, "2001:db8::1/64")))
	must(t, netlink.LinkSetMTU(v0, 1400))
	must(t, netlink.LinkSetDown(byName(t, "v1")))
	must(t, netlink.LinkSetUp(byName(t, "v1")))
	r.untilLink("another MTU and a carrier", "v0", func(n Link) bool { return n.MTU == 1400 && n.Carrier && len(n.Addresses) > 0 })
	if n, _ := r.last.ByName("v0"); n.Incarnation != l.Incarnation {
		t.Error("it is another one for an address, an MTU and a carrier")
	}

	remade := func(why string, change func()) {
		t.Helper()
		l, _ := r.last.ByName("v0")
		time.Sleep(20 * time.Millisecond) // the kernel counts in hundredths of a second
		change()
		r.untilLink(why, "v0", func(n Link) bool { return n.Incarnation != 0 && n.Incarnation != l.Incarnation })
	}
	remade("an MTU too small for IPv6", func() {
		must(t, netlink.LinkSetMTU(v0, 1200))
		must(t, netlink.LinkSetMTU(v0, 1400))
	})
	remade("moved away and back", func() {
		must(t, netlink.LinkSetNsFd(v0, int(elsewhere)))
		must(t, netns.Set(elsewhere))
		must(t, netlink.LinkSetNsFd(byName(t, "v0"), int(ns)))
		must(t, netns.Set(ns))
	})
}

func TestMonitorFollowsAddresses(t *testing.T) {
	r := startMonitor(t, newNamespace(t), openKernel)
	v0 := addVeth(t, "v0", "v1")
	must(t, netlink.LinkSetUp(v0))
	must(t, netlink.LinkSetUp(byName(t, "v1")))
	ll := r.untilLink("link-local address", "v0", func(l Link) bool { return l.Source6(nil).IsValid() }).Source6(nil)

	for _, a := range []string{"192.0.2.1/24", "192.0.2.2/24", "2001:db8::1/64"} {
		must(t, netlink.AddrAdd(v0, parseAddr(t, a)))
	}
	l := r.untilLink("three addresses", "v0", func(l Link) bool { return len(l.Addresses) == 4 })
	if got := l.Source4(nil); got != netip.MustParseAddr("192.0.2.1") {
		t.Errorf("want the primary address 192.0.2.1, got %v", got)
	}
	if i := slices.IndexFunc(l.Addresses, func(a Address) bool { return a.Secondary }); i < 0 ||
		l.Addresses[i].Prefix != netip.MustParsePrefix("192.0.2.2/24") {
		t.Errorf("want 192.0.2.2 secondary, got %+v", l.Addresses)
	}
	if c, ok := r.last.Carrying(netip.MustParseAddr("2001:db8::1")); !ok || c.Name != "v0" {
		t.Errorf("want 2001:db8::1 on v0, got %q", c.Name)
	}

	for _, a := range []string{"192.0.2.2/24", "2001:db8::1/64"} {
		must(t, netlink.AddrDel(v0, parseAddr(t, a)))
	}
	l = r.untilLink("two addresses", "v0", func(l Link) bool { return len(l.Addresses) == 2 })
	if got := l.Source6(nil); got != ll {
		t.Errorf("want the link-local address still there, got %v", got)
	}
}

func TestMonitorHintsWithinMilliseconds(t *testing.T) {
	r := startMonitor(t, newNamespace(t), openKernel)
	lo := byName(t, "lo")
	var took []time.Duration
	for range 50 {
		must(t, netlink.AddrAdd(lo, parseAddr(t, "192.0.2.1/32")))
		r.until("added", func(s Snapshot) bool { _, ok := s.Carrying(netip.MustParseAddr("192.0.2.1")); return ok })
		r.drainHints()
		start := time.Now()
		must(t, netlink.AddrDel(lo, parseAddr(t, "192.0.2.1/32")))
		select {
		case at := <-r.hints:
			took = append(took, at.Sub(start))
		case <-time.After(patience):
			t.Fatal("no hint after an address was deleted")
		}
		r.until("deleted", func(s Snapshot) bool { _, ok := s.Carrying(netip.MustParseAddr("192.0.2.1")); return !ok })
	}
	slices.Sort(took)
	t.Logf("from the order to delete an address to the hint: median %v, worst %v", took[len(took)/2], took[len(took)-1])
	if median := took[len(took)/2]; median > 5*time.Millisecond {
		t.Errorf("want a median under 5 ms, got %v", median)
	}
}

func TestMonitorHintsWhenTheSnapshotIsTheSameAgain(t *testing.T) {
	r := startMonitor(t, newNamespace(t), openKernel)
	lo := byName(t, "lo")
	must(t, netlink.AddrAdd(lo, parseAddr(t, "192.0.2.1/32")))
	r.until("added", func(s Snapshot) bool { _, ok := s.Carrying(netip.MustParseAddr("192.0.2.1")); return ok })
	r.drainHints()
	must(t, netlink.AddrDel(lo, parseAddr(t, "192.0.2.1/32")))
	must(t, netlink.AddrAdd(lo, parseAddr(t, "192.0.2.1/32")))
	select {
	case <-r.hints:
	case <-time.After(patience):
		t.Fatal("an address was deleted and added again: want a hint")
	}
}

func TestMonitorLeavesNoSocketBehind(t *testing.T) {
	newNamespace(t)
	descriptors := func() int {
		entries, err := os.ReadDir("/proc/self/fd")
		must(t, err)
		return len(entries)
	}
	var sockets []*socket // so that the garbage collector closes none
	run := func() {
		m := NewMonitor(func(Snapshot) {}, nil, slog.New(slog.DiscardHandler))
		m.open = func() (kernel, error) {
			s, err := openSocket(receiveBuffer)
			sockets = append(sockets, s)
			return s, err
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		must(t, m.Run(ctx))
	}
	run() // what the runtime opens for itself
	before := descriptors()
	for range 5 {
		run()
	}
	if after := descriptors(); after != before {
		t.Errorf("%d descriptors, want %d: %d sockets were opened in between", after, before, len(sockets)-1)
	}
}

// lossy counts how often notifications were lost.
type lossy struct {
	*socket
	lost atomic.Int32
}

func (l *lossy) receive(until time.Time, each func([]byte)) error {
	err := l.socket.receive(until, each)
	if errors.Is(err, unix.ENOBUFS) {
		l.lost.Add(1)
	}
	return err
}

func TestMonitorSurvivesLostNotifications(t *testing.T) {
	ns := newNamespace(t)
	var k *lossy
	r := startMonitor(t, ns, func() (kernel, error) {
		s, err := openSocket(1) // the kernel makes it its minimum
		k = &lossy{socket: s}
		return k, err
	})
	lo := byName(t, "lo")
	for round := 0; k.lost.Load() == 0; round++ {
		if round == 100 {
			t.Fatal("no notification was lost, the test shows nothing")
		}
		for i := range 50 {
			must(t, netlink.AddrAdd(lo, parseAddr(t, fmt.Sprintf("198.51.%d.%d/32", round, i))))
		}
	}
	want := netip.MustParseAddr("192.0.2.1")
	must(t, netlink.AddrAdd(lo, parseAddr(t, "192.0.2.1/32")))
	r.until("the last address", func(s Snapshot) bool { _, ok := s.Carrying(want); return ok })
	t.Logf("notifications were lost %d times", k.lost.Load())

	now := readAll(t)
	r.until("all addresses", now.Equal)
}
