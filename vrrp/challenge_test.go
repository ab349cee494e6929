package vrrp

import (
	"strings"
	"testing"
	"time"
)

func TestChallengeSchedule(t *testing.T) {
	b := settled(t, pair(200))
	b.m.announce = announcement{}
	b.after(500*time.Millisecond).want("the old priority teaches the interval", PriorityChanged{Priority: 99}, "send 200 10ms")
	for range 5 {
		b.wantTimer("the new priority, every 10 ms", 10*time.Millisecond, "send 99 10ms")
	}
	b.wantTimer("after 60 ms the usual interval is taught again", 10*time.Millisecond, "send 99 1s")
	b.wantTimer("twice more, since one may be lost", 10*time.Millisecond, "send 99 1s")
	b.wantTimer("twice more", 10*time.Millisecond, "send 99 1s")
	b.wantTimer("and the advert after it is on the grid", 420*time.Millisecond, "send 99 1s")
}

func TestChallengeOfSeveralMakesThemWaitForSkewTimeAlone(t *testing.T) {
	cfg := pair(200)
	cfg.Others, cfg.Gap = 2, 10
	b := settled(t, cfg)
	b.m.announce = announcement{}
	b.want("the interval that puts them 5 ms apart, Skew_Time, and the new priority, twice",
		PriorityChanged{Priority: 99}, "send 200 130ms", "send 0 130ms", "send 99 130ms", "send 99 130ms")
	for range 14 {
		b.wantTimer("the new priority, so often that none is missed", 10*time.Millisecond, "send 99 130ms")
	}
	b.wantTimer("the longest Skew_Time and 20 ms", 10*time.Millisecond, "send 99 1s")
}

func TestAChallengeOfSeveralThatIsLoweredAgainBeginsAnew(t *testing.T) {
	cfg := pair(200)
	cfg.Others, cfg.Gap = 2, 10
	b := settled(t, cfg)
	b.m.announce = announcement{}
	b.do(PriorityChanged{Priority: 150})
	b.after(5*time.Millisecond).want("others may be better now", PriorityChanged{Priority: 99},
		"send 0 130ms", "send 99 130ms", "send 99 130ms")
	b.wantTimer("it goes on", 10*time.Millisecond, "send 99 130ms")
	b.want("taken back", PriorityChanged{Priority: 200})
	b.wantTimer("the usual interval is taught again", 10*time.Millisecond, "send 200 1s")
}

func TestChallengeTeeth(t *testing.T) {
	down := ActiveDownInterval(99, 100, 3) // of the new priority, which is the longer
	heard := func(ago time.Duration) func(b *bench) {
		return func(b *bench) {
			b.do(from(lowAddr, 10, 100))
			until := b.now.Add(ago)
			for b.now.Before(until) { // adverts go on meanwhile, the last of them in that instant
				b.after(min(until.Sub(b.now), time.Second)).m.advertise(b.now)
				b.do(Sent{OK: true}, Held{Until: b.now.Add(3 * time.Second)})
			}
			b.m.announce = announcement{}
		}
	}
	for _, c := range []struct {
		name   string
		change func(*Config)
		before func(b *bench)
		want   string // what is sent at once; empty: nothing
	}{
		{name: "the last advert just left", want: "send 200 10ms"},
		{
			name:   "it left an interval and an eighth ago",
			before: func(b *bench) { b.after(1125 * time.Millisecond) },
			want:   "send 200 10ms",
		},
		{
			name:   "it left longer ago",
			before: func(b *bench) { b.after(1125*time.Millisecond + 1) },
			want:   "send 99 1s",
		},
		{
			name:   "the kernel refused it",
			before: func(b *bench) { b.after(time.Second).do(Tick{}, Sent{OK: false}) },
			want:   "",
		},
		{name: "another Active was heard a down interval ago", before: heard(down), want: ""},
		{name: "longer ago", before: heard(down + 1), want: "send 200 10ms"},
		{name: "there is nobody else", change: func(c *Config) { c.Others = 0 }, want: ""},
		{name: "two others are equal", change: func(c *Config) { c.Others, c.Gap = 2, 0 }, want: ""},
		{
			name:   "they are too close for a quicker interval: Skew_Time at this one",
			change: func(c *Config) { c.Others, c.Gap = 2, 1 },
			want:   "send 200 1s; send 0 1s; send 99 1s; send 99 1s",
		},
		{name: "nothing is quicker than this router", change: func(c *Config) { c.Interval = 1 }, want: ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := pair(200)
			if c.change != nil {
				c.change(&cfg)
			}
			b := settled(t, cfg)
			b.m.announce = announcement{}
			if c.before != nil {
				c.before(b)
			}
			var want []string
			if c.want != "" {
				want = strings.Split(c.want, "; ")
			}
			b.want("a challenge, or the new priority at the usual interval", PriorityChanged{Priority: 99}, want...)
			if c.want == "" {
				b.wantTimer("it follows when two adverts may follow each other", 10*time.Millisecond,
					"send 99 "+cfg.Interval.String())
			}
		})
	}
}

