package vrrp

import (
	"testing"
	"time"
)

func TestALeaseIsRenewedAfterAnAdvertThatWasSent(t *testing.T) {
	b := newBackup(t, pair(100))
	b.wantTimer("claimed", down100, "send 100 1s", "claim 3s", "announce", "Backup -> Active (silence)")
	b.want("a third of it has not passed", Sent{OK: true})
	b.want("confirmed", Held{Until: b.now.Add(3 * time.Second)})
	b.wantTimer("the repeated announcement", 100*time.Millisecond, "announce")
	b.wantTimer("due, but no advert has been sent yet", 900*time.Millisecond, "send 100 1s")
	b.want("now one has", Sent{OK: true}, "renew 3s")
	b.want("once", Sent{OK: true})
}

func TestALeaseIsNotRenewedWhileAdvertsFail(t *testing.T) {
	b := settled(t, pair(100))
	b.m.announce = announcement{}
	for range 2 {
		b.wantTimer("Adver_Timer", time.Second, "send 100 1s")
		b.want("the kernel refused it: no renewal", Sent{OK: false})
	}
	b.after(500*time.Millisecond).want("nor on other occasions", Held{Until: b.now.Add(time.Second)})
	b.want("the next is sent: it is renewed", Sent{OK: true}, "renew 3s")
}

// A kernel, or an address manager, that does not answer is a fault: else the router would take the addresses from a healthy
// Active again and again, and hold them never.
func TestALeaseThatIsNeverConfirmedIsAFault(t *testing.T) {
	b := settled(t, pair(100))
	b.m.announce = announcement{}
	for range 2 {
		b.wantTimer("renewals are ordered, and none is confirmed", time.Second, "send 100 1s")
		b.want("ordered", Sent{OK: true}, "renew 3s")
	}
	b.wantTimer("nothing is advertised that is not held", time.Second,
		"send 0 1s", "release all", "Active -> Initialize (fault claim-failed)")
	b.wantTimer("it tries again", time.Second, "Initialize -> Backup (startup)")
	b.after(time.Second).want("a healthy Active is left alone", from(lowAddr, 50, 100))
	b.wantDownIn("the timer begins anew", down100)
}

// It was asleep, but not for three intervals: whatever the manager answered may wait in its mailbox.
func TestALeaseThatRanOutInASleepIsNoFault(t *testing.T) {
	b := settled(t, pair(100))
	b.m.announce = announcement{}
	b.wantTimer("a renewal is due", time.Second, "send 100 1s")
	b.want("ordered", Sent{OK: true}, "renew 3s")
	b.m.lease.until = b.now.Add(2 * time.Second)
	b.after(2*time.Second).want("asleep since", Tick{}, "release all", "Active -> Backup (woke-late)")
	b.wantDownIn("a whole Active_Down_Interval", down100)
}

func TestALeaseThatIsTurnedOffInAFarewellIsRenewedOnceMore(t *testing.T) {
	b := settled(t, pair(100))
	b.do(FaultChanged{Fault: FaultTracker})
	cfg := pair(100)
	cfg.Lease = 0
	b.do(Reconfigured{Config: cfg})
	b.now = b.m.lease.renewAt
	b.want("for ever", Tick{}, "renew")
	b.wantTimer("and then nothing, until it gives up", b.m.bye.giveUpAt.Sub(b.now),
		"release all", "Active -> Initialize (fault tracker)", "departed (fault)")
}

// A new configuration can shorten the lease: the machine must not believe in it for longer than the kernel.
func TestALeaseEndsWhenTheKernelSays(t *testing.T) {
	b := settled(t, pair(100))
	until := b.m.lease.until.Add(-time.Second)
	b.want("a shorter lease is confirmed", Held{Until: until})
	if !b.m.lease.until.Equal(until) {
		t.Errorf("the lease ends %v after the kernel's", b.m.lease.until.Sub(until))
	}
}

