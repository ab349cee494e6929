package vrrp

import (
	"testing"
	"time"
)

// A reload that changes nothing must not be seen.
func TestTheSameConfigurationIsNoNews(t *testing.T) {
	for _, c := range []struct {
		name string
		make func(*testing.T, Config) *bench
	}{
		{"Initialize", newBench},
		{"Backup", newBackup},
		{"Active", newActive},
		{"Active, settled", settled},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := c.make(t, pair(100))
			b.after(300 * time.Millisecond)
			deadline, next := b.m.Deadline(), b.m.adverAt
			b.want("the same", Reconfigured{Config: pair(100)})
			if got := b.m.Deadline(); !got.Equal(deadline) {
				t.Errorf("the deadline moved by %v", got.Sub(deadline))
			}
			if c.name == "Active, settled" {
				b.now = next
				b.do(Tick{})
				if got := b.m.adverAt.Sub(next); got != time.Second {
					t.Errorf("the advert after the next is %v after it, want 1s", got)
				}
			}
		})
	}
}

func TestANewIntervalOfABackup(t *testing.T) {
	cfg := stock(100)
	cfg.Interval = 200
	b := newBackup(t, stock(100))
	b.after(time.Second).want("nobody was heard: the timer is its own", Reconfigured{Config: cfg})
	b.wantDownIn("as if it had been so from the start", 2*down100-time.Second)

	b = newBackup(t, stock(100))
	b.do(from(highAddr, 200, 100))
	b.after(time.Second).want("an Active was heard: its interval counts", Reconfigured{Config: cfg})
	b.wantDownIn("as before", down100-time.Second)

	cfg.DownAdverts = 5
	b.want("more missed adverts", Reconfigured{Config: cfg})
	b.wantDownIn("two of its intervals more", down100+time.Second)

	cfg.Priority = 200
	b.want("another priority", Reconfigured{Config: cfg})
	b.wantDownIn("another skew", down100+time.Second-time.Second*100/256)
}

func TestANewIntervalBeforeStartup(t *testing.T) {
	cfg := stock(100)
	cfg.Interval = 200
	b := newBench(t, stock(100))
	b.do(Reconfigured{Config: cfg}, Startup{})
	b.wantDownIn("it starts with it", 2*down100)
}

func TestANewIntervalOfAnActive(t *testing.T) {
	b := settled(t, pair(100))
	b.m.announce = announcement{}
	cfg := pair(100)
	cfg.Interval = 10
	b.after(300*time.Millisecond).want("shorter", Reconfigured{Config: cfg})
	b.wantTimer("the next advert is within it", 100*time.Millisecond, "send 100 100ms")
	cfg.Interval, cfg.Lease = 1000, 33*time.Second
	b.want("longer, and so a longer lease", Reconfigured{Config: cfg})
	b.wantTimer("the next advert is within what was promised", 100*time.Millisecond, "send 100 10s")
	b.want("it brings the new lease", Sent{OK: true}, "renew 33s")
}

func TestALeaseTurnedOffAndOn(t *testing.T) {
	b := settled(t, pair(100))
	cfg := pair(100)
	cfg.Lease = 0
	b.want("off: the addresses are to stay for ever", Reconfigured{Config: cfg}, "claim")
	b.want("off: confirmed", Held{})
	cfg.Lease = 3 * time.Second
	b.want("on", Reconfigured{Config: cfg}, "claim 3s")
}

// The addresses that are up already keep their old lease, which may be near its end: the next advert renews it.
func TestNewAddressesDoNotPutOffTheRenewal(t *testing.T) {
	b := settled(t, pair(100))
	b.m.announce = announcement{}
	until := b.m.lease.until
	cfg := pair(100)
	cfg.Addresses = addrs("192.0.2.100", "192.0.2.101")
	b.after(900*time.Millisecond).want("one more", Reconfigured{Config: cfg}, "claim 3s", "announce")
	if !b.m.lease.until.Equal(until) {
		t.Errorf("the lease moved by %v without a renewal", b.m.lease.until.Sub(until))
	}
	b.m.announce = announcement{}
	b.wantTimer("the next advert", 100*time.Millisecond, "send 100 1s")
	b.want("renews it", Sent{OK: true}, "renew 3s")
}

func TestANewRefreshDoesNotCutABurstShort(t *testing.T) {
	b := newActive(t, stock(100))
	cfg := stock(100)
	cfg.Refresh = time.Minute
	b.want("in the middle of the burst", Reconfigured{Config: cfg})
	b.wantAnnouncements("it goes on, and the refresh follows", 100*time.Second, 100, 1100, 2200, 62200)
}

