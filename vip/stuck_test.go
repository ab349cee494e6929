package vip

import (
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestRemovalIsTriedUntilItIsDone(t *testing.T) {
	managed(t, nil, func(_ *testing.T, b *bench) {
		b.configure("web", vipA)
		b.m.Set("web", forever(want(vipA)))
		b.forget()
		b.kernel.change(func() { b.kernel.refuse["remove"] = unix.EPERM })
		b.m.Set("web", Want{Generation: 2})
		b.wantResults("refused", "web#2 failed 192.0.2.100: removing 192.0.2.100/32 from eth0: operation not permitted")
		b.wantOps("once", "remove 192.0.2.100/32 dev 2")
		time.Sleep(retryDelay)
		b.wantOps("again", "remove 192.0.2.100/32 dev 2")
		b.forget()
		b.kernel.change(func() { b.kernel.refuse = nil })
		time.Sleep(retryDelay)
		b.wantKernel("in the end", "")
		b.forget()
		time.Sleep(10 * time.Second)
		b.wantOps("done")
	})
}

func TestRemovalThatIsRefusedForLongIsTriedLessAndNamedOnce(t *testing.T) {
	managed(t, nil, func(t *testing.T, b *bench) {
		b.m.Configure(map[Owner][]Address{"web": addrs(vipA), "db": addrs(vipB)})
		b.m.Set("web", forever(want(vipA)))
		b.forget()
		b.kernel.change(func() { b.kernel.refuse["remove"] = unix.EPERM })
		b.m.Set("web", Want{Generation: 2})
		time.Sleep(time.Minute)
		b.wantResults("for a minute", "web#2 failed 192.0.2.100: removing 192.0.2.100/32 from eth0: operation not permitted")
		if n := strings.Count(b.log.String(), "could not be removed"); n != 1 {
			t.Errorf("named %d times, want once: %s", n, b.log.String())
		}
		if n := len(b.kernel.took()); n < 8 || n > 15 {
			t.Errorf("tried %d times in a minute", n)
		}
		b.m.Set("db", forever(want(vipB)))
		b.wantResults("others are served", "db#0 held")
		b.forget()

		b.kernel.change(func() { b.kernel.refuse["remove"] = unix.EACCES })
		time.Sleep(maxRetryDelay)
		b.wantResults("another reason is news", "web#2 failed 192.0.2.100: removing 192.0.2.100/32 from eth0: permission denied")
		b.forget()
		b.kernel.change(func() { clear(b.kernel.refuse) })
		time.Sleep(maxRetryDelay)
		b.wantKernel("in the end", "eth0 192.0.2.101/32 proto 112\n")
		b.forget()
		if len(b.m.stuck) != 0 {
			t.Errorf("still stuck: %v", b.m.stuck)
		}
	})
}

// Somebody else may remove it first.
func TestRemovalThatIsNotNeededAnyMoreIsForgotten(t *testing.T) {
	managed(t, nil, func(t *testing.T, b *bench) {
		b.configure("web", vipA)
		b.claim(1, vipA)
		b.forget()
		b.kernel.change(func() { b.kernel.refuse["remove"] = unix.EPERM })
		b.m.Set("web", Want{Generation: 2})
		b.forget()
		b.kernel.del(2, vipA)
		time.Sleep(time.Minute)
		b.wantOps("gone")
		var before, after int
		b.kernel.change(func() { before = b.kernel.readings })
		time.Sleep(time.Minute)
		b.kernel.change(func() { after = b.kernel.readings })
		if n := after - before; n != 0 || len(b.m.stuck) != 0 {
			t.Errorf("%d more readings, stuck: %v", n, b.m.stuck)
		}
	})
}
