//go:build interop

package system_test

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/vishvananda/netlink"

	"github.com/aloft-ha/aloft/internal/lab"
)

// frrRoles returns both roles with IPv4 and with both families. FRR has no unicast, and sends from the first link-local
// address of its device, so there is no floating one.
func frrRoles() []role {
	v4 := []netip.Addr{lab.DefaultAddress4}
	both := []netip.Addr{lab.DefaultAddress4, lab.DefaultAddress6}
	var all []role
	for _, n := range inBothRoles(lab.FRR) {
		name := n[0].String() + " preferred, "
		all = append(all, role{name: name + "IPv4", nodes: n, addresses: v4},
			role{name: name + "both families", nodes: n, addresses: both})
	}
	return all
}

// FRR holds an address with the virtual MAC, aloft with that of the interface: so at each move the client's neighbour
// entry has to follow, and only the one that serves may answer who asks for the address.
func TestBesideFRR(t *testing.T) {
	t.Parallel()
	for _, r := range frrRoles() {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			steadily(t, r.cluster(false).Interval.Duration(), r.playBesideFRR)
		})
	}
}

// playBesideFRR lets everything happen to the better one, and it always comes back.
func (r role) playBesideFRR(t *attempt) {
	c := newCompany(t, r.cluster(false), askSlowly)
	better, worse := c.Nodes[0], c.Nodes[1]
	c.elects(better)
	c.askedFor(better)
	c.movesOnStop(better, worse)
	c.told(worse)
	c.askedFor(worse)
	c.returns(better)
	c.told(better)
	c.staysWhenBackupStops(better, worse)
	c.movesOnCut(better, worse)
	c.told(worse)
	at := time.Now()
	c.healsTo(better)
	if better.Software == lab.Aloft {
		c.answered(better, at, answerPatience) // FRR, which does not answer a losing advert, does not announce itself again either
		c.told(better)
	}
	c.askedFor(better)
	c.allGo()
}

// told asserts that the client, who did not ask, has the addresses at the MAC of the node: by what that has announced.
func (c *company) told(n *lab.Node) {
	c.t.Helper()
	for _, p := range c.probes {
		if got, want := c.neighbour(p.Target), c.servingMAC(n, p.Target); got != want {
			c.t.Errorf("the client has %s at %s, not at %s of %s", p.Target, got, want, n.Software)
		}
	}
}

// askedFor has the client ask for the addresses anew: the node answers, and nobody else.
func (c *company) askedFor(n *lab.Node) {
	c.t.Helper()
	asked := time.Now()
	for _, p := range c.probes {
		c.forgetNeighbour(p.Target)
	}
	c.answered(n, asked.Add(noticeTime), answerPatience)
	c.told(n)
	for _, p := range c.probes {
		if p.Target.Is6() {
			continue // the tap leaves solicited advertisements out
		}
		want := c.servingMAC(n, p.Target)
		if got, want := c.arpAnswers(p.Target, asked), []string{n.Name + " " + want}; !slices.Equal(got, want) {
			c.t.Errorf("who asks for %s is answered by %v, not by %v", p.Target, got, want)
		}
	}
}

// servingMAC returns the MAC with which a node serves an address.
func (c *company) servingMAC(n *lab.Node, a netip.Addr) string {
	switch {
	case n.Software == lab.Aloft:
		return n.MAC.String()
	case a.Is6():
		return net.HardwareAddr{0, 0, 0x5e, 0, 2, c.Setup.VRID}.String()
	}
	return net.HardwareAddr{0, 0, 0x5e, 0, 1, c.Setup.VRID}.String()
}

// neighbourEntry returns the client's neighbour entry of an address; nil if it has none.
func (c *company) neighbourEntry(a netip.Addr) *netlink.Neigh {
	c.t.Helper()
	all, err := c.Client.Route().NeighList(0, 0)
	c.do(err)
	for _, n := range all {
		if ip, ok := netip.AddrFromSlice(n.IP); ok && ip.Unmap() == a {
			return &n
		}
	}
	return nil
}

// neighbour returns the MAC that the client has for an address.
func (c *company) neighbour(a netip.Addr) string {
	c.t.Helper()
	if n := c.neighbourEntry(a); n != nil {
		return n.HardwareAddr.String()
	}
	return "nothing"
}

// forgetNeighbour makes the client ask for an address again.
func (c *company) forgetNeighbour(a netip.Addr) {
	c.t.Helper()
	if n := c.neighbourEntry(a); n != nil {
		c.do(c.Client.Route().NeighDel(n))
	}
}

// arpAnswers returns who answered for an address since the time, and with which MAC.
func (c *company) arpAnswers(a netip.Addr, since time.Time) []string {
	var all []string
	for _, f := range c.tap.Frames(func(f *lab.Frame) bool {
		return f.Kind == lab.KindARP && f.Reply && f.Address == a && !f.At.Before(since)
	}) {
		all = append(all, fmt.Sprintf("%s %s", f.Port, f.HolderMAC))
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// What a planned stop costs at the usual interval. The first IPv6 advert of an FRR that becomes Active is missing, for it
// does not find its source address while its device is still held down: aloft, which waits for it, then takes an interval
// more to leave, and the client notices nothing of it.
func TestPlannedStopBesideFRR(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]lab.ClusterOptions{
		"IPv4": {},
		"IPv6": {Addresses: []netip.Addr{lab.DefaultAddress6}, IPv6: true},
	} {
		o.Nodes, o.Interval, o.NoFailback = []lab.Software{lab.Aloft, lab.FRR}, usualInterval, true
		late := time.Duration(0)
		if o.IPv6 {
			late = o.Interval.Duration()
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			steadily(t, o.Interval.Duration(), func(t *attempt) { plannedStops(t, o, late) })
		})
	}
}

// An FRR that has become the better one by it takes over, at once.
func TestLoweredPriorityHandsOverToFRR(t *testing.T) {
	t.Parallel()
	o := lab.ClusterOptions{Nodes: []lab.Software{lab.Aloft, lab.FRR}, Interval: usualInterval}
	steadily(t, o.Interval.Duration(), func(t *attempt) { lowered(t, o) })
}
