package vip

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"
)

func TestAddressThatEndsWithItsLeaseIsNotPutBack(t *testing.T) {
	managed(t, nil, func(_ *testing.T, b *bench) {
		b.configure("web", vipA, vip6)
		b.claim(1, vipA, vip6)
		b.forget()
		for range 60 {
			time.Sleep(100 * time.Millisecond)
			b.m.Nudge()
			synctest.Wait()
		}
		b.wantOps("nobody renewed it")
		b.wantResults("nobody renewed it")
		b.wantKernel("nobody renewed it", "")
	})
}

func TestRemovedAddressIsPutBackAndAnnounced(t *testing.T) {
	managed(t, nil, func(_ *testing.T, b *bench) {
		b.configure("web", vipA, vipB)
		b.claim(1, vipA, vipB)
		time.Sleep(500 * time.Millisecond)
		b.forget()
		b.kernel.del(2, vipA)
		b.m.Nudge()
		b.wantOps("put back for the rest of its lease", "add 192.0.2.100/32 dev 2 lease 2s restore")
		b.wantAnnounced("put back", "192.0.2.100")
		b.wantResults("put back", "web#1 restored 192.0.2.100")
		b.m.Renew("web", 3*time.Second, 2)
		b.wantResults("renewed", "web#2 held until 3.45s")
	})
}

// The kernel cannot be given less than a second, but that is no reason to believe in it.
func TestPuttingBackDoesNotProlongTheLease(t *testing.T) {
	managed(t, nil, func(_ *testing.T, b *bench) {
		b.configure("web", vipA)
		b.claim(1, vipA)
		time.Sleep(2500 * time.Millisecond)
		b.forget()
		b.kernel.del(2, vipA)
		b.m.Nudge()
		b.wantOps("inside the lease", "add 192.0.2.100/32 dev 2 lease 1s restore")
		time.Sleep(450 * time.Millisecond)
		b.forget()
		b.kernel.del(2, vipA)
		b.m.Nudge()
		b.wantOps("after the lease")
		b.wantResults("after the lease")
	})
}

func TestRenewalFindsARemovedAddress(t *testing.T) {
	managed(t, nil, func(_ *testing.T, b *bench) {
		b.configure("web", vipA)
		b.claim(1, vipA)
		time.Sleep(time.Second)
		b.forget()
		b.kernel.del(2, vipA)
		b.m.Renew("web", 3*time.Second, 2)
		b.wantOps("renewed", "add 192.0.2.100/32 dev 2 lease 2s restore", "renew 192.0.2.100/32 dev 2 lease 3s")
		b.wantAnnounced("put back", "192.0.2.100")
		b.wantResults("renewed", "web#2 restored 192.0.2.100", "web#2 held until 3.95s")
	})
}

func TestRemoverInALoopIsAnsweredWithBackoff(t *testing.T) {
	managed(t, nil, func(t *testing.T, b *bench) {
		b.configure("web", vipA)
		w := forever(want(vipA))
		b.m.Set("web", w)
		b.forget()
		var backAfter []time.Duration
		for range 6 {
			b.kernel.del(2, vipA)
			gone := time.Now()
			for b.kernel.String() == "" {
				b.m.Nudge()
				time.Sleep(nudgeGap)
				synctest.Wait()
			}
			backAfter = append(backAfter, time.Since(gone).Truncate(nudgeGap))
		}
		want := []time.Duration{10, 10, 10, 50, 100, 200}
		for i := range want {
			want[i] *= time.Millisecond
			if diff := backAfter[i] - want[i]; diff < -nudgeGap || diff > nudgeGap {
				t.Errorf("back after %v, want %v", backAfter, want)
				break
			}
		}
		b.mu.Lock()
		named := strings.Count(strings.Join(b.results, "\n"), "backoff")
		b.mu.Unlock()
		if named != 1 {
			t.Errorf("the remover was named %d times, want once", named)
		}
		b.forget()
		b.kernel.del(2, vipA)
		time.Sleep(nudgeGap)
		b.m.Nudge()
		b.wantResults("nothing is called held that is not there", "web#0 failed 192.0.2.100: somebody removes it again and again")
		time.Sleep(restoreForgiven)
		b.m.Nudge()
		b.wantOps("nor is it put back before the next want")
		b.m.Set("web", w)
		b.wantOps("the next want", "add 192.0.2.100/32 dev 2")
		b.forget()
		time.Sleep(restoreForgiven)
		b.forget()
		b.kernel.del(2, vipA)
		b.m.Nudge()
		b.wantResults("all is forgiven after a while", "web#0 restored 192.0.2.100")
		b.forget()
	})
}

