package vrrp

import "time"

// challengeMargin is added to the time that a quick takeover needs.
const challengeMargin = 20 * time.Millisecond

// challenge is how an Active Router puts a lowered priority to the others. It stays Active unless it is outbid: one
// advert at the old priority teaches them a short interval, and those at the new priority that follow are discarded by
// a better Backup, which so takes over in milliseconds, and are believed by a worse one, which stays.
//
// Several others cannot be made so quick that three intervals are milliseconds: two of them would take over. They are told
// priority 0 between the two, so that they wait for Skew_Time alone. A better one discards what follows, and takes over
// when its Skew_Time has passed; a worse one believes what follows, long before that.
type challenge struct {
	until   time.Time // zero: none is under way
	quick   Centiseconds
	pace    time.Duration // from one advert to the next
	closing int           // adverts that still follow the first one after the end
}

// challengePace is how often several others are told the new priority. The least Skew_Time at the interval that they have
// learned is longer than a few of these, so that no single lost datagram makes a worse one take over.
const challengePace = 10 * time.Millisecond

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
	if !ok && m.cfg.Others > 1 && m.cfg.Gap > 0 && m.certain(now) {
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
	if m.cfg.Others == 1 {
		if m.dare.on() {
			m.answer(now)
		}
		m.dare.until = now.Add(ActiveDownInterval(0, quick, m.cfg.DownAdverts) + challengeMargin)
		return
	}
	m.do(Send{Priority: 0, Interval: quick})
	m.send(now, Send{Priority: m.cfg.Priority, Interval: quick})
	m.do(m.boxed) // twice: a worse one must not miss it
	m.dare.pace = max(challengePace, m.cfg.Quickest.Duration())
	m.adverAt = now.Add(m.dare.pace)
	m.dare.until = now.Add(SkewTime(0, quick) + challengeMargin)
}

// certain says that we are the Active that the others believe: our last advert left on time, and no other Active was
// heard. To hurry them deposes whom they believe.
func (m *Machine) certain(now time.Time) bool {
	if m.failures > 0 || !m.onTime(m.sentAt.Add(m.cfg.Interval.Duration()), now) {
		return false
	}
	return m.rival.at.IsZero() || now.Sub(m.rival.at) > ActiveDownInterval(m.cfg.Priority, m.cfg.Interval, m.cfg.DownAdverts)
}

// quick decides whether the others may be made quick, and how quick.
func (m *Machine) quick(now time.Time) (Centiseconds, bool) {
	if !m.certain(now) {
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
