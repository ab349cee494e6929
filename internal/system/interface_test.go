//go:build privileged

package system_test

import (
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/vishvananda/netlink"

	"github.com/aloft-ha/aloft/internal/lab"
)

// netadmin is what an operator does to the links of a node while the daemon runs.
type netadmin struct {
	s     *scene
	route *netlink.Handle
}

// link returns a link of the node.
func (a netadmin) link(name string) netlink.Link {
	a.s.t.Helper()
	l, err := a.route.LinkByName(name)
	a.s.ok(err)
	return l
}

// home is the own address of the first node.
var home = netip.MustParsePrefix("192.0.2.1/24")

// takeHome takes the node's own address off a link.
func (a netadmin) takeHome(from string) {
	a.s.t.Helper()
	a.s.ok(a.route.AddrDel(a.link(from), homeAddress()))
}

// giveHome puts it on a link.
func (a netadmin) giveHome(to string) {
	a.s.t.Helper()
	a.s.ok(a.route.AddrAdd(a.link(to), homeAddress()))
}

func homeAddress() *netlink.Addr {
	return &netlink.Addr{IPNet: &net.IPNet{IP: home.Addr().AsSlice(), Mask: net.CIDRMask(home.Bits(), 32)}}
}

// addLAN makes lan0, a macvlan beside eth0, and puts it up.
func (a netadmin) addLAN() {
	a.s.t.Helper()
	a.s.ok(a.route.LinkAdd(&netlink.Macvlan{
		LinkAttrs: netlink.LinkAttrs{Name: "lan0", ParentIndex: a.link(lab.HostInterface).Attrs().Index},
		Mode:      netlink.MACVLAN_MODE_BRIDGE,
	}))
	a.s.ok(a.route.LinkSetUp(a.link("lan0")))
}

// rename gives a link another name, which the kernel wants it to be down for.
func (a netadmin) rename(from, to string) {
	a.s.t.Helper()
	l := a.link(from)
	a.s.ok(a.route.LinkSetDown(l))
	a.s.ok(a.route.LinkSetName(l, to))
	a.s.ok(a.route.LinkSetUp(l))
}

// loses asserts that something done to the first node makes the second Active and holder alone, and that the first has
// recovered on its own after it was undone.
func (s *scene) loses(do, undo func()) {
	s.t.Helper()
	first, second := s.Nodes[0], s.Nodes[1]
	deed := time.Now()
	do()
	s.quiet(second, s.awaitAlone(deed, second, s.down(1)+patience))
	deed = time.Now()
	undo()
	s.quiet(first, s.awaitAlone(deed, first, s.down(0)+patience))
	s.neverEnded()
}

