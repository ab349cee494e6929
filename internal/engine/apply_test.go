package engine

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/vrrp"
)

// apply gives the host's engine a new configuration.
func (h *host) apply(instances ...config.Instance) {
	h.engine.Apply(instances)
	synctest.Wait()
}

func TestApplyOfTheSameChangesNothing(t *testing.T) {
	simulate(t, func(t *testing.T, n *lan) {
		a, b := n.pair()
		n.pass(400 * time.Millisecond) // between two adverts
		before := time.Now()
		logged := len(a.log.entries("state")) + len(b.log.entries("state"))
		a.apply(web(200))
		b.apply(web(190))
		if got := n.sent(before, anything); len(got) > 0 {
			t.Errorf("%d adverts, want none", len(got))
		}
		a.wantOrders("nothing has changed", before)
		b.wantOrders("nothing has changed", before)
		if now := len(a.log.entries("state")) + len(b.log.entries("state")); now != logged {
			t.Error("a state has changed")
		}
		n.wantSend("the next regular advert", time.Second, from(a))
		n.wantSilence("b has not lost its timer", time.Minute, from(b))
	})
}

// What leads to the interface is written in other words, and it is the same interface.
func TestApplyThatNamesTheInterfaceChangesNothing(t *testing.T) {
	simulate(t, func(t *testing.T, n *lan) {
		a := n.alone(web(200, local("192.0.2.1")))
		for _, inst := range []config.Instance{
			web(200), web(200, local("192.0.2.1", "192.0.2.7")), web(200, local("192.0.2.1")),
		} {
			before := time.Now()
			a.apply(inst)
			a.wantOrders("nothing has changed", before)
			n.wantSilence("no farewell", 100*time.Millisecond, fromWith(a, 0))
			n.wantHolders("it stays", "192.0.2.100", a)
		}
	})
}

func TestApplyOfALowerPriorityIsAChallenge(t *testing.T) {
	simulate(t, func(t *testing.T, n *lan) {
		a, b := n.pair()
		n.pass(400 * time.Millisecond)
		changed := time.Now()
		a.apply(web(150))
		first := n.wantSend("b takes over", 60*time.Millisecond, from(b))
		said := n.sent(changed, from(a))
		if said[0].Priority != 200 || said[0].Interval != 1 || said[1].Priority != 150 {
			t.Errorf("the challenge begins with %+v, %+v", said[0].Packet, said[1].Packet)
		}
		n.pass(time.Millisecond)
		a.wantState("outbid", "web", vrrp.Backup, vrrp.ReasonHigherPriority)
		n.wantHolders("it moved", "192.0.2.100", b)
		t.Logf("taken over %v after the change", first.at.Sub(changed))
	})
}

func TestApplyOfALowerPriorityMovesNothingWithoutABetterBackup(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		a, b := n.pair()
		n.pass(400 * time.Millisecond)
		a.apply(web(195))
		n.pass(200 * time.Millisecond)
		a.wantState("it is still the best", "web", vrrp.Active, vrrp.ReasonSilence)
		n.wantSilence("b stays", time.Minute, from(b))
		n.wantSilence("the interval is the usual one again", 900*time.Millisecond, func(adv advert) bool {
			return adv.Interval != 100
		})
	})
}

func TestApplyChangesAddressesAndKeepsTheOthers(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		a := n.alone(web(200, with("192.0.2.100/32", "192.0.2.101/32")))
		n.pass(400 * time.Millisecond)
		changed := time.Now()
		a.apply(web(200, with("192.0.2.101/32", "192.0.2.102/32")))
		a.wantOrders("what goes first, then all that is wanted", changed,
			"51@eth0/ipv4: set 192.0.2.101/32 for 4s",
			"51@eth0/ipv4: set 192.0.2.101/32 192.0.2.102/32 for 4s",
			"51@eth0/ipv4: announce")
		n.pass(managerDelay)
		n.wantHolders("removed", "192.0.2.100")
		n.wantHolders("kept", "192.0.2.101", a)
		n.wantHolders("added", "192.0.2.102", a)
		a.wantState("it was Active throughout", "web", vrrp.Active, vrrp.ReasonSilence)
		adv := n.wantSend("the next regular advert", time.Second, from(a))
		wantEqual(n.t, "what it advertises", adv.Addresses, addrs("192.0.2.101", "192.0.2.102"))
	})
}

