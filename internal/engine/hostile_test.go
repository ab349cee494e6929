package engine

import (
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aloft-ha/aloft/internal/wire"
	"github.com/aloft-ha/aloft/vrrp"
)

// stranger is a router that nobody configured.
var stranger = netip.MustParseAddr("192.0.2.66")

// claimed is a valid advert of a stranger.
func claimed(p vrrp.Packet) wire.Datagram {
	if p.Interval == 0 {
		p.Interval = 100
	}
	if p.Addresses == nil {
		p.Addresses = addrs("192.0.2.100")
	}
	return wire.Datagram{
		Key: wire.Key{Ifindex: eth0}, Src: stranger, Dst: vrrp.Group4, HopLimit: vrrp.HopLimit, At: time.Now(),
		Payload: p.AppendTo(nil, stranger, vrrp.Group4, vrrp.FormPseudo),
	}
}

// idle looks at an engine that waits, and goes on only when that is done.
func (h *host) idle(look func(*Engine)) {
	synctest.Wait()
	h.mu.Lock()
	defer h.mu.Unlock()
	look(h.engine)
}

// Adverts that lose, to each of 250 routers 100 times a second, ask for more answers than may leave in a burst: what
// waits stays bounded, the adverts that keep the standby quiet are on time, and nobody moves.
func TestCrowdUnderLosingAdvertsGoesOn(t *testing.T) {
	simulate(t, func(t *testing.T, n *lan) {
		a, b := n.crowds(t)
		began := time.Now()
		most := 0
		for range 60 {
			for id := range crowdSize {
				for _, h := range []*host{a, b} {
					h.push(claimed(vrrp.Packet{VRID: uint8(id + 1), Priority: 1, Interval: 1}))
				}
			}
			n.pass(10 * time.Millisecond)
			a.idle(func(e *Engine) { most = max(most, len(e.out.queue)) })
		}
		wantEqual(t, "a serves", countHeld(a), crowdSize)
		wantEqual(t, "adverts of b", len(n.sent(began, from(b))), 0)
		last := make(map[uint8]time.Time)
		for _, adv := range n.sent(began, from(a)) {
			if at, ok := last[adv.VRID]; ok && adv.at.Sub(at) > crowdInterval.Duration() {
				t.Fatalf("VRID %d was silent for %v", adv.VRID, adv.at.Sub(at))
			}
			last[adv.VRID] = adv.at
		}
		if most > 2*crowdSize {
			t.Errorf("%d adverts waited", most)
		}
	})
}

// What RFC 9568 section 6.4.3 gives away, a stranger on the link can take: aloft follows, and names who did it and that
// its addresses are others. When the stranger is gone, the address comes back.
func TestStrangerWithABetterPriorityIsNamed(t *testing.T) {
	simulate(t, func(t *testing.T, n *lan) {
		a := n.alone(web(200))
		a.push(claimed(vrrp.Packet{VRID: 51, Priority: 201, Addresses: addrs("192.0.2.222")}))
		n.pass(time.Second)
		a.wantState("it has won", "web", vrrp.Backup, vrrp.ReasonHigherPriority)
		a.wantLog("by whom", 1, "state", "to=Backup", "peer=192.0.2.66", "peer_priority=201")
		a.wantLog("what it serves", 1, "peer advertises other addresses", "peer=192.0.2.66", "theirs=[192.0.2.222]")
		n.wantHolders("none of ours is left", "192.0.2.100")
		n.pass(downAfter(200))
		n.wantHolders("it sent one advert alone", "192.0.2.100", a)
	})
}

