//go:build privileged

package system_test

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"github.com/aloft-ha/aloft/internal/lab"
	"github.com/aloft-ha/aloft/internal/lab/labtest"
)

// ifaProto is what marks an address as aloft's: IFA_PROTO 112, the IP protocol number of VRRP.
const ifaProto = 112

// entry is a floating address as a file has it: with its prefix length, and with keys where it has some.
type entry struct{ prefix, keys string }

// address returns the address alone.
func (e entry) address() netip.Addr { return netip.MustParsePrefix(e.prefix).Addr() }

// bare makes entries of prefixes.
func bare(prefixes ...string) (entries []entry) {
	for _, p := range prefixes {
		entries = append(entries, entry{prefix: p})
	}
	return entries
}

// dual is an address of each family.
func dual() []entry { return bare("192.0.2.100/32", "2001:db8::100/128") }

// floating is the options of a cluster of adverts every 100 ms with these addresses, and with these further lines of the
// router. It has IPv6 if an address has.
func floating(nodes int, entries []entry, lines ...string) lab.ClusterOptions {
	o := lab.ClusterOptions{Nodes: make([]lab.Software, nodes), Interval: interval(10)}
	for _, e := range entries {
		o.Addresses = append(o.Addresses, e.address())
		o.IPv6 = o.IPv6 || e.address().Is6()
	}
	o.File = fileOf(o, entries, lines...)
	return o
}

// fileOf writes aloft's file: what a Setup cannot say of addresses, this can.
func fileOf(o lab.ClusterOptions, entries []entry, lines ...string) string {
	var b strings.Builder
	b.WriteString("nodes:\n")
	for i := range o.Nodes {
		var own []string
		for _, p := range lab.DefaultAddresses(i+1, o.IPv6) {
			own = append(own, fmt.Sprintf("%q", p.Addr()))
		}
		fmt.Fprintf(&b, "  - {name: www%d, addresses: [%s]}\n", i+1, strings.Join(own, ", "))
	}
	fmt.Fprintf(&b, "virtual_routers:\n  web:\n    vrid: %d\n    interface: eth0\n    advert_interval: %s\n", lab.DefaultVRID, o.Interval)
	for _, line := range lines {
		fmt.Fprintf(&b, "    %s\n", line)
	}
	b.WriteString("    addresses:\n")
	for _, e := range entries {
		keys := ""
		if e.keys != "" {
			keys = ", " + e.keys
		}
		fmt.Fprintf(&b, "      - {address: %q%s}\n", e.prefix, keys)
	}
	return b.String()
}

// serve starts one node and waits until it is Active and holds the addresses alone.
func (s *scene) serve(n *lab.Node) {
	s.t.Helper()
	began := time.Now()
	s.ok(n.Start())
	if _, err := s.tap.Await(labtest.Within(s.t, s.longestDown()+5*time.Second), began, lab.ActiveAdvert(n.Name, lab.DefaultVRID)); err != nil {
		s.t.Fatalf("%s does not become Active: %v", n.Name, err)
	}
	s.awaitAlone(began, n, 5*time.Second)
}

// serveWithBackup starts the first node, and when that serves the second, and waits until it is Backup.
func (s *scene) serveWithBackup() (active, backup *lab.Node) {
	s.t.Helper()
	active, backup = s.Nodes[0], s.Nodes[1]
	s.serve(active)
	s.ok(backup.Start())
	s.awaitBackup(backup)
	return active, backup
}

// leave stops a node as planned: its daemon ends in time and without a complaint.
func (s *scene) leave(n *lab.Node) {
	s.t.Helper()
	s.ok(n.Stop(labtest.Within(s.t, 10*time.Second)))
	if code := s.exitCode(n); code != 0 {
		s.t.Errorf("the stopped daemon of %s exits with %d", n.Name, code)
	}
}

// look returns an address of a host as its kernel has it.
func (s *scene) look(h *lab.Host, a netip.Addr) (lab.Address, bool) {
	s.t.Helper()
	all, err := h.Addresses()
	s.ok(err)
	for _, x := range all {
		if x.Prefix.Addr() == a {
			return x, true
		}
	}
	return lab.Address{}, false
}

// gone asserts that a host loses an address before a deadline, and returns when.
func (s *scene) gone(h *lab.Host, a netip.Addr, by time.Time) time.Time {
	s.t.Helper()
	for {
		if _, there := s.look(h, a); !there {
			return time.Now()
		}
		if time.Now().After(by) {
			s.t.Fatalf("%s still has %s", h.Name, a)
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// wantAbsent asserts that a host has none of the floating addresses.
func (s *scene) wantAbsent(h *lab.Host, when string) {
	s.t.Helper()
	for _, a := range s.Setup.Addresses {
		if _, there := s.look(h, a); there {
			s.t.Errorf("%s: %s is there", when, a)
		}
	}
}

// put gives a host an address, as an administrator would.
func (s *scene) put(h *lab.Host, prefix string) {
	s.t.Helper()
	s.ok(h.Route().AddrAdd(s.eth0(h), addressOf(prefix)))
}

// takeDown takes an address from a host, as an administrator would.
func (s *scene) takeDown(h *lab.Host, prefix string) {
	s.t.Helper()
	s.ok(h.Route().AddrDel(s.eth0(h), addressOf(prefix)))
}

// eth0 returns a host's interface.
func (s *scene) eth0(h *lab.Host) netlink.Link {
	s.t.Helper()
	l, err := h.Route().LinkByName(lab.HostInterface)
	s.ok(err)
	return l
}

// addressOf makes netlink's address of a prefix.
func addressOf(prefix string) *netlink.Addr {
	p := netip.MustParsePrefix(prefix)
	return &netlink.Addr{IPNet: &net.IPNet{IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())}}
}

// onLink returns the host's routes to a subnet without a gateway.
func (s *scene) onLink(h *lab.Host, subnet string) (routes []netlink.Route) {
	s.t.Helper()
	family := netlink.FAMILY_V4
	if netip.MustParsePrefix(subnet).Addr().Is6() {
		family = netlink.FAMILY_V6
	}
	all, err := h.Route().RouteListFiltered(family, &netlink.Route{Table: unix.RT_TABLE_MAIN}, netlink.RT_FILTER_TABLE)
	s.ok(err)
	for _, r := range all {
		if r.Dst != nil && r.Dst.String() == subnet && r.Gw == nil {
			routes = append(routes, r)
		}
	}
	return routes
}

// steady asserts that the daemons of the nodes run and that exactly these advertise themselves, for longer than a takeover
// takes.
func (s *scene) steady(active ...*lab.Node) {
	s.t.Helper()
	began := time.Now()
	time.Sleep(s.longestDown())
	var want []string
	for _, n := range active {
		want = append(want, n.Name)
		if !n.Running() {
			s.t.Errorf("the daemon of %s has ended", n.Name)
		}
	}
	if got := s.advertisers(began, time.Now()); strings.Join(got, " ") != strings.Join(want, " ") {
		s.t.Errorf("%v advertise themselves, want %v", got, want)
	}
}

// changesOf returns the changes of an address on a host from a time on.
func (s *scene) changesOf(h *lab.Host, a netip.Addr, since time.Time) (all []lab.AddressChange) {
	for _, c := range s.watcher.Changes(a) {
		if c.Host == h.Name && c.At.After(since) {
			all = append(all, c)
		}
	}
	return all
}

// rewriteFile gives all nodes another file. Nobody is told yet.
func (s *scene) rewriteFile(text string) {
	s.t.Helper()
	s.ok(os.WriteFile(s.File, []byte(text), 0o644))
}
