//go:build interop && hmacpeer

package system_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/aloft-ha/aloft/internal/lab"
	"github.com/aloft-ha/aloft/vrrp"
)

// rollouts runs a scenario in both roles, families and transports, and with version 2, under a client that asks each
// millisecond.
func rollouts(t *testing.T, scenario func(c *company, r role)) {
	t.Parallel()
	for _, r := range keyedRoles() {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			o := r.cluster(false)
			o.Interval = usualInterval
			steadily(t, o.Interval.Duration(), func(t *attempt) {
				// What the nodes begin with is the scenario's.
				o.Auth = lab.Authentication{}
				scenario(newKeyedCompany(t, o, lab.DefaultProbeInterval), r)
			})
		})
	}
}

// A cluster that signs nothing becomes one that takes nothing unsigned, in three sweeps over its nodes. Each begins with
// another node, the Active reads its file again, and the Backup does so or is started again.
func TestKeyedSweepsLoseNothing(t *testing.T) {
	rollouts(t, func(c *company, r role) {
		better, worse := c.Nodes[0], c.Nodes[1]
		c.elects(better)
		c.settle()
		from := time.Now()
		for i, mode := range []vrrp.AuthMode{vrrp.AuthReceiveOnly, vrrp.AuthPermissive, vrrp.AuthEnforce} {
			sweep := []func(){
				func() { c.become(better, keyed(mode)) },
				func() { c.become(worse, keyed(mode)) },
			}
			if i != 1 {
				sweep[0], sweep[1] = func() { c.restartAs(worse, keyed(mode)) }, sweep[0]
			}
			for _, change := range sweep {
				change()
				c.forget() // whoever does not hear the Active any more would take over
			}
		}
		c.losesNothing(better, from)
		if ids := c.signers(better, from); !bytes.Equal(ids, []byte{0, 1}) {
			c.t.Errorf("the Active signed with the keys %v", ids)
		}
		c.keysWork(better, worse, 1)
	})
}

// A key is changed for another without a moment in which a node could not verify the other: it is added, made active,
// and the old one removed, each on all nodes before the next.
func TestKeyedRotationLosesNothing(t *testing.T) {
	old, both := keyed(vrrp.AuthEnforce), keyed(vrrp.AuthEnforce)
	both.Keys = map[uint8]string{1: firstSecret, 2: secondSecret}
	active, rotated := both, both
	active.Active, rotated.Active = 2, 2
	rotated.Keys = map[uint8]string{2: secondSecret}
	rollouts(t, func(c *company, r role) {
		better, worse := c.Nodes[0], c.Nodes[1]
		for _, n := range c.Nodes {
			c.Setup.Auth = old
			c.do(c.Configure(n, c.Setup))
		}
		c.elects(better)
		c.settle()
		from := time.Now()
		for i, auth := range []lab.Authentication{both, active, rotated} {
			first, second := better, worse
			if i%2 == 0 {
				first, second = worse, better
			}
			c.become(first, auth)
			c.forget()
			c.become(second, auth)
			c.forget()
		}
		c.losesNothing(better, from)
		if ids := c.signers(better, from); !bytes.Equal(ids, []byte{1, 2}) {
			c.t.Errorf("the Active signed with the keys %v", ids)
		}
		c.keysWork(better, worse, 2)
	})
}

// keysWork checks that both take what the other signs, and sign with the key of that number.
func (c *company) keysWork(better, worse *lab.Node, id uint8) {
	c.t.Helper()
	at := time.Now()
	c.movesOnStop(better, worse)
	c.returns(better)
	if ids := c.signers(worse, at); !bytes.Equal(ids, []byte{id}) {
		c.t.Errorf("the other signed with the keys %v", ids)
	}
}
