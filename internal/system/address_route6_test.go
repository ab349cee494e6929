//go:build privileged

package system_test

import (
	"encoding/binary"
	"net/netip"
	"testing"
	"time"

	mnl "github.com/mdlayher/netlink"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"github.com/aloft-ha/aloft/internal/lab"
)

// learned is the prefix that the router of the test advertises, and learnedFor for how long it is valid.
var learned = netip.MustParsePrefix("2001:db8:5::/64")

const learnedFor = 600 * time.Second

// A host that learns its subnet from router advertisements has a route that ends by itself. It is the same route that a
// floating address would bring along, and would end with our lease.
func TestRouteAndAddressLearnedFromARouterAreUntouched(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, prefix string }{
		{"host address", "2001:db8:5::100/128"},
		{"in the subnet", "2001:db8:5::100/64"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := setScene(t, floating(1, bare("fe80::51/128", c.prefix)))
			n, vip := s.Nodes[0], netip.MustParsePrefix(c.prefix).Addr()
			own := s.learn(n.Host)

			s.serve(n)
			s.wantLearned(n.Host, own, "claimed")
			time.Sleep(4 * time.Second) // twice the lease
			s.wantLearned(n.Host, own, "renewed")
			if x, _ := s.look(n.Host, vip); !x.Deprecated || x.Tentative || x.DADFailed {
				t.Errorf("the floating address is %s, deprecated %v, want it usable and deprecated", x, x.Deprecated)
			}
			s.wantSource(n.Host, netip.MustParseAddr("2001:db8:5::dead"), own)
			s.leave(n)
			s.wantLearned(n.Host, own, "released")

			s.serve(n)
			s.ok(n.Kill())
			s.gone(n.Host, vip, time.Now().Add(2*time.Second+kernelSlack))
			time.Sleep(500 * time.Millisecond) // whatever goes with the address has gone too
			s.wantLearned(n.Host, own, "expired")
		})
	}
}

// With "source: true" the host may send from the floating address, and only then.
func TestFloatingIPv6IsASourceOnlyWhereAsked(t *testing.T) {
	t.Parallel()
	s := setScene(t, floating(1, []entry{
		{prefix: "fe80::51/128"}, {prefix: "2001:db8::100/64"}, {prefix: "2001:db8:7::100/64", keys: "source: true"},
	}))
	n := s.Nodes[0]
	s.serve(n)
	own := lab.DefaultAddresses(n.Number, true)[1].Addr()
	s.wantSource(n.Host, netip.MustParseAddr("2001:db8::dead"), own)
	// Without a source address of its own there, the host needs a route to ask for one.
	s.addRoute(n.Host, "2001:db8:7::/64")
	s.wantSource(n.Host, netip.MustParseAddr("2001:db8:7::dead"), netip.MustParseAddr("2001:db8:7::100"))
	for a, deprecated := range map[string]bool{"2001:db8::100": true, "2001:db8:7::100": false} {
		x, _ := s.look(n.Host, netip.MustParseAddr(a))
		if x.Deprecated != deprecated {
			t.Errorf("%s: deprecated is %v, want %v", a, x.Deprecated, deprecated)
		}
	}
	time.Sleep(3 * time.Second) // longer than the lease
	s.wantSource(n.Host, netip.MustParseAddr("2001:db8::dead"), own)
	s.wantSource(n.Host, netip.MustParseAddr("2001:db8:7::dead"), netip.MustParseAddr("2001:db8:7::100"))
	s.leave(n)
	s.wantHostAddress(n.Host)
}

// learn lets a host configure itself from an advertisement of the client's, and returns its address.
func (s *scene) learn(h *lab.Host) netip.Addr {
	s.t.Helper()
	s.ok(h.Sysctl("ipv6/conf/eth0/accept_ra", "1"))
	s.ok(h.Sysctl("ipv6/conf/eth0/autoconf", "1"))
	s.ok(s.advertisePrefix())
	for range 500 {
		all, err := h.Addresses()
		s.ok(err)
		for _, x := range all {
			if learned.Contains(x.Prefix.Addr()) && !x.Tentative {
				return x.Prefix.Addr()
			}
		}
		time.Sleep(10 * time.Millisecond) // until the next look
	}
	s.t.Fatal("the host learned no address")
	return netip.Addr{}
}

