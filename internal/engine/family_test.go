package engine

import (
	"testing"
	"time"

	"github.com/aloft-ha/aloft/internal/config"
)

// onlyIPv6 takes the IPv4 addresses away.
func onlyIPv6(i *config.Instance) {
	dual(i)
	var kept []config.Address
	for _, a := range i.Addresses {
		if a.Prefix.Addr().Is6() {
			kept = append(kept, a)
		}
	}
	i.Addresses = kept
}

func TestReloadThatAddsAFamilyMovesNothing(t *testing.T) {
	for name, c := range map[string]struct {
		before  func(*config.Instance)
		stayed  string
		arrived string
	}{
		"IPv6": {func(*config.Instance) {}, "192.0.2.100", "2001:db8::100"},
		"IPv4": {onlyIPv6, "2001:db8::100", "192.0.2.100"},
	} {
		t.Run(name, func(t *testing.T) {
			simulate(t, func(t *testing.T, n *lan) {
				a, b := n.host("a", 1), n.host("b", 2)
				a.start(web(200, c.before))
				b.start(web(190, c.before))
				n.wantSend("a", 4*time.Second, from(a))
				n.pass(400 * time.Millisecond)
				changed := time.Now()
				b.apply(web(190, dual)) // one node after the other
				n.pass(10 * time.Second)
				n.wantHolders("it waits with the new family", c.arrived)
				a.apply(web(200, dual))
				n.pass(5 * time.Second)
				n.wantHolders("never moved", c.stayed, a)
				n.wantHolders("beside it", c.arrived, a)
				if got := n.sent(changed, func(adv advert) bool { return adv.from == b || adv.Priority == 0 }); len(got) > 0 {
					t.Errorf("%d adverts of b, or farewells: %v", len(got), got[0].Packet)
				}
				a.engine.Stop()
				n.wantSend("b", time.Second, from(b))
				n.pass(3 * time.Second)
				n.wantHolders("both move", c.stayed, b)
				n.wantHolders("together", c.arrived, b)
			})
		})
	}
}

func TestReloadThatRemovesAFamilyLeavesTheOther(t *testing.T) {
	simulate(t, func(t *testing.T, n *lan) {
		a, b := n.host("a", 1), n.host("b", 2)
		a.start(web(200, dual))
		b.start(web(190, dual))
		n.wantSend("a", 4*time.Second, from(a))
		n.pass(400 * time.Millisecond)
		changed := time.Now()
		a.apply(web(200))
		said := n.wantSend("the farewell of the one", time.Millisecond, fromWith(a, 0))
		wantEqual(t, "IPv6", said.src.Is6(), true)
		n.pass(10 * time.Second)
		n.wantHolders("never moved", "192.0.2.100", a)
		n.wantHolders("it has no place any more: b moves both or none", "2001:db8::100")
		for _, adv := range n.sent(changed, from(a)) {
			if adv.src.Is4() && adv.Priority != 200 {
				t.Errorf("IPv4 with priority %d", adv.Priority)
			}
		}
		a.apply(web(200, dual))
		n.pass(5 * time.Second)
		n.wantHolders("and back", "2001:db8::100", a)
		n.wantHolders("without the other noticing", "192.0.2.100", a)
	})
}

// A family that is configured again while it still departs waits until it has gone.
func TestFamilyThatIsRemovedAndAddedAgain(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		a := n.host("a", 1)
		a.start(web(200, dual))
		n.wantSend("a", 4*time.Second, from(a))
		n.pass(time.Second)
		a.apply(web(200))
		n.pass(100 * time.Millisecond)
		a.apply(web(200, dual))
		n.pass(20 * time.Second)
		n.wantHolders("it is back", "2001:db8::100", a)
		n.wantHolders("the other never moved", "192.0.2.100", a)
		n.wantSilence("all is said", time.Minute, fromWith(a, 0))
	})
}

// A reload that swaps the families keeps neither: the one departs, the other is new.
func TestReloadFromOneFamilyToTheOther(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		a := n.host("a", 1)
		a.start(web(200))
		n.wantSend("a", 4*time.Second, from(a))
		n.pass(time.Second)
		a.apply(web(200, onlyIPv6))
		n.pass(20 * time.Second)
		n.wantHolders("gone", "192.0.2.100")
		n.wantHolders("there", "2001:db8::100", a)
	})
}

// A router keeps its name towards the address manager when the file finds other words for its interface. A new one that
// would have that name must not give up its addresses.
func TestNewRouterDoesNotSpeakForOneThatRuns(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		a := n.host("a", 1)
		a.start(web(200, local("192.0.2.1")))
		n.wantSend("a", 4*time.Second, from(a))
		n.pass(time.Second)
		a.apply(web(200))
		n.pass(time.Second)
		a.apply(web(200), web(200, named("db"), local("192.0.2.1"), with("192.0.2.120/32")))
		n.pass(5 * time.Second)
		n.wantHolders("it has what it had", "192.0.2.100", a)
		n.wantHolders("the other has no VRID of its own", "192.0.2.120")
	})
}

func TestRouterThatAReloadAddsDoesNotWaitForStartupDelay(t *testing.T) {
	simulate(t, func(t *testing.T, n *lan) {
		delayed := func(i *config.Instance) { i.StartupDelay = 20 * time.Second }
		a := n.host("a", 1)
		a.start(web(200, delayed))
		n.wantSilence("at the daemon's start", 20*time.Second, anything)
		n.pass(10 * time.Second)
		added := time.Now()
		a.apply(web(200, delayed), web(200, delayed, named("db"), vrid(52), with("192.0.2.120/32")))
		adv := n.wantSend("later", 4*time.Second, func(adv advert) bool { return adv.VRID == 52 })
		if waited := adv.at.Sub(added); waited > 4*time.Second {
			t.Errorf("after %v", waited)
		}
	})
}
