package engine

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/internal/wire"
	"github.com/aloft-ha/aloft/vrrp"
)

func TestLostAdvertsMoveNothingUntilThreeAreMissing(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		_, b := n.pair()
		count := 0
		n.lossOf(func(frame) bool { count++; return count%3 != 0 })
		n.wantSilence("two of three are lost", time.Minute, from(b))
		n.lossOf(func(frame) bool { return true })
		n.wantSend("all are lost", 4*time.Second, from(b))
	})
}

func TestWaitThatFailsEndsTheEngine(t *testing.T) {
	broken := errors.New("bad file descriptor")
	simulate(t, func(t *testing.T, n *lan) {
		h := n.host("a", 1)
		h.engine.wire = brokenWire{h, broken}
		if err := h.engine.Run(context.Background()); !errors.Is(err, broken) {
			t.Errorf("Run returned %v, want %v", err, broken)
		}
	})
}

type brokenWire struct {
	*host
	err error
}

func (w brokenWire) Wait(time.Time) error { return w.err }

func TestEngineWithoutRoutersSleeps(t *testing.T) {
	simulate(t, func(t *testing.T, n *lan) {
		a := n.host("a", 1)
		began := time.Now()
		a.start()
		n.wantSilence("nothing to do", time.Hour, anything)
		a.wantOrders("nothing to do", began)
		if at := a.engine.deadline(); !at.IsZero() {
			t.Errorf("it would wake at %v", at)
		}
		a.stop()
	})
}

func TestDefaults(t *testing.T) {
	phases := make(map[float64]bool)
	for range 10 {
		e := New(Options{Phase: -1})
		if e.phase < 0 || e.phase >= 1 {
			t.Fatalf("phase %v", e.phase)
		}
		phases[e.phase] = true
		e.watch(nil)
		if time.Since(e.now()) > time.Minute {
			t.Error("without a clock it is not time.Now")
		}
	}
	if len(phases) < 2 {
		t.Error("every host would send in step")
	}
}

func TestTheLatestConfigurationAndLinksCount(t *testing.T) {
	simulate(t, func(t *testing.T, n *lan) {
		a := n.host("a", 1)
		a.engine.Apply([]config.Instance{web(255, vrid(1))})
		a.engine.Apply([]config.Instance{web(255, vrid(2))})
		down := a.links
		down.Links = nil
		a.engine.Links(down)
		a.start(web(255, vrid(3)))
		for _, adv := range n.sent(time.Time{}, anything) {
			wantEqual(t, "VRID", adv.VRID, 3)
		}
		a.wantLog("what came before was not looked at", 0, "cannot serve")
	})
}

// quiet is a router whose socket is open and that has no timer of its own for an hour.
func quiet() config.Instance {
	return web(200, func(i *config.Instance) { i.StartupDelay = time.Hour })
}

func TestEngineWakesForTheDropsItHasToTell(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		a := n.host("a", 1)
		a.start(quiet())
		spoilt := *datagram(func(d *wire.Datagram, _ *vrrp.Packet) { d.HopLimit = 1 })
		a.push(spoilt)
		n.pass(time.Second)
		a.push(spoilt)
		n.pass(logPause)
		a.wantLog("though nothing else happens", 2, "adverts dropped", "reason=ttl")
	})
}

func TestEngineWakesForWhatWaitsInTheOutbox(t *testing.T) {
	simulate(t, func(t *testing.T, n *lan) {
		a := n.host("a", 1) // its engine does not run, so the test may use it
		e := a.engine
		e.haveLink, e.links, e.wanted = true, a.links, []config.Instance{quiet()}
		e.converge(a.now())
		m := e.routers[0].members[0]
		for i := range windowSize + 1 {
			e.out.push(a.now(), m, vrrp.Send{Priority: 200, Interval: vrrp.Centiseconds(i + 1)}, false)
		}
		e.flush()
		wantEqual(t, "sent", len(n.sent(time.Time{}, anything)), windowSize)
		wantEqual(t, "it wakes", e.deadline(), a.now().Add(window))
	})
}

func TestWhatWaitsIsVoidWhenTheRouterIsNotActiveAnyMore(t *testing.T) {
	simulate(t, func(t *testing.T, n *lan) {
		a := n.host("a", 1)
		e := a.engine
		e.haveLink, e.links, e.wanted = true, a.links, []config.Instance{quiet()}
		e.converge(a.now())
		r := e.routers[0]
		stale, last := vrrp.Send{Priority: 200, Interval: 1}, vrrp.Send{Priority: 200, Interval: 100}
		e.out.push(a.now(), r.members[0], stale, false)
		e.perform(a.now(), r.group, []vrrp.MemberAction{
			{Action: last},
			{Action: vrrp.Transition{From: vrrp.Active, To: vrrp.Backup}},
		}, vrrp.Advert{})
		e.flush()
		got := n.sent(time.Time{}, anything)
		if len(got) != 1 || got[0].Interval != last.Interval {
			t.Errorf("sent %v, want the last word alone", got)
		}
	})
}
