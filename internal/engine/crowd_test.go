package engine

import (
	"fmt"
	"testing"
	"time"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/vrrp"
)

// crowdSize is how many virtual routers a crowd is; crowdInterval is how often each advertises.
const (
	crowdSize     = 250
	crowdInterval = vrrp.Centiseconds(10)
)

// crowd is 250 virtual routers with 250 addresses.
func crowd(priority uint8, options ...func(*config.Instance)) []config.Instance {
	list := make([]config.Instance, crowdSize)
	for i := range list {
		own := []func(*config.Instance){
			named(fmt.Sprintf("r%d", i+1)), vrid(uint8(i + 1)), every(crowdInterval),
			with(fmt.Sprintf("198.51.100.%d/32", i+1)),
		}
		list[i] = web(priority, append(own, options...)...)
	}
	return list
}

// crowds starts two nodes with 250 routers each, and waits until the first serves all.
func (n *lan) crowds(t *testing.T, options ...func(*config.Instance)) (a, b *host) {
	t.Helper()
	a, b = n.host("a", 1), n.host("b", 2)
	a.start(crowd(200, options...)...)
	n.pass(137 * time.Millisecond) // their ticks are not the same
	b.start(crowd(190, options...)...)
	n.pass(2 * time.Second)
	wantEqual(t, "a serves", countHeld(a), crowdSize)
	wantEqual(t, "b has said", len(n.sent(time.Time{}, from(b))), 0)
	return a, b
}

func countHeld(h *host) (held int) {
	for i := range crowdSize {
		if h.addresses.holds(addrs(fmt.Sprintf("198.51.100.%d", i+1))[0]) {
			held++
		}
	}
	return held
}

// wantSpread asserts that no more than 64 of the adverts left at one instant, and in any 5 ms from the first of a burst.
func wantSpread(t *testing.T, why string, adverts []advert) {
	t.Helper()
	began, count := time.Time{}, 0
	for _, adv := range adverts {
		if adv.at.Sub(began) >= window {
			began, count = adv.at, 0
		}
		if count++; count > windowSize {
			t.Fatalf("%s: more than %d adverts in %v", why, windowSize, window)
		}
	}
}

func TestCrowdNeverSendsMoreThan64InATick(t *testing.T) {
	simulate(t, func(t *testing.T, n *lan) {
		a, b := n.crowds(t)
		began := time.Now()
		n.pass(5 * time.Second)
		adverts := n.sent(began, anything)
		wantSpread(t, "steady", adverts)
		if got := len(adverts); got < 50*crowdSize || got > 51*crowdSize {
			t.Errorf("%d adverts in 5 s, want 50 for each router", got)
		}
		wantEqual(t, "adverts of b", len(n.sent(began, from(b))), 0)
		wantEqual(t, "datagrams that found b's queue full", b.lostDatagrams(), 0)
		ticks := make(map[time.Duration]bool)
		for _, adv := range adverts {
			ticks[adv.at.Sub(began)%crowdInterval.Duration()] = true
		}
		wantEqual(t, "ticks in an interval", len(ticks), 4)
		wantEqual(t, "a serves", countHeld(a), crowdSize)
	})
}

func TestCrowdTakesOverInTime(t *testing.T) {
	simulate(t, func(t *testing.T, n *lan) {
		a, b := n.crowds(t)
		n.pass(time.Second)
		lastHeard := make(map[uint8]time.Time)
		a.setCut(true)
		cut := time.Now()
		for _, adv := range n.sent(cut.Add(-2*crowdInterval.Duration()), from(a)) {
			if adv.at.Before(cut.Add(-latency)) || adv.at.Equal(cut) {
				lastHeard[adv.VRID] = adv.at.Add(latency)
			}
		}
		n.pass(time.Second)
		first := make(map[uint8]time.Time)
		for _, adv := range n.sent(cut, from(b)) {
			if first[adv.VRID].IsZero() {
				first[adv.VRID] = adv.at
			}
		}
		wantEqual(t, "routers taken over", len(first), crowdSize)
		down := vrrp.ActiveDownInterval(190, crowdInterval, 3)
		for id, at := range first {
			if late := at.Sub(lastHeard[id].Add(down)); late < -latency || late > window {
				t.Errorf("VRID %d taken over %v after its interval, want at most %v", id, late, window)
			}
		}
		wantEqual(t, "b serves", countHeld(b), crowdSize)
	})
}

func TestCrowdStopsWithoutABurst(t *testing.T) {
	for name, option := range map[string]func(*config.Instance){
		"plain": func(*config.Instance) {},
		"fast":  fast,
	} {
		t.Run(name, func(t *testing.T) {
			simulate(t, func(t *testing.T, n *lan) {
				a, b := n.crowds(t, option)
				stopped := time.Now()
				a.engine.Stop()
				a.wantDone("handed over", 500*time.Millisecond)
				n.pass(100 * time.Millisecond)
				wantSpread(t, "farewells", n.sent(stopped, from(a)))
				wantEqual(t, "datagrams that found b's queue full", b.lostDatagrams(), 0)
				wantEqual(t, "b serves", countHeld(b), crowdSize)
				wantEqual(t, "a serves", countHeld(a), 0)
				for _, e := range b.log.entries("state", "from=Active") {
					t.Fatalf("a healthy successor was deposed: %v", e)
				}
				for _, adv := range n.sent(stopped, fromWith(a, 200)) {
					if adv.Interval == crowdInterval {
						t.Fatalf("VRID %d was advertised after the farewells began", adv.VRID)
					}
				}
			})
		})
	}
}

