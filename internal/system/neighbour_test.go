//go:build privileged

package system_test

import (
	"errors"
	"net"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"github.com/aloft-ha/aloft/internal/lab"
	"github.com/aloft-ha/aloft/internal/lab/labtest"
)

// Types and flags of neighbour discovery, RFC 4861 sections 4.2 and 4.4.
const (
	routerAdvertisement, neighbourAdvertisement = 134, 136
	routerFlag, solicitedFlag                   = 0x80, 0x40
)

// 6.4.2 and 6.4.3: the Active answers ARP requests and Neighbor Solicitations for the addresses and takes packets to them,
// the Backup neither, also when a packet reaches it; and nobody sends Router Advertisements. A host that forwards answers
// as a router. 8.1.2: here the answer has the physical MAC address.
func TestRFC9568_6_4_TheActiveAloneIsANeighbour(t *testing.T) {
	t.Parallel()
	s := setScene(t, floating(2, dual()))
	everything := labtest.Tap(t, s.LAN, lab.TapOptions{Everything: true})
	for _, n := range s.Nodes {
		s.ok(n.Host.Sysctl("ipv6/conf/all/forwarding", "1"))
	}
	active, backup := s.serveWithBackup()
	s.withClient()
	s.awaitAnswer(active, patience)
	s.wantNeighbour(everything, active, backup)
	s.leave(active)
	s.awaitAlone(time.Now(), backup, patience)
	s.awaitAnswer(backup, patience)
	s.wantNeighbour(everything, backup, active)
	for _, f := range everything.Frames(nil) {
		if kind, _ := icmp6(&f); kind == routerAdvertisement {
			t.Errorf("%s sent a Router Advertisement", f.Port)
		}
	}
}

// wantNeighbour makes the client ask for the addresses, and then send its packets to them to the node that does not have
// them. What speaks in their name meanwhile has to be the node that has them.
func (s *scene) wantNeighbour(everything *lab.Tap, has, hasNot *lab.Node) {
	s.t.Helper()
	began := time.Now()
	s.setNeighbours(nil)
	for _, a := range s.Setup.Addresses {
		_, err := everything.Await(labtest.Within(s.t, patience), began, func(f *lab.Frame) bool { return s.answers(f, a) })
		s.ok(err)
	}
	s.setNeighbours(hasNot.Host.MAC)
	from := time.Now()
	for _, a := range s.Setup.Addresses {
		_, err := everything.Await(labtest.Within(s.t, patience), from, func(f *lab.Frame) bool {
			return f.Dst == a && slices.Equal(f.Bytes[:6], hasNot.Host.MAC)
		})
		s.ok(err) // it did get one
	}
	time.Sleep(onTheWay)
	until := time.Now()
	s.setNeighbours(nil)
	for _, f := range everything.Frames(func(f *lab.Frame) bool { return !f.At.Before(began) && !f.At.After(until) }) {
		if f.Port == s.Client.Name || !slices.Contains(s.Setup.Addresses, f.Src) && !slices.Contains(s.Setup.Addresses, f.Address) {
			continue
		}
		if f.Port != has.Name || !slices.Equal(f.MAC, has.Host.MAC) {
			s.t.Errorf("%s, from %s and not from %s", f.String(), f.MAC, has.Host.MAC)
		}
		if kind, b := icmp6(&f); kind == neighbourAdvertisement && b[4]&routerFlag == 0 {
			s.t.Errorf("%s advertises an address as a host, and it forwards", f.Port)
		}
	}
}

// answers says whether a frame is the answer to an ARP request or a Neighbor Solicitation for the address.
func (s *scene) answers(f *lab.Frame, a netip.Addr) bool {
	if a.Is4() {
		return f.Kind == lab.KindARP && f.Reply && f.Address == a
	}
	kind, b := icmp6(f)
	return kind == neighbourAdvertisement && b[4]&solicitedFlag != 0 && netip.AddrFrom16([16]byte(b[8:24])) == a
}

// icmp6 returns the type of an ICMPv6 message, RFC 4443 section 2.1, and the message; 0 of another frame. Those of
// neighbour discovery have 24 bytes at least but for the Router Advertisement's 16.
func icmp6(f *lab.Frame) (kind byte, message []byte) {
	const at = 14 + 40
	if !f.Src.Is6() || len(f.Bytes) < at+24 || f.Bytes[14+6] != unix.IPPROTO_ICMPV6 {
		return 0, nil
	}
	return f.Bytes[at], f.Bytes[at:]
}

// setNeighbours makes the client believe that the addresses are at a MAC address; without one it has to ask.
func (s *scene) setNeighbours(mac net.HardwareAddr) {
	s.t.Helper()
	link, err := s.Client.Route().LinkByName("eth0")
	s.ok(err)
	for _, a := range s.Setup.Addresses {
		family := netlink.FAMILY_V4
		if a.Is6() {
			family = netlink.FAMILY_V6
		}
		entry := &netlink.Neigh{LinkIndex: link.Attrs().Index, Family: family, IP: a.AsSlice(), State: netlink.NUD_PERMANENT, HardwareAddr: mac}
		if mac == nil {
			if err := s.Client.Route().NeighDel(entry); !errors.Is(err, unix.ENOENT) {
				s.ok(err)
			}
			continue
		}
		s.ok(s.Client.Route().NeighSet(entry))
	}
}
