package engine

import (
	"testing"
	"time"

	"github.com/aloft-ha/aloft/vrrp"
)

const (
	twoActive = "another router is Active too"
	twoOwners = "two routers say that they own the addresses"
	unlike    = "peer advertises at another interval"
)

// 2.5: "If the Active Router observes that this is occurring, it SHOULD log the problem (subject to rate-limiting)": a
// Backup that does not hear it in time, and so becomes Active beside it.
func TestRFC9568_2_5_AnActiveThatIsNotHeardSaysSo(t *testing.T) {
	simulate(t, func(t *testing.T, n *lan) {
		a, b := n.pair()
		n.lossOf(func(f frame) bool { return f.src == a.addr4 })
		n.pass(10 * time.Second)
		b.wantState("it hears nobody", "web", vrrp.Active, vrrp.ReasonSilence)
		a.wantState("it hears a loser", "web", vrrp.Active, vrrp.ReasonSilence)
		a.wantLog("as soon as that goes on", 1, twoActive, "peer=192.0.2.2", "peer_priority=190", "adverts=3")
		n.pass(time.Hour)
		if lines := len(a.log.entries(twoActive)); lines < 3 || lines > 12 {
			t.Errorf("%d lines in an hour of adverts every second", lines)
		}
		b.wantLog("it cannot know", 0, twoActive)
	})
}

// 2.5, as above: what happens wherever addresses move is no trouble.
func TestRFC9568_2_5_OneLosingAdvertIsNoTrouble(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		a, b := n.pair()
		for range 3 {
			a.changeLink(flap) // b takes over
			n.pass(10 * time.Second)
			a.changeLink(unflap) // a preempts, and b gives way with a last advert
			n.pass(10 * time.Second)
			a.setCut(true) // both are Active
			n.pass(10 * time.Second)
			a.setCut(false)
			n.pass(10 * time.Second)
		}
		a.wantState("at last", "web", vrrp.Active, vrrp.ReasonPreempt)
		for _, h := range []*host{a, b} {
			h.wantLog("failover, failback, and a split that heals", 0, twoActive)
		}
	})
}

// 7.1, erratum 8298: "It SHOULD verify that the local router is not the IPvX address owner ... and log the event". An
// owner processes what it hears; one that goes on beside it is told.
func TestRFC9568_7_1_AnOwnerLogsAnotherActive(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		a := n.alone(web(255))
		lower := vrrp.Packet{VRID: 51, Priority: 100, Interval: 100, Addresses: addrs("192.0.2.100")}
		stranger := n.host("stranger", 9)
		n.speak(stranger, vrrp.FormPseudo, lower)
		n.pass(time.Second)
		n.speak(stranger, vrrp.FormPseudo, lower)
		a.wantState("the owner serves on", "web", vrrp.Active, vrrp.ReasonStartup)
		a.wantLog("and says who is beside it", 1, twoActive, "peer=192.0.2.9", "peer_priority=100")
		a.wantLog("it is no owner", 0, twoOwners)
	})
}

// 8.3.2: "If multiple VRRP Routers advertising priority 255 are detected, the condition SHOULD be logged (subject to
// rate-limiting)": by each of them, and by a Backup that hears both.
func TestRFC9568_8_3_2_TwoOwnersAreLogged(t *testing.T) {
	simulate(t, func(t *testing.T, n *lan) {
		a, b := n.alone(web(255)), n.host("b", 2)
		b.start(web(190))
		c := n.host("c", 3)
		n.pass(10 * time.Second)
		for _, h := range []*host{a, b} {
			h.wantLog("one owner", 0, twoOwners)
		}
		c.start(web(255))
		n.pass(10 * time.Second)
		a.wantLog("an owner that lost by address", 1, twoOwners, "peer=192.0.2.3", "other=192.0.2.1")
		c.wantLog("the owner that won", 1, twoOwners, "peer=192.0.2.1", "other=192.0.2.3")
		b.wantLog("who hears both", 1, twoOwners, "peer=192.0.2.3", "other=192.0.2.1")
		n.pass(time.Hour)
		if lines := len(a.log.entries(twoOwners)); lines > 12 {
			t.Errorf("%d lines in an hour of adverts every second", lines)
		}
	})
}

// 8.3.2, as above: an owner that moved to another machine is one owner.
func TestRFC9568_8_3_2_OneOwnerAfterAnotherIsNotLogged(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		b := n.host("b", 2)
		b.start(web(190))
		owner := vrrp.Packet{VRID: 51, Priority: 255, Interval: 100, Addresses: addrs("192.0.2.100")}
		n.speak(n.host("old", 8), vrrp.FormPseudo, owner)
		n.pass(5 * time.Second)
		n.speak(n.host("new", 9), vrrp.FormPseudo, owner)
		b.wantLog("the one was not heard any more", 0, twoOwners)
	})
}

// 7.1: "A receiver SHOULD also verify that the Max Advertise Interval ... matches ... If this check fails, the receiver
// SHOULD log the event (subject to rate-limiting)": once, when it is clear that it stays.
func TestRFC9568_7_1_AnotherIntervalIsLoggedOnce(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		a, b := n.host("a", 1), n.host("b", 2)
		a.start(web(190))
		b.start(web(200, every(200)))
		n.pass(30 * time.Minute)
		a.wantState("it is followed", "web", vrrp.Backup, vrrp.ReasonHigherPriority)
		a.wantLog("once", 1, unlike, "peer=192.0.2.2", "theirs=2s", "ours=1s")
		b.apply(web(200))
		n.pass(5 * time.Second)
		a.wantLog("mended", 1, "peer advertises at our interval again", "peer=192.0.2.2")
		a.wantLog("and that is all", 1, unlike)
	})
}

// 7.1, as above: an interval that was made quick for a moment is no mistake of a configuration.
func TestRFC9568_7_1_AQuickIntervalIsNotLogged(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		a, b := n.host("a", 1), n.host("b", 2)
		b.start(web(190))
		says := func(priority uint8, interval vrrp.Centiseconds, after time.Duration) {
			n.speak(a, vrrp.FormPseudo, vrrp.Packet{VRID: 51, Priority: priority, Interval: interval, Addresses: addrs("192.0.2.100")})
			n.pass(after)
		}
		for range 3 {
			says(200, 100, time.Second)
			says(200, 1, 10*time.Millisecond)
			says(200, 1, 10*time.Millisecond)
			says(0, 1, 20*time.Second)
			b.wantState("it was quick", "web", vrrp.Active, vrrp.ReasonDeparture)
		}
		b.wantLog("for a moment", 0, unlike)
	})
}
