//go:build interop

package system_test

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/aloft-ha/aloft/internal/lab"
	"github.com/aloft-ha/aloft/internal/lab/labtest"
	"github.com/aloft-ha/aloft/vrrp"
)

// The switch falls apart and comes together again, while both are Active: one of them remains, the better one, and the
// client, who believed the other, finds it.
func TestSplitBesideKeepalived(t *testing.T) {
	t.Parallel()
	rounds := 3
	if long {
		rounds = 20
	}
	for _, nodes := range inBothRoles(lab.Keepalived) {
		for _, ipv6 := range []bool{false, true} {
			r := role{nodes: nodes, addresses: []netip.Addr{lab.DefaultAddress4}}
			name := nodes[0].String() + " better, IPv4"
			if ipv6 {
				r.addresses, name = only6(), nodes[0].String()+" better, IPv6"
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				steadily(t, vrrp.Centiseconds(soon).Duration(), func(t *attempt) { split(t, r.cluster(false), rounds) })
			})
		}
	}
}

// concededAt bounds how long the client may look for keepalived: aloft, who loses, tells the winner with a last advert
// that there was a split, and so that announces its addresses again. keepalived tells nobody; there aloft's periodic
// announcements have to be enough.
const concededAt = time.Second

// split cuts off the better one, and heals the cut right after an advert of one of the two, so that the other is heard
// first: the loser, whom the winner answers; or, in most rounds, the winner, who may never learn that it had a rival.
func split(t *attempt, o lab.ClusterOptions, rounds int) {
	c := newCompany(t, o, lab.DefaultProbeInterval)
	better, worse := c.Nodes[0], c.Nodes[1]
	patience := answerPatience
	if better.Software == lab.Keepalived {
		patience = concededAt
	}
	c.elects(better)
	for round := range rounds {
		c.movesOnCut(better, worse)
		silent := worse
		if round == 0 {
			silent = better
		}
		_, err := c.tap.Await(labtest.Within(t, movePatience), time.Now(), lab.ActiveAdvert(silent.Name, c.Setup.VRID))
		c.do(err)
		at := time.Now()
		c.do(better.Heal())
		c.absent[better.Name] = false
		took := c.answered(better, at, time.Until(at.Add(patience)))
		t.Logf("healed: the client is answered by %s after %s", better.Software, took)
		c.alone(better, movePatience)
		if worse.Software == lab.Aloft && !slices.Contains(c.advertisers(at, time.Now()), worse.Name) {
			t.Errorf("%s has yielded without a word: keepalived does not know that there was a split", worse.Name)
		}
	}
}
