//go:build interop

package system_test

import (
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/aloft-ha/aloft/internal/lab"
	"github.com/aloft-ha/aloft/internal/lab/labtest"
)

// The limits of what happens beside keepalived. They leave room for a busy machine where the thing that is waited for
// is not what is measured.
const (
	bootPatience   = 6 * time.Second        // until daemons that were just started have settled, beside their timers
	movePatience   = 2 * time.Second        // until a takeover is seen, beside the timers
	exitPatience   = 20 * time.Second       // until a daemon has ended on SIGTERM
	leasePatience  = 5 * time.Second        // until the kernel has taken away what a dead aloft held
	quietMargin    = 150 * time.Millisecond // beyond a down interval, how long one that holds an address is watched
	answerPatience = 8 * time.Second        // until a client reaches the right node again: keepalived announces anew after 5 s
)

// company is aloft and keepalived on one switch, and all that observes them.
type company struct {
	*lab.Cluster
	t      testing.TB
	tap    *lab.Tap
	watch  *lab.Watcher
	probes []*lab.Probe    // one for each floating address that clients use
	absent map[string]bool // nodes whose kernel does not count: off the switch, or with the orphans of a dead keepalived
}

// newCompany builds a cluster whose client asks at the interval. KEEPALIVED names another binary than the one on PATH, if
// the options do not.
func newCompany(t testing.TB, o lab.ClusterOptions, ask time.Duration) *company {
	t.Helper()
	if o.Keepalived == "" {
		o.Keepalived = os.Getenv("KEEPALIVED")
	}
	c := &company{Cluster: labtest.Cluster(t, o), t: t, absent: make(map[string]bool)}
	c.tap = labtest.Tap(t, c.LAN, lab.TapOptions{})
	c.watch = labtest.Watcher(t, c.LAN)
	for _, a := range c.Setup.Addresses {
		if !a.IsLinkLocalUnicast() {
			c.probes = append(c.probes, labtest.Probe(t, c.Client, lab.ProbeOptions{Target: a, Interval: ask}))
		}
	}
	return c
}

// do ends the test on an error.
func (c *company) do(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

// down returns Active_Down_Interval of a node.
func (c *company) down(n *lab.Node) time.Duration { return c.Setup.DownInterval(n.Index) }

// longestDown returns that of the least preferred node, after which every one of them would have taken over.
func (c *company) longestDown() time.Duration { return c.Setup.DownInterval(len(c.Nodes) - 1) }

// start starts a daemon, and returns when.
func (c *company) start(n *lab.Node) time.Time {
	c.t.Helper()
	at := time.Now()
	c.do(n.Start())
	return at
}

// leave begins a planned stop and returns when; the daemon need not have ended.
func (c *company) leave(n *lab.Node) time.Time {
	c.t.Helper()
	at := time.Now()
	c.do(n.Signal(unix.SIGTERM))
	return at
}

// ended waits until a daemon that was told to leave has ended. How a keepalived ends is its own affair.
func (c *company) ended(n *lab.Node) {
	c.t.Helper()
	_, err := n.Process().Wait(labtest.Within(c.t, exitPatience))
	if n.Running() {
		c.t.Fatalf("%s on %s has not ended: %v", n.Software, n.Name, err)
	}
	if n.Software == lab.Aloft && err != nil {
		c.t.Errorf("aloft on %s ended with: %v", n.Name, err)
	}
}

// firstAdvert returns a node's first advert as an Active Router at or after the time, the latest of those of its
// families; it ends the test if there is none in time.
func (c *company) firstAdvert(n *lab.Node, since time.Time, patience time.Duration) time.Time {
	c.t.Helper()
	var last time.Time
	for _, ipv6 := range c.families() {
		f, err := c.tap.Await(labtest.Within(c.t, patience), since, func(f *lab.Frame) bool {
			return lab.ActiveAdvert(n.Name, c.Setup.VRID)(f) && f.Src.Is6() == ipv6
		})
		if err != nil {
			c.t.Fatalf("%s on %s does not become Active (IPv6 %t) within %s", n.Software, n.Name, ipv6, patience)
		}
		if f.At.After(last) {
			last = f.At
		}
	}
	return last
}

// families returns the families of the floating addresses: whether they are IPv6.
func (c *company) families() []bool {
	var all []bool
	for _, a := range c.Setup.Addresses {
		if !slices.Contains(all, a.Is6()) {
			all = append(all, a.Is6())
		}
	}
	return all
}

// awaitAlone waits until a node alone holds all addresses.
func (c *company) awaitAlone(n *lab.Node, patience time.Duration) {
	c.t.Helper()
	for deadline := time.Now().Add(patience); !c.holdsAlone(n); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			c.t.Fatalf("%s does not hold %v alone within %s, but they are held by %v", n.Name, c.Setup.Addresses, patience, c.holders())
		}
	}
}