func TestAPriorityThatIsNewsIsToldAtOnce(t *testing.T) {
	b := settled(t, pair(100))
	b.after(500*time.Millisecond).want("raised", PriorityChanged{Priority: 150}, "send 150 1s")
	b.after(time.Millisecond).want("raised again, within 10 ms", PriorityChanged{Priority: 160})
	b.wantTimer("it waits", 9*time.Millisecond, "send 160 1s")
	b.want("no change, no word", PriorityChanged{Priority: 160})
}

func TestABackupsPriorityMovesItsSkewAlone(t *testing.T) {
	b := newBackup(t, stock(100))
	b.after(2*time.Second).want("no word", PriorityChanged{Priority: 200})
	b.wantDownIn("two seconds of the silence are over", time.Second+time.Second*56/256)
	b.want("back", PriorityChanged{Priority: 100})
	b.wantDownIn("as before", down100-2*time.Second)
	b.do(from(highAddr, 250, 100), from(highAddr, 0, 100))
	b.want("in the skew after a departure", PriorityChanged{Priority: 228})
	b.wantDownIn("Skew_Time of 228", time.Second*28/256)
}

func TestAnActiveThatLowersItselfIsReplacedByOneThatDoesNotPreempt(t *testing.T) {
	cfg := stock(100)
	cfg.Preempt = false
	b := newBackup(t, cfg)
	b.do(from(lowAddr, 60, 100))
	b.after(time.Second).want("healthy, though lower: followed", from(lowAddr, 60, 100))
	b.wantDownIn("anew", down100)
	b.after(time.Second).want("it is raised", from(lowAddr, 80, 100))
	b.wantDownIn("anew", down100)
	b.after(time.Second).want("it lowers itself: discarded", from(lowAddr, 79, 100))
	b.wantDownIn("the timer runs on", down100-time.Second)
	b.want("another Active starts with a clean slate", from(highAddr, 79, 100))
	b.wantDownIn("it is followed", down100)
}

// A tracker that fails and recovers within milliseconds: the others learn the usual interval again, and nothing moves.
func TestAChallengeIsTakenBack(t *testing.T) {
	b := settled(t, pair(200))
	b.m.announce = announcement{}
	b.after(500*time.Millisecond).want("a challenge", PriorityChanged{Priority: 99}, "send 200 10ms")
	b.after(3*time.Millisecond).want("within the 10 ms between two answers", PriorityChanged{Priority: 200})
	b.wantTimer("the old priority and the usual interval", 7*time.Millisecond, "send 200 1s")
	b.wantTimer("twice more, since one may be lost", 10*time.Millisecond, "send 200 1s")
	b.wantTimer("twice more", 10*time.Millisecond, "send 200 1s")
	b.wantTimer("and the advert after it is on the grid", 470*time.Millisecond, "send 200 1s")
}

// Another tracker fails during a challenge: it goes on at the new priority, and lasts as long from then on.
func TestAChallengeIsLoweredFurther(t *testing.T) {
	b := settled(t, pair(200))
	b.m.announce = announcement{}
	b.do(PriorityChanged{Priority: 195})
	b.wantTimer("the first", 10*time.Millisecond, "send 195 10ms")
	b.after(5*time.Millisecond).want("the second, too soon for another advert", PriorityChanged{Priority: 94})
	b.wantTimer("it follows", 5*time.Millisecond, "send 94 10ms")
	for range 4 {
		b.wantTimer("every 10 ms", 10*time.Millisecond, "send 94 10ms")
	}
	b.now = b.m.Deadline()
	b.do(Tick{})
	b.wantTimer("60 ms after the second", 5*time.Millisecond, "send 94 1s")
}

func TestAPriorityThatChangesInInitialize(t *testing.T) {
	b := newBench(t, stock(100))
	b.want("before Startup", PriorityChanged{Priority: 200})
	b.want("it starts", Startup{}, "Initialize -> Backup (startup)")
	b.wantDownIn("with the new one", ActiveDownInterval(200, 100, 3))

	b = newBackup(t, stock(100))
	b.do(FaultChanged{Fault: FaultTracker})
	b.want("in a fault", PriorityChanged{Priority: 200})
	b.wantNoTimer("it still waits for the caller")
	b.do(FaultChanged{})
	b.wantDownIn("with the new one", ActiveDownInterval(200, 100, 3))
}

func TestAPriorityThatChangesInAFarewell(t *testing.T) {
	cfg := pair(200)
	cfg.Lease, cfg.Farewell = 0, FarewellPlain
	for _, p := range []uint8{99, 250} {
		b := newActive(t, cfg)
		b.do(Leave{Reason: ReasonStandby})
		b.after(time.Second).want("no word", PriorityChanged{Priority: p})
		b.wantTimer("nobody took over: it is said then", 3500*time.Millisecond,
			"departed (no-successor)", "send "+word(p)+" 1s", "claim", "announce")
	}
}

