package vrrp

import "time"

// minAnswerGap is the least time between two adverts that are answers: two routers that contradict each other must not
// fill the link.
const minAnswerGap = 10 * time.Millisecond

// sendFailures is how many adverts in a row may fail before the router gives up being Active. One that was never heard as
// Active gives up with the first.
const sendFailures = 3

// becomeActive takes over: RFC 9568 sections 6.4.1 and 6.4.2. The advert goes first, so that the others wait; then the
// addresses, then their announcement.
func (m *Machine) becomeActive(now time.Time, reason Reason) {
	m.downAt, m.preemptAt = time.Time{}, time.Time{}
	m.ready, m.leftover, m.excused = false, false, false
	m.interval = m.cfg.Interval
	m.failures, m.heardOf = 0, false
	m.reign.begin(now, m.ownDownInterval())
	m.advertise(now)
	m.claim(now)
	m.startAnnouncing(now, promotionOffsets)
	m.moveTo(Active, reason)
	m.rival = rival{at: m.rival.at} // whom we follow is past; that another was heard just now still matters to quick
}

// send sends one advert. Its outcome comes back as [Sent].
func (m *Machine) send(now time.Time, s Send) {
	if m.boxed == nil || s != m.sent {
		m.sent, m.boxed = s, s
	}
	m.sentAt = now
	m.do(m.boxed)
}

// advertise sends the advert that is due, and sets Adver_Timer.
func (m *Machine) advertise(now time.Time) {
	if m.dare.on() {
		m.send(now, Send{Priority: m.cfg.Priority, Interval: m.dare.quick})
		m.adverAt = now.Add(m.dare.pace)
		return
	}
	m.send(now, Send{Priority: m.cfg.Priority, Interval: m.cfg.Interval})
	m.adverAt = m.nextOnGrid(now)
	if m.dare.closing > 0 {
		m.dare.closing--
		m.adverAt = earliest(m.adverAt, now.Add(m.dare.quick.Duration()))
	}
}

// nextOnGrid returns the first instant after now that is whole intervals away from the grid's origin. The rate does not
// drift with the lateness of single adverts, and an advert that was missed is not made up for.
func (m *Machine) nextOnGrid(now time.Time) time.Time {
	step := m.cfg.Interval.Duration()
	if m.cfg.Grid.IsZero() {
		m.cfg.Grid = now
	}
	phase := now.Sub(m.cfg.Grid) % step
	if phase < 0 {
		phase += step
	}
	return now.Add(step - phase)
}

func (m *Machine) tickActive(now time.Time) {
	if due(m.dare.until, now) {
		m.dare.close()
		m.adverAt = now
	}
	if due(m.adverAt, now) {
		m.advertise(now)
	}
	if due(m.announce.at, now) {
		m.do(Announce{})
		m.announce.next(now, m.cfg.Refresh)
	}
}

// hearInActive is RFC 9568 section 6.4.3.
func (m *Machine) hearInActive(now time.Time, a Advert) {
	p, own := a.Packet.Priority, m.cfg.Priority
	switch {
	case p == 0:
		m.answer(now)
	case p > own:
		m.giveWay(now, a, ReasonHigherPriority)
	case p == own && m.follower:
		// The first member of the group compares addresses, for all. Until it has, nobody answers.
		m.note(a)
		m.announceAfterConflict(now)
	case p == own && m.source.Less(a.Source):
		m.giveWay(now, a, ReasonHigherAddress)
	default:
		m.note(a)
		m.answer(now)
		m.announceAfterConflict(now)
	}
}

// giveWay becomes Backup to the sender of a winning advert, and learns its interval.
func (m *Machine) giveWay(now time.Time, a Advert, reason Reason) {
	m.concede(now)
	m.reign.end(now, m.ownDownInterval())
	m.note(a)
	m.learn(a.Packet.Interval)
	m.becomeBackup(a.ReceivedAt, reason)
}

// concede sends a last advert, which loses. Without it, the winner of a split may never learn that there was one, and
// the neighbours that believed us would go on sending to us: on a losing advert an Active Router answers and, if it is
// aloft or keepalived, announces its addresses again.
func (m *Machine) concede(now time.Time) {
	m.send(now, Send{Priority: m.cfg.Priority, Interval: m.cfg.Interval})
}

// answer sends an advert at once, or as soon as minAnswerGap allows.
func (m *Machine) answer(now time.Time) {
	if next := m.sentAt.Add(minAnswerGap); now.Before(next) {
		m.adverAt = earliest(m.adverAt, next)
		return
	}
	m.advertise(now)
}

// noteSent takes the outcome of the last advert. The renewal of the lease hangs on it: a router that cannot be heard
// must not keep its addresses.
func (m *Machine) noteSent(now time.Time, ok bool) {
	if m.state != Active || m.bye != nil {
		return
	}
	if !ok {
		m.failures++
		if m.failures >= sendFailures || !m.heardOf {
			m.fail(now, FaultSend)
		}
		return
	}
	m.failures, m.heardOf = 0, true
	m.trouble.passed(FaultSend)
	if due(m.lease.renewAt, now) {
		m.renew(now)
	}
}

// stepBackIfLate makes an Active Router Backup that has not advertised for so long that another may have taken over, or
// whose lease has run out. It comes before anything is sent or put back: the first thing a node does that was asleep is
// to listen.
func (m *Machine) stepBackIfLate(now time.Time) {
	if m.state != Active {
		return
	}
	if m.bye != nil {
		if m.lease.over(now) {
			m.finish(now)
		}
		return
	}
	// Those who listen count by the interval that our last advert told them, which a new configuration may have changed.
	promised := max(m.sent.Interval, m.cfg.Interval).Duration()
	silent := now.Sub(m.sentAt) > time.Duration(m.cfg.DownAdverts)*promised
	switch {
	case !silent && !m.lease.over(now):
	case m.failures > 0:
		m.fail(now, FaultSend) // it was awake, and not heard
	case !silent && !m.lease.orderedAt.IsZero() && m.sentAt.After(m.lease.orderedAt):
		m.fail(now, FaultClaim) // it was awake, and the kernel did not answer
	default:
		m.becomeBackup(now, ReasonWokeLate)
	}
}
