package engine

import (
	"testing"
	"time"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/tracker"
	"github.com/aloft-ha/aloft/vip"
	"github.com/aloft-ha/aloft/vrrp"
)

const mailOwner = vip.Owner("52@eth0/ipv4")

func inGroup(name string) func(*config.Instance) {
	return func(i *config.Instance) { i.Group = name }
}

// front is two routers that move together.
func front(priority uint8, options ...func(*config.Instance)) []config.Instance {
	return []config.Instance{
		web(priority, append(options, inGroup("front"))...),
		web(priority, append(options, inGroup("front"), named("mail"), vrid(52), with("192.0.2.101/32"))...),
	}
}

// frontPair starts two nodes with the group and waits until the first holds both addresses.
func (n *lan) frontPair(options ...func(*config.Instance)) (a, b *host) {
	a, b = n.host("a", 1), n.host("b", 2)
	for _, h := range []*host{a, b} {
		h.engine.Tracked(tracker.Status{Name: "proxy", State: tracker.Up})
	}
	a.start(front(200, options...)...)
	b.start(front(190, options...)...)
	n.wantSend("the better node is Active", 4*time.Second, from(a))
	n.pass(3100 * time.Millisecond)
	n.wantFront("at first", a)
	return a, b
}

// wantFront asserts who holds the addresses of both routers.
func (n *lan) wantFront(why string, want ...*host) {
	n.t.Helper()
	n.wantHolders(why+": web", "192.0.2.100", want...)
	n.wantHolders(why+": mail", "192.0.2.101", want...)
}

func ofVRID(h *host, id uint8) func(advert) bool {
	return func(a advert) bool { return a.from == h && a.VRID == id }
}

func TestRoutersOfAGroupMoveTogether(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		a, b := n.frontPair(fast)
		a.wantTold("each router, and the group",
			"web None->Backup startup", "group front None->Backup startup", "mail None->Backup startup",
			"web Backup->Active silence", "mail Backup->Active silence", "group front Backup->Active silence")
		a.engine.Stop()
		n.pass(time.Second)
		n.wantFront("stopped", b)
		a.wantToldInAnyOrder("all have gone", "web Active->Stopped stop", "mail Active->Stopped stop", "group front Active->Stopped stop")
	})
}

func TestAFaultOfOneTakesTheGroup(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		a, b := n.frontPair(fast)
		a.addresses.report(mailOwner, vip.OutcomeForeign, "192.0.2.101")
		n.pass(time.Second)
		n.wantFront("mail cannot serve on a", b)
		a.wantFault("of itself", "mail", vrrp.FaultAddressForeign)
		a.wantFault("because of mail", "web", vrrp.FaultGroup)
	})
}

func TestATrackerMovesTheGroupByTheChallenge(t *testing.T) {
	simulate(t, func(t *testing.T, n *lan) {
		a, b := n.frontPair(fast, tracks(loss("proxy")))
		failed := time.Now()
		a.track("proxy", tracker.Down)
		n.wantSend("web", time.Second, ofVRID(b, 51))
		n.wantSend("mail", time.Second, ofVRID(b, 52))
		if took := time.Since(failed); took > 60*time.Millisecond {
			t.Errorf("taken over after %v, want at most 60ms", took)
		}
		n.pass(time.Millisecond)
		n.wantFront("both", b)
	})
}

func TestAdvertsOfOneRouterAloneAreLost(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		a, b := n.frontPair()
		n.lossOf(func(f frame) bool { return f.payload[1] == 52 })
		n.wantSilence("web still hears a", time.Minute, from(b))
		n.wantFront("nothing is torn", a)
	})
}

func TestReloadChangesGroups(t *testing.T) {
	simulate(t, func(t *testing.T, n *lan) {
		a, b := n.frontPair(fast)
		reload := func(why string, change func(instances []config.Instance) []config.Instance) {
			t.Helper()
			for h, priority := range map[*host]uint8{a: 200, b: 190} {
				h.engine.Apply(change(front(priority, fast)))
			}
			n.wantSilence(why, 10*time.Second, from(b))
		}
		apart := func(instances []config.Instance) []config.Instance {
			for i := range instances {
				instances[i].Group = ""
			}
			return instances
		}
		reload("no group any more", apart)
		n.wantFront("nothing moved", a)
		a.addresses.report(mailOwner, vip.OutcomeForeign, "192.0.2.101")
		n.pass(time.Second)
		n.wantHolders("mail moves alone", "192.0.2.101", b)
		n.wantHolders("web stays", "192.0.2.100", a)

		a.addresses.report(mailOwner, vip.OutcomeClear, "192.0.2.101")
		n.pass(10 * time.Second)
		n.wantFront("healed", a)
		reload("a group again", func(instances []config.Instance) []config.Instance { return instances })
		n.wantFront("nothing moved", a)
		reload("one more", func(instances []config.Instance) []config.Instance {
			more := web(instances[0].Priority, fast, inGroup("front"), named("ftp"), vrid(53), with("192.0.2.102/32"))
			return append(instances, more)
		})
		n.wantHolders("the new one joins", "192.0.2.102", a)
		reload("two less", func(instances []config.Instance) []config.Instance { return instances[:1] })
		n.wantHolders("web stays", "192.0.2.100", a)
		n.wantHolders("mail has gone", "192.0.2.101")
		n.wantHolders("ftp has gone", "192.0.2.102")
	})
}

func TestARouterThatJoinsAGroupElsewhereActiveYieldsToIt(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		apart := func(webs, mails uint8) []config.Instance {
			return []config.Instance{
				web(webs, fast), web(mails, fast, named("mail"), vrid(52), with("192.0.2.101/32")),
			}
		}
		a, b := n.host("a", 1), n.host("b", 2)
		a.start(apart(200, 190)...)
		b.start(apart(190, 200)...)
		n.pass(10 * time.Second)
		n.wantHolders("web", "192.0.2.100", a)
		n.wantHolders("mail", "192.0.2.101", b)
		a.engine.Apply(front(200, fast))
		b.engine.Apply(front(190, fast))
		n.pass(10 * time.Second)
		n.wantFront("the preferred one has both", a)
		n.wantSilence("for good", time.Minute, from(b))
	})
}

// The routers of a group need not depart at the same moment: what comes for one that has gone must not reach another.
func TestAdvertsForARouterThatHasGoneBeforeItsGroup(t *testing.T) {
	for name, id := range map[string]uint8{"the first": 52, "the second": 51} {
		t.Run(name+" has gone", func(t *testing.T) {
			simulate(t, func(_ *testing.T, n *lan) {
				a, b := n.frontPair(fast, every(10))
				// a never hears the successor of the one
				n.lossOf(func(f frame) bool { return f.src == b.addr4 && f.payload[1] == id })
				a.engine.Stop()
				n.pass(300 * time.Millisecond)
				a.wantRunning("one of them waits")
				a.wantDone("all the same", 2*time.Second)
				n.pass(time.Millisecond)
				n.wantFront("moved", b)
			})
		})
	}
}
