package vrrp

import (
	"testing"
	"time"
)

// Skew_Time and Active_Down_Interval of priority 100 at an interval of 1 s.
const (
	skew100 = 609375 * time.Microsecond
	down100 = 3*time.Second + skew100
)

// 6.4.2: "If a Shutdown event is received, then: Cancel the Active_Down_Timer. Transition to the {Initialize} state".
func TestRFC9568_6_4_2_ShutdownOfABackupIsSilent(t *testing.T) {
	b := newBackup(t, stock(100))
	b.want("another serves", from(highAddr, 200, 100), "release all")
	b.after(time.Second).want("no advert leaves", Leave{Reason: ReasonStop},
		"Backup -> Initialize (stop)", "departed (stop)")
	b.wantNoTimer("Active_Down_Timer is cancelled")
	b.wantState("afterwards", Initialize)
}

// 6.4.2: "If the Active_Down_Timer fires, then: Send an ADVERTISEMENT ... For each IPv4 address ... broadcast a
// gratuitous ARP ... Set the Adver_Timer to Advertisement_Interval. Transition to the {Active} state".
func TestRFC9568_6_4_2_SilenceMakesABackupActive(t *testing.T) {
	b := newBackup(t, stock(100))
	b.wantTimer("Active_Down_Timer", down100,
		"send 100 1s", "claim", "announce", "Backup -> Active (silence)")
	b.wantTimer("the first repeated announcement", 100*time.Millisecond, "announce")
	b.wantTimer("Adver_Timer", 900*time.Millisecond, "send 100 1s")
}

// 6.4.2, as above: Adver_Timer is the own interval, whatever was learned as Backup.
func TestRFC9568_6_4_2_ANewActiveUsesItsOwnInterval(t *testing.T) {
	b := newBackup(t, stock(100))
	b.want("it learns 2 s", from(highAddr, 200, 200), "release all")
	b.wantTimer("after 3 * 2 s + Skew_Time at 2 s", 6*time.Second+2*skew100,
		"send 100 1s", "claim", "announce", "Backup -> Active (silence 192.0.2.3 200)")
	b.after(100 * time.Millisecond).do(Tick{})
	b.wantTimer("and not 2 s", 900*time.Millisecond, "send 100 1s")
}

// 6.4.2: "If the Priority in the ADVERTISEMENT is 0, then: Set the Active_Down_Timer to Skew_Time".
func TestRFC9568_6_4_2_PriorityZeroLeavesSkewTime(t *testing.T) {
	b := newBackup(t, stock(100))
	b.want("an Active", from(highAddr, 200, 100), "release all")
	b.after(500*time.Millisecond).want("departs", from(highAddr, 0, 100))
	b.wantTimer("Skew_Time", skew100,
		"send 100 1s", "claim", "announce", "Backup -> Active (departure 192.0.2.3 200)")
}

// 6.4.2, as above: Skew_Time is that of the interval that was learned; the advert of priority 0 teaches none.
func TestRFC9568_6_4_2_PriorityZeroTeachesNoInterval(t *testing.T) {
	b := newBackup(t, stock(100))
	b.want("an Active at 2 s", from(highAddr, 200, 200), "release all")
	b.want("departs in a packet that says 40.95 s", from(highAddr, 0, 4095))
	b.wantDownIn("Skew_Time at 2 s", 2*skew100)
}

// 6.4.2: "If Preempt_Mode is False, or if the Priority in the ADVERTISEMENT is greater than or equal to the local
// Priority, then: Set Active_Adver_Interval to Max Advertise Interval contained in the ADVERTISEMENT. Recompute the
// Skew_Time. Recompute the Active_Down_Interval. Set the Active_Down_Timer to Active_Down_Interval".
func TestRFC9568_6_4_2_ABackupFollowsAnAcceptedAdvert(t *testing.T) {
	for _, c := range []struct {
		name     string
		preempt  bool
		priority uint8
		interval Centiseconds
		down     time.Duration
	}{
		{"higher", true, 200, 100, down100},
		{"equal", true, 100, 100, down100},
		{"higher, at another interval", true, 101, 10, down100 / 10},
		{"the longest interval", true, 255, 4095, 3*40950*time.Millisecond + 40950*time.Millisecond*156/256},
		{"the shortest interval", true, 255, 1, down100 / 100},
		{"lower, Preempt_Mode False", false, 1, 100, down100},
		{"higher, Preempt_Mode False", false, 200, 100, down100},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := stock(100)
			cfg.Preempt = c.preempt
			b := newBackup(t, cfg)
			b.after(3*time.Second).want("accepted without a word", from(highAddr, c.priority, c.interval), "release all")
			b.wantDownIn("the timer begins anew", c.down)
			b.after(c.down/2).want("and", from(highAddr, c.priority, c.interval))
			b.wantDownIn("again", c.down)
		})
	}
}

// 6.4.2, as above. The addresses are not compared in Backup: of two that are equal the one that serves goes on.
func TestRFC9568_6_4_2_ABackupDoesNotCompareAddresses(t *testing.T) {
	b := newBackup(t, stock(100))
	b.after(3*time.Second).want("equal, from a lesser address", from(lowAddr, 100, 100), "release all")
	b.wantDownIn("it is followed", down100)
}

// 6.4.2: "else // Preempt_Mode was True, and priority was less: Discard the ADVERTISEMENT".
func TestRFC9568_6_4_2_ABackupDiscardsALowerAdvert(t *testing.T) {
	b := newBackup(t, stock(100))
	b.want("what an earlier run left goes: somebody serves", from(lowAddr, 99, 50), "release all")
	for range 3 {
		b.after(time.Second).want("discarded", from(lowAddr, 99, 50))
	}
	b.wantTimer("Active_Down_Timer ran on, at the own interval", skew100,
		"send 100 1s", "claim", "announce", "Backup -> Active (preempt 192.0.2.1 99)")
}

// 6.1: "Preempt_Mode ... True ... The router that owns the IPvX address always preempts, independent of the setting of
// this flag".
func TestRFC9568_6_1_TheOwnerPreemptsWhateverPreemptModeSays(t *testing.T) {
	cfg := stock(255)
	cfg.Preempt = false
	b := newBench(t, cfg)
	b.do(Startup{})
	b.want("another owner, greater by address, wins", from(highAddr, 255, 100),
		"send 255 1s", "release all", "Active -> Backup (higher-address 192.0.2.3 255)")
	for range 3 {
		b.after(time.Second).want("one that is none is discarded", from(lowAddr, 254, 100))
	}
	b.wantTimer("the owner takes over", time.Second/256,
		"send 255 1s", "claim", "announce", "Backup -> Active (preempt 192.0.2.1 254)")
}

// 6.1: "Skew_Time ... (((256 - Priority) * Active_Adver_Interval) / 256)": the better Backup is the faster.
func TestRFC9568_6_1_TheBetterBackupIsFaster(t *testing.T) {
	for p := uint8(1); p < 254; p++ {
		worse, better := newBackup(t, stock(p)), newBackup(t, stock(p+1))
		ahead := worse.m.Deadline().Sub(better.m.Deadline())
		if ahead != time.Second/256 {
			t.Errorf("priority %d is %v ahead of %d, want 1/256 of the interval", p+1, ahead, p)
		}
	}
}
