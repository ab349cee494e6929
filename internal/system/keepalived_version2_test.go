//go:build interop

package system_test

import (
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"github.com/aloft-ha/aloft/internal/lab"
	"github.com/aloft-ha/aloft/vrrp"
)

// Most pairs of keepalived speak version 2 with a password. One of the two is aloft now; whatever is stopped, is cut off
// and comes back, in each quiet moment the better one of those that are there holds the address alone.
func TestVersion2WithPasswordBesideKeepalived(t *testing.T) {
	t.Parallel()
	rounds := 2
	if long {
		rounds = 20
	}
	for _, nodes := range inBothRoles(lab.Keepalived) {
		r := role{
			nodes: nodes, addresses: []netip.Addr{lab.DefaultAddress4}, version: vrrp.Version2,
			auth: lab.Authentication{Pass: "1111"},
		}
		t.Run(nodes[0].String()+" preferred", func(t *testing.T) {
			t.Parallel()
			steadily(t, r.cluster(false).Interval.Duration(), func(t *attempt) { r.wander(t, rounds) })
		})
	}
}

// wander has one of the two leave in one way or the other and come back, again and again.
func (r role) wander(t *attempt, rounds int) {
	c := newCompany(t, r.cluster(false), askSlowly)
	c.elects(c.Nodes[0])
	seed := uint64(time.Now().UnixNano())
	random := rand.New(rand.NewPCG(seed, 0))
	t.Logf("seed %d", seed)
	for round := range rounds {
		i := random.IntN(2)
		goes, stays := c.Nodes[i], c.Nodes[1-i]
		cut := (round+int(seed))%2 == 0 // in turn, so that a few rounds have both
		at := time.Now()
		if cut {
			c.absent[goes.Name] = true
			c.do(goes.Cut())
		} else {
			c.leave(goes)
			c.ended(goes)
		}
		c.settlesOn(stays, at)
		gone := time.Since(at)
		at = time.Now()
		if cut {
			c.absent[goes.Name] = false
			c.do(goes.Heal())
		} else {
			c.start(goes)
		}
		c.settlesOn(c.Nodes[0], at)
		t.Logf("round %d: %s on %s left, cut off: %t, for %s; settled %s after its return", round, goes.Software, goes.Name,
			cut, gone, time.Since(at))
	}
	c.spoke(r)
	c.allGo()
}

// settlesOn waits until a node alone holds the addresses, watches it for a while, and checks that it answers the client.
func (c *company) settlesOn(n *lab.Node, since time.Time) {
	c.t.Helper()
	c.alone(n, time.Until(since.Add(c.longestDown()+bootPatience)))
	c.answered(n, time.Now(), answerPatience)
}

// spoke checks that both have advertised, and nothing but what the role is.
func (c *company) spoke(r role) {
	c.t.Helper()
	said := make(map[string]int)
	for _, f := range c.tap.Frames(func(f *lab.Frame) bool { return f.Kind == lab.KindAdvert || f.Kind == lab.KindRefused }) {
		want := vrrp.Packet{Version: r.version, Signed: len(r.auth.Keys) > 0}
		if r.auth.Pass != "" {
			want.AuthType = vrrp.AuthTypePassword
			copy(want.AuthData[:], r.auth.Pass)
		}
		got := f.Advert
		if f.Kind != lab.KindAdvert || got.Version != want.Version || got.Signed != want.Signed ||
			got.AuthType != want.AuthType || got.AuthData != want.AuthData {
			c.t.Fatalf("%s: version %s, %s %q, signed %t", &f, got.Version, got.AuthType, got.AuthData, got.Signed)
		}
		said[f.Port]++
	}
	for _, n := range c.Nodes {
		if said[n.Name] == 0 {
			c.t.Errorf("%s on %s has never advertised", n.Software, n.Name)
		}
	}
}
