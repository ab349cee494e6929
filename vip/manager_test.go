package vip

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

const (
	vipA = "192.0.2.100/32"
	vipB = "192.0.2.101/32"
	vip6 = "2001:db8::100/128"
)

func TestClaimIsCarriedOutAnnouncedAndAnswered(t *testing.T) {
	managed(t, nil, func(_ *testing.T, b *bench) {
		b.configure("web", vipA, vip6)
		b.claim(7, vipA, vip6)
		b.m.Announce("web")
		b.wantKernel("claimed", "eth0 192.0.2.100/32 proto 112 valid 3s\neth0 2001:db8::100/128 proto 112 deprecated valid 3s\n")
		b.wantAnnounced("claimed", "192.0.2.100", "2001:db8::100")
		b.wantResults("claimed", "web#7 held until 2.95s")
	})
}

func TestReleaseIsSilent(t *testing.T) {
	managed(t, nil, func(_ *testing.T, b *bench) {
		b.configure("web", vipA, vipB)
		b.claim(1, vipA, vipB)
		b.m.Announce("web")
		b.forget()
		b.m.Set("web", Want{Generation: 2})
		b.m.Announce("web")
		b.wantKernel("released", "")
		b.wantResults("released")
		b.wantAnnounced("released")
	})
}

func TestReleaseNeedsNoConfiguration(t *testing.T) {
	managed(t, func(b *bench) { b.kernel.leftover(2, vip6, time.Minute) }, func(t *testing.T, b *bench) {
		b.m.Set("web", forever(want(vipA, vipB)))
		b.wantResults("claimed", "web#0 held")
		b.m.Set("web", forever(want(vipB)))
		b.wantResults("claimed less", "web#0 held")
		b.m.Set("web", Want{})
		b.wantKernel("what an earlier run left may be somebody's yet", "eth0 2001:db8::100/128 proto 112 deprecated valid 1m0s\n")
		if log := b.log.String(); log != "" {
			t.Errorf("a release that was ordered is logged: %s", log)
		}
	})
}

func TestSmallerWantLeavesTheRestAlone(t *testing.T) {
	managed(t, nil, func(_ *testing.T, b *bench) {
		b.configure("web", vipA, vipB)
		b.claim(1, vipA, vipB)
		b.forget()
		time.Sleep(time.Second)
		b.claim(2, vipB)
		b.wantOps("released one", "remove 192.0.2.100/32 dev 2")
		b.wantResults("released one", "web#2 held until 2.95s")
	})
}

func TestLatestWantWins(t *testing.T) {
	managed(t, func(b *bench) {
		b.configure("web", vipA)
		b.claim(1, vipA)
		b.m.Announce("web")
		b.m.Set("web", Want{Generation: 2})
	}, func(_ *testing.T, b *bench) {
		b.wantOps("claim and release at once")
		b.wantAnnounced("claim and release at once")
		b.wantResults("claim and release at once")
	})
}

func TestNewWantInterruptsAnOldOne(t *testing.T) {
	all := many(200)
	managed(t, func(b *bench) {
		b.configure("web", all...)
		b.claim(1, all...)
		b.kernel.onApply = func() {
			if len(b.kernel.sizes) == 1 {
				b.m.Set("web", Want{Generation: 2})
			}
		}
	}, func(t *testing.T, b *bench) {
		b.wantKernel("released in the middle", "")
		b.wantResults("a claim that was overtaken is not answered")
		if n := len(b.kernel.took()); n != 2*chunkSize {
			t.Errorf("%d operations, want one chunk up and down again", n)
		}
	})
}

