package vrrp

import (
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// pair is one of two nodes with leases and the fast farewell.
func pair(priority uint8) Config {
	cfg := stock(priority)
	cfg.Farewell, cfg.Others, cfg.Gap, cfg.Lease = FarewellFast, 1, 255, 3*time.Second
	return cfg
}

// settled returns an Active whose last advert was sent right now, long after its promotion.
func settled(t *testing.T, cfg Config) *bench {
	t.Helper()
	b := newActive(t, cfg)
	for range 10 {
		b.now = b.m.adverAt
		b.do(Tick{}, Sent{OK: true}, Held{Until: b.now.Add(cfg.Lease)})
	}
	if b.m.State() != Active {
		t.Fatalf("state %v, want Active", b.m.State())
	}
	return b
}

func TestFarewellOfABackupIsSilent(t *testing.T) {
	for _, reason := range []Reason{ReasonStop, ReasonStandby, ReasonRemoved} {
		b := newBackup(t, pair(100))
		b.want("what an earlier run left goes too", Leave{Reason: reason},
			"release all", "Backup -> Initialize ("+reason.String()+")", "departed ("+reason.String()+")")
		b.wantNoTimer("it stays away")
		b.want("a second time there is nothing left to do", Leave{Reason: reason}, "departed ("+reason.String()+")")
	}
}

func TestFarewellOfALoneRouterDoesNotWait(t *testing.T) {
	cfg := stock(100)
	cfg.Others = 0
	b := newActive(t, cfg)
	b.want("priority 0", Leave{Reason: ReasonStop}, "send 0 1s")
	b.wantTimer("there is nobody to wait for", 0, "release all", "Active -> Initialize (stop)", "departed (stop)")
}

func TestFarewellWaitsForASuccessorWithinBounds(t *testing.T) {
	for _, c := range []struct {
		interval Centiseconds
		wait     time.Duration
	}{
		{1, 540 * time.Millisecond},
		{100, 4500 * time.Millisecond},
		{362, 14980 * time.Millisecond},
		{363, 15 * time.Second},
		{4095, 15 * time.Second},
	} {
		cfg := stock(100)
		cfg.Interval = c.interval
		b := newActive(t, cfg)
		b.want("priority 0", Leave{Reason: ReasonStop}, "send 0 "+c.interval.String())
		b.wantTimer("nobody took over", c.wait, "release all", "Active -> Initialize (stop)", "departed (stop)")
	}
}

func TestFarewellKeepsEachAddressUntilItIsAnnounced(t *testing.T) {
	cfg := stock(100)
	cfg.Addresses = addrs("192.0.2.100", "192.0.2.101", "192.0.2.102")
	cfg.Unadvertised = addrs("2001:db8::100", "2001:db8::101")
	b := newActive(t, cfg)
	b.do(Leave{Reason: ReasonStop})
	b.after(100*time.Millisecond).want("an announcement overtakes the advert", Announced{Address: vip2})
	b.want("and comes twice", Announced{Address: vip2})
	b.want("another's is not ours", Announced{Address: highAddr})
	b.want("the successor: it may ask whether anybody has the IPv6 addresses", from(lowAddr, 90, 100),
		"release 192.0.2.101,2001:db8::100,2001:db8::101")
	b.want("a second advert is nothing new", from(lowAddr, 90, 100))
	b.want("nor is another Active", from(highAddr, 200, 100))
	b.after(time.Millisecond).want("announced, and gone already", Announced{Address: netip.MustParseAddr("2001:db8::101")})
	b.after(1019*time.Millisecond).want("announced", Announced{Address: vip1}, "release 192.0.2.100")
	b.want("again", Announced{Address: vip1})
	b.wantTimer("IPv4 is kept for 2 s after the successor's advert", 980*time.Millisecond,
		"release all", "Active -> Initialize (stop)", "departed (stop) to 192.0.2.1 after 100ms")
}

func TestFarewellIsRenewedMeanwhile(t *testing.T) {
	cfg := pair(100)
	cfg.Farewell = FarewellPlain
	b := settled(t, cfg)
	b.after(500*time.Millisecond).want("priority 0", Leave{Reason: ReasonStop}, "send 0 1s")
	b.wantTimer("a third of the lease since the last renewal, without any advert", 500*time.Millisecond, "renew 3s")
	b.wantTimer("and again, though nothing was confirmed", time.Second, "renew 3s")
	b.wantTimer("the confirmed lease ends", time.Second,
		"release all", "Active -> Initialize (stop)", "departed (stop)")
}

func TestFarewellEndsWhenTheKernelRefuses(t *testing.T) {
	b := settled(t, pair(100))
	b.do(Leave{Reason: ReasonStop})
	b.after(time.Second).do(Tick{})
	b.want("a renewal is refused", ClaimFailed{},
		"release all", "Active -> Initialize (stop)", "departed (stop)")
}

func TestHurryEndsAFarewell(t *testing.T) {
	b := settled(t, pair(100))
	b.want("without one it is nothing", Hurry{})
	b.do(Leave{Reason: ReasonStop})
	b.after(time.Millisecond).want("at once", Hurry{},
		"release all", "Active -> Initialize (stop)", "departed (stop)")
	b.want("and that was all", Hurry{})
}

func TestTheLastReasonToLeaveCounts(t *testing.T) {
	b := settled(t, pair(100))
	b.want("standby", Leave{Reason: ReasonStandby}, "send 0 1s")
	b.after(time.Millisecond).want("then a stop: nothing more is said", Leave{Reason: ReasonStop})
	b.after(time.Second).do(Tick{})
	b.now = b.m.bye.giveUpAt
	b.want("a stop is not taken back", Tick{}, "release all", "Active -> Initialize (stop)", "departed (stop)")
}

func TestAFaultEndsAStandbyThatNobodyAnswered(t *testing.T) {
	b := settled(t, pair(100))
	b.do(Leave{Reason: ReasonStandby}, FaultChanged{Fault: FaultTracker})
	for range 4 {
		b.after(time.Second).do(Tick{}, Held{Until: b.now.Add(4 * time.Second)})
	}
	b.after(500*time.Millisecond).want("the standby is over, and it says farewell because of the fault", Tick{},
		"departed (no-successor)", "send 0 1s")
	if !b.m.Departing() || b.m.Absent() != ReasonNone {
		t.Errorf("departing %v, absent %v", b.m.Departing(), b.m.Absent())
	}
}

func TestFastFarewell(t *testing.T) {
	b := settled(t, pair(100))
	b.after(900*time.Millisecond).want("A", Leave{Reason: ReasonStop}, "send 0 1s")
	b.wantTimer("B teaches the short interval and C lets its skew run, once", 10*time.Millisecond,
		"send 100 10ms", "send 0 10ms")
	b.wantTimer("the next thing is a renewal", 90*time.Millisecond, "renew 3s")
}

func TestFastFarewellIsCutShortByAnAnswer(t *testing.T) {
	b := settled(t, pair(100))
	b.do(Leave{Reason: ReasonStop})
	b.after(10*time.Millisecond-1).want("a healthy Active answers", from(lowAddr, 90, 100))
	b.after(1).want("so nobody is made quick", Tick{})
	b.after(20*time.Millisecond).want("later neither", Tick{})
}

func TestFastFarewellIsGivenUpWhenItIsLate(t *testing.T) {
	b := settled(t, pair(100))
	b.do(Leave{Reason: ReasonStop})
	b.after(10*time.Millisecond+125*time.Millisecond).want("an eighth of the interval late is on time", Tick{},
		"send 100 10ms", "send 0 10ms")

	b = settled(t, pair(100))
	b.do(Leave{Reason: ReasonStop})
	b.after(10*time.Millisecond+125*time.Millisecond+1).want("later, another may have taken over", Tick{})
	b.after(time.Millisecond).want("and it is not made up for", Tick{})
}

func TestFastFarewellIsNeverAboveTheLastPriority(t *testing.T) {
	b := settled(t, pair(100))
	b.after(500 * time.Millisecond).do(Leave{Reason: ReasonStop})
	b.want("a tracker recovers", PriorityChanged{Priority: 200})
	b.wantTimer("B is what was advertised", 10*time.Millisecond, "send 100 10ms", "send 0 10ms")
}

func TestStandbyIsTakenBackWithoutASuccessor(t *testing.T) {
	cfg := pair(100)
	cfg.Lease = 0
	b := newActive(t, cfg)
	b.do(Leave{Reason: ReasonStandby}, Sent{OK: true})
	b.after(10 * time.Millisecond).do(Tick{})
	b.wantTimer("it is Active again, and says so", 4490*time.Millisecond,
		"departed (no-successor)", "send 100 1s", "claim", "announce")
	if b.m.Departing() || b.m.Absent() != ReasonNone {
		t.Errorf("departing %v, absent %v: want neither", b.m.Departing(), b.m.Absent())
	}
	b.after(100*time.Millisecond).want("the announcement is repeated", Tick{}, "announce")
}

func TestResumeEndsAStandby(t *testing.T) {
	b := newBackup(t, pair(100))
	b.want("nothing to resume", Resume{})
	b.do(Leave{Reason: ReasonStandby})
	b.want("an advert does not wake it", from(lowAddr, 90, 100))
	b.want("it starts anew", Resume{}, "Initialize -> Backup (startup)")

	for _, reason := range []Reason{ReasonStop, ReasonRemoved} {
		b = newBackup(t, pair(100))
		b.do(Leave{Reason: reason})
		b.want("whoever left for good stays away", Resume{})
	}
}

func TestASuccessorThatComesLateIsWaitedForLonger(t *testing.T) {
	b := newActive(t, stock(100))
	b.do(Leave{Reason: ReasonStop})
	b.after(4499*time.Millisecond).want("just in time", from(lowAddr, 90, 100))
	b.wantTimer("the address is kept for its announcement", 2*time.Second,
		"release all", "Active -> Initialize (stop)", "departed (stop) to 192.0.2.1 after 4.499s")
}

func TestAnnouncementsOfOthersDoNotPileUp(t *testing.T) {
	b := newActive(t, stock(100))
	b.do(Leave{Reason: ReasonStop}, Announced{Address: vip2}, Announced{Address: vip1}, Announced{Address: vip1})
	if got := len(b.m.bye.announced); got != 1 {
		t.Errorf("%d announcements are remembered, want the one of our address", got)
	}
}

func TestAFarewellEndsAChallenge(t *testing.T) {
	cfg := pair(200)
	cfg.Lease, cfg.Farewell = 0, FarewellPlain
	b := newActive(t, cfg)
	b.want("a challenge", PriorityChanged{Priority: 99}, "send 200 10ms")
	b.want("and then standby", Leave{Reason: ReasonStandby}, "send 0 1s")
	b.wantTimer("which is taken back, at the usual interval", 4500*time.Millisecond,
		"departed (no-successor)", "send 99 1s", "claim", "announce")
}

// What makes a farewell fast is also what could depose a healthy Active, so it is not used when one was heard.
func TestAFarewellAfterAPreemptionIsPlain(t *testing.T) {
	b := newBackup(t, pair(100))
	b.after(down100 - time.Millisecond).do(from(lowAddr, 50, 100))
	b.after(time.Millisecond).do(Tick{}, Sent{OK: true})
	b.wantState("it preempted", Active)
	b.do(Leave{Reason: ReasonStop})
	b.after(10*time.Millisecond).want("the other was heard a moment ago", Tick{})
}

func TestAFarewellAfterADepartureIsFast(t *testing.T) {
	b := newBackup(t, pair(100))
	b.do(from(highAddr, 200, 100), from(highAddr, 0, 100))
	b.after(skew100).do(Tick{}, Sent{OK: true})
	b.wantState("it took over", Active)
	b.do(Leave{Reason: ReasonStop})
	b.after(10*time.Millisecond).want("the other has left", Tick{}, "send 100 10ms", "send 0 10ms")
}

func TestATieHeardByAFollowerMakesAFarewellPlain(t *testing.T) {
	g := NewGroup(NewMachine(pair(100)), NewMachine(pair(100)))
	g.StepAll(epoch, Startup{})
	now := g.Deadline()
	g.StepAll(now, Tick{})
	g.Step(now, 1, from(highAddr, 100, 100))
	g.StepAll(now, Leave{Reason: ReasonStop})
	got := describeMembers(g.StepAll(now.Add(10*time.Millisecond), Tick{}))
	if diff := cmp.Diff([]string{"0 send 100 10ms", "0 send 0 10ms"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
