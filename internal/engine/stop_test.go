package engine

import (
	"slices"
	"testing"
	"time"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/internal/link"
	"github.com/aloft-ha/aloft/vrrp"
)

// pair starts two nodes of priorities 200 and 190 and waits until the first is Active and holds the address.
func (n *lan) pair(options ...func(*config.Instance)) (a, b *host) {
	a, b = n.host("a", 1), n.host("b", 2)
	a.start(web(200, options...))
	b.start(web(190, options...))
	n.wantSend("the better node is Active", 4*time.Second, from(a))
	n.pass(3100 * time.Millisecond)
	return a, b
}

// alone starts one node and waits until it is Active and holds its addresses.
func (n *lan) alone(instances ...config.Instance) *host {
	a := n.host("a", 1)
	a.start(instances...)
	n.wantSend("nobody else is there", 4*time.Second, from(a))
	n.pass(3100 * time.Millisecond)
	return a
}

func TestStopKeepsTheAddressUntilTheSuccessorAnnouncesIt(t *testing.T) {
	simulate(t, func(t *testing.T, n *lan) {
		a, b := n.pair()
		stopped := time.Now()
		a.engine.Stop()
		bye := n.wantSend("the farewell", 1, fromWith(a, 0))
		wantAt(t, "the farewell is at once", bye.at, stopped)
		if bye.Interval != 100 || len(bye.Addresses) != 1 {
			t.Errorf("farewell %+v, want the own interval and all addresses", bye.Packet)
		}
		n.wantSilence("a is silent while its successor waits", vrrp.SkewTime(190, 100)-time.Nanosecond, from(a))
		n.wantHolders("clients are served meanwhile", "192.0.2.100", a)
		a.wantRunning("it waits")

		first := n.wantSend("the successor", 2*latency, from(b))
		wantAt(t, "after Skew_Time", first.at, stopped.Add(latency+vrrp.SkewTime(190, 100)))
		a.wantDone("it leaves when the announcement comes", 2*managerDelay+latency)
		n.pass(managerDelay)
		n.wantHolders("handed over", "192.0.2.100", b)
		b.wantState("it took over", "web", vrrp.Active, vrrp.ReasonDeparture)
		n.wantSilence("a has gone", time.Minute, from(a))
		a.wantLog("the story", 1, "departed", "reason=stop", "successor=192.0.2.2")
		if a.openSockets() != 0 {
			t.Error("sockets are left open")
		}
	})
}

func TestStopFastTakesMilliseconds(t *testing.T) {
	simulate(t, func(t *testing.T, n *lan) {
		a, b := n.pair(fast)
		stopped := time.Now()
		a.engine.Stop()
		first := n.wantSend("the successor", time.Second, from(b))
		if took := first.at.Sub(stopped); took > 20*time.Millisecond {
			t.Errorf("taken over after %v, want at most 20ms", took)
		}
		var said []vrrp.Packet
		for _, adv := range n.sent(stopped, from(a)) {
			said = append(said, vrrp.Packet{Priority: adv.Priority, Interval: adv.Interval})
		}
		want := []vrrp.Packet{{Priority: 0, Interval: 100}, {Priority: 200, Interval: 1}, {Priority: 0, Interval: 1}}
		wantEqual(t, "what a said", said, want)
		a.wantDone("handed over", 10*time.Millisecond)
	})
}

func TestStopWithoutSuccessorReleasesInTheEnd(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		a := n.alone(web(200))
		a.engine.Stop()
		n.pass(4500*time.Millisecond - time.Nanosecond)
		a.wantRunning("four intervals and half a second")
		n.wantHolders("nobody else serves", "192.0.2.100", a)
		a.wantDone("enough", time.Nanosecond)
		a.wantLog("the story", 1, "departed", "successor=none")
		n.pass(managerDelay)
		n.wantHolders("released", "192.0.2.100")
	})
}

func TestSecondStopHurries(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		a := n.alone(web(200))
		a.engine.Stop()
		n.pass(time.Second)
		a.wantRunning("the first stop waits for a successor")
		a.engine.Stop()
		a.wantDone("the second does not", time.Nanosecond)
		n.pass(managerDelay)
		n.wantHolders("released", "192.0.2.100")
	})
}