func TestWithoutALeaseNothingIsRenewed(t *testing.T) {
	cfg := pair(100)
	cfg.Lease = 0
	b := newActive(t, cfg)
	b.want("for ever", Held{})
	for range 30 {
		b.now = b.m.Deadline()
		for _, a := range b.m.Step(b.now, Tick{}) {
			if _, ok := a.(Announce); !ok && describe(a) != "send 100 1s" {
				t.Errorf("%s", describe(a))
			}
		}
		b.want("no renewal", Sent{OK: true})
	}
}

func TestARefusedClaimEndsBeingActive(t *testing.T) {
	b := newActive(t, pair(100))
	b.want("the others take over", ClaimFailed{},
		"send 0 1s", "release all", "Active -> Initialize (fault claim-failed)")
	b.want("a report that comes late is nothing", ClaimFailed{})
	b.want("nor is a confirmation", Held{Until: b.now.Add(time.Second)})
	b.wantTimer("it tries again", time.Second, "Initialize -> Backup (startup)")
}

func TestTheBackOffGrowsUntilItIsCured(t *testing.T) {
	for _, c := range []struct {
		name        string
		fail, cured Event
	}{
		{"claims", ClaimFailed{}, Held{}},
		{"sends", Sent{OK: false}, Sent{OK: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBackup(t, stock(100))
			retry := func() time.Duration {
				b.now = b.m.downAt
				b.do(Tick{})
				if c.name == "claims" {
					b.do(Sent{OK: true}) // what was not the trouble does not cure it
				} else {
					b.do(Held{})
				}
				for range sendFailures {
					b.do(c.fail)
				}
				backoff := b.m.Deadline().Sub(b.now)
				b.now = b.m.Deadline()
				b.want("again", Tick{}, "Initialize -> Backup (startup)")
				return backoff
			}
			for _, want := range []time.Duration{1, 2, 4, 8, 16, 30, 30} {
				if got := retry(); got != want*time.Second {
					t.Errorf("back-off %v, want %v", got, want*time.Second)
				}
			}
			b.now = b.m.downAt
			b.do(Tick{}, c.cured)
			for range sendFailures {
				b.do(c.fail)
			}
			if got := b.m.Deadline().Sub(b.now); got != time.Second {
				t.Errorf("back-off %v after a cure, want 1s", got)
			}
		})
	}
}

func TestSendsMayFailTwice(t *testing.T) {
	cfg := stock(100)
	b := newActive(t, cfg)
	b.m.announce = announcement{}
	b.want("the promotion was heard", Sent{OK: true})
	for range 5 {
		b.want("first", Sent{OK: false})
		b.after(time.Second).do(Tick{})
		b.want("second", Sent{OK: false})
		b.after(time.Second).do(Tick{})
		b.want("one that was sent makes up for them", Sent{OK: true})
	}
	b.do(Sent{OK: false}, Sent{OK: false})
	b.want("the third in a row: nobody heard it, so it says nothing", Sent{OK: false},
		"release all", "Active -> Initialize (fault send-failed)")
}

// A node with a firewall that refuses its adverts would steal the addresses again and again: it hears a healthy Active of
// lower priority, and cannot be heard itself.
func TestOneThatCannotBeHeardGivesUpAtOnceAndIsShy(t *testing.T) {
	b := newActive(t, stock(100))
	b.want("never heard as Active", Sent{OK: false}, "release all", "Active -> Initialize (fault send-failed)")
	b.wantTimer("it tries again", time.Second, "Initialize -> Backup (startup)")
	failed := b.now
	for b.now.Sub(failed) < shyFor-time.Second {
		b.after(time.Second).want("a healthy Active is left alone", from(lowAddr, 50, 100))
		b.wantDownIn("the timer begins anew", down100)
	}
	b.after(2*time.Second).want("until it may try once more", from(lowAddr, 50, 100))
	if at := b.m.Deadline(); at.Sub(b.now) >= down100 {
		t.Errorf("it still waits %v", at.Sub(b.now))
	}
}

func TestLateAfterFailuresIsAFaultOfSending(t *testing.T) {
	b := newActive(t, stock(100))
	b.do(Sent{OK: true}, Sent{OK: false})
	b.after(3*time.Second+1).want("silent for too long, and the last advert failed", Tick{},
		"release all", "Active -> Initialize (fault send-failed)")
}