func TestApplyOfAnotherPrefixLengthMovesNothing(t *testing.T) {
	simulate(t, func(t *testing.T, n *lan) {
		a := n.alone(web(200))
		n.pass(400 * time.Millisecond)
		changed := time.Now()
		a.apply(web(200, with("192.0.2.100/24")))
		a.wantOrders("the same address with another prefix", changed, "51@eth0/ipv4: set 192.0.2.100/24 for 4s",
			"51@eth0/ipv4: announce")
		wantEqual(t, "adverts", len(n.sent(changed, anything)), 0)
	})
}

func TestRouterRemovedByApplySaysFarewellAndIsGone(t *testing.T) {
	simulate(t, func(t *testing.T, n *lan) {
		a, b := n.pair()
		n.pass(400 * time.Millisecond)
		a.apply()
		a.wantLog("not gone yet", 0, "departed")
		n.wantSend("its farewell", 1, fromWith(a, 0))
		n.wantSend("its successor", time.Second, from(b))
		n.pass(5 * time.Millisecond)
		a.wantLog("the story", 1, "departed", "reason=removed", "successor=192.0.2.2")
		n.wantHolders("handed over", "192.0.2.100", b)
		n.wantSilence("gone", time.Minute, from(a))
		a.wantRunning("the daemon stays")
		wantEqual(t, "sockets", a.openSockets(), 0)
		wantEqual(t, "addresses that are ours", a.addresses.configuredAddresses(), nil)
	})
}

func TestRouterWithTheVRIDOfALeavingOneWaitsForIt(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		a, b := n.pair()
		n.pass(400 * time.Millisecond)
		removed := time.Now()
		a.apply()
		n.wantSend("the farewell of the old one", 1, fromWith(a, 0))
		a.apply(web(200, named("next"), with("192.0.2.111/32", "2001:db8::111/128")))
		n.wantSend("the successor of the old one", time.Second, from(b))
		a.wantLog("the new one waits", 0, "state", "router=next/ipv4")
		n.pass(2*managerDelay + latency)
		a.wantState("the old one is gone", "next/ipv4", vrrp.Backup, vrrp.ReasonStartup)
		n.wantHolders("and handed over", "192.0.2.100", b)
		for _, o := range a.addresses.since(removed, "") {
			if o.owner == "51@eth0/ipv6" && o.text != "release" {
				n.t.Errorf("order for the new one: %s", o.text)
			}
		}
	})
}

func TestRouterOfAnotherVRIDIsANewOne(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		a := n.alone(web(200))
		a.apply(web(200, vrid(52)))
		n.wantSend("the farewell", 1, func(adv advert) bool { return adv.VRID == 51 && adv.Priority == 0 })
		n.wantHolders("nobody has taken over", "192.0.2.100", a)
		n.pass(4 * time.Second)
		n.wantHolders("nobody has taken over, and its lease is renewed", "192.0.2.100", a)
		n.wantSend("the new one in the end", 6*time.Second, func(adv advert) bool { return adv.VRID == 52 })
		n.pass(5 * time.Second)
		n.wantHolders("it holds the address", "192.0.2.100", a)
		n.wantSilence("the old one is gone", time.Minute, func(adv advert) bool { return adv.VRID == 51 })
	})
}

func TestRenamedRouterGoesOnAndItsNameIsFree(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		a := n.alone(web(200))
		a.apply(web(200, named("shop")), web(200, vrid(52), with("192.0.2.120/32")))
		n.wantSilence("no farewell", 900*time.Millisecond, fromWith(a, 0))
		n.wantHolders("it moved nothing", "192.0.2.100", a)
		n.pass(10 * time.Second)
		n.wantHolders("the renamed one", "192.0.2.100", a)
		n.wantHolders("the one that has its name now", "192.0.2.120", a)
	})
}

