//go:build interop && hmacpeer

package system_test

import (
	"bytes"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aloft-ha/aloft/internal/lab"
	"github.com/aloft-ha/aloft/internal/lab/labtest"
	"github.com/aloft-ha/aloft/vrrp"
)

// A forgery is an advert that a stranger sends in the name of one of the nodes, made of one that the Active has just sent.
type forgery struct {
	reason vrrp.DropReason
	says   string // what keepalived says of it
	make   func(f *lab.Frame) []byte
}

// forgeries are those that authentication alone stands against: their checksums, their TTL and their source are right.
var forgeries = []forgery{
	{vrrp.DropAuthMissing, "missing authentication trailer", func(f *lab.Frame) []byte { return depose(f) }},
	{vrrp.DropAuthReplay, "replayed authentication trailer", messageOf},
	{vrrp.DropAuthDigest, "invalid authentication HMAC", func(f *lab.Frame) []byte {
		return resum(f, append(depose(f), trailerIn(f)...))
	}},
	{vrrp.DropAuthDigest, "invalid authentication HMAC", func(f *lab.Frame) []byte {
		return signedWith(f, 1, wrongSecret, time.Now())
	}},
	{vrrp.DropAuthKey, "unknown authentication key id 9", func(f *lab.Frame) []byte {
		return signedWith(f, 9, firstSecret, time.Now())
	}},
	{vrrp.DropAuthStale, "stale authentication trailer", func(f *lab.Frame) []byte {
		return signedWith(f, 1, firstSecret, time.Now().Add(-10*time.Second))
	}},
	{vrrp.DropAuthMalformed, "malformed authentication trailer", func(f *lab.Frame) []byte {
		trailer := bytes.Clone(trailerIn(f))
		trailer[0] = 2
		return resum(f, append(depose(f), trailer...))
	}},
}

var droppedBy = regexp.MustCompile(`dropped_(\S+)=(\d+)`)

// forgedOfEach is how many of each are sent, more than an interval apart.
const forgedOfEach = 5

// Nobody who lacks the key deposes the Active or keeps the Backup quiet: both refuse what a stranger forges, in either
// role, and count it by its reason.
func TestKeyedRefusesForgeries(t *testing.T) {
	t.Parallel()
	for _, r := range keyedRoles() {
		if r.unicast {
			continue // the stranger sends to the group
		}
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			steadily(t, r.cluster(false).Interval.Duration(), r.forge)
		})
	}
}

// forge sends all forgeries while the better one is Active, and then while nobody is: the other one must not believe that
// somebody is there.
func (r role) forge(t *attempt) {
	c := newKeyedCompany(t, r.cluster(false), lab.DefaultProbeInterval)
	stranger, err := c.AddHost(lab.HostOptions{Name: "stranger"})
	c.do(err)
	c.absent[stranger.Name] = true
	better, worse := c.Nodes[0], c.Nodes[1]
	c.elects(better)
	c.settle()
	from := time.Now()
	for _, g := range forgeries {
		for range forgedOfEach {
			for _, ipv6 := range c.families() {
				f := c.nextAdvert(better, ipv6)
				c.inject(stranger, f, g.make)
				if g.reason != vrrp.DropAuthReplay { // there is nothing of the Backup to be repeated
					f.Src = c.sourceOf(worse, ipv6)
					c.inject(stranger, f, g.make)
				}
			}
		}
	}
	c.losesNothing(better, from)

	at := time.Now()
	c.do(better.Kill())
	c.absent[better.Name] = better.Software == lab.Keepalived
	last, _ := c.tap.Last(at, lab.ActiveAdvert(better.Name, c.Setup.VRID))
	late := at.Add(c.down(worse) * 3 / 2)
	for time.Now().Before(late) { // what the dead one said last, again and again
		c.inject(stranger, last, messageOf)
		time.Sleep(c.Setup.Interval.Duration() / 4)
	}
	first := c.firstAdvert(worse, at, movePatience)
	if first.After(late) {
		c.t.Errorf("%s believes what is repeated: it took over %s after the end of %s", worse.Name, first.Sub(at), better.Name)
	}
	c.answered(worse, first, answerPatience)
	for _, n := range c.Nodes {
		c.countsForgeries(n)
	}
}

