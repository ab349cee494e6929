package engine

import (
	"net/netip"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/internal/link"
	"github.com/aloft-ha/aloft/tracker"
	"github.com/aloft-ha/aloft/vrrp"
)

// note takes the events of a host.
func (h *host) note(e Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.told = append(h.told, e)
}

// wantTold compares what a host told since the last time, as "web Backup->Active silence".
func (h *host) wantTold(why string, want ...string) {
	h.lan.t.Helper()
	wantEqual(h.lan.t, why, h.drained(), want)
}

// wantToldInAnyOrder does not look at the order.
func (h *host) wantToldInAnyOrder(why string, want ...string) {
	h.lan.t.Helper()
	wantEqual(h.lan.t, why, slices.Sorted(slices.Values(h.drained())), slices.Sorted(slices.Values(want)))
}

// drained takes what the host told.
func (h *host) drained() (got []string) {
	synctest.Wait()
	h.mu.Lock()
	told := h.told
	h.told = nil
	h.mu.Unlock()
	for _, e := range told {
		text := e.Name + " " + e.From.String() + "->" + e.To.String() + " " + e.Reason.String()
		if e.Group {
			text = "group " + text
		}
		if e.Fault != vrrp.FaultNone {
			text += " " + e.Fault.String()
		}
		if e.Detail != "" {
			text += " (" + e.Detail + ")"
		}
		got = append(got, text)
	}
	return got
}

func TestEventsOfALife(t *testing.T) {
	simulate(t, func(t *testing.T, n *lan) {
		a, b := n.pair()
		a.wantTold("the better one", "web None->Backup startup", "web Backup->Active silence")
		b.wantTold("the other", "web None->Backup startup")
		n.pass(time.Minute)
		a.wantTold("nothing changes")

		a.changeLink(flap)
		a.wantTold("no link", "web Active->Fault fault no-carrier")
		n.pass(4 * time.Second)
		b.wantTold("it stands in", "web Backup->Active silence")
		a.changeLink(unflap)
		a.wantTold("the link is back", "web Fault->Backup startup")
		n.pass(4 * time.Second)
		a.wantTold("failback", "web Backup->Active preempt")
		b.wantTold("a better one", "web Active->Backup higher-priority")

		a.engine.Stop()
		a.wantTold("its addresses are still up")
		n.pass(time.Second)
		a.wantTold("it has gone", "web Active->Stopped stop")
		b.wantTold("it stands in again", "web Backup->Active departure")
	})
}

func TestEventSaysWhatARouterIs(t *testing.T) {
	simulate(t, func(t *testing.T, n *lan) {
		a := n.alone(web(200, dual))
		a.mu.Lock()
		last := a.told[len(a.told)-1]
		a.mu.Unlock()
		if last.At.IsZero() || last.At.After(a.now()) {
			t.Errorf("at %v", last.At)
		}
		last.At = time.Time{}
		wantEqual(t, "event", last, Event{
			Name: "web", From: ConditionBackup, To: ConditionActive, Reason: vrrp.ReasonSilence,
			VRID: 51, Interface: "eth0", Priority: tracker.Priority{Base: 200, Effective: 200},
			Addresses: addrs("192.0.2.100", "2001:db8::100"),
		})
	})
}

func TestBothFamiliesAreOneEvent(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		a := n.alone(web(200, dual))
		a.wantTold("once each", "web None->Backup startup", "web Backup->Active silence")
		a.changeLink(func(l *link.Link) { l.Addresses = l.Addresses[:1] })
		n.pass(10 * time.Second)
		a.wantTold("the family that is in fault says why", "web Active->Fault fault no-source-address (an ipv6 address)")
	})
}

func TestAFaultFromTheStartIsTold(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		a := n.host("a", 1)
		a.start(web(200, on("eth7")))
		a.wantTold("it cannot begin", "web None->Fault fault interface-missing (eth7)")
		a.engine.Stop()
		n.pass(time.Second)
		a.wantTold("and stops", "web Fault->Stopped none")
	})
}

func TestEventOfAnOwner(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		a := n.host("a", 1)
		a.start(web(255))
		a.wantTold("at once", "web None->Active startup")
	})
}

