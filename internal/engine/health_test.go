package engine

import (
	"testing"
	"time"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/tracker"
	"github.com/aloft-ha/aloft/vrrp"
)

// tracks makes a router look at trackers.
func tracks(effects ...tracker.Effect) func(*config.Instance) {
	return func(i *config.Instance) { i.Track = effects }
}

// The effects of a tracker.

func loss(name string) tracker.Effect { return tracker.Effect{Tracker: name} }

func fatal(name string) tracker.Effect { return tracker.Effect{Tracker: name, Mode: tracker.ModeFault} }

func weighs(name string, weight int) tracker.Effect {
	return tracker.Effect{Tracker: name, Mode: tracker.ModeWeight, Weight: weight}
}

// track says what a tracker says on a host now.
func (h *host) track(name string, s tracker.State) {
	h.engine.Tracked(tracker.Status{Name: name, State: s, Text: name + " is " + s.String()})
	h.lan.skip()
}

// trackedPair is a pair whose nodes both track the same, and all of it is up.
func (n *lan) trackedPair(effects []tracker.Effect, options ...func(*config.Instance)) (a, b *host) {
	a, b = n.host("a", 1), n.host("b", 2)
	for i, h := range []*host{a, b} {
		for _, e := range effects {
			h.engine.Tracked(tracker.Status{Name: e.Tracker, State: tracker.Up})
		}
		h.start(web(uint8(200-10*i), append(options, tracks(effects...))...))
	}
	n.wantSend("the better node is Active", 4*time.Second, from(a))
	n.pass(3100 * time.Millisecond)
	return a, b
}

func TestRouterWaitsForTheFirstResultOfItsTrackers(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		a := n.host("a", 1)
		a.start(web(200, tracks(loss("proxy"), fatal("uplink"))))
		n.wantSilence("it knows nothing", time.Minute, anything)
		a.wantLog("it says so, once", 1, "waits for the first result of its trackers", "router=web")
		a.track("proxy", tracker.Up)
		n.wantSilence("it does not know all", time.Minute, anything)
		a.wantTold("it has not begun")
		a.track("uplink", tracker.Up)
		a.wantTold("now it begins", "web None->Backup startup")
		n.wantSend("and serves", downAfter(200)+time.Millisecond, fromWith(a, 200))
	})
}

func TestRouterBeginsWithALoweredPriority(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		a := n.host("a", 1)
		a.start(web(200, tracks(loss("proxy"))))
		a.track("proxy", tracker.Down)
		n.wantSend("better than nobody", downAfter(99)+time.Millisecond, fromWith(a, 99))
	})
}

func TestRouterDoesNotBeginWithAFault(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		a := n.host("a", 1)
		a.start(web(200, tracks(fatal("uplink"))))
		a.track("uplink", tracker.Down)
		a.wantTold("it cannot serve", "web None->Fault fault tracker (uplink: uplink is down)")
		a.wantLog("and says why", 1, "cannot serve", "fault=tracker", "detail=uplink: uplink is down")
		n.wantSilence("nothing is said", time.Minute, anything)
		a.track("uplink", tracker.Up)
		n.wantSend("it is back", downAfter(200)+time.Millisecond, fromWith(a, 200))
	})
}

func TestAFailingProxyMovesTheAddressInMilliseconds(t *testing.T) {
	simulate(t, func(t *testing.T, n *lan) {
		a, b := n.trackedPair([]tracker.Effect{loss("proxy")}, fast)
		failed := time.Now()
		a.track("proxy", tracker.Down)
		first := n.wantSend("the successor", time.Second, from(b))
		if took := first.at.Sub(failed); took > 60*time.Millisecond {
			t.Errorf("taken over after %v, want at most 60ms", took)
		}
		n.pass(time.Millisecond)
		n.wantHolders("moved", "192.0.2.100", b)
		a.wantLog("the priority has a reason", 1, "priority", "from=200", "to=99", "configured=200", "tracker_proxy=-101: proxy is down")

		a.track("proxy", tracker.Up)
		n.wantSend("it returns", downAfter(200)+time.Second, fromWith(a, 200))
		n.pass(time.Millisecond)
		n.wantHolders("back", "192.0.2.100", a)
	})
}

func TestAFailingProxyMovesAGroupOfThreeNodesInMilliseconds(t *testing.T) {
	simulate(t, func(t *testing.T, n *lan) {
		three := func(i *config.Instance) { i.Peers, i.Gap = []config.Peer{{Node: "x"}, {Node: "y"}}, 10 }
		a, b := n.trackedPair([]tracker.Effect{loss("proxy")}, three)
		failed := time.Now()
		a.track("proxy", tracker.Down)
		first := n.wantSend("the successor", time.Second, from(b))
		if took := first.at.Sub(failed); took > 480*time.Millisecond {
			t.Errorf("taken over after %v", took)
		}
	})
}

func TestNothingMovesWhereNobodyIsBetter(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		a, b := n.trackedPair([]tracker.Effect{weighs("gateway", -5)})
		a.track("gateway", tracker.Down)
		n.wantSilence("195 is still more than 190", time.Minute, from(b))
		n.wantSend("it says its priority", time.Second, fromWith(a, 195))
		n.wantHolders("it serves", "192.0.2.100", a)
	})
}