// Without a lease nothing but the daemon takes the addresses away, so they do not outlive it, wanted or not.
func TestTheEndTakesAddressesWithoutALease(t *testing.T) {
	managed(t, nil, func(_ *testing.T, b *bench) {
		b.configure("web", vipA)
		b.m.Set("web", forever(want(vipA)))
		b.wantResults("held", "web#0 held")
		b.stop()
		if got := b.kernel.String(); got != "" {
			b.t.Errorf("left behind: %s", got)
		}
	})
}

// A renewal that comes during the back-off waits for its end. If the lease ends first it fails, so that the router yields
// while its last advert is fresh and with the true reason.
func TestRenewalDuringBackoff(t *testing.T) {
	beaten := func(b *bench, strikes int) {
		b.configure("web", vipA)
		b.claim(1, vipA)
		synctest.Wait()
		rec := b.m.records[key("192.0.2.100")]
		rec.strikes, rec.restoredAt = strikes, time.Now()
		b.m.records[key("192.0.2.100")] = rec
		b.kernel.del(2, vipA)
		b.forget()
		time.Sleep(readingAge)
		b.m.Renew("web", 3*time.Second, 2)
	}
	managed(t, nil, func(_ *testing.T, b *bench) {
		beaten(b, 5)
		b.wantResults("waiting", "web#2 backoff 192.0.2.100")
		b.wantOps("waiting")
		time.Sleep(restoreDelay << 2)
		b.wantResults("back", "web#2 restored 192.0.2.100", "web#2 held until 3.15s")
		b.wantOps("back", "add 192.0.2.100/32 dev 2 lease 2s restore", "renew 192.0.2.100/32 dev 2 lease 3s")
		b.forget()
	})
	managed(t, nil, func(_ *testing.T, b *bench) {
		beaten(b, 100)
		b.wantResults("hopeless", "web#2 backoff 192.0.2.100", "web#2 failed 192.0.2.100: somebody removes it again and again")
		ctx, cancel := context.WithTimeout(b.t.Context(), time.Second)
		defer cancel()
		if err := b.m.Flush(ctx); err != nil {
			b.t.Errorf("Flush waits for the end of the back-off: %v", err)
		}
		time.Sleep(6 * time.Second)
		b.wantResults("no news")
		b.wantOps("never put back")
	})
}

// An owner that was told that it does not hold its addresses is not renewed any more, not the rest of them either, and is
// not told again.
func TestNothingIsRenewedAfterAFailure(t *testing.T) {
	claimed := func(b *bench) {
		b.configure("web", vipA, vipB)
		b.claim(1, vipA, vipB)
		synctest.Wait()
	}
	renewed := func(b *bench, want ...string) {
		b.kernel.del(2, vipA)
		b.forget()
		time.Sleep(readingAge)
		b.m.Renew("web", 3*time.Second, 2)
		b.wantResults("renewed", want...)
		b.wantOps("renewed")
	}
	managed(t, nil, func(_ *testing.T, b *bench) {
		claimed(b)
		rec := b.m.records[key("192.0.2.100")]
		rec.strikes, rec.restoredAt, rec.named = 100, time.Now(), true
		b.m.records[key("192.0.2.100")] = rec
		renewed(b, "web#2 failed 192.0.2.100: somebody removes it again and again")
	})
	managed(t, nil, func(_ *testing.T, b *bench) {
		claimed(b)
		time.Sleep(2960 * time.Millisecond) // the kernel still has them
		renewed(b, "web#2 failed 192.0.2.100: its lease ended before it was renewed")
	})
}

func TestForeignAddressIsReportedAndLeftAlone(t *testing.T) {
	managed(t, func(b *bench) { b.kernel.host(2, "192.0.2.100/24") }, func(_ *testing.T, b *bench) {
		b.configure("web", vipA, vipB)
		b.wantResults("nobody asked")
		b.m.Set("web", keep(want(vipA, vipB)))
		b.wantResults("in the configuration", "web#0 foreign 192.0.2.100")
		b.m.Nudge()
		b.wantResults("no news")
		b.claim(1, vipA, vipB)
		b.m.Announce("web")
		b.wantResults("a claim is answered", "web#1 foreign 192.0.2.100")
		b.m.Set("web", Want{Generation: 2})
		b.wantResults("a release is not")
		b.wantOps("nothing is done about it")
		b.wantAnnounced("nor announced")
		b.kernel.del(2, "192.0.2.100/24")
		b.m.Nudge()
		time.Sleep(nudgeGap)
		b.wantResults("gone", "web#2 clear 192.0.2.100")
		b.claim(3, vipA)
		b.wantResults("and claimed", "web#3 held until 2.96s")
		b.forget()
	})
}

