package vrrp

import "time"

// challengeMargin is added to the time that a quick takeover needs.
const challengeMargin = 20 * time.Millisecond

// challenge is how an Active Router puts a lowered priority to the others. It stays Active unless it is outbid: one
// advert at the old priority teaches them a short interval, and those at the new priority that follow are discarded by
// a better Backup, which so takes over in milliseconds, and are believed by a worse one, which stays.
type challenge struct {
	until   time.Time // zero: none is under way
	quick   Centiseconds
	closing int // adverts that still follow the first one after the end
}

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
		m.dare.until = now.Add(m.quickTakeover(m.dare.quick))
		m.answer(now)
		return
	}
	quick, ok := m.quick(now)
	if !ok {
		m.answer(now)
		return
	}
	m.dare = challenge{until: now.Add(m.quickTakeover(quick)), quick: quick}
	m.send(now, Send{Priority: m.sent.Priority, Interval: quick})
	m.adverAt = now.Add(quick.Duration())
}

// quickTakeover is the longest time in which a better Backup takes over that has learned the quick interval: its
// Active_Down_Interval at the lowest priority, and a margin.
func (m *Machine) quickTakeover(quick Centiseconds) time.Duration {
	return ActiveDownInterval(0, quick, m.cfg.DownAdverts) + challengeMargin
}

// quick decides whether the others may be made quick, and how quick. Doing so deposes whoever believes us, so it must
// be certain that we are the Active they believe: our last advert left on time, and no other Active was heard.
func (m *Machine) quick(now time.Time) (Centiseconds, bool) {
	if m.failures > 0 || !m.onTime(m.sentAt.Add(m.cfg.Interval.Duration()), now) {
		return 0, false
	}
	if !m.rival.at.IsZero() && now.Sub(m.rival.at) <= ActiveDownInterval(m.cfg.Priority, m.cfg.Interval, m.cfg.DownAdverts) {
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