// A Backup that was about to preempt is lowered itself, to less than the Active has: it must not take over from it.
func TestABackupThatIsLoweredFollowsTheActive(t *testing.T) {
	b := newBackup(t, stock(190))
	b.do(from(lowAddr, 99, 100))
	b.after(time.Second).do(from(lowAddr, 99, 100))
	b.wantDownIn("the timer runs on", ActiveDownInterval(190, 100, 3)-time.Second)
	b.after(500*time.Millisecond).want("still above it", PriorityChanged{Priority: 100})
	b.wantDownIn("longer by the skews", ActiveDownInterval(100, 100, 3)-1500*time.Millisecond)
	for _, p := range []uint8{99, 89} {
		b.want("equal, and below", PriorityChanged{Priority: p})
		b.wantDownIn("as if the last advert had been believed", ActiveDownInterval(p, 100, 3)-500*time.Millisecond)
	}
	b.want("raised again", PriorityChanged{Priority: 190})
	b.wantDownIn("only the skew moves", ActiveDownInterval(190, 100, 3)-500*time.Millisecond)
}

// The same in the course of a challenge: it believes the quick interval, as those do that were worse all the time.
func TestABackupThatIsLoweredDuringAChallengeFollowsTheActive(t *testing.T) {
	b := newBackup(t, stock(190))
	b.do(from(highAddr, 200, 1))
	b.after(10 * time.Millisecond).do(from(highAddr, 99, 1))
	b.after(10 * time.Millisecond).do(from(highAddr, 99, 1))
	b.after(5*time.Millisecond).want("its own proxy fails too", PriorityChanged{Priority: 89})
	b.wantDownIn("from the last advert", ActiveDownInterval(89, 1, 3)-5*time.Millisecond)
	b.after(5 * time.Millisecond).do(from(highAddr, 99, 100))
	b.wantDownIn("the usual interval comes back", ActiveDownInterval(89, 100, 3))
}

// An Active Router that says priority 0 and goes on at a lower one puts that to several others: the node that does not
// preempt takes it as the same reign.
func TestPriorityZeroDoesNotEndAReignThatGoesOn(t *testing.T) {
	cfg := stock(100)
	cfg.Preempt = false
	b := newBackup(t, cfg)
	b.do(from(lowAddr, 80, 13), from(lowAddr, 0, 13), from(lowAddr, 60, 13))
	b.wantDownIn("Skew_Time runs on", SkewTime(100, 13))
}

func TestAReignEndsWithItsSuccessor(t *testing.T) {
	cfg := stock(100)
	cfg.Preempt = false
	b := newBackup(t, cfg)
	b.do(from(lowAddr, 80, 100), from(lowAddr, 0, 100), from(highAddr, 200, 100))
	b.after(10*time.Millisecond).want("it is back, at a lower priority: that is its first", from(lowAddr, 60, 100))
	b.wantDownIn("it is followed", down100)
}

func TestAWorseBackupBelievesWhatFollowsPriorityZero(t *testing.T) {
	b := newBackup(t, stock(90))
	b.do(from(highAddr, 200, 13), from(highAddr, 0, 13), from(highAddr, 99, 13))
	b.wantDownIn("it follows", ActiveDownInterval(90, 13, 3))
}

func TestPreemptDelayBeginsAnewWithAnotherReturn(t *testing.T) {
	cfg := stock(100)
	cfg.PreemptDelay = 2 * time.Second
	b := newBackup(t, cfg)
	b.want("a lower Active: the delay begins", from(lowAddr, 50, 100), "release all")
	b.after(1500*time.Millisecond).want("a higher one", from(highAddr, 200, 100))
	b.after(500*time.Millisecond).want("a lower one again", from(lowAddr, 50, 100))
	b.wantDownIn("it is suffered", down100)
	b.after(2*time.Second-1).want("for the whole delay", from(lowAddr, 50, 100))
	b.wantDownIn("up to its end", down100)
	b.after(1).want("and no longer", from(lowAddr, 50, 100))
	b.wantDownIn("the timer runs on", down100-1)
}

// A caller with hundreds of routers on one socket cannot send an advert of each every centisecond.
func TestOthersAreMadeNoQuickerThanTheCallerCanSend(t *testing.T) {
	cfg := pair(200)
	cfg.Quickest = 4
	b := settled(t, cfg)
	b.want("a challenge", PriorityChanged{Priority: 99}, "send 200 40ms")
	b.wantTimer("paced by it", 40*time.Millisecond, "send 99 40ms")

	cfg.Quickest = cfg.Interval
	b = settled(t, cfg)
	b.want("as slow as usual: no challenge", PriorityChanged{Priority: 99})
	b.wantTimer("said at once", minAnswerGap, "send 99 1s")
}