func TestCrowdIsChallengedWithoutABurst(t *testing.T) {
	simulate(t, func(t *testing.T, n *lan) {
		a, b := n.crowds(t)
		n.pass(13 * time.Millisecond)
		changed := time.Now()
		a.apply(crowd(99)...)
		n.pass(2 * time.Second)
		var quick []advert
		for _, adv := range n.sent(changed, from(a)) {
			if adv.Interval != crowdInterval {
				quick = append(quick, adv)
			}
		}
		wantSpread(t, "the quick ones", quick)
		wantEqual(t, "datagrams that found b's queue full", b.lostDatagrams(), 0)
		wantEqual(t, "b serves", countHeld(b), crowdSize)
		wantEqual(t, "a serves", countHeld(a), 0)
	})
}

func TestCrowdAsBackupSurvivesAPause(t *testing.T) {
	for _, c := range []struct {
		pause time.Duration
		limit int // of the socket's queue
	}{
		{50 * time.Millisecond, queueLength},
		{10 * time.Second, queueLength},
		{500 * time.Millisecond, 1 << 13},
		{700 * time.Millisecond, 1 << 13},
		{900 * time.Millisecond, 1 << 13},
		{10 * time.Second, 1 << 13},
	} {
		t.Run(fmt.Sprintf("%v, a queue of %d", c.pause, c.limit), func(t *testing.T) {
			simulate(t, func(t *testing.T, n *lan) {
				_, b := n.crowds(t)
				b.limit = c.limit
				b.stall(c.pause)
				n.pass(2 * time.Second)
				wantEqual(t, "adverts of b, whose Active is alive", len(n.sent(time.Time{}, from(b))), 0)
			})
		})
	}
}

func TestCrowdThatWokeLateIsSilent(t *testing.T) {
	simulate(t, func(t *testing.T, n *lan) {
		a, b := n.crowds(t, noFailback)
		a.stall(5 * time.Second)
		woke := time.Now()
		n.pass(5 * time.Second)
		wantEqual(t, "adverts of a", len(n.sent(woke, from(a))), 0)
		wantEqual(t, "b serves", countHeld(b), crowdSize)
		wantEqual(t, "a serves", countHeld(a), 0)
	})
}

func TestApplyOfAGrowingCrowdTouchesNobody(t *testing.T) {
	simulate(t, func(t *testing.T, n *lan) {
		a := n.host("a", 1)
		all := crowd(200)
		a.start(all[:129]...)
		n.pass(2003 * time.Millisecond) // no advert is due now
		for size := 130; size <= crowdSize; size++ {
			before := time.Now()
			a.apply(all[:size]...)
			wantEqual(t, "adverts", len(n.sent(before, anything)), 0)
		}
		a.wantLog("none has moved", 0, "state", "to=Initialize")
		n.pass(2 * time.Second)
		wantEqual(t, "a serves", countHeld(a), crowdSize)
	})
}

// Where a whole crowd is challenged at once its adverts need several windows, in both checksum forms twice as many. A worse
// Backup must not miss those that wait.
func TestChallengeOfACrowdDeposesNobody(t *testing.T) {
	for name, both := range map[string]bool{"one checksum form": false, "both": true} {
		t.Run(name, func(t *testing.T) {
			simulate(t, func(t *testing.T, n *lan) {
				a, b := n.host("a", 1), n.host("b", 2)
				a.start(crowd(200, every(100))...)
				b.start(crowd(100, every(100))...)
				n.pass(8 * time.Second)
				for _, r := range a.engine.routers {
					r.members[0].heard = [2]bool{both, both}
				}
				changed := time.Now()
				a.apply(crowd(190, every(100))...)
				n.pass(3 * time.Second)
				wantEqual(t, "adverts of the worse Backup", len(n.sent(changed, from(b))), 0)
				wantEqual(t, "a serves", countHeld(a), crowdSize)
			})
		})
	}
}

// What ends a challenge goes out as any other burst, in windows: it does not stand on the grid.
func TestEndOfTheChallengeOfACrowdIsSpread(t *testing.T) {
	simulate(t, func(t *testing.T, n *lan) {
		three := func(i *config.Instance) {
			i.Interval, i.Gap = 100, 10
			i.Peers = []config.Peer{{Node: "b"}, {Node: "c"}}
		}
		a := n.host("a", 1)
		a.start(crowd(200, three)...)
		n.pass(8*time.Second + 3*time.Millisecond) // between two ticks
		changed := time.Now()
		a.apply(crowd(190, three)...)
		n.pass(1500 * time.Millisecond)
		at := make(map[time.Duration]int)
		for _, adv := range n.sent(changed, from(a)) {
			at[adv.at.Sub(changed)]++
		}
		for when, count := range at {
			if count > windowSize {
				t.Errorf("%d adverts at once, %v after the change", count, when)
			}
		}
	})
}

func TestQuickestFor(t *testing.T) {
	for datagrams, want := range map[int]vrrp.Centiseconds{0: 1, 1: 1, 96: 1, 97: 2, 250: 3, 500: 6, 1_000_000: 4095} {
		wantEqual(t, fmt.Sprint(datagrams, " datagrams"), quickestFor(datagrams), want)
	}
}