func TestForeignAddressThatWentAfterTheReading(t *testing.T) {
	managed(t, func(b *bench) { b.kernel.host(2, vipA) }, func(_ *testing.T, b *bench) {
		b.configure("web", vipA)
		b.claim(1, vipA)
		b.wantResults("there", "web#1 foreign 192.0.2.100")
		b.kernel.del(2, vipA)
		b.claim(2, vipA)
		b.wantResults("no claim is refused for an old reading", "web#2 clear 192.0.2.100", "web#2 held until 2.95s")
	})
}

func TestForeignAddressThatAppearsAfterTheReading(t *testing.T) {
	managed(t, nil, func(_ *testing.T, b *bench) {
		b.configure("web", vipA, vipB)
		b.claim(1, vipA)
		b.forget()
		b.kernel.host(2, vipB)
		b.claim(2, vipA, vipB)
		b.wantResults("met as EEXIST", "web#2 foreign 192.0.2.101")
		b.wantKernel("untouched", "eth0 192.0.2.100/32 proto 112 valid 3s\neth0 192.0.2.101/32\n")
	})
}

func TestAddressReplacedBySomebodyElseIsForeign(t *testing.T) {
	managed(t, func(b *bench) { b.kernel.host(3, "198.51.100.1/24"); b.kernel.addrs[0].Proto = 3 }, func(_ *testing.T, b *bench) {
		b.configure("web", vipA)
		b.claim(1, vipA)
		b.forget()
		b.kernel.del(2, vipA)
		b.kernel.host(2, vipA)
		b.m.Nudge()
		time.Sleep(nudgeGap)
		b.wantResults("replaced", "web#1 foreign 192.0.2.100")
		b.m.Set("web", Want{Generation: 2})
		b.wantOps("and stays")
	})
}

func TestRefusedAddressFailsTheClaim(t *testing.T) {
	managed(t, func(b *bench) { b.kernel.refuse["add 2001"] = unix.EACCES }, func(_ *testing.T, b *bench) {
		b.configure("web", vipA, vip6)
		b.claim(1, vipA, vip6)
		b.m.Announce("web")
		b.wantResults("refused", "web#1 failed 2001:db8::100: adding 2001:db8::100/128 to eth0: permission denied")
		b.wantAnnounced("what is held may be announced", "192.0.2.100")
		b.forget()
		b.m.Nudge()
		time.Sleep(time.Second)
		b.wantOps("not tried again without an order")
		b.kernel.change(func() { b.kernel.refuse = nil })
		b.claim(2, vipA, vip6)
		b.wantOps("tried again", "add 2001:db8::100/128 dev 2 lease 3s noprefixroute")
		b.wantResults("tried again", "web#2 held until 2.95s")
	})
}

func TestRefusedRenewalFails(t *testing.T) {
	managed(t, nil, func(_ *testing.T, b *bench) {
		b.configure("web", vipA)
		b.claim(1, vipA)
		b.forget()
		b.kernel.change(func() { b.kernel.refuse["renew"] = unix.ENOBUFS })
		b.m.Renew("web", 3*time.Second, 2)
		b.wantResults("refused", "web#2 failed 192.0.2.100: renewing 192.0.2.100/32 on eth0: no buffer space available")
		b.forget()
		time.Sleep(time.Second)
		b.wantOps("not tried again without an order")
	})
}

func TestLinkIsGone(t *testing.T) {
	managed(t, nil, func(_ *testing.T, b *bench) {
		b.configure("web", vipA)
		b.claim(1, vipA)
		b.forget()
		b.kernel.change(func() { delete(b.kernel.links, 2) })
		b.m.Set("web", Want{Generation: 2})
		b.wantResults("removing what is gone is success")
		b.claim(3, vipA)
		b.wantResults("adding is not", "web#3 failed 192.0.2.100: adding 192.0.2.100/32 to interface 2: no such device")
		b.kernel.change(func() { b.kernel.addrs = nil })
	})
}
