//go:build interop && hmacpeer

package system_test

import (
	"encoding/hex"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/aloft-ha/aloft/internal/lab"
	"github.com/aloft-ha/aloft/vrrp"
)

// The secrets of these tests, in hexadecimal digits.
var (
	firstSecret  = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
	secondSecret = hex.EncodeToString([]byte("A key of sixty-four bytes, written as text, is taken as it is. !"))
	wrongSecret  = strings.Repeat("a5", vrrp.MinKey)
)

// keyed is an authentication by the first secret, under the number 1.
func keyed(mode vrrp.AuthMode) lab.Authentication {
	return lab.Authentication{Keys: map[uint8]string{1: firstSecret}, Active: 1, Mode: mode}
}

// newKeyedCompany is newCompany with a keepalived that knows auth_hmac.
func newKeyedCompany(t testing.TB, o lab.ClusterOptions, ask time.Duration) *company {
	t.Helper()
	if o.Keepalived = os.Getenv("ALOFT_KEEPALIVED_HMAC"); o.Keepalived == "" {
		t.Fatal("ALOFT_KEEPALIVED_HMAC has to be the path of a keepalived 2.4.2 or later")
	}
	return newCompany(t, o, ask)
}

// keyedRoles are both roles in both families and versions, by multicast and unicast, with keys.
func keyedRoles() []role {
	var all []role
	for _, r := range roles() {
		all = append(all, r)
		if !r.addresses[len(r.addresses)-1].Is6() {
			r.version, r.name = vrrp.Version2, r.name+", version 2"
			all = append(all, r)
		}
	}
	for i := range all {
		all[i].auth = keyed(vrrp.AuthEnforce)
	}
	return all
}

func TestKeyedBesideKeepalived(t *testing.T) {
	t.Parallel()
	for _, r := range keyedRoles() {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			steadily(t, r.cluster(false).Interval.Duration(), r.playWithKeys)
		})
	}
}

// playWithKeys lets all happen to the better one that happens to one without keys.
func (r role) playWithKeys(t *attempt) {
	c := newKeyedCompany(t, r.cluster(false), askSlowly)
	better, worse := c.Nodes[0], c.Nodes[1]
	c.elects(better)
	c.movesOnStop(better, worse)
	c.returns(better)
	c.staysWhenBackupStops(better, worse)
	c.movesOnKill(better, worse)
	c.returns(better)
	c.movesOnCut(better, worse)
	c.healsTo(better)
	c.spoke(r)
	c.allGo()
}

// become gives a node another authentication and has it read its file again.
func (c *company) become(n *lab.Node, auth lab.Authentication) {
	c.t.Helper()
	c.Setup.Auth = auth
	c.do(c.Configure(n, c.Setup))
	c.do(n.Signal(unix.SIGHUP))
}

// restartAs gives a node another authentication by a restart, as those do who have no reload.
func (c *company) restartAs(n *lab.Node, auth lab.Authentication) {
	c.t.Helper()
	c.Setup.Auth = auth
	c.do(c.Configure(n, c.Setup))
	c.leave(n)
	c.ended(n)
	c.start(n)
}

// lost returns when the client sent those requests, from from until to, that were never answered.
func (c *company) lost(from, to time.Time) (sent []time.Time) {
	for _, p := range c.probes {
		answered := make(map[uint64]bool)
		for _, r := range p.Replies() {
			answered[r.Seq] = true
		}
		for seq, at := range p.Sent() {
			if !at.Before(from) && !at.After(to) && !answered[uint64(seq)] {
				sent = append(sent, at)
			}
		}
	}
	return sent
}

// losesNothing checks that a node served all the time, and that the client got all its answers.
func (c *company) losesNothing(n *lab.Node, from time.Time) {
	c.t.Helper()
	to := time.Now()
	c.answered(n, to.Add(onTheLink), answerPatience) // so all that was answered before has been read
	c.wasAlone(n, from, to)
	c.t.Logf("%s on %s served for %s, the longest gap: %s", n.Software, n.Name, to.Sub(from), c.gap(from, to))
	if lost := c.lost(from, to); len(lost) > 0 {
		c.t.Errorf("%d requests of the client were lost, from %s after until %s after", len(lost), lost[0].Sub(from), lost[len(lost)-1].Sub(from))
	}
}

// signer returns the number of the key that an advert was signed with; 0: none.
func signer(f *lab.Frame) uint8 {
	if !f.Advert.Signed {
		return 0
	}
	return f.Bytes[len(f.Bytes)-vrrp.TrailerLen+1]
}

// signers returns the numbers of the keys of a node's adverts since a time, each run of equal ones once.
func (c *company) signers(n *lab.Node, since time.Time) []uint8 {
	var all []uint8
	for _, f := range c.tap.Frames(lab.ActiveAdvert(n.Name, c.Setup.VRID)) {
		if id := signer(&f); !f.At.Before(since) && (len(all) == 0 || all[len(all)-1] != id) {
			all = append(all, id)
		}
	}
	return all
}
