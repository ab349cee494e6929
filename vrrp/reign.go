package vrrp

import "time"

// mostShortReigns is how many short reigns in a row are no reason to hesitate: two nodes that start at once, or one that
// takes over and fails at once, make one or two.
const mostShortReigns = 3

// reign is how long this router has been Active, and how often in a row it was deposed before that had been long.
//
// Whoever may send adverts on the link, a broken peer or a stranger, can depose an Active Router with one of them and
// call it back with the next: priority 255 and then 0, at an interval of a centisecond, as fast as it can send. Each
// turn costs an advert, address orders, announcements on the link, log lines and the user's commands. So after some such
// turns the router waits for a whole Active_Down_Interval at its own interval, which nobody else sets.
type reign struct {
	began, ended time.Time // the last promotion, and the last time that another deposed us
	short        int       // how many in a row were too short
}

// begin notes a promotion. down is Active_Down_Interval at the own interval. After a rest of twice that, what was is past.
func (r *reign) begin(now time.Time, down time.Duration) {
	if now.Sub(r.ended) >= 2*down {
		r.short = 0
	}
	r.began = now
}

// end notes that another deposed this router.
func (r *reign) end(now time.Time, down time.Duration) {
	r.ended = now
	if now.Sub(r.began) >= down {
		r.short = 0
	} else {
		r.short = min(r.short+1, mostShortReigns)
	}
}

// calmTill is when the router may take over again.
func (r *reign) calmTill(down time.Duration) time.Time {
	if r.short < mostShortReigns {
		return time.Time{}
	}
	return r.ended.Add(down)
}

// ownDownInterval is Active_Down_Interval at the own interval, whatever was learned from another.
func (m *Machine) ownDownInterval() time.Duration {
	return m.cfg.Version.ActiveDownInterval(m.cfg.Priority, m.cfg.Interval, m.cfg.DownAdverts)
}
