package vrrp

import (
	"testing"
	"time"
)

// Whatever the event is that an Active wakes to, it steps back before it does anything else.
func TestAnActiveThatWakesLateStepsBackFirst(t *testing.T) {
	for _, c := range []struct {
		name string
		ev   Event
		then []string // after it has stepped back
	}{
		{"a tick", Tick{}, nil},
		{"a losing advert", from(lowAddr, 50, 100), nil},
		{"a winning advert", from(highAddr, 200, 100), nil},
		{"a departure", from(lowAddr, 0, 100), nil},
		{"a report of a send", Sent{OK: true}, nil},
		{"a confirmation", Held{Until: epoch.Add(time.Hour)}, nil},
		{"a refusal", ClaimFailed{}, nil},
		{"a priority", PriorityChanged{Priority: 20}, nil},
		{"a stop", Leave{Reason: ReasonStop}, []string{"Backup -> Initialize (stop)", "departed (stop)"}},
		{"a fault", FaultChanged{Fault: FaultTracker}, []string{"Backup -> Initialize (fault tracker)"}},
		{"a new configuration", Reconfigured{Config: stock(100)}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newActive(t, stock(100))
			b.after(3*time.Second+1).want("late", c.ev,
				append([]string{"release all", "Active -> Backup (woke-late)"}, c.then...)...)
		})
	}
}

func TestThreeIntervalsAreNotLate(t *testing.T) {
	b := newActive(t, stock(100))
	b.after(3*time.Second).want("in time, just", Tick{}, "send 100 1s", "announce")
	b.after(3*time.Second+1).want("late", Tick{}, "release all", "Active -> Backup (woke-late)")
	b.wantDownIn("a whole Active_Down_Interval", down100)
}

func TestLatenessCountsInPromisedIntervals(t *testing.T) {
	b := newActive(t, stock(100))
	cfg := stock(100)
	cfg.Interval = 10
	b.after(900*time.Millisecond).do(Tick{}, Reconfigured{Config: cfg})
	b.want("the last advert promised the next within a second", Tick{})
	b.wantState("nobody has given it up", Active)
	b.now = b.m.adverAt
	b.do(Tick{})
	b.after(300*time.Millisecond+1).want("now it has promised less", Tick{}, "release all", "Active -> Backup (woke-late)")
}

func TestABackupThatWakesLateListensFirst(t *testing.T) {
	b := newBackup(t, stock(100))
	b.after(down100+time.Second).want("late by an interval: believed", Tick{},
		"send 100 1s", "claim", "announce", "Backup -> Active (silence)")

	b = newBackup(t, stock(100))
	b.after(down100+time.Second+1).want("later: not", Tick{})
	b.wantTimer("a whole Active_Down_Interval", down100,
		"send 100 1s", "claim", "announce", "Backup -> Active (silence)")
}

func TestAnIntervalMadeQuickDoesNotMakeABackupLate(t *testing.T) {
	b := newBackup(t, stock(100))
	b.do(from(highAddr, 200, 1))
	b.after(time.Second).want("36 ms late is nothing at a router of 1 s", Tick{},
		"send 100 1s", "claim", "announce", "Backup -> Active (silence 192.0.2.3 200)")
}

func TestWhatWasQueuedTellsABackupWhoIsAlive(t *testing.T) {
	b := newBackup(t, stock(100))
	b.after(time.Minute)
	old := from(highAddr, 200, 100)
	for age := 10 * time.Second; age > 0; age -= time.Second {
		old.ReceivedAt = b.now.Add(-age)
		b.do(old)
	}
	b.want("the last advert is a second old", Tick{})
	b.wantDownIn("the timer counts from its arrival", down100-time.Second)
}

func TestAnAdvertFromTheFutureCountsFromNow(t *testing.T) {
	b := newBackup(t, stock(100))
	a := from(highAddr, 200, 100)
	a.ReceivedAt = b.now.Add(time.Hour)
	b.do(a)
	b.wantDownIn("not an hour later", down100)
}

func TestATimeThatGoesBackDoesNoHarm(t *testing.T) {
	b := newActive(t, stock(100))
	b.after(-time.Hour).want("nothing is due", Tick{})
	b.wantState("still", Active)
	b.after(time.Hour+time.Second).want("then it goes on", Tick{}, "send 100 1s", "announce")
}

func TestAChallengeDoesNotMakeAnActiveLate(t *testing.T) {
	b := settled(t, pair(200))
	b.m.announce = announcement{}
	b.do(PriorityChanged{Priority: 99})
	b.after(50*time.Millisecond).want("a stall of some quick intervals", Tick{}, "send 99 10ms")
	b.wantState("nothing to step back for", Active)
}

func TestAWinningAdvertCountsFromItsArrival(t *testing.T) {
	b := newActive(t, stock(100))
	a := from(highAddr, 200, 100)
	b.after(500 * time.Millisecond)
	a.ReceivedAt = b.now.Add(-400 * time.Millisecond)
	b.do(a)
	b.wantDownIn("it was read late", down100-400*time.Millisecond)
}

// A node that is late every time would wait for ever beside a dead Active, if it began anew each time.
func TestABackupThatIsAlwaysLateTakesOver(t *testing.T) {
	cfg := stock(100)
	cfg.Interval = 1
	b := newBackup(t, cfg)
	const late = 11 * time.Millisecond // an interval is 10 ms
	b.now = b.m.Deadline().Add(late)
	b.want("the silence may be its own", Tick{})
	b.now = b.m.Deadline().Add(late)
	if b.do(Tick{}); b.m.State() != Active {
		t.Errorf("state %v after a second silence, want Active", b.m.State())
	}

	b = newBackup(t, cfg)
	b.now = b.m.Deadline().Add(late)
	b.want("the silence may be its own", Tick{})
	b.want("it was", from(lowAddr, 150, 1), "release all")
	b.now = b.m.Deadline().Add(late)
	b.want("the next silence is another", Tick{})
}

func TestEachSilenceIsExcusedOnce(t *testing.T) {
	b := newBackup(t, stock(100))
	late := func(why string) {
		t.Helper()
		b.now = b.m.Deadline().Add(4 * time.Second)
		b.want(why, Tick{})
	}
	late("asleep")
	b.wantTimer("nobody is there", down100, "send 100 1s", "claim", "announce", "Backup -> Active (silence)")
	b.do(Sent{OK: true})
	b.after(5*time.Second).want("asleep again", Tick{}, "release all", "Active -> Backup (woke-late)")
	late("and again, in another silence")
}
