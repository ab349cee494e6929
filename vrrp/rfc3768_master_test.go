package vrrp

import (
	"testing"
	"time"
)

// unleased2 is a configuration for version 2 of addresses that stay for ever.
func unleased2(priority uint8, interval Centiseconds) Config {
	cfg := of2(priority, interval)
	cfg.Lease = 0
	return cfg
}

// 6.4.1: the owner is Master at once, anybody else waits; (3 * Advertisement_Interval) + Skew_Time, 6.1.
func TestRFC3768_6_4_1_Startup(t *testing.T) {
	b := newBench(t, unleased2(255, 400))
	b.want("the owner", Startup{}, "send 255 4s", "claim", "announce", "Initialize -> Active (startup)")
	b = newBench(t, of2(128, 400))
	b.want("another", Startup{}, "Initialize -> Backup (startup)")
	b.wantDownIn("3 adverts of 4 s and half a second", 12*time.Second+time.Second/2)
}

// 6.4.2: "If Preempt_Mode is False, or if the Priority in the ADVERTISEMENT is greater than or equal to local Priority ...
// Reset the Master_Down_Timer ... else ... Discard the ADVERTISEMENT".
func TestRFC3768_6_4_2_ABackupFollowsOrDiscards(t *testing.T) {
	for _, c := range []struct {
		name     string
		preempt  bool
		priority uint8
		followed bool
	}{
		{"higher", true, 200, true},
		{"equal", true, 128, true},
		{"lower", true, 127, false},
		{"lower, Preempt_Mode False", false, 127, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := of2(128, 400)
			cfg.Preempt = c.preempt
			b := newBackup(t, cfg)
			const down = 12*time.Second + time.Second/2
			want := down
			if !c.followed {
				want -= time.Second
			}
			b.after(time.Second).do(heard2(c.priority, 400))
			b.wantDownIn("Master_Down_Timer", want)
		})
	}
}

// 6.4.2: "If a Shutdown event is received, then: Cancel the Master_Down_Timer. Transition to the {Initialize} state".
func TestRFC3768_6_4_2_ShutdownOfABackupIsSilent(t *testing.T) {
	b := newBackup(t, of2(128, 400))
	b.want("another serves", heard2(200, 400), "release all")
	b.want("no advert leaves", Leave{Reason: ReasonStop}, "Backup -> Initialize (stop)", "departed (stop)")
	b.wantNoTimer("Master_Down_Timer is cancelled")
}

// 6.4.3: Adver_Timer; an advert of priority 0 is answered; a higher one, or an equal one from a greater address, wins, and
// any other is discarded.
func TestRFC3768_6_4_3_AMaster(t *testing.T) {
	b := newActive(t, unleased2(128, 400))
	b.m.announce = announcement{}
	b.wantTimer("Adver_Timer", 4*time.Second, "send 128 4s")
	b.after(time.Second).want("priority 0 is answered", heard2(0, 400), "send 128 4s")
	b.do(heard2(127, 400), heard2(128, 400))
	b.wantState("a lower one, and an equal one from a lesser address", Active)
	greater := heard2(128, 400)
	greater.Source = highAddr
	b.do(greater)
	b.wantState("an equal one from a greater address", Backup)
	b.wantDownIn("Master_Down_Timer", 12*time.Second+time.Second/2)
}