func TestClaimsGoInChunksAndEachOwnerIsAnnouncedWithItsChunk(t *testing.T) {
	all := many(250)
	configured := make(map[Owner][]Address)
	for i, p := range all {
		configured[Owner(fmt.Sprint("r", i))] = addrs(p)
	}
	var announcedAfter []int
	managed(t, func(b *bench) {
		b.m.Configure(configured)
		for owner, as := range configured {
			b.m.Set(owner, Want{Addresses: as, Lease: 3 * time.Second})
			b.m.Announce(owner)
		}
		b.kernel.onApply = func() { announcedAfter = append(announcedAfter, b.announces) }
	}, func(t *testing.T, b *bench) {
		if want := []int{64, 64, 64, 58}; !slices.Equal(b.kernel.sizes, want) {
			t.Errorf("chunks of %v, want %v", b.kernel.sizes, want)
		}
		if want := []int{0, 1, 2, 3}; !slices.Equal(announcedAfter, want) {
			t.Errorf("announcements before each chunk: %v, want %v", announcedAfter, want)
		}
		if b.kernel.readings > 2 {
			t.Errorf("%d readings of the kernel for one bunch of orders", b.kernel.readings)
		}
		b.mu.Lock()
		got, n := sorted(b.announced), len(b.results)
		b.mu.Unlock()
		if !slices.Equal(got, sorted(bare(all))) || n != 250 {
			t.Errorf("announced %d, answered %d, want 250 each", len(got), n)
		}
		b.forget()
	})
}

func TestOldWantsForNothingAreForgotten(t *testing.T) {
	managed(t, nil, func(t *testing.T, b *bench) {
		b.configure("web", vipA)
		b.claim(1, vipA)
		b.m.Configure(map[Owner][]Address{})
		b.m.Set("web", Want{})
		b.wantKernel("router removed", "")
		if len(b.m.owners) != 0 || len(b.m.records) != 0 {
			t.Errorf("owners %v, records %v, want none", b.m.owners, b.m.records)
		}
		b.forget()
	})
}

func TestRenewalsArePacedAndAnsweredTogether(t *testing.T) {
	all := many(60)
	managed(t, nil, func(t *testing.T, b *bench) {
		b.configure("web", all...)
		b.claim(1, all...)
		time.Sleep(time.Second)
		b.forget()
		began := time.Now()
		b.m.Renew("web", 3*time.Second, 2)
		synctest.Wait()
		for _, want := range []int{20, 20, 20} {
			if got := len(b.kernel.took()); got != want {
				t.Errorf("%d renewals after %v, want %d", got, time.Since(began), want)
			}
			if want > 0 && time.Since(began) < 200*time.Millisecond {
				b.wantResults("not all are renewed")
			}
			time.Sleep(100*time.Millisecond + time.Microsecond)
			synctest.Wait()
		}
		b.wantResults("all are renewed: the first one's end counts", "web#2 held until 3.95s")
		time.Sleep(time.Second)
		b.wantOps("no renewal without an order")
	})
}

func TestNewWantEndsARenewal(t *testing.T) {
	all := many(60)
	managed(t, nil, func(_ *testing.T, b *bench) {
		b.configure("web", all...)
		b.claim(1, all...)
		time.Sleep(time.Second)
		b.m.Renew("web", 3*time.Second, 2)
		b.forget()
		b.claim(3, all[59]) // not renewed yet
		b.wantResults("released all but one", "web#3 held until 2.95s")
		b.forget()
		time.Sleep(time.Second)
		b.wantOps("no more renewals")
		b.wantResults("nor an answer to them")
	})
}

func TestOneRenewalIsImmediate(t *testing.T) {
	managed(t, nil, func(_ *testing.T, b *bench) {
		b.configure("web", vipA, vip6)
		b.claim(1, vipA, vip6)
		time.Sleep(time.Second)
		b.forget()
		b.m.Renew("web", 4*time.Second, 2)
		b.wantOps("renewed", "renew 192.0.2.100/32 dev 2 lease 4s", "renew 2001:db8::100/128 dev 2 lease 4s noprefixroute")
		b.wantResults("renewed", "web#2 held until 4.95s")
	})
}

