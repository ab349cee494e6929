package vrrp

import "time"

// becomeBackup waits for the Active to fall silent, for a whole Active_Down_Interval.
func (m *Machine) becomeBackup(now time.Time, reason Reason) {
	if m.state == Active {
		m.do(Release{})
	}
	m.bye, m.dare, m.announce, m.lease = nil, challenge{}, announcement{}, lease{}
	m.adverAt, m.preemptAt = time.Time{}, time.Time{}
	m.ready = false
	m.moveTo(Backup, reason)
	m.waitForSilence(now)
}

// waitForSilence sets Active_Down_Timer to Active_Down_Interval.
func (m *Machine) waitForSilence(from time.Time) {
	m.downAt = from.Add(m.cfg.Version.ActiveDownInterval(m.cfg.Priority, m.interval, m.cfg.DownAdverts))
	m.downCause = ReasonSilence
	m.ready = false
}

// hearInBackup is RFC 9568 section 6.4.2. Addresses are not compared here.
func (m *Machine) hearInBackup(a Advert) {
	p := a.Packet.Priority
	if p == 0 {
		if a.Source == m.rival.source {
			m.rival.at = time.Time{} // nobody else is Active now; what it was before is forgotten with its successor
		}
		if !m.ready {
			m.downAt = a.ReceivedAt.Add(m.cfg.Version.SkewTime(m.cfg.Priority, m.interval))
			m.downCause = ReasonDeparture
		}
		return
	}
	m.note(a)
	m.excused = false
	if p < m.cfg.Priority && m.preempts(a) {
		m.downCause = ReasonPreempt
		return // discarded: the timer runs on
	}
	if p >= m.cfg.Priority {
		m.preemptAt = time.Time{}
	}
	m.learn(a.Packet.Interval)
	m.waitForSilence(a.ReceivedAt)
}

// learn sets Active_Adver_Interval to what an Active Router advertises. Version 2 knows but its own: RFC 3768 section 6.1.
func (m *Machine) learn(interval Centiseconds) {
	if m.cfg.Version != Version2 {
		m.interval = interval
	}
}

// follows says that the advert that was just heard is of an Active that is left alone: a Backup began its timer anew.
func (m *Machine) follows(a Advert) bool {
	return m.state == Backup && a.Packet.Priority > 0 && m.downCause == ReasonSilence && !m.ready
}

// preempts decides whether an Active of a lower priority is to be replaced.
func (m *Machine) preempts(a Advert) bool {
	if m.cfg.Priority == 255 {
		return true // the owner always does, RFC 9568 section 6.1
	}
	if a.ReceivedAt.Before(m.trouble.shyTill) {
		return false
	}
	if a.Packet.Priority < m.rival.highest {
		// Preempt_Mode False, and a delay, hold back a node that returns to a healthy Active. An Active that has
		// lowered its own priority since it took over is asking to be replaced.
		return true
	}
	if !m.cfg.Preempt || m.cfg.PreemptDelay == 0 {
		return m.cfg.Preempt
	}
	if m.preemptAt.IsZero() {
		m.preemptAt = a.ReceivedAt.Add(m.cfg.PreemptDelay)
	}
	return !a.ReceivedAt.Before(m.preemptAt)
}

// tickBackup is the end of Active_Down_Timer.
func (m *Machine) tickBackup(now time.Time) {
	if !due(m.downAt, now) {
		return
	}
	if calm := m.reign.calmTill(m.ownDownInterval()); now.Before(calm) {
		m.downAt = calm // what is heard until then sets the timer anew, as ever
		return
	}
	if !m.excused && m.wokeLateInBackup(now) {
		m.waitForSilence(now)
		m.excused = true // once in a silence: a node that is always late must still take over
		return
	}
	if m.grouped {
		m.ready, m.downAt = true, time.Time{}
		return
	}
	m.becomeActive(now, m.downCause)
}

// wokeLateInBackup says that this node was itself asleep when the timer ended, for a whole interval or more, so that the
// silence may be its own: what was sent meanwhile may have been lost with a full socket or a paused machine.
func (m *Machine) wokeLateInBackup(now time.Time) bool {
	usual := max(m.interval, m.cfg.Interval) // an interval made quick for a moment says nothing about this node
	return now.Sub(m.downAt) > usual.Duration()
}