func TestNewAddressesOfAnActive(t *testing.T) {
	b := settled(t, pair(100))
	cfg := pair(100)
	cfg.Addresses = addrs("192.0.2.100", "192.0.2.101")
	b.want("one more", Reconfigured{Config: cfg}, "claim 3s", "announce")
	cfg.Addresses = addrs("192.0.2.101")
	b.want("one less", Reconfigured{Config: cfg}, "release 192.0.2.100", "claim 3s", "announce")
	cfg.Unadvertised = addrs("2001:db8::1")
	b.want("one that is not advertised", Reconfigured{Config: cfg}, "claim 3s", "announce")
	cfg.Addresses, cfg.Unadvertised = addrs("192.0.2.101", "192.0.2.102"), nil
	b.want("both", Reconfigured{Config: cfg}, "release 2001:db8::1", "claim 3s", "announce")
}

func TestNewAddressesOfABackup(t *testing.T) {
	b := newBackup(t, pair(100))
	cfg := pair(100)
	cfg.Addresses = addrs("192.0.2.200")
	b.want("they are not up", Reconfigured{Config: cfg})
}

func TestANewConfigurationDuringAFarewell(t *testing.T) {
	b := settled(t, pair(100))
	b.do(Leave{Reason: ReasonStop})
	cfg := pair(50)
	cfg.Addresses, cfg.Interval, cfg.Lease = addrs("192.0.2.200"), 10, 0
	b.want("nothing is started that is being ended", Reconfigured{Config: cfg})
	b.want("least of all a challenge", PriorityChanged{Priority: 20})
}

func TestPreemptModeMayBeSetAtRunTime(t *testing.T) {
	cfg := stock(100)
	cfg.Preempt = false
	b := newBackup(t, cfg)
	b.do(from(lowAddr, 50, 100))
	b.want("on", Reconfigured{Config: stock(100)})
	b.after(time.Second).do(from(lowAddr, 50, 100))
	b.wantDownIn("the next lower advert is discarded", down100-time.Second)
	b.want("off", Reconfigured{Config: cfg})
	b.want("and followed", from(lowAddr, 50, 100))
	b.wantDownIn("anew", down100)
}

// An interval that was learned as Backup, or configured before, is not what the next Backup of this router waits for.
func TestANewIntervalIsWhatAnActiveFallsBackTo(t *testing.T) {
	b := newActive(t, stock(100))
	cfg := stock(100)
	cfg.Interval = 1000
	b.do(Reconfigured{Config: cfg})
	b.now = b.m.adverAt
	b.do(Tick{}, Sent{OK: true})
	b.after(30*time.Second + 1).do(Tick{})
	b.wantDownIn("the new one", ActiveDownInterval(100, 1000, 3))
}

// An interval that was learned is nothing to version 2, and what it counts by is the one that it is given.
func TestABackupOfVersion2CountsByItsNewInterval(t *testing.T) {
	b := newBackup(t, pair(128))
	b.do(from(highAddr, 200, 1))
	b.do(Reconfigured{Config: of2(128, 400)})
	b.wantDownIn("as if it had been so from the last advert on", 12*time.Second+time.Second/2)
	b.after(time.Second).do(heard2(200, 400))
	b.wantDownIn("and from the next one", 12*time.Second+time.Second/2)
	b.do(Reconfigured{Config: of2(128, 100)})
	b.wantDownIn("a shorter one", 3*time.Second+time.Second/2)
	b.do(heard2(200, 100), heard2(0, 100), Reconfigured{Config: of2(128, 400)})
	b.wantDownIn("Skew_Time does not depend on it", time.Second/2)
}

// What makes others quick would be an interval of 0 in version 2.
func TestNobodyIsMadeQuickAfterAChangeToVersion2(t *testing.T) {
	for _, v := range []Version{Version2, Version2And3} {
		cfg := of2(99, 100)
		cfg.Version = v
		b := settled(t, pair(200))
		b.m.announce = announcement{}
		b.do(PriorityChanged{Priority: 99})
		b.after(20*time.Millisecond).want("a challenge ends, and the interval is said again", Reconfigured{Config: cfg}, "send 99 1s")
		b.wantTimer("twice more", 10*time.Millisecond, "send 99 1s")
		b.wantTimer("twice more", 10*time.Millisecond, "send 99 1s")

		b = settled(t, pair(200))
		b.m.announce = announcement{}
		b.want("a challenge that the change brings is one of version 2", Reconfigured{Config: cfg},
			"send 200 1s", "send 0 1s", "send 99 1s", "send 99 1s")

		b = settled(t, pair(200))
		b.do(Leave{Reason: ReasonStop})
		b.want("a farewell is plain", Reconfigured{Config: cfg})
		b.after(quickAfter).want("to its end", Tick{})
	}
}
