package vrrp

import (
	"fmt"
	"net/netip"
	"testing"
	"time"
)

// strangerAddr is a router that nobody configured.
var strangerAddr = netip.MustParseAddr("192.0.2.66")

// A stance is what a router is doing when an advert comes that may be anybody's.
type stance struct {
	name    string
	preempt bool
	take    func(*bench)
	want    func(own, p uint8, interval Centiseconds, higher bool) verdict
}

// A verdict is what RFC 9568 section 6.4 makes of an advert. Its timer is Active_Down_Timer.
type verdict struct {
	state State
	sends int           // adverts, of the own priority
	timer time.Duration // in Backup: when it ends; 0: as it was
	gone  bool          // the addresses are released
}

// skewOf and downOf are section 6.1 once more: a test of the formulas does not ask them.
func skewOf(own uint8, interval Centiseconds) time.Duration {
	return time.Duration(256-int(own)) * time.Duration(interval) * 10 * time.Millisecond / 256
}

func downOf(own uint8, interval Centiseconds) time.Duration {
	return 3*time.Duration(interval)*10*time.Millisecond + skewOf(own, interval)
}

// ownInterval is that of the router in all stances.
const ownInterval Centiseconds = 100

// inBackup is section 6.4.2.
func inBackup(preempt bool) func(own, p uint8, interval Centiseconds, _ bool) verdict {
	return func(own, p uint8, interval Centiseconds, _ bool) verdict {
		switch {
		case p == 0:
			return verdict{state: Backup, timer: skewOf(own, ownInterval)}
		case !preempt && own != 255 || p >= own:
			return verdict{state: Backup, timer: downOf(own, interval)}
		}
		return verdict{state: Backup} // discarded: the timer runs on
	}
}

// inActive is section 6.4.3. The one who gives way says so, which is docs/rfc9568.md note 11.
func inActive(own, p uint8, interval Centiseconds, higher bool) verdict {
	if p > own || p == own && higher {
		return verdict{state: Backup, sends: 1, timer: downOf(own, interval), gone: true}
	}
	return verdict{state: Active, sends: 1}
}

var stances = []stance{
	{"Backup", true, (*bench).follow, inBackup(true)},
	{"Backup without Preempt_Mode", false, (*bench).follow, inBackup(false)},
	{"Active", true, (*bench).win, inActive},
	{"Initialize", true, func(b *bench) { b.do(FaultChanged{Fault: FaultTracker}) }, func(uint8, uint8, Centiseconds, bool) verdict {
		return verdict{state: Initialize}
	}},
	{"departing", true, func(b *bench) {
		b.win()
		b.do(Leave{Reason: ReasonStop})
	}, func(uint8, uint8, Centiseconds, bool) verdict {
		return verdict{state: Active} // in aloft's words; it says nothing more
	}},
}

// follow lets another be heard that is no better and no worse than this one, so that a Backup has an Active.
func (b *bench) follow() {
	b.do(from(netip.MustParseAddr("192.0.2.77"), b.m.cfg.Priority, ownInterval))
	b.after(time.Second)
}

// win lets nobody be heard until the router is Active, and half an interval more.
func (b *bench) win() {
	b.now = b.m.Deadline()
	b.do(Tick{}, Sent{OK: true})
	b.after(ownInterval.Duration() / 2)
}

// stand returns a machine of a priority in a stance.
func (s stance) stand(t *testing.T, own uint8) *bench {
	cfg := stock(own)
	cfg.Interval, cfg.Preempt = ownInterval, s.preempt
	b := &bench{t: t, m: NewMachine(cfg), now: epoch}
	b.do(SourceChanged{Source: ownAddr}, Startup{})
	if own == 255 { // an owner is Active by itself: let another be, so that the stances are the same
		b.do(from(highAddr, 255, ownInterval))
	}
	s.take(b)
	b.m.reign = reign{}
	return b
}

// judge lets one advert befall a copy of the machine, and compares.
func (s stance) judge(b *bench, source netip.Addr, p uint8, interval Centiseconds) error {
	m := *b.m
	m.out = nil
	if m.bye != nil {
		bye := *m.bye
		m.bye = &bye
	}
	own, before := m.cfg.Priority, m.Deadline()
	got := verdict{}
	for _, a := range m.Step(b.now, from(source, p, interval)) {
		switch a := a.(type) {
		case Send:
			got.sends++
			if a.Priority != own || a.Interval != ownInterval {
				return fmt.Errorf("it says %s", describe(a))
			}
		case Release:
			got.gone = true
		case Announce:
		case Transition:
			if a.From == a.To || a.To != Backup {
				return fmt.Errorf("%s", describe(a))
			}
		default:
			return fmt.Errorf("%s", describe(a))
		}
	}
	got.state = m.State()
	if got.state == Backup && !m.Deadline().Equal(before) {
		got.timer = m.Deadline().Sub(b.now)
	}
	if want := s.want(own, p, interval, source == highAddr); got != want {
		return fmt.Errorf("%+v, want %+v", got, want)
	}
	return nil
}

