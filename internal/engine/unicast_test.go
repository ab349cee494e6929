package engine

import (
	"testing"
	"time"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/vrrp"
)

func TestUnicastGoesToAllPeersAndComesFromPeersOnly(t *testing.T) {
	simulate(t, func(t *testing.T, n *lan) {
		a, b, c := n.host("a", 1), n.host("b", 2), n.host("c", 3)
		a.start(web(200, unicast("192.0.2.2", "192.0.2.3")))
		b.start(web(190, unicast("192.0.2.1"))) // it does not know c
		c.start(web(255, unicast("192.0.2.2"))) // nor c a
		n.wantSend("a does not hear c", 4*time.Second, from(a))
		n.pass(time.Second)
		var to []string
		for _, adv := range n.sent(time.Now().Add(-900*time.Millisecond), from(a)) {
			to = append(to, adv.dst.String())
		}
		wantEqual(t, "an advert of a", to, []string{"192.0.2.2", "192.0.2.3"})
		b.wantState("b does not listen to c", "web", vrrp.Backup, vrrp.ReasonStartup)
		n.pass(time.Minute)
		b.stop()
		if got := b.engine.counters.drops[vrrp.DropPeer]; got < 60 {
			t.Errorf("%d adverts of c were counted, want one a second", got)
		}
	})
}

func TestUnicastWithoutPeersIsAlone(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		a := n.host("a", 1)
		a.start(web(200, unicast()))
		n.wantSilence("nobody to tell", time.Minute, anything)
		a.wantState("that is no failure", "web", vrrp.Active, vrrp.ReasonSilence)
		n.wantHolders("it serves", "192.0.2.100", a)
	})
}

func TestUnicastAndMulticastDoNotMix(t *testing.T) {
	simulate(t, func(t *testing.T, n *lan) {
		a, b := n.host("a", 1), n.host("b", 2)
		a.start(web(200, unicast("192.0.2.2")))
		b.start(web(190))
		n.pass(time.Minute)
		b.wantState("it hears nothing that it would take", "web", vrrp.Active, vrrp.ReasonSilence)
		b.stop()
		if got := b.engine.counters.drops[vrrp.DropTransport]; got < 50 {
			t.Errorf("%d unicast adverts were counted, want one a second", got)
		}
	})
}

func TestUnicastFarewellWithThreeNodesIsAnsweredByTheBest(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		a, b, c := n.host("a", 1), n.host("b", 2), n.host("c", 3)
		three := func(i *config.Instance) { fast(i); i.Gap = 10 }
		a.start(web(200, unicast("192.0.2.2", "192.0.2.3"), three))
		b.start(web(190, unicast("192.0.2.1", "192.0.2.3"), three))
		c.start(web(180, unicast("192.0.2.1", "192.0.2.2"), three))
		n.wantSend("the best", 4*time.Second, from(a))
		n.pass(3100 * time.Millisecond)
		a.engine.Stop()
		n.wantSend("the second best", 100*time.Millisecond, from(b))
		n.wantSilence("the third", time.Minute, from(c))
		n.wantHolders("one has it", "192.0.2.100", b)
	})
}