func TestClaimsOvertakeRenewals(t *testing.T) {
	all := many(100)
	managed(t, nil, func(_ *testing.T, b *bench) {
		b.m.Configure(map[Owner][]Address{"web": addrs(all...), "db": addrs(vipA)})
		b.claim(1, all...)
		time.Sleep(time.Second)
		b.m.Renew("web", 3*time.Second, 2)
		b.forget()
		b.m.Set("db", want(vipA))
		b.m.Announce("db")
		b.wantOps("in the middle of renewals", "add 192.0.2.100/32 dev 2 lease 3s")
		b.wantAnnounced("in the middle of renewals", "192.0.2.100")
		b.wantResults("in the middle of renewals", "db#0 held until 3.95s")
		time.Sleep(time.Second)
		b.wantResults("renewals go on", "web#2 held until 3.95s")
	})
}

func TestRenewalAfterTheLeaseFails(t *testing.T) {
	managed(t, nil, func(_ *testing.T, b *bench) {
		b.configure("web", vipA)
		b.claim(1, vipA)
		time.Sleep(3 * time.Second)
		b.forget()
		b.m.Renew("web", 3*time.Second, 2)
		b.wantOps("it may be another's by now")
		b.wantResults("too late", "web#2 failed 192.0.2.100: its lease ended before it was renewed")
	})
}

// A claim that was ordered before the process was stopped must not be carried out when it goes on.
func TestStaleClaimIsNotCarriedOut(t *testing.T) {
	managed(t, func(b *bench) {
		b.configure("web", vipA)
		b.claim(1, vipA)
		b.m.Announce("web")
		time.Sleep(10 * time.Second)
	}, func(_ *testing.T, b *bench) {
		b.wantOps("stopped for 10 s")
		b.wantAnnounced("stopped for 10 s")
		b.wantResults("stopped for 10 s", "web#1 failed: the order waited for longer than its lease")
	})
}

func TestNegativeLeaseIsNone(t *testing.T) {
	managed(t, nil, func(_ *testing.T, b *bench) {
		b.configure("web", vipA)
		w := want(vipA)
		w.Lease = -time.Second
		b.m.Set("web", w)
		b.wantKernel("claimed", "eth0 192.0.2.100/32 proto 112\n")
		b.wantResults("claimed", "web#0 held")
		b.m.Renew("web", -time.Second, 1)
		b.wantKernel("renewed", "eth0 192.0.2.100/32 proto 112\n")
		b.wantResults("renewed", "web#1 held")
		b.stop()
		b.wantKernel("like any without a lease it does not outlive the daemon", "")
	})
}

func TestNudgesCoalesce(t *testing.T) {
	managed(t, nil, func(t *testing.T, b *bench) {
		before := b.kernel.readings
		for range 1000 {
			b.m.Nudge()
			time.Sleep(100 * time.Microsecond)
		}
		synctest.Wait()
		if n := b.kernel.readings - before; n > 11 {
			t.Errorf("%d readings for 1000 nudges in 100 ms", n)
		}
		time.Sleep(time.Second)
		if n := b.kernel.readings - before; n > 11 {
			t.Errorf("%d readings without another nudge", n)
		}
	})
}

func TestFlushWaitsForEverythingOrdered(t *testing.T) {
	all := many(60)
	managed(t, nil, func(t *testing.T, b *bench) {
		b.configure("web", all...)
		b.claim(1, all...)
		b.m.Renew("web", 3*time.Second, 2)
		began := time.Now()
		if err := b.m.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		if waited := time.Since(began); waited < 100*time.Millisecond || waited > time.Second {
			t.Errorf("waited %v, want until the last renewal", waited)
		}
		b.forget()
		if err := b.stop(); err != nil {
			t.Fatal(err)
		}
		if err := b.m.Flush(t.Context()); !errors.Is(err, ErrStopped) {
			t.Errorf("Flush after the end: %v, want %v", err, ErrStopped)
		}
	})
}

func TestFlushGivesUp(t *testing.T) {
	b := newBench(t, newFakeKernel(), "")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := b.m.Flush(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Flush without Run: %v", err)
	}
}
