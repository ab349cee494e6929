//go:build privileged

package wire

import (
	"fmt"
	"net/netip"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

// node is a network namespace with one end of a cable. It has no name, so it vanishes with the test's process at the
// latest.
type node struct {
	ns     netns.NsHandle
	nl     *netlink.Handle
	ifname string
	v4, v6 netip.Addr // v6 is link-local
	wide6  netip.Addr
	other4 netip.Addr // a second address, which the kernel would not choose as a source
}

// newLAN returns two nodes with a cable between them.
func newLAN(t testing.TB) (a, b *node) {
	t.Helper()
	a, b = newNode(t, 1), newNode(t, 2)
	connect(t, a, b)
	return a, b
}

func newNode(t testing.TB, number byte) *node {
	t.Helper()
	n := &node{
		ifname: fmt.Sprintf("wire%d", number),
		v4:     netip.AddrFrom4([4]byte{192, 0, 2, number}),
		other4: netip.AddrFrom4([4]byte{192, 0, 2, 100 + number}),
		v6:     netip.MustParseAddr(fmt.Sprintf("fe80::aa:%d", number)),
		wide6:  netip.MustParseAddr(fmt.Sprintf("2001:db8::%d", number)),
	}
	aside(t, func() error {
		var err error
		if n.ns, err = netns.New(); err != nil {
			return fmt.Errorf("making a network namespace: %w", err)
		}
		// The kernel's own link-local addresses would be tentative for a second, and chosen as sources.
		return os.WriteFile("/proc/sys/net/ipv6/conf/default/addr_gen_mode", []byte("1"), 0)
	})
	t.Cleanup(func() { _ = n.ns.Close() })
	var err error
	if n.nl, err = netlink.NewHandleAt(n.ns, unix.NETLINK_ROUTE); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(n.nl.Close)
	return n
}

// connect makes the cable, and gives both ends their addresses.
func connect(t testing.TB, a, b *node) {
	t.Helper()
	veth := &netlink.Veth{
		LinkAttrs:     netlink.LinkAttrs{Name: a.ifname},
		PeerName:      b.ifname,
		PeerNamespace: netlink.NsFd(b.ns),
	}
	if err := a.nl.LinkAdd(veth); err != nil {
		t.Fatalf("making a cable: %v", err)
	}
	for _, n := range []*node{a, b} {
		n.address(t)
		n.set(t, true)
	}
	within(t, "the cable has a carrier", func() bool {
		return a.link(t).Attrs().OperState == netlink.OperUp && b.link(t).Attrs().OperState == netlink.OperUp
	})
}

// aside runs f on a thread of its own, which is thrown away: it may leave it in any namespace.
func aside(t testing.TB, f func() error) {
	t.Helper()
	done := make(chan error)
	go func() {
		runtime.LockOSThread()
		done <- f()
	}()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

// do runs f in the namespace. Sockets that it opens stay there.
func (n *node) do(t testing.TB, f func() error) {
	t.Helper()
	aside(t, func() error {
		if err := netns.Set(n.ns); err != nil {
			return fmt.Errorf("entering a network namespace: %w", err)
		}
		return f()
	})
}

func (n *node) link(t testing.TB) netlink.Link {
	t.Helper()
	link, err := n.nl.LinkByName(n.ifname)
	if err != nil {
		t.Fatal(err)
	}
	return link
}

// key names the node's socket.
func (n *node) key(t testing.TB, v6 bool) Key {
	t.Helper()
	return Key{Ifindex: n.link(t).Attrs().Index, IPv6: v6}
}

func (n *node) set(t testing.TB, up bool) {
	t.Helper()
	change := n.nl.LinkSetDown
	if up {
		change = n.nl.LinkSetUp
	}
	if err := change(n.link(t)); err != nil {
		t.Fatal(err)
	}
}

// address adds the node's addresses, without the wait for duplicate address detection.
func (n *node) address(t testing.TB) {
	t.Helper()
	link := n.link(t)
	for _, prefix := range []string{n.v4.String() + "/24", n.other4.String() + "/24", n.v6.String() + "/64", n.wide6.String() + "/64"} {
		addr, err := netlink.ParseAddr(prefix)
		if err != nil {
			t.Fatal(err)
		}
		if addr.IP.To4() == nil {
			addr.Flags = unix.IFA_F_NODAD
		}
		if err := n.nl.AddrReplace(link, addr); err != nil {
			t.Fatalf("adding %s: %v", prefix, err)
		}
	}
}

// open returns a Net with the node's socket of a family.
func (n *node) open(t testing.TB, v6, multicast bool) *Net {
	t.Helper()
	net := newNet(t)
	n.add(t, net, v6, multicast)
	return net
}

// add opens the node's socket of a family in a Net that is there.
func (n *node) add(t testing.TB, net *Net, v6, multicast bool) {
	t.Helper()
	key := n.key(t, v6)
	n.do(t, func() error { return net.Open(key, n.ifname, multicast) })
}

// within polls until a condition holds.
func within(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(soon); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within %v: %s", soon, what)
		}
	}
}

// take waits for one datagram and returns a copy of it.
func take(t testing.TB, n *Net) Datagram {
	t.Helper()
	dst := make([]Datagram, 1)
	for end := time.Now().Add(soon); time.Now().Before(end); n.wait(t, end) {
		if n.Receive(dst) == 1 {
			d := dst[0]
			d.Payload = append([]byte(nil), d.Payload...)
			return d
		}
	}
	t.Fatal("no datagram came")
	return Datagram{}
}

// silence asserts that nothing comes for a while.
func silence(t testing.TB, n *Net, d time.Duration) {
	t.Helper()
	dst := make([]Datagram, 1)
	for end := time.Now().Add(d); time.Now().Before(end); n.wait(t, end) {
		if n.Receive(dst) > 0 {
			t.Fatalf("not silent: %+v", dst[0])
		}
	}
}

// send sends one message, which has to be taken.
func send(t testing.TB, n *Net, m Outgoing) {
	t.Helper()
	out := []Outgoing{m}
	if n.Send(out); out[0].Err != nil {
		t.Fatal(out[0].Err)
	}
}