// sourceOf returns the address that a node multicasts from.
func (c *company) sourceOf(n *lab.Node, ipv6 bool) netip.Addr {
	c.t.Helper()
	all, err := n.Addresses()
	c.do(err)
	for _, a := range all {
		if addr := a.Prefix.Addr(); addr.Is4() && !ipv6 && !addr.IsLoopback() || addr.IsLinkLocalUnicast() && ipv6 {
			return addr
		}
	}
	c.t.Fatalf("%s has no address to send from: %v", n.Name, all)
	return netip.Addr{}
}

// nextAdvert waits for the node's next advert of a family.
func (c *company) nextAdvert(n *lab.Node, ipv6 bool) lab.Frame {
	c.t.Helper()
	f, err := c.tap.Await(labtest.Within(c.t, movePatience), time.Now(), func(f *lab.Frame) bool {
		return lab.ActiveAdvert(n.Name, c.Setup.VRID)(f) && f.Src.Is6() == ipv6
	})
	c.do(err)
	return f
}

// countsForgeries checks what a node says of the forgeries in the name of the other.
func (c *company) countsForgeries(n *lab.Node) {
	c.t.Helper()
	if n.Running() {
		c.leave(n)
		c.ended(n)
	}
	said := n.Process().Output.String()
	for _, g := range forgeries {
		want := g.says
		if n.Software == lab.Aloft {
			want = "reason=" + g.reason.String()
		}
		if (n != c.Nodes[0] || g.reason != vrrp.DropAuthReplay) && !strings.Contains(said, want) {
			c.t.Errorf("%s on %s does not say %q:\n%s", n.Software, n.Name, want, said)
		}
	}
	for _, m := range droppedBy.FindAllStringSubmatch(said, -1) {
		c.t.Logf("%s counted %s: %s", n.Name, m[1], m[2])
		if count, err := strconv.Atoi(m[2]); err != nil || strings.HasPrefix(m[1], "auth-") && count < forgedOfEach {
			c.t.Errorf("%s counted %s as %s", n.Name, m[2], m[1])
		}
	}
}

// Two nodes of different secrets refuse each other, so both are Active, and say why. With the same secret, by a reload,
// there is one again.
func TestKeyedRefusesWrongSecret(t *testing.T) {
	t.Parallel()
	for _, nodes := range inBothRoles(lab.Keepalived) {
		r := role{nodes: nodes, addresses: []netip.Addr{lab.DefaultAddress4}, auth: keyed(vrrp.AuthEnforce)}
		t.Run(nodes[0].String()+" preferred", func(t *testing.T) {
			t.Parallel()
			steadily(t, r.cluster(false).Interval.Duration(), func(t *attempt) {
				c := newKeyedCompany(t, r.cluster(false), askSlowly)
				ours, theirs := c.Nodes[0], c.Nodes[1]
				if ours.Software != lab.Aloft {
					ours, theirs = theirs, ours
				}
				right := c.Setup.Auth
				c.Setup.Auth.Keys = map[uint8]string{1: wrongSecret}
				c.do(c.Configure(theirs, c.Setup))
				began := time.Now()
				c.do(c.Start())
				for _, n := range c.Nodes {
					c.firstAdvert(n, began, c.down(n)+bootPatience)
				}
				time.Sleep(2 * c.longestDown())
				if held := c.holders()[0]; len(held) != 2 {
					t.Errorf("not both hold the address, but %v", held)
				}
				// A keepalived that is Active begins its interval anew with each advert that it refuses: it may say nothing.
				if who := c.advertisers(time.Now().Add(-c.longestDown()), time.Now()); !slices.Contains(who, ours.Name) {
					t.Errorf("not %s advertises, but %v", ours.Name, who)
				}
				for n, want := range map[*lab.Node]string{ours: "reason=auth-digest", theirs: "invalid authentication HMAC"} {
					if said := n.Process().Output.String(); !strings.Contains(said, want) {
						t.Errorf("%s does not say %q:\n%s", n.Software, want, said)
					}
				}
				c.become(theirs, right)
				c.alone(c.Nodes[0], c.longestDown()+movePatience)
				c.answered(c.Nodes[0], time.Now(), answerPatience)
			})
		})
	}
}
