package vrrp

import "time"

// When announcements are repeated, counted from the first: a single lost frame must not leave a client with the wrong
// neighbour for long.
var (
	promotionOffsets = []time.Duration{0, 100 * time.Millisecond, 1100 * time.Millisecond, 2200 * time.Millisecond}
	conflictOffsets  = []time.Duration{0, 100 * time.Millisecond, 1100 * time.Millisecond}
)

// conflictPause is the least time between two bursts of announcements that answer losing adverts.
const conflictPause = time.Second

// announcement is the schedule of the repeated announcements.
type announcement struct {
	at      time.Time // the next one; zero: none
	began   time.Time // the first one of this burst
	offsets []time.Duration
}

// startAnnouncing announces now, and again later.
func (m *Machine) startAnnouncing(now time.Time, offsets []time.Duration) {
	m.do(Announce{})
	m.announce = announcement{began: now, offsets: offsets}
	m.announce.next(now, m.cfg.Refresh)
}

// announceAfterConflict announces the addresses again after a losing advert: whoever sent it may have announced them,
// and neighbours would keep believing it until their entries expire.
func (m *Machine) announceAfterConflict(now time.Time) {
	if now.Sub(m.announce.began) >= conflictPause {
		m.startAnnouncing(now, conflictOffsets)
	}
}

// next arms the first offset that is still to come, or else the periodic refresh.
func (a *announcement) next(now time.Time, refresh time.Duration) {
	for len(a.offsets) > 0 {
		at := a.began.Add(a.offsets[0])
		if at.After(now) {
			a.at = at
			return
		}
		a.offsets = a.offsets[1:]
	}
	a.rest(now, refresh)
}

// rest arms the periodic refresh alone.
func (a *announcement) rest(now time.Time, refresh time.Duration) {
	a.at = time.Time{}
	if refresh > 0 {
		a.at = now.Add(refresh)
	}
}

// idle says that no burst is under way.
func (a *announcement) idle() bool { return len(a.offsets) == 0 }