func TestEventNamesThePeer(t *testing.T) {
	simulate(t, func(t *testing.T, n *lan) {
		_, b := n.pair()
		b.mu.Lock()
		b.told = nil
		b.mu.Unlock()
		n.hosts[0].engine.Stop()
		n.pass(2 * time.Second)
		b.mu.Lock()
		defer b.mu.Unlock()
		if len(b.told) != 1 || b.told[0].Peer != netip.MustParseAddr("192.0.2.1") {
			t.Errorf("told %+v", b.told)
		}
	})
}

func TestARenamedRouterIsToldByItsNewName(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		a := n.alone(web(200))
		a.wantTold("by its name", "web None->Backup startup", "web Backup->Active silence")
		a.engine.Apply([]config.Instance{web(200, named("shop"))})
		a.wantTold("a name is no change")
		a.changeLink(flap)
		a.wantTold("by the new one", "shop Active->Fault fault no-carrier")
	})
}

func TestARemovedRouterIsToldOnce(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		a := n.alone(web(200, func(i *config.Instance) { i.Peers = nil }))
		a.wantTold("it serves", "web None->Backup startup", "web Backup->Active silence")
		a.engine.Apply(nil)
		n.pass(time.Second)
		a.wantTold("removed", "web Active->Stopped removed")
	})
}

func TestAFamilyThatLeavesIsNotToldOf(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		a := n.alone(web(200, dual))
		a.wantTold("serves", "web None->Backup startup", "web Backup->Active silence")
		a.apply(web(200))
		n.pass(20 * time.Second)
		a.wantTold("web goes on")
	})
}

func TestARouterThatLeavesAGroupDoesNotSpeakForIt(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		a := n.host("a", 1)
		more := web(200, fast, inGroup("front"), named("ftp"), vrid(53), with("192.0.2.102/32"))
		a.start(append([]config.Instance{more}, front(200)...)...)
		n.pass(10 * time.Second)
		a.drained()
		a.apply(front(200)...)
		n.pass(20 * time.Second)
		a.wantTold("only of the one that left", "ftp Active->Stopped removed")
	})
}

func TestRoutersThatSwapNamesAreToldByThem(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		other := func(name string) config.Instance {
			return web(200, named(name), vrid(52), on("eth7"), with("192.0.2.101/32"))
		}
		a := n.alone(web(200), other("mail"))
		a.drained()
		a.apply(web(200, named("mail")), other("web"))
		n.pass(time.Second)
		a.wantTold("who has the name now", "mail Fault->Active none", "web Active->Fault fault interface-missing (eth7)")
	})
}

func TestARouterWithAnotherVRIDIsToldAsOne(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		a := n.alone(web(200))
		a.drained()
		a.apply(web(200, vrid(52)))
		n.pass(20 * time.Second)
		a.wantTold("web has moved to another VRID", "web Active->Backup startup", "web Backup->Active silence")
		a.engine.Stop()
		n.pass(20 * time.Second)
		a.wantTold("it stops", "web Active->Stopped stop")
	})
}

func TestARouterThatComesBackWhileItLeavesIsToldAsOne(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		a := n.alone(web(200))
		a.drained()
		a.apply()
		n.pass(time.Second)
		a.apply(web(200))
		n.pass(20 * time.Second)
		a.wantTold("it begins anew", "web Active->Backup startup", "web Backup->Active silence")
		a.apply()
		n.pass(20 * time.Second)
		a.apply(web(200))
		n.pass(20 * time.Second)
		a.wantTold("and once more", "web Active->Stopped removed", "web None->Backup startup", "web Backup->Active silence")
	})
}

func TestAGroupKeepsItsNameWhereItsRoutersPart(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		member := func(group, name string, id uint8) config.Instance {
			return web(200, inGroup(group), named(name), vrid(id), with(prefix(0, int(id)).String()))
		}
		a := n.alone(member("front", "web", 51), member("front", "mail", 52), member("front", "ftp", 53))
		a.drained()
		a.apply(member("edge", "web", 51), member("front", "mail", 52), member("front", "ftp", 53), member("edge", "db", 54))
		n.pass(20 * time.Second)
		a.wantTold("front goes on", "group edge None->Active none", "db None->Backup startup", "db Backup->Active silence")
	})
}