// A stranger that changes its address list, or its interval in version 2, with each advert does not fill the log.
func TestContradictionsAreLoggedOnceInAPause(t *testing.T) {
	simulate(t, func(t *testing.T, n *lan) {
		a := n.alone(web(200, speaking(vrrp.Version2)))
		adverts := []vrrp.Packet{
			{Interval: 100, Addresses: addrs("192.0.2.222")}, {Interval: 100}, {Interval: 200}, {Interval: 100},
		}
		const seconds = 30
		for i := range seconds * 1000 {
			p := adverts[i%len(adverts)]
			p.Version, p.VRID, p.Priority = vrrp.Version2, 51, 1
			a.push(claimed(p))
			n.pass(time.Millisecond)
		}
		for _, of := range []string{"addresses", "interval"} {
			lines := len(a.log.entries("peer advertises another "+of)) + len(a.log.entries("peer advertises other "+of)) +
				len(a.log.entries("peer advertises our "+of+" again"))
			wantEqual(t, "lines about its "+of, lines, seconds/int(logPause/time.Second))
		}
		a.wantState("and nothing moved", "web", vrrp.Active, vrrp.ReasonSilence)
	})
}

// Priorities that alternate as fast as a stranger can send cost a bounded number of turns, and of whatever hangs on a turn:
// log lines, orders to the kernel, the user's commands.
func TestAlternatingPrioritiesCostLittle(t *testing.T) {
	simulate(t, func(t *testing.T, n *lan) {
		a := n.alone(web(200))
		began, events := time.Now(), 0
		a.idle(func(*Engine) { events = len(a.told) })
		const seconds = 20
		for range seconds * 200 {
			for _, p := range []uint8{255, 0, 1, 255, 0} {
				a.push(claimed(vrrp.Packet{VRID: 51, Priority: p, Interval: 1}))
			}
			n.pass(5 * time.Millisecond)
		}
		turns := seconds*int(time.Second)/int(downAfter(200)) + 4 // and the three before it hesitates
		if got := len(a.log.entries("state", "to=Active")); got < 2 || got > turns {
			t.Errorf("%d takeovers in %d s, want 2 to %d", got, seconds, turns)
		}
		if got := len(a.addresses.since(began, "")); got > 10*turns {
			t.Errorf("%d address orders", got)
		}
		a.idle(func(*Engine) { events = len(a.told) - events })
		if events > 2*turns {
			t.Errorf("%d events for the user's commands", events)
		}
		n.pass(2 * downAfter(200))
		n.wantHolders("it is over", "192.0.2.100", a)
	})
}

// An advert of the Active Router that somebody captured comes back to both: the one it is of does not take it, and to the
// other it is as if the Active were alive.
func TestReplayOfTheActiveIsItsOwnAndKeepsTheOtherQuiet(t *testing.T) {
	simulate(t, func(t *testing.T, n *lan) {
		a, b := n.pair()
		captured := datagram(func(d *wire.Datagram, p *vrrp.Packet) { d.Src, p.Priority = a.addr4, 200 })
		replay := func(d time.Duration) {
			for end := time.Now().Add(d); time.Now().Before(end); n.pass(time.Millisecond) {
				again := *captured
				again.At = time.Now()
				a.push(again)
				b.push(again)
			}
		}
		began := time.Now()
		replay(5 * time.Second)
		wantEqual(t, "adverts of a, as ever", len(n.sent(began, from(a))), 5)
		a.wantLog("it knows its own", 1, "adverts dropped", "reason=own", "count=1")
		a.setCut(true)
		replay(20 * time.Second)
		b.wantState("it hears an Active", "web", vrrp.Backup, vrrp.ReasonStartup)
		n.wantSend("and takes over when that ends", downAfter(190), from(b))
		wantEqual(t, "never before", len(n.sent(began, from(b))), 1)
	})
}

// Two owners: the greater address serves, and the other is quiet.
func TestTwoOwnersHaveOneActive(t *testing.T) {
	simulate(t, func(t *testing.T, n *lan) {
		a, b := n.host("a", 1), n.host("b", 2)
		a.start(web(255))
		b.start(web(255))
		n.pass(time.Second)
		n.wantSilence("it gave way", time.Minute, from(a))
		a.wantState("by address", "web", vrrp.Backup, vrrp.ReasonHigherAddress)
		b.wantState("all the time", "web", vrrp.Active, vrrp.ReasonStartup)
	})
}