// Whatever becomes of the interface, the router gives way while it cannot serve and comes back by itself.
func TestInterfaceComesAndGoes(t *testing.T) {
	t.Parallel()
	byName := []string{"per_node: {www1: {interface: eth0}}"}
	lan := []string{"per_node: {www1: {interface: lan0}}"}
	for name, fault := range map[string]struct {
		extra          []string
		prepare        func(a netadmin)
		damage, repair func(a netadmin)
	}{
		"deleted and recreated": {
			extra:   lan,
			prepare: func(a netadmin) { a.addLAN(); a.takeHome("eth0"); a.giveHome("lan0") },
			damage:  func(a netadmin) { a.s.ok(a.route.LinkDel(a.link("lan0"))) },
			repair:  func(a netadmin) { a.addLAN(); a.giveHome("lan0") },
		},
		"deleted and recreated, found by its address": {
			prepare: func(a netadmin) { a.addLAN(); a.takeHome("eth0"); a.giveHome("lan0") },
			damage:  func(a netadmin) { a.s.ok(a.route.LinkDel(a.link("lan0"))) },
			repair:  func(a netadmin) { a.addLAN(); a.giveHome("lan0") },
		},
		"renamed and back": {
			extra:  byName,
			damage: func(a netadmin) { a.rename("eth0", "lan9") },
			repair: func(a netadmin) { a.rename("lan9", "eth0") },
		},
		"put into a bridge": {
			extra: byName,
			damage: func(a netadmin) {
				a.s.ok(a.route.LinkAdd(&netlink.Bridge{LinkAttrs: netlink.LinkAttrs{Name: "br0"}}))
				a.s.ok(a.route.LinkSetMaster(a.link("eth0"), a.link("br0")))
			},
			repair: func(a netadmin) { a.s.ok(a.route.LinkDel(a.link("br0"))) },
		},
		"down and up": {
			damage: func(a netadmin) { a.s.ok(a.route.LinkSetDown(a.link("eth0"))) },
			repair: func(a netadmin) { a.s.ok(a.route.LinkSetUp(a.link("eth0"))) },
		},
		"without an address": {
			extra:  byName,
			damage: func(a netadmin) { a.takeHome("eth0") },
			repair: func(a netadmin) { a.giveHome("eth0") },
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := pair(10)
			o.Extra = fault.extra
			s := setScene(t, o)
			a := netadmin{s, s.Nodes[0].Route()}
			if fault.prepare != nil {
				fault.prepare(a)
			}
			s.raise()
			for range 2 {
				s.loses(func() { fault.damage(a) }, func() { fault.repair(a) })
			}
		})
	}
}

// The node's address moves to another interface, and the router with it.
func TestRouterFollowsItsAddress(t *testing.T) {
	t.Parallel()
	s := setScene(t, pair(10))
	a := netadmin{s, s.Nodes[0].Route()}
	a.addLAN()
	s.raise()
	s.loses(func() { a.takeHome("eth0") }, func() { a.giveHome("lan0") })
	s.loses(func() { a.takeHome("lan0") }, func() { a.giveHome("eth0") })
}

// A name that the configuration does not ask for may change: the interface is found by the node's address.
func TestRenamedInterfaceIsFollowed(t *testing.T) {
	t.Parallel()
	s := setScene(t, pair(10))
	s.raise()
	a := netadmin{s, s.Nodes[0].Route()}
	for _, names := range [][2]string{{"eth0", "lan9"}, {"lan9", "eth0"}} {
		deed := time.Now()
		a.rename(names[0], names[1])
		time.Sleep(onTheWay) // until the watcher has read of the change
		s.quiet(s.Nodes[0], s.awaitAlone(deed, s.Nodes[0], s.down(1)+s.down(0)+patience))
	}
	s.neverEnded()
}

// What is missing at the start is waited for.
func TestStartWithoutInterface(t *testing.T) {
	t.Parallel()
	for name, missing := range map[string]struct {
		extra            []string
		prepare, provide func(a netadmin)
	}{
		"no interface of the name": {
			extra:   []string{"per_node: {www1: {interface: lan0}}"},
			prepare: func(a netadmin) { a.takeHome("eth0") },
			provide: func(a netadmin) { a.addLAN(); a.giveHome("lan0") },
		},
		"no interface with the address": {
			prepare: func(a netadmin) { a.takeHome("eth0") },
			provide: func(a netadmin) { a.giveHome("eth0") },
		},
		"no address": {
			extra:   []string{"per_node: {www1: {interface: eth0}}"},
			prepare: func(a netadmin) { a.takeHome("eth0") },
			provide: func(a netadmin) { a.giveHome("eth0") },
		},
		"no carrier": {
			prepare: func(a netadmin) { a.s.ok(a.s.Nodes[0].Port.CarrierDown()) },
			provide: func(a netadmin) { a.s.ok(a.s.Nodes[0].Port.CarrierUp()) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := pair(10)
			o.Extra = missing.extra
			s := setScene(t, o)
			a := netadmin{s, s.Nodes[0].Route()}
			missing.prepare(a)
			s.loses(func() { s.ok(s.Start()) }, func() { missing.provide(a) })
		})
	}
}