// alone waits until a node alone holds all addresses, and then watches it holding them alone, and it alone
// advertising, for longer than a down interval: one that is not heard would be relieved by then.
func (c *company) alone(n *lab.Node, patience time.Duration) {
	c.t.Helper()
	c.awaitAlone(n, patience)
	from := time.Now()
	time.Sleep(c.longestDown() + quietMargin)
	c.wasAlone(n, from, time.Now())
}

// holdsAlone says whether the kernels have all addresses on the node and nowhere else; and the watcher, which reads of
// it a moment later, has seen it come to that.
func (c *company) holdsAlone(n *lab.Node) bool {
	want := []string{n.Name}
	now := time.Now()
	return !slices.ContainsFunc(c.holders(), func(h []string) bool { return !slices.Equal(h, want) }) &&
		!slices.ContainsFunc(c.Setup.Addresses, func(a netip.Addr) bool {
			return !slices.Equal(lab.HoldersAt(c.tenures(a), now), want)
		})
}

// wasAlone checks that a node alone held all addresses and advertised them all the time.
func (c *company) wasAlone(n *lab.Node, from, to time.Time) {
	c.t.Helper()
	for _, a := range c.Setup.Addresses {
		if host, ok := lab.SoleHolder(c.tenures(a), from, to); !ok || host != n.Name {
			c.t.Errorf("%s did not hold %s alone from then on, but: %v", n.Name, a, c.tenures(a))
		}
	}
	if rivals := c.advertisers(from, to); !slices.Equal(rivals, []string{n.Name}) {
		c.t.Errorf("not %s alone advertises, but %v", n.Name, rivals)
	}
}

// holders returns who holds each address now.
func (c *company) holders() [][]string {
	all := make([][]string, len(c.Setup.Addresses))
	for i, a := range c.Setup.Addresses {
		names, err := c.Holders(a)
		c.do(err)
		all[i] = slices.DeleteFunc(names, func(name string) bool { return c.absent[name] })
	}
	return all
}

// tenures returns who held an address and when.
func (c *company) tenures(a netip.Addr) []lab.Tenure {
	return slices.DeleteFunc(c.watch.Tenures(a), func(t lab.Tenure) bool { return c.absent[t.Host] })
}

// advertisers returns who was Active on the wire, in alphabetical order.
func (c *company) advertisers(from, to time.Time) []string {
	var names []string
	for _, f := range c.tap.Frames((*lab.Frame).Advertises) {
		if !f.At.Before(from) && !f.At.After(to) && !c.absent[f.Port] && !slices.Contains(names, f.Port) {
			names = append(names, f.Port)
		}
	}
	slices.SortFunc(names, strings.Compare)
	return names
}

// answered waits until a node answers the client for every address at or after the time, and returns how long the
// slowest took.
func (c *company) answered(n *lab.Node, since time.Time, patience time.Duration) (took time.Duration) {
	c.t.Helper()
	for _, p := range c.probes {
		r, err := p.Await(labtest.Within(c.t, patience), since, n.Name)
		if err != nil {
			c.t.Errorf("the client is not answered by %s for %s within %s", n.Name, p.Target, patience)
			continue
		}
		took = max(took, r.At.Sub(since))
	}
	return took
}

// gap returns the client's longest time without an answer, over all addresses.
func (c *company) gap(from, to time.Time) (longest lab.Gap) {
	for _, p := range c.probes {
		if g := p.Gap(from, to); g.Outage() >= longest.Outage() {
			longest = g
		}
	}
	return longest
}