// An advert of every priority at some intervals, and of every interval at the priorities that matter, from either side of
// the own address, in every state: the outcome is that of sections 6.4.2 and 6.4.3 and nothing else, so nobody takes an
// address to whom the RFC does not give it.
func TestAdvertOfEveryPriorityAndInterval(t *testing.T) {
	t.Parallel()
	some := []Centiseconds{MinInterval, 2, 10, 99, ownInterval, 101, 1000, MaxInterval}
	for _, s := range stances {
		for _, own := range []uint8{1, 100, 254, 255} {
			t.Run(fmt.Sprintf("%s of priority %d", s.name, own), func(t *testing.T) {
				t.Parallel()
				b := s.stand(t, own)
				try := func(p uint8, interval Centiseconds) {
					for _, source := range []netip.Addr{lowAddr, highAddr} {
						if err := s.judge(b, source, p, interval); err != nil && !t.Failed() {
							t.Errorf("priority %d every %v from %v: %v", p, interval, source, err)
						}
					}
				}
				for p := range 256 {
					for _, interval := range some {
						try(uint8(p), interval)
					}
				}
				for interval := MinInterval; interval <= MaxInterval; interval++ {
					for _, p := range []uint8{0, 1, own - 1, own, own + 1, 255} {
						try(p, interval)
					}
				}
			})
		}
	}
}

// Whatever loses, as fast as it can be sent: the Active Router stays, answers once in 10 ms, and announces its addresses
// three times a second.
func TestWhatLosesIsAnsweredWithinBounds(t *testing.T) {
	losers := []Advert{
		from(strangerAddr, 1, 1), from(strangerAddr, 0, 1), from(lowAddr, 100, 4095), from(strangerAddr, 99, 100), from(lowAddr, 0, 100),
	}
	b := newActive(t, stock(100))
	b.do(Sent{OK: true})
	b.after(10 * time.Second)
	b.m.sentAt = b.now
	sends, announcements := 0, 0
	const seconds, each = 3, 20 * time.Microsecond // 50,000 a second
	for i := range seconds * int(time.Second/each) {
		b.after(each)
		for _, ev := range []Event{losers[i%len(losers)], Tick{}} {
			for _, a := range b.m.Step(b.now, ev) {
				switch a.(type) {
				case Send:
					sends++
				case Announce:
					announcements++
				default:
					t.Fatalf("%v after %d adverts: %s", b.now.Sub(epoch), i, describe(a))
				}
			}
		}
	}
	if sends < seconds*90 || sends > seconds*100+1 {
		t.Errorf("%d adverts in %d s, want 100 a second", sends, seconds)
	}
	if announcements < seconds || announcements > 3*seconds {
		t.Errorf("%d announcements in %d s", announcements, seconds)
	}
}

// A Backup hears any number of adverts that lose, of whomever, and takes over on time: they neither hold it back nor hurry it.
func TestWhatLosesDoesNotMoveABackup(t *testing.T) {
	b := newBackup(t, stock(100))
	due := b.m.Deadline()
	for i := 0; b.now.Add(time.Millisecond).Before(due); i++ {
		b.after(time.Millisecond).do(from(strangerAddr.Next(), uint8(1+i%99), Centiseconds(1+i%4095)))
		if !b.m.Deadline().Equal(due) || b.m.State() != Backup {
			t.Fatalf("advert %d moved it: %v, due in %v", i, b.m.State(), b.m.Deadline().Sub(b.now))
		}
	}
	b.now = due
	b.do(Tick{})
	b.wantState("on time", Active)
}

// A captured advert that somebody replays for ever is as good as the router that sent it. Of one that loses nothing comes;
// one that wins keeps the others from serving for as long as it goes on. Only keys can tell.
func TestAReplayedAdvertIsAsGoodAsItsSender(t *testing.T) {
	b := newBackup(t, stock(100))
	for range 1000 {
		b.after(990 * time.Millisecond).do(from(highAddr, 200, 100))
		b.do(Tick{})
	}
	b.wantState("its sender has been dead all the time", Backup)
	b.wantTimer("it ends with the replay", down100, "send 100 1s", "claim", "announce", "Backup -> Active (silence 192.0.2.3 200)")
	b.do(Sent{OK: true})
	for range 1000 {
		b.after(990*time.Millisecond).do(from(lowAddr, 99, 100), Tick{}, Sent{OK: true})
	}
	b.wantState("one of lower priority", Active)
}

// RFC 9568 section 8.3.2: two owners settle it by address, and the one that gave way comes back when the other is gone.
// They do not take turns.
func TestTwoOwnersSettleItByAddress(t *testing.T) {
	l := newLAN()
	for i, name := range []string{"low", "high"} {
		l.nodes = append(l.nodes, newNode(name, i+1, 255, false))
	}
	completeConfigs(l.nodes)
	moves := 0
	l.log = func(_ time.Time, _ *node, text string) {
		if len(text) > 6 && text[:6] == "Active" {
			moves++
		}
	}
	for _, n := range l.nodes {
		l.start(n)
	}
	low, high := l.nodes[0], l.nodes[1]
	l.run(l.now.Add(time.Minute))
	is := func(n *node) State { return n.group.Members()[0].State() }
	if is(low) != Backup || is(high) != Active || moves != 1 {
		t.Errorf("the lower is %v, the higher %v, after %d moves", is(low), is(high), moves)
	}
	l.kill(high)
	l.run(l.now.Add(4 * time.Second))
	if is(low) != Active {
		t.Errorf("the lower one is %v without the other", is(low))
	}
	for _, err := range l.errs {
		t.Error(err)
	}
}
