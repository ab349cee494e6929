//go:build interop

package system_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/aloft-ha/aloft/internal/lab"
	"github.com/aloft-ha/aloft/vrrp"
)

// A role is who is preferred, and how the two speak.
type role struct {
	name      string
	nodes     []lab.Software // the preferred one first
	addresses []netip.Addr
	unicast   bool
	version   vrrp.Version
	auth      lab.Authentication
}

// inBothRoles returns aloft and another in both orders.
func inBothRoles(other lab.Software) [][]lab.Software {
	return [][]lab.Software{{lab.Aloft, other}, {other, lab.Aloft}}
}

// roles returns both roles, in both families, by multicast and unicast.
func roles() []role {
	v4 := []netip.Addr{lab.DefaultAddress4}
	v6 := only6()
	both := append(append([]netip.Addr{}, v4...), v6...)
	var all []role
	for _, n := range inBothRoles(lab.Keepalived) {
		name := n[0].String() + " preferred, "
		all = append(all,
			role{name: name + "IPv4 multicast", nodes: n, addresses: v4},
			role{name: name + "IPv4 unicast", nodes: n, addresses: v4, unicast: true},
			role{name: name + "IPv6 multicast", nodes: n, addresses: v6},
			role{name: name + "IPv6 unicast", nodes: n, addresses: v6, unicast: true},
			role{name: name + "both families", nodes: n, addresses: both})
	}
	return all
}

// cluster returns the cluster of a role. Its adverts come as often as its version can tell: it is the order of events that
// is tested.
func (r role) cluster(noFailback bool) lab.ClusterOptions {
	o := lab.ClusterOptions{
		Nodes: r.nodes, Interval: soon, Addresses: r.addresses, IPv6: r.addresses[len(r.addresses)-1].Is6(),
		Unicast: r.unicast, NoFailback: noFailback, Version: r.version, Auth: r.auth,
	}
	if r.version != vrrp.Version3 {
		o.Interval = usualInterval // they count whole seconds
	}
	return o
}

// askSlowly is the client's interval where only whom it reaches matters.
const askSlowly = 10 * time.Millisecond

func TestBesideKeepalived(t *testing.T) {
	t.Parallel()
	for _, r := range roles() {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			steadily(t, r.cluster(false).Interval.Duration(), r.play)
		})
		t.Run(r.name+", no failback", func(t *testing.T) {
			t.Parallel()
			steadily(t, r.cluster(true).Interval.Duration(), r.playWithoutFailback)
		})
	}
}

// play lets everything happen to the better one, and it always comes back.
func (r role) play(t *attempt) {
	c := newCompany(t, r.cluster(false), askSlowly)
	better, worse := c.Nodes[0], c.Nodes[1]
	c.elects(better)
	c.movesOnStop(better, worse)
	c.returns(better)
	c.staysWhenBackupStops(better, worse)
	c.movesOnKill(better, worse)
	c.returns(better)
	c.movesOnCut(better, worse)
	c.healsTo(better)
	c.allGo()
}

// playWithoutFailback has preemption off, in both dialects: whoever is Active stays it for as long as it serves.
func (r role) playWithoutFailback(t *attempt) {
	c := newCompany(t, r.cluster(true), askSlowly)
	better, worse := c.Nodes[0], c.Nodes[1]
	c.returns(better) // the better one first, for whoever comes first stays
	c.returnsAsBackup(worse, better)
	c.movesOnStop(better, worse)
	c.returnsAsBackup(better, worse)
	c.movesOnKill(worse, better)
	c.returnsAsBackup(worse, better)
	c.movesOnStop(better, worse)
	c.returnsAsBackup(better, worse)
	c.allGo()
}

// elects starts both at once; the better one becomes Active.
func (c *company) elects(better *lab.Node) {
	c.t.Helper()
	began := time.Now()
	c.do(c.Start())
	c.firstAdvert(better, began, c.down(better)+bootPatience)
	time.Sleep(startTime) // the other may be Active for a moment, where it was the quicker one to start
	c.alone(better, movePatience)
	c.answered(better, began, answerPatience)
}