// wantLearned asserts that address and route are there as they were learned, with nearly all of their lifetime.
func (s *scene) wantLearned(h *lab.Host, own netip.Addr, when string) {
	s.t.Helper()
	x, there := s.look(h, own)
	if !there || x.Valid < learnedFor/2 || x.Preferred < learnedFor/2 || x.Deprecated || x.Tentative {
		s.t.Errorf("%s: the host's own address is %s, there %v, preferred for %s", when, x, there, x.Preferred)
	}
	routes := s.onLink(h, learned.String())
	if len(routes) != 1 {
		s.t.Errorf("%s: the routes to the subnet are %v, want one", when, routes)
		return
	}
	if left := s.routeLeft(h, learned); left < learnedFor/2 {
		s.t.Errorf("%s: the route to the subnet ends in %s, want it to end as it was learned", when, left)
	}
}

// routeLeft returns how long the host's route to a subnet is still valid, as the kernel has it: 0 for ever.
func (s *scene) routeLeft(h *lab.Host, subnet netip.Prefix) (left time.Duration) {
	s.t.Helper()
	s.ok(h.Do(func() error {
		conn, err := mnl.Dial(unix.NETLINK_ROUTE, nil)
		if err != nil {
			return err
		}
		defer func() { _ = conn.Close() }()
		msgs, err := conn.Execute(mnl.Message{
			Header: mnl.Header{Type: unix.RTM_GETROUTE, Flags: mnl.Request | mnl.Dump},
			Data:   append([]byte{unix.AF_INET6}, make([]byte, unix.SizeofRtMsg-1)...),
		})
		if err != nil {
			return err
		}
		for _, m := range msgs {
			if dst, expires, ok := parseRoute(m.Data); ok && dst == subnet {
				left = expires
			}
		}
		return nil
	}))
	return left
}

// parseRoute reads the destination of an RTM_NEWROUTE message of the main table, and how long it is still valid:
// rta_cacheinfo of rtnetlink(7), in hundredths of a second.
func parseRoute(b []byte) (dst netip.Prefix, left time.Duration, ok bool) {
	if len(b) < unix.SizeofRtMsg || b[4] != unix.RT_TABLE_MAIN {
		return dst, 0, false
	}
	attrs, err := mnl.UnmarshalAttributes(b[unix.SizeofRtMsg:])
	if err != nil {
		return dst, 0, false
	}
	for _, a := range attrs {
		switch a.Type {
		case unix.RTA_DST:
			if addr, isAddr := netip.AddrFromSlice(a.Data); isAddr {
				dst, ok = netip.PrefixFrom(addr, int(b[1])), true
			}
		case unix.RTA_CACHEINFO:
			left = time.Duration(int32(binary.NativeEndian.Uint32(a.Data[8:]))) * 10 * time.Millisecond
		}
	}
	return dst, left, ok
}

// addRoute gives a host a route to a subnet on its link.
func (s *scene) addRoute(h *lab.Host, subnet string) {
	s.t.Helper()
	dst := addressOf(subnet).IPNet
	s.ok(h.Route().RouteAdd(&netlink.Route{LinkIndex: s.eth0(h).Attrs().Index, Dst: dst}))
}

// advertisePrefix sends a router advertisement from the client, RFC 4861 sections 4.2 and 4.6.2.
func (s *scene) advertisePrefix() error {
	b := []byte{134, 0, 0, 0, 64, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0} // no default router
	b = append(b, 3, 4, uint8(learned.Bits()), 0xc0)               // on-link, and for autoconfiguration
	for range 2 {
		b = binary.BigEndian.AppendUint32(b, uint32(learnedFor/time.Second))
	}
	b = append(b, 0, 0, 0, 0)
	b = append(b, learned.Addr().AsSlice()...)
	index := s.eth0(s.Client).Attrs().Index
	return s.Client.Do(func() error { return multicast6(index, unix.IPPROTO_ICMPV6, "ff02::1", b) })
}

// multicast6 sends one packet to a group with hop limit 255, in the namespace of the calling thread.
func multicast6(ifindex, protocol int, group string, payload []byte) error {
	fd, err := unix.Socket(unix.AF_INET6, unix.SOCK_RAW|unix.SOCK_CLOEXEC, protocol)
	if err != nil {
		return err
	}
	defer func() { _ = unix.Close(fd) }()
	if err := unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_MULTICAST_HOPS, 255); err != nil {
		return err
	}
	to := unix.SockaddrInet6{ZoneId: uint32(ifindex), Addr: netip.MustParseAddr(group).As16()}
	return unix.Sendto(fd, payload, 0, &to)
}
