package vrrp

import (
	"net/netip"
	"testing"
	"time"
)

// 6.4.3: "If a Shutdown event is received, then: Cancel the Adver_Timer. Send an ADVERTISEMENT with Priority = 0.
// Transition to the {Initialize} state". aloft keeps the addresses, silently, until the successor has them.
func TestRFC9568_6_4_3_ShutdownOfAnActiveSaysPriorityZero(t *testing.T) {
	b := newActive(t, stock(100))
	b.after(500*time.Millisecond).want("priority 0, at the own interval", Leave{Reason: ReasonStop}, "send 0 1s")
	b.after(400*time.Millisecond).want("the successor announces the address", Announced{Address: vip1})
	b.want("and is heard", from(lowAddr, 90, 100),
		"release all", "Active -> Initialize (stop)", "departed (stop) to 192.0.2.1 after 400ms")
	b.wantNoTimer("Adver_Timer is cancelled")
}

// 6.4.3, as above: nothing is sent after the advert of priority 0, also if nobody takes over.
func TestRFC9568_6_4_3_NothingIsSentAfterPriorityZero(t *testing.T) {
	b := newActive(t, stock(100))
	b.want("priority 0", Leave{Reason: ReasonStop}, "send 0 1s")
	b.want("a departure beside ours is not answered", from(lowAddr, 0, 100))
	b.wantTimer("4 intervals and half a second", 4500*time.Millisecond,
		"release all", "Active -> Initialize (stop)", "departed (stop)")
	b.wantNoTimer("that was all")
}

// 6.4.3: "If the Adver_Timer fires, then: Send an ADVERTISEMENT. Reset the Adver_Timer to Advertisement_Interval".
func TestRFC9568_6_4_3_AdverTimer(t *testing.T) {
	for _, interval := range []Centiseconds{1, 10, 100, 4095} {
		cfg := stock(100)
		cfg.Interval = interval
		b := newActive(t, cfg)
		b.m.announce = announcement{} // repeated announcements have their own tests
		for range 5 {
			b.wantTimer("Adver_Timer", interval.Duration(), "send 100 "+interval.String())
		}
	}
}

// 6.4.3: "If the Priority in the ADVERTISEMENT is 0, then: Send an ADVERTISEMENT. Reset the Adver_Timer to
// Advertisement_Interval".
func TestRFC9568_6_4_3_AnActiveAnswersPriorityZero(t *testing.T) {
	b := newActive(t, stock(100))
	b.after(400*time.Millisecond).want("announcements up to here", Tick{}, "announce")
	b.want("at once", from(highAddr, 0, 100), "send 100 1s")
	b.wantState("still", Active)
}

// 6.4.3: "If the Priority in the ADVERTISEMENT is greater than the local Priority or ... equal to the local Priority and
// the primary IPvX address of the sender is greater than the local primary IPvX address (based on an unsigned integer
// comparison of the IPvX addresses in network byte order), then: Cancel Adver_Timer. Set Active_Adver_Interval to Max
// Advertise Interval contained in the ADVERTISEMENT. Recompute the Skew_Time. Recompute the Active_Down_Interval. Set
// Active_Down_Timer to Active_Down_Interval. Transition to the {Backup} state".
func TestRFC9568_6_4_3_AnActiveGivesWay(t *testing.T) {
	for _, c := range []struct {
		name     string
		source   netip.Addr
		priority uint8
		interval Centiseconds
		reason   string
		down     time.Duration
	}{
		{"higher", lowAddr, 101, 100, "higher-priority 192.0.2.1 101", down100},
		{"highest", lowAddr, 255, 100, "higher-priority 192.0.2.1 255", down100},
		{"higher, at another interval", lowAddr, 101, 200, "higher-priority 192.0.2.1 101", 2 * down100},
		{"equal, greater address", highAddr, 100, 100, "higher-address 192.0.2.3 100", down100},
		{
			"equal, an address that is greater as unsigned only", netip.MustParseAddr("203.0.113.1"), 100, 100,
			"higher-address 203.0.113.1 100", down100,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newActive(t, stock(100))
			b.after(500 * time.Millisecond).do(Tick{})
			// The advert before is ours: it lets the winner of a split know that there was one.
			b.want("it yields", from(c.source, c.priority, c.interval),
				"send 100 1s", "release all", "Active -> Backup ("+c.reason+")")
			b.wantDownIn("Active_Down_Timer of the interval heard", c.down)
			b.wantTimer("no Adver_Timer is left", c.down,
				"send 100 1s", "claim", "announce",
				"Backup -> Active (silence "+c.source.String()+" "+word(c.priority)+")")
		})
	}
}