func TestTwoStopsAtOnceHurryToo(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		a, _ := n.pair()
		a.engine.Stop()
		a.engine.Stop()
		n.wantSend("it says farewell all the same", 1, fromWith(a, 0))
		a.wantDone("at once", time.Nanosecond)
	})
}

func TestStopOfABackupIsSilent(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		_, b := n.pair()
		b.engine.Stop()
		b.wantDone("nothing to hand over", time.Nanosecond)
		n.wantSilence("a Backup has nothing to say", time.Minute, from(b))
	})
}

func TestStopBeforeTheLinksAreKnown(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		a := n.host("a", 1)
		a.engine.Apply([]config.Instance{web(200)})
		a.launch()
		a.engine.Stop()
		a.wantDone("nothing runs yet", time.Nanosecond)
	})
}

func TestEndOfContextSaysNoFarewell(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		a, b := n.pair()
		a.cancel()
		a.wantDone("at once", time.Nanosecond)
		n.wantSilence("no farewell", time.Second, from(a))
		n.wantHolders("the address stays until its lease ends", "192.0.2.100", a)
		n.wantSend("b finds out by itself", 4*time.Second, from(b))
		n.pass(time.Second)
		n.wantHolders("the lease has ended", "192.0.2.100", b)
	})
}

func TestStopDuringALinkFaultEndsAtOnce(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		a := n.alone(web(200))
		a.engine.Stop()
		n.pass(time.Second)
		a.wantRunning("it waits for a successor")
		a.changeLink(func(l *link.Link) { l.Carrier = false })
		a.wantDone("a deaf router will never hear of one", time.Nanosecond)
	})
}

func TestApplyAfterStopIsIgnored(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		a, _ := n.pair()
		a.engine.Stop()
		n.pass(time.Millisecond)
		a.engine.Apply([]config.Instance{web(200), web(255, named("late"), vrid(99), with("192.0.2.199/32"))})
		a.wantDone("it leaves all the same", time.Second)
		n.wantSilence("for good", time.Minute, from(a))
	})
}

func TestFailback(t *testing.T) {
	for name, c := range map[string]struct {
		option  func(*config.Instance)
		returns bool
	}{
		"auto_failback":    {func(*config.Instance) {}, true},
		"no auto_failback": {noFailback, false},
	} {
		t.Run(name, func(t *testing.T) {
			simulate(t, func(_ *testing.T, n *lan) {
				a, b := n.pair(c.option)
				a.engine.Stop()
				a.wantDone("stopped", time.Second)
				again := n.host("again", 1)
				again.start(web(200, c.option))
				if !c.returns {
					n.wantSilence("it returns to a healthy Active", time.Minute, from(again))
					return
				}
				n.wantSend("it takes over again", 4*time.Second, from(again))
				n.pass(time.Millisecond)
				b.wantState("outbid", "web", vrrp.Backup, vrrp.ReasonHigherPriority)
				n.pass(time.Millisecond)
				n.wantHolders("it is back", "192.0.2.100", again)
			})
		})
	}
}

func TestGivingWayIsConceded(t *testing.T) {
	simulate(t, func(t *testing.T, n *lan) {
		a := n.host("a", 1)
		a.start(web(200))
		n.pass(300 * time.Millisecond) // their adverts are not at the same time
		b := n.host("b", 2)
		b.start(web(190))
		b.setCut(true)
		n.pass(10 * time.Second)
		n.wantHolders("a split", "192.0.2.100", a, b)
		n.wantSend("b, unheard", time.Second, from(b))
		b.setCut(false)
		// One last advert of the loser tells the winner that there were two, so that it announces the address again.
		healed := n.wantSend("the winner", time.Second, from(a)).at
		n.pass(time.Millisecond)
		b.wantState("it heard the winner", "web", vrrp.Backup, vrrp.ReasonHigherPriority)
		if got := n.sent(healed, fromWith(b, 190)); len(got) != 1 {
			t.Errorf("the loser sent %d adverts when it heard the winner, want 1", len(got))
		}
		if got := a.addresses.since(healed, "51@eth0/ipv4"); !slices.ContainsFunc(got, func(o order) bool { return o.text == "announce" }) {
			t.Errorf("orders of the winner: %v, want an announcement", got)
		}
		n.wantHolders("one is left", "192.0.2.100", a)
	})
}