func TestAllProxiesDeadTheOrderDecides(t *testing.T) {
	for name, options := range map[string][]func(*config.Instance){"auto_failback": nil, "no auto_failback": {noFailback}} {
		t.Run(name, func(t *testing.T) {
			simulate(t, func(_ *testing.T, n *lan) {
				a, b := n.trackedPair([]tracker.Effect{loss("proxy")}, append(options, fast)...)
				a.track("proxy", tracker.Down)
				n.pass(10 * time.Second)
				n.wantHolders("b has a proxy", "192.0.2.100", b)
				b.track("proxy", tracker.Down)
				n.pass(10 * time.Second)
				n.wantHolders("none has, so the more preferred one serves", "192.0.2.100", a)
				n.wantSilence("and nothing else moves", time.Minute, from(b))
			})
		})
	}
}

func TestAFatalTrackerSaysFarewell(t *testing.T) {
	simulate(t, func(t *testing.T, n *lan) {
		a, b := n.trackedPair([]tracker.Effect{fatal("uplink")}, fast)
		a.wantTold("it serves", "web None->Backup startup", "web Backup->Active silence")
		a.track("uplink", tracker.Down)
		n.wantHolders("until somebody has it", "192.0.2.100", a)
		n.wantSend("the successor", 20*time.Millisecond, from(b))
		n.pass(2 * time.Millisecond)
		n.wantHolders("handed over", "192.0.2.100", b)
		a.wantTold("it cannot serve", "web Active->Fault fault tracker (uplink: uplink is down)")
	})
}

func TestOtherRoutersAreNotTouched(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		a := n.host("a", 1)
		a.engine.Tracked(tracker.Status{Name: "proxy", State: tracker.Up})
		a.start(web(200, tracks(loss("proxy"))), web(200, named("mail"), vrid(52), with("192.0.2.101/32")))
		n.pass(4 * time.Second)
		a.track("proxy", tracker.Down)
		n.wantSend("the one", time.Second, fromWith(a, 99))
		n.wantSend("the other", time.Second, func(adv advert) bool { return adv.VRID == 52 && adv.Priority == 200 })
	})
}

func TestReloadKeepsWhatTrackersSay(t *testing.T) {
	simulate(t, func(t *testing.T, n *lan) {
		a := n.alone(web(200))
		reload := func(options ...func(*config.Instance)) {
			a.engine.Apply([]config.Instance{web(200, options...)})
			n.skip()
		}
		reload(tracks(loss("proxy")))
		n.wantSilence("a tracker that has no result yet changes nothing", time.Minute, func(adv advert) bool { return adv.Priority != 200 })
		a.track("proxy", tracker.Down)
		n.wantSend("lowered", time.Second, fromWith(a, 99))
		n.pass(time.Second)
		reload(tracks(loss("proxy")), with("192.0.2.100/32", "192.0.2.101/32"))
		n.wantSilence("a reload does not forget it", time.Minute, func(adv advert) bool { return adv.Priority != 99 })
		reload(tracks(weighs("proxy", -30)))
		n.wantSend("another effect", time.Second, fromWith(a, 170))
		a.wantLog("a reload that changes it says so too", 1, "priority", "from=99", "to=170", "tracker_proxy=-30: proxy is down")
		reload(tracks(weighs("proxy", -30), weighs("other", 20)))
		n.wantSilence("one more that is not known", time.Second, func(adv advert) bool { return adv.Priority != 170 })
		reload()
		n.wantSend("tracked no more", time.Second, fromWith(a, 200))
		a.wantState("all the time", "web", vrrp.Active, vrrp.ReasonSilence)
	})
}

func TestOwnerIsNotLowered(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		a := n.host("a", 1)
		a.engine.Tracked(tracker.Status{Name: "proxy", State: tracker.Down})
		a.start(web(255, tracks(loss("proxy"))))
		n.wantSilence("255 is the owner's", time.Minute, func(adv advert) bool { return adv.Priority != 255 })
	})
}

func TestALeavingRouterIsNotLowered(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		a, _ := n.trackedPair([]tracker.Effect{loss("proxy"), fatal("uplink")})
		a.engine.Stop()
		n.wantSend("farewell", 1, fromWith(a, 0))
		a.track("proxy", tracker.Down)
		a.track("uplink", tracker.Down)
		n.wantSilence("it has said all", time.Minute, from(a))
	})
}

// What a tracker said before a reload took it away says nothing of one that has its name later.
func TestATrackerThatComesBackKnowsNothing(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		a, _ := n.trackedPair([]tracker.Effect{weighs("uplink", -30)})
		a.track("uplink", tracker.Down)
		n.wantSend("lowered", time.Second, fromWith(a, 170))
		a.apply(web(200))
		n.wantSend("tracked no more", time.Second, fromWith(a, 200))
		n.pass(time.Minute)
		a.apply(web(200, tracks(fatal("uplink"))))
		n.wantSilence("no result yet", time.Minute, func(adv advert) bool { return adv.Priority != 200 })
		a.track("uplink", tracker.Down)
		n.pass(time.Minute)
		a.wantFault("now it is known", "web", vrrp.FaultTracker)
	})
}