// 6.4.3: "else: Discard the ADVERTISEMENT. Send an ADVERTISEMENT immediately to assert the {Active} state to the sending
// VRRP Router and to update any learning bridges with the correct Active VRRP Router path".
func TestRFC9568_6_4_3_AnActiveAnswersALosingAdvert(t *testing.T) {
	for _, c := range []struct {
		name     string
		source   netip.Addr
		priority uint8
	}{
		{"lower", highAddr, 99},
		{"lowest", highAddr, 1},
		{"equal, lesser address", lowAddr, 100},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newActive(t, stock(100))
			b.m.announce = announcement{began: epoch}
			b.after(500*time.Millisecond).want("answered, and announced anew", from(c.source, c.priority, 50),
				"send 100 1s", "announce")
			b.wantState("still", Active)
			b.m.announce = announcement{}
			b.wantTimer("the interval in it was not learned", 500*time.Millisecond, "send 100 1s")
		})
	}
}

// 6.4.3 with an address that is no tie-breaker: equal in every respect can only be our own, and does not win.
func TestRFC9568_6_4_3_TheOwnAddressDoesNotWinATie(t *testing.T) {
	b := newActive(t, stock(100))
	b.do(from(ownAddr, 100, 100))
	b.wantState("still", Active)
}

// 6.4.3: "Note that in the Active state, the Preempt_Mode Flag is not considered".
func TestRFC9568_6_4_3_PreemptModeIsNotConsidered(t *testing.T) {
	cfg := stock(100)
	cfg.Preempt = false
	b := newActive(t, cfg)
	b.m.announce = announcement{began: epoch}
	b.after(500*time.Millisecond).want("a lower one is answered", from(highAddr, 99, 100), "send 100 1s", "announce")
	b.after(500*time.Millisecond).want("a higher one wins", from(lowAddr, 101, 100),
		"send 100 1s", "release all", "Active -> Backup (higher-priority 192.0.2.1 101)")
}

// 7.1, erratum 8298: an owner does not discard adverts. Two owners settle it by address, like any two equals.
func TestRFC9568_7_1_AnOwnerProcessesAdverts(t *testing.T) {
	b := newBench(t, stock(255))
	b.do(Startup{})
	b.after(500*time.Millisecond).want("a lower one is answered", from(highAddr, 200, 100), "send 255 1s")
	b.want("an owner with the greater address wins", from(highAddr, 255, 100),
		"send 255 1s", "release all", "Active -> Backup (higher-address 192.0.2.3 255)")
}

// 7.1: a Max Advertise Interval other than the configured one is no reason to drop an advert.
func TestRFC9568_7_1_AnotherIntervalIsAccepted(t *testing.T) {
	b := newBackup(t, stock(100))
	b.want("10 ms at a router of 1 s", from(highAddr, 200, 1), "release all")
	b.wantDownIn("it is learned", down100/100)
}

// 7.1: neither is another list of addresses.
func TestRFC9568_7_1_AnotherAddressListIsAccepted(t *testing.T) {
	b := newBackup(t, stock(100))
	a := from(highAddr, 200, 100)
	a.Packet.Addresses = []netip.Addr{vip2, lowAddr}
	b.after(time.Second).want("followed", a, "release all")
	b.wantDownIn("anew", down100)
}

// 5.2.4: "The priority value zero (0) has special meaning, indicating that the current Active Router has stopped
// participating in VRRP": no machine advertises it while it stays.
func TestRFC9568_5_2_4_PriorityZeroIsOnlyForDeparture(t *testing.T) {
	b := newActive(t, stock(1))
	for range 20 {
		b.now = b.m.Deadline()
		for _, a := range b.m.Step(b.now, Tick{}) {
			if s, ok := a.(Send); ok && s.Priority == 0 {
				t.Fatal("an Active Router that stays sent priority 0")
			}
		}
	}
}