// movesOnStop stops the Active, which announces it: so the other must be there before it would have missed it.
func (c *company) movesOnStop(active, other *lab.Node) {
	c.t.Helper()
	at := c.leave(active)
	first := c.firstAdvert(other, at, movePatience)
	c.absent[other.Name] = false // from now on it answers for its addresses, orphans or not
	if took := first.Sub(at); took >= c.down(other) {
		c.t.Errorf("%s took over %s after the stop of %s, as if that had said nothing", other.Name, took, active.Name)
	} else {
		c.t.Logf("planned stop of %s: %s took over after %s", active.Software, other.Software, took)
	}
	c.alone(other, movePatience)
	c.answered(other, first, answerPatience)
	c.ended(active)
}

// returns starts a better one again, which takes over; it returns when.
func (c *company) returns(better *lab.Node) (first time.Time) {
	c.t.Helper()
	at := c.start(better)
	first = c.firstAdvert(better, at, c.down(better)+bootPatience)
	c.absent[better.Name] = false
	c.alone(better, movePatience)
	c.answered(better, first, answerPatience)
	return first
}

// startTime is how long a daemon takes to start, with room to spare.
const startTime = 500 * time.Millisecond

// returnsAsBackup starts one again, which changes nothing: not even where a keepalived that was killed left its address,
// for as Backup it does not take that away.
func (c *company) returnsAsBackup(n, active *lab.Node) {
	c.t.Helper()
	at := c.start(n)
	time.Sleep(startTime) // until it has started and had the time to disturb
	c.alone(active, noticeTime)
	if adverts := c.advertisers(at, time.Now()); len(adverts) != 1 || adverts[0] != active.Name {
		c.t.Errorf("after the return of %s there were adverts of %v", n.Name, adverts)
	}
	c.answered(active, time.Now(), answerPatience)
}

// staysWhenBackupStops stops a Backup and starts it again, which changes nothing.
func (c *company) staysWhenBackupStops(active, backup *lab.Node) {
	c.t.Helper()
	at := c.leave(backup)
	c.ended(backup)
	c.alone(active, noticeTime)
	c.wasAlone(active, at, time.Now())
	c.returnsAsBackup(backup, active)
}

// movesOnKill kills the Active, which leaves its address behind: aloft's goes with its lease, keepalived's never.
func (c *company) movesOnKill(active, other *lab.Node) {
	c.t.Helper()
	at := time.Now()
	c.do(active.Kill())
	first := c.firstAdvert(other, at, c.down(other)+movePatience)
	c.answered(other, first, answerPatience)
	if active.Software == lab.Keepalived {
		c.absent[active.Name] = true
	}
	c.alone(other, leasePatience)
}

// movesOnCut takes the Active off the switch, which it does not notice.
func (c *company) movesOnCut(active, other *lab.Node) {
	c.t.Helper()
	at := time.Now()
	c.absent[active.Name] = true
	c.do(active.Cut())
	first := c.firstAdvert(other, at, c.down(other)+movePatience)
	c.alone(other, movePatience)
	c.answered(other, first, answerPatience)
}

// healsTo puts it back.
func (c *company) healsTo(better *lab.Node) {
	c.t.Helper()
	c.do(better.Heal())
	c.absent[better.Name] = false
	c.alone(better, movePatience)
}

// allGo stops everything at once; nobody is left with an address.
func (c *company) allGo() {
	c.t.Helper()
	for _, n := range c.Nodes {
		c.leave(n)
	}
	for _, n := range c.Nodes {
		c.ended(n)
	}
	for i, names := range c.holders() {
		if len(names) > 0 {
			c.t.Errorf("%v still hold %s though every daemon has ended", names, c.Setup.Addresses[i])
		}
	}
}
