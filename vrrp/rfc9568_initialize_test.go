package vrrp

import (
	"testing"
	"time"
)

// The tests named TestRFC9568_... take RFC 9568 sentence by sentence: the section is in the name and the sentence above.
// docs/rfc9568.md lists them.

// 6.4.1: "The purpose of this state is to wait for a Startup event".
func TestRFC9568_6_4_1_InitializeWaitsForStartup(t *testing.T) {
	b := newBench(t, stock(100))
	b.want("a departure is none of its business", from(highAddr, 0, 100))
	b.want("nor is an advert, but that another serves", from(highAddr, 200, 100), "release all")
	b.want("nor the next", from(highAddr, 200, 100))
	b.want("nor a priority", PriorityChanged{Priority: 120})
	b.wantNoTimer("nothing is waited for but Startup")
	b.wantState("until then", Initialize)
}

// 6.4.1: "If the Priority = 255, i.e., the router owns the IPvX address associated with the Virtual Router, then: Send
// an ADVERTISEMENT ... broadcast a gratuitous ARP ... Set the Adver_Timer to Advertisement_Interval. Transition to the
// {Active} state".
func TestRFC9568_6_4_1_OwnerBecomesActiveAtStartup(t *testing.T) {
	b := newBench(t, stock(255))
	b.want("advert, addresses, announcement, in this order", Startup{},
		"send 255 1s", "claim", "announce", "Initialize -> Active (startup)")
	b.wantState("at once", Active)
	b.wantTimer("it announces again", 100*time.Millisecond, "announce")
	b.wantTimer("Adver_Timer", 900*time.Millisecond, "send 255 1s")
}

// 6.4.1: "else: Set Active_Adver_Interval to Advertisement_Interval. Set the Active_Down_Timer to Active_Down_Interval.
// Transition to the {Backup} state".
func TestRFC9568_6_4_1_OthersBecomeBackupAtStartup(t *testing.T) {
	for _, c := range []struct {
		priority uint8
		interval Centiseconds
		down     time.Duration
	}{
		{254, 100, 3*time.Second + time.Second*2/256},
		{100, 100, 3609375 * time.Microsecond},
		{1, 100, 3*time.Second + time.Second*255/256},
		{100, 1, 36093750 * time.Nanosecond},
		{1, 4095, 3*40950*time.Millisecond + 40950*time.Millisecond*255/256},
	} {
		cfg := stock(c.priority)
		cfg.Interval = c.interval
		b := newBench(t, cfg)
		b.want("no advert, no address", Startup{}, "Initialize -> Backup (startup)")
		b.wantDownIn("3 * Advertisement_Interval + Skew_Time", c.down)
	}
}

func TestRFC9568_6_4_1_StartupInAnotherStateIsNothing(t *testing.T) {
	b := newBackup(t, stock(100))
	b.after(time.Second).want("as Backup", Startup{})
	b.wantDownIn("the timer runs on", 2609375*time.Microsecond)

	b = newActive(t, stock(100))
	b.want("as Active", Startup{})
	b.wantState("still", Active)
}
