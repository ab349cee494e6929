package engine

import (
	"testing"
	"time"

	"github.com/aloft-ha/aloft/internal/wire"
	"github.com/aloft-ha/aloft/vrrp"
)

// Another cluster's adverts, for hours, must not hide the first one that is wrong in another way.
func TestNoiseOfOneReasonDoesNotHideAnother(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		a := n.host("a", 1)
		a.start(quiet())
		noise := *datagram(func(_ *wire.Datagram, p *vrrp.Packet) { p.VRID = 99 })
		for range 1000 {
			a.push(noise)
			n.pass(10 * time.Second)
		}
		a.wantLog("less and less often", 11, "adverts dropped", "reason=vrid")
		a.push(*datagram(func(d *wire.Datagram, _ *vrrp.Packet) { d.HopLimit = 1 }))
		n.pass(time.Second)
		a.wantLog("at once", 1, "adverts dropped", "reason=ttl", "count=1")
	})
}

func TestLineComesLessOftenAndBeginsAnewAfterARest(t *testing.T) {
	var l line
	now := time.Unix(1000, 0)
	count := uint64(0)
	lines := func(every time.Duration, times int) (written int) {
		for range times {
			now = now.Add(every)
			count++
			if _, ok := l.write(now, count); ok {
				written++
			}
		}
		return written
	}
	wantEqual(t, "in the first hour, at 10, 30, 70 s and so on", lines(time.Second, 3600), 9)
	wantEqual(t, "and then once an hour", lines(time.Second, 4*3600), 4)
	now = now.Add(3 * time.Hour)
	wantEqual(t, "after a rest", lines(time.Second, 31), 3)
	if since, ok := l.write(now, count); ok || since != 0 {
		t.Errorf("%d to say, %t", since, ok)
	}
}