func TestNewOwnerInThePlaceOfALeavingRouterIsActiveAtOnce(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		a, b := n.pair()
		owner := web(255, named("next"), with("192.0.2.111/32", "2001:db8::111/128"))
		a.apply()
		b.apply()
		a.apply(owner)
		a.wantLog("not yet", 0, "state", "router=next/ipv4")
		n.wantSilence("the old one waits for a successor", 4500*time.Millisecond-1, fromWith(a, 255))
		n.wantSend("the old one is gone", 1, fromWith(a, 255))
		n.pass(managerDelay)
		n.wantHolders("at once, not with the next advert", "192.0.2.111", a)
	})
}

func TestApplyAddsARouterBesideAnother(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		a := n.alone(web(200))
		n.pass(400 * time.Millisecond)
		added := time.Now()
		a.apply(web(200), web(200, named("mail"), vrid(52), with("192.0.2.120/32")))
		a.wantState("the new one", "mail", vrrp.Backup, vrrp.ReasonStartup)
		a.wantOrders("the old one is not touched", added, "52@eth0/ipv4: release")
		n.wantSilence("not even an advert", 200*time.Millisecond, anything)
		n.wantSend("Active in its turn", 4*time.Second, func(adv advert) bool { return adv.VRID == 52 })
	})
}

func TestApplyOfAnotherTransportReopensNothing(t *testing.T) {
	simulate(t, func(t *testing.T, n *lan) {
		a := n.alone(web(200))
		a.apply(web(200, unicast("192.0.2.2")))
		adv := n.wantSend("to the peer", time.Second, from(a))
		wantEqual(t, "destination", adv.dst.String(), "192.0.2.2")
		wantEqual(t, "sockets opened", len(a.opened), 1)
		a.mu.Lock()
		defer a.mu.Unlock()
		for key, member := range a.sockets {
			if member {
				t.Errorf("socket %v is still in the group", key)
			}
		}
	})
}

func TestApplyBackAndForthWhileLeaving(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		a, b := n.pair()
		a.apply()
		a.apply(web(200))
		n.wantSend("the farewell is not taken back", time.Millisecond, fromWith(a, 0))
		n.wantSend("so b takes over", time.Second, from(b))
		n.wantSend("and a returns", 5*time.Second, from(a))
		n.pass(10 * time.Millisecond)
		n.wantHolders("as it was", "192.0.2.100", a)
	})
}

// Two names that lead to one interface: the second router would be deaf, and so Active on every node.
func TestASecondRouterOfAVRIDIsInFault(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		a := n.alone(web(200), web(200, named("mail"), local("192.0.2.1"), with("192.0.2.101/32")))
		a.wantLog("it says so", 1, "cannot serve", "router=mail", "fault=vrid-taken")
		n.pass(10 * time.Second)
		n.wantHolders("the first serves", "192.0.2.100", a)
		n.wantHolders("the second does not", "192.0.2.101")
	})
}

// An operator changes the file on one node after the other. Until the last has it the lists differ, and that is no reason
// to be Active twice.
func TestAddressesChangedOnOneNodeAfterTheOther(t *testing.T) {
	one, two := with("192.0.2.100/32"), with("192.0.2.100/32", "192.0.2.101/32")
	for name, order := range map[string]func(a, b *host) [2]func(){
		"the Active first": func(a, b *host) [2]func() {
			return [2]func(){func() { a.apply(web(200, two)) }, func() { b.apply(web(190, two)) }}
		},
		"the Backup first": func(a, b *host) [2]func() {
			return [2]func(){func() { b.apply(web(190, two)) }, func() { a.apply(web(200, two)) }}
		},
	} {
		t.Run(name, func(t *testing.T) {
			simulate(t, func(_ *testing.T, n *lan) {
				a, b := n.pair(one)
				for _, change := range order(a, b) {
					change()
					n.wantSilence("the Backup stays", 20*time.Second, from(b))
					n.wantHolders("the Active holds what all have", "192.0.2.100", a)
				}
				n.wantHolders("and what is new", "192.0.2.101", a)
			})
		})
	}
}
