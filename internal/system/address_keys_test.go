//go:build privileged

package system_test

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/vishvananda/netlink"

	"github.com/aloft-ha/aloft/internal/lab"
	"github.com/aloft-ha/aloft/internal/lab/labtest"
)

// second is the name of the node's other interface.
const second = "eth1"

// An address can have a label, a scope, an interface of its own, and can move along without being advertised.
func TestKeysOfAnAddress(t *testing.T) {
	t.Parallel()
	entries := []entry{
		{prefix: "192.0.2.100/32"},
		{prefix: "192.0.2.101/32", keys: `label: "eth0:web"`},
		{prefix: "192.0.2.102/32", keys: "scope: link"},
		{prefix: "192.0.2.103/32", keys: "advertise: false"},
		{prefix: "203.0.113.100/24", keys: "interface: eth1"},
		{prefix: "2001:db8::100/128", keys: "interface: eth1, advertise: false"},
	}
	s := setScene(t, floating(2, entries))
	for _, n := range s.Nodes {
		s.addSecond(n.Host)
	}
	n := s.Nodes[0]
	began := time.Now()
	s.serve(n)
	s.ok(s.Nodes[1].Start())
	s.wantKeys(n.Host)
	advert, err := s.tap.Await(labtest.Within(t, time.Second), began, lab.ActiveAdvert(n.Name, lab.DefaultVRID))
	s.ok(err)
	want := []netip.Addr{entries[0].address(), entries[1].address(), entries[2].address(), entries[4].address()}
	if !slices.Equal(advert.Advert.Addresses, want) {
		t.Errorf("advertised are %v, want %v", advert.Advert.Addresses, want)
	}
	if _, err := s.tap.Await(labtest.Within(t, time.Second), began, func(f *lab.Frame) bool { return f.Announces(entries[3].address()) }); err != nil {
		t.Errorf("what is not advertised is not announced: %v", err)
	}
	time.Sleep(2500 * time.Millisecond) // longer than a lease: the renewals keep what they renew
	s.wantKeys(n.Host)

	s.leave(n)
	s.awaitAlone(time.Now(), s.Nodes[1], 2*time.Second)
	s.wantKeys(s.Nodes[1].Host)
}

// wantKeys asserts that the addresses stand in the kernel as their keys say.
func (s *scene) wantKeys(h *lab.Host) {
	s.t.Helper()
	want := map[string]struct {
		iface, label string
		scope        netlink.Scope
	}{
		"192.0.2.100":   {"eth0", "eth0", netlink.SCOPE_UNIVERSE},
		"192.0.2.101":   {"eth0", "eth0:web", netlink.SCOPE_UNIVERSE},
		"192.0.2.102":   {"eth0", "eth0", netlink.SCOPE_LINK},
		"192.0.2.103":   {"eth0", "eth0", netlink.SCOPE_UNIVERSE},
		"203.0.113.100": {"eth1", "eth1", netlink.SCOPE_UNIVERSE},
		"2001:db8::100": {"eth1", "", netlink.SCOPE_UNIVERSE},
	}
	all, err := h.Route().AddrList(nil, netlink.FAMILY_ALL)
	s.ok(err)
	for _, a := range all {
		w, floating := want[a.IP.String()]
		if !floating {
			continue
		}
		delete(want, a.IP.String())
		if a.LinkIndex != s.link(h, w.iface).Attrs().Index || a.Label != w.label || netlink.Scope(a.Scope) != w.scope {
			s.t.Errorf("%s stands on link %d with label %q and scope %d, want %+v", a.IP, a.LinkIndex, a.Label, a.Scope, w)
		}
	}
	for a := range want {
		s.t.Errorf("%s is not there", a)
	}
}

// addSecond gives a host another interface, with nothing at its other end.
func (s *scene) addSecond(h *lab.Host) {
	s.t.Helper()
	s.ok(h.Route().LinkAdd(&netlink.Veth{LinkAttrs: netlink.LinkAttrs{Name: second}, PeerName: "far"}))
	s.ok(h.Route().LinkSetUp(s.link(h, "far")))
	s.ok(h.Route().LinkSetUp(s.link(h, second)))
}

// link returns an interface of a host.
func (s *scene) link(h *lab.Host, name string) netlink.Link {
	s.t.Helper()
	l, err := h.Route().LinkByName(name)
	s.ok(err)
	return l
}

// An address on a second interface is in the way of the whole router when that interface is not there.
func TestAddressOnAMissingInterface(t *testing.T) {
	t.Parallel()
	entries := []entry{{prefix: "192.0.2.100/32"}, {prefix: "203.0.113.100/24", keys: "interface: eth1"}}
	s := setScene(t, floating(2, entries))
	lacking, complete := s.Nodes[0], s.Nodes[1]
	s.addSecond(complete.Host)
	s.ok(s.Start())
	s.awaitAlone(time.Now(), complete, 4*time.Second)
	s.steady(complete)
	s.addSecond(lacking.Host)
	s.awaitAlone(time.Now(), lacking, 4*time.Second)
	s.steady(lacking)
	s.ok(lacking.Route().LinkDel(s.link(lacking.Host, second)))
	s.awaitAlone(time.Now(), complete, 4*time.Second)
	s.steady(complete)
}
