package vrrp

import "time"

// challengeMargin is added to the time that a quick takeover needs.
const challengeMargin = 20 * time.Millisecond

// challenge is how an Active Router puts a lowered priority to the others. It stays Active unless it is outbid: one
// advert at the old priority teaches them a short interval, and those at the new priority that follow are discarded by
// a better Backup, which so takes over in milliseconds, and are believed by a worse one, which stays.
//
// Several others cannot be made so quick that three intervals are milliseconds: two of them would take over. Nor can those
// who speak version 2, which teaches no interval. They are told priority 0 between the two, so that they wait for Skew_Time
// alone. A better one discards what follows, and takes over when its Skew_Time has passed; a worse one believes what
// follows, long before that.
type challenge struct {
	until   time.Time // zero: none is under way
	quick   Centiseconds
	pace    time.Duration // from one advert to the next
	closing int           // adverts that still follow the first one after the end
}

// Those who wait for Skew_Time are told the new priority this often: so many times in the longest Skew_Time at the interval
// that they have learned, and no more often than every 10 ms. A worse one of them waits for several of these, so that no
// single lost datagram makes it take over.
const (
	challengePace  = 10 * time.Millisecond
	challengeTimes = 13
)

func (c *challenge) on() bool { return !c.until.IsZero() }

// close ends the challenge. Those who stayed Backup have to learn the usual interval again before the quick one runs out
// on them, so the advert that says so is sent three times: one lost datagram must not make them take over.
func (c *challenge) close() { c.until, c.closing = time.Time{}, 2 }

// put tells the others of the changed priority: by a challenge if it was lowered and they can be made quick, else by an
// advert at once.
func (m *Machine) put(now time.Time, lowered bool) {
	if !lowered {
		if m.dare.on() {
			m.dare.close()
		}
		m.answer(now)
		return
	}
	if m.dare.on() { // they are quick already
		m.press(now)
		return
	}
	quick, ok := m.quick(now)
	if !ok && m.waitable() && m.certain(now) {
		quick, ok = m.cfg.Interval, true // Skew_Time at the usual interval is short enough
	}
	if !ok {
		m.answer(now)
		return
	}
	m.dare = challenge{quick: quick, pace: quick.Duration()}
	m.send(now, Send{Priority: m.sent.Priority, Interval: quick})
	m.adverAt = now.Add(quick.Duration())
	m.press(now)
}

// press puts the new priority to others who are quick, for as long as a better Backup may need: its Active_Down_Interval
// at the lowest priority, or where there are several its Skew_Time, and a margin.
func (m *Machine) press(now time.Time) {
	quick := m.dare.quick
	if !m.waitable() {
		if m.dare.on() {
			m.answer(now)
		}
		m.dare.until = now.Add(m.cfg.Version.ActiveDownInterval(0, quick, m.cfg.DownAdverts) + challengeMargin)
		return
	}
	m.do(Send{Priority: 0, Interval: quick})
	m.send(now, Send{Priority: m.cfg.Priority, Interval: quick})
	m.do(m.boxed) // twice: a worse one must not miss it
	m.dare.pace = max(challengePace, m.cfg.Quickest.Duration(), quick.Duration()/challengeTimes)
	m.adverAt = now.Add(m.dare.pace)
	m.dare.until = now.Add(m.cfg.Version.SkewTime(0, quick) + challengeMargin)
}

// waitable says that the others are to wait for Skew_Time alone: where several of them have an order that it keeps, and
// where one cannot be made quick, for version 2 teaches no interval.
func (m *Machine) waitable() bool {
	return m.cfg.Others > 1 && m.cfg.Gap > 0 || m.cfg.Others == 1 && m.cfg.Version != Version3
}

// certain says that we are the Active that the others believe: our last advert left on time, and no other Active was
// heard. To hurry them deposes whom they believe.
func (m *Machine) certain(now time.Time) bool {
	if m.failures > 0 || !m.onTime(m.sentAt.Add(m.cfg.Interval.Duration()), now) {
		return false
	}
	return m.rival.at.IsZero() || now.Sub(m.rival.at) > m.cfg.Version.ActiveDownInterval(m.cfg.Priority, m.cfg.Interval, m.cfg.DownAdverts)
}

// quick decides whether the others may be made quick, and how quick. Version 2 has nothing to say it with, and a router of
// both does not try: the others are one after the other about to speak version 3 alone.
func (m *Machine) quick(now time.Time) (Centiseconds, bool) {
	if m.cfg.Version != Version3 || !m.certain(now) {
		return 0, false
	}
	quick, ok := QuickInterval(m.cfg.Interval, m.cfg.Others, m.cfg.Gap)
	quick = max(quick, m.cfg.Quickest)
	return quick, ok && quick < m.cfg.Interval
}

// onTime says that now is not much later than at: nobody can have taken over because we were late.
func (m *Machine) onTime(at, now time.Time) bool {
	return now.Sub(at) <= m.cfg.Interval.Duration()/8
}
