package vip

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"
)

func TestUnreadableKernel(t *testing.T) {
	managed(t, nil, func(_ *testing.T, b *bench) {
		b.m.Configure(map[Owner][]Address{"web": addrs(vipA), "db": addrs(vipB)})
		b.claim(1, vipA)
		time.Sleep(time.Second)
		b.forget()
		b.kernel.change(func() { b.kernel.unread = errors.New("out of order") })
		b.m.Set("web", Want{Generation: 2})
		b.m.Set("db", want(vipB))
		b.wantResults("nothing can be held", "db#0 failed 192.0.2.101: the kernel's addresses cannot be read")
		b.kernel.change(func() { b.kernel.unread = nil })
		time.Sleep(retryDelay)
		b.wantOps("the release is carried out when it can be", "remove 192.0.2.100/32 dev 2")
	})
}

func TestUnreadableKernelIsPacedAndNamedOnce(t *testing.T) {
	managed(t, nil, func(t *testing.T, b *bench) {
		var before, after int
		b.kernel.change(func() { before, b.kernel.unread = b.kernel.readings, unix.ENOBUFS })
		for range 10000 {
			b.m.Nudge()
			time.Sleep(100 * time.Microsecond)
			synctest.Wait()
		}
		b.kernel.change(func() { after = b.kernel.readings })
		if n := after - before; n > 10 {
			t.Errorf("%d readings for 10000 nudges in a second, want two every %v", n, retryDelay)
		}
		if n := strings.Count(b.log.String(), "reading the kernel"); n != 1 {
			t.Errorf("named %d times, want once", n)
		}
		b.kernel.change(func() { b.kernel.unread = unix.ENOMEM })
		time.Sleep(retryDelay)
		synctest.Wait()
		if log := b.log.String(); strings.Count(log, "reading the kernel") != 2 {
			t.Errorf("another reason is not named: %s", log)
		}
		b.kernel.change(func() { b.kernel.unread = nil })
	})
}

// An answer that the kernel loses is no reason to give up an address whose lease has hardly begun.
func TestOneLostReadingIsNotNoticed(t *testing.T) {
	managed(t, nil, func(_ *testing.T, b *bench) {
		b.configure("web", vipA)
		b.claim(1, vipA)
		time.Sleep(time.Second)
		b.forget()
		b.kernel.change(func() { b.kernel.unread, b.kernel.unreadTimes = unix.ENOBUFS, 1 })
		b.m.Renew("web", 3*time.Second, 2)
		b.wantResults("read again at once", "web#2 held until 3.95s")
		b.forget()
	})
}

func TestRenewalWaitsForAKernelThatCannotBeRead(t *testing.T) {
	unreadable := func(b *bench) {
		b.configure("web", vipA)
		b.claim(1, vipA)
		time.Sleep(time.Second)
		b.forget()
		b.kernel.change(func() { b.kernel.unread = unix.ENOBUFS })
		b.m.Renew("web", 3*time.Second, 2)
		b.wantResults("most of the lease is left")
	}
	managed(t, nil, func(_ *testing.T, b *bench) {
		unreadable(b)
		b.kernel.change(func() { b.kernel.unread = nil })
		time.Sleep(retryDelay)
		b.wantResults("renewed when it can be", "web#2 held until 4.2s")
		b.forget()
	})
	managed(t, nil, func(t *testing.T, b *bench) {
		unreadable(b)
		var before, after int
		b.kernel.change(func() { before = b.kernel.readings })
		time.Sleep(1250 * time.Millisecond)
		b.wantResults("half a second is left")
		time.Sleep(retryDelay)
		b.wantResults("the lease is nearly over", "web#2 failed 192.0.2.100: the kernel's addresses cannot be read")
		b.kernel.change(func() { after, b.kernel.unread = b.kernel.readings, nil })
		if n := after - before; n > 12 {
			t.Errorf("%d readings in 1.5 s, want two every %v", n, retryDelay)
		}
		time.Sleep(retryDelay)
		b.wantOps("its end is not put off by that")
	})
}
