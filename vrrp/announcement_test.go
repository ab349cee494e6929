package vrrp

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// announcements returns when, counted from now, the bench announces by itself within d.
func (b *bench) announcements(d time.Duration) (at []time.Duration) {
	start, end := b.now, b.now.Add(d)
	for b.now = b.m.Deadline(); !b.now.After(end); b.now = b.m.Deadline() {
		for _, a := range b.m.Step(b.now, Tick{}) {
			if a == (Announce{}) {
				at = append(at, b.now.Sub(start))
			}
		}
	}
	b.now = end
	return at
}

func (b *bench) wantAnnouncements(why string, within time.Duration, want ...time.Duration) {
	b.t.Helper()
	got := b.announcements(within)
	if len(got) != len(want) {
		b.t.Fatalf("%s: announced after %v, want %v", why, got, want)
	}
	for i := range got {
		if got[i] != want[i]*time.Millisecond {
			b.t.Errorf("%s: announced after %v, want %v ms", why, got, want)
		}
	}
}

func TestAnnouncementsAfterPromotion(t *testing.T) {
	b := newActive(t, stock(100))
	b.wantAnnouncements("the first came with the promotion", time.Minute, 100, 1100, 2200)
}

func TestAnnouncementsAreRefreshed(t *testing.T) {
	cfg := stock(100)
	cfg.Refresh = 30 * time.Second
	b := newActive(t, cfg)
	b.wantAnnouncements("the first refresh counts from the last of the burst", 100*time.Second, 100, 1100, 2200, 32200, 62200, 92200)

	cfg.Refresh = 0
	b.want("it can be turned off", Reconfigured{Config: cfg})
	b.wantAnnouncements("so it is", 100*time.Second)
	cfg.Refresh = time.Second
	b.want("and on", Reconfigured{Config: cfg})
	b.wantAnnouncements("so it is", 2500*time.Millisecond, 1000, 2000)
}

func TestAnnouncementsAfterALosingAdvert(t *testing.T) {
	b := newActive(t, stock(100))
	b.after(500*time.Millisecond).want("within a second of the last burst: answered only", from(lowAddr, 50, 100), "send 100 1s")
	b.after(500*time.Millisecond).want("a second later", from(lowAddr, 50, 100), "send 100 1s", "announce")
	b.after(time.Millisecond).want("at most one burst a second", from(lowAddr, 50, 100))
	b.wantAnnouncements("counted from the first", 10*time.Second, 99, 1099)
}

// A late timer does not announce twice at once to make up for what it missed.
func TestMissedAnnouncementsAreNotMadeUpFor(t *testing.T) {
	b := newActive(t, stock(100))
	b.after(1500*time.Millisecond).want("two are due: one is made", Tick{}, "send 100 1s", "announce")
	b.wantAnnouncements("the third follows in its time", 10*time.Second, 700)
}

func TestAdvertsStandOnTheGrid(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		interval := Centiseconds(rapid.Uint16Range(1, 4095).Draw(rt, "interval"))
		offset := time.Duration(rapid.Int64Range(-1e12, 1e12).Draw(rt, "grid"))
		cfg := stock(100)
		cfg.Interval, cfg.Grid = interval, epoch.Add(offset)
		m := NewMachine(cfg)
		now := epoch.Add(time.Duration(rapid.Int64Range(-1e12, 1e12).Draw(rt, "now")))
		at := m.nextOnGrid(now)
		if wait := at.Sub(now); wait <= 0 || wait > interval.Duration() {
			rt.Errorf("the next advert is in %v, want within %v", wait, interval)
		}
		if at.Sub(m.cfg.Grid)%interval.Duration() != 0 {
			rt.Errorf("the next advert is off the grid by %v", at.Sub(m.cfg.Grid)%interval.Duration())
		}
	})
}

func TestTheRateDoesNotDrift(t *testing.T) {
	b := newActive(t, stock(100))
	for i := range 100 {
		b.now = b.m.adverAt.Add(time.Duration(i) * time.Millisecond) // each wake is later than the one before
		b.do(Tick{})
	}
	if off := b.m.adverAt.Sub(b.m.cfg.Grid) % time.Second; off != 0 {
		t.Errorf("after 100 late adverts the next one is off by %v", off)
	}
}

func TestAnswersAreTenMillisecondsApart(t *testing.T) {
	b := newActive(t, stock(100))
	b.m.announce = announcement{began: b.now}
	b.after(500*time.Millisecond).want("the first at once", from(lowAddr, 50, 100), "send 100 1s")
	for range 9 {
		b.after(time.Millisecond).want("more do not get one each", from(lowAddr, 50, 100))
	}
	b.wantTimer("one for all of them", time.Millisecond, "send 100 1s")
	b.m.announce = announcement{}
	b.wantTimer("then the grid goes on", 490*time.Millisecond, "send 100 1s")
}

func TestAnAnswerThatWaitsDoesNotDelayAnAdvert(t *testing.T) {
	b := newActive(t, stock(100))
	b.m.announce = announcement{began: b.now}
	b.after(995*time.Millisecond).want("answered", from(lowAddr, 50, 100), "send 100 1s")
	b.after(time.Millisecond).want("another, within 10 ms", from(lowAddr, 50, 100))
	b.m.announce = announcement{}
	b.wantTimer("the advert on the grid is sooner than the answer would be", 4*time.Millisecond, "send 100 1s")
}
