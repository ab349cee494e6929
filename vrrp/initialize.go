package vrrp

import "time"

// shyFor is how long a router that could not be heard, could not hold its addresses or could not start its services leaves
// a healthy Active alone, counted from when it may try again. Only a takeover shows whether it can now, and one that fails
// costs the others their service.
const shyFor = 5 * time.Minute

// backoffOf is the first back-off after a fault that the machine found itself, and the longest: each is twice the one
// before. To start a service is heavier than to put up an address.
func backoffOf(f Fault) (first, last time.Duration) {
	if f == FaultService {
		return 5 * time.Second, 5 * time.Minute
	}
	return time.Second, 30 * time.Second
}

// trouble is a fault that the machine found itself: the kernel refused an address or an advert, or a service did not
// start. It passes by itself, after a back-off.
type trouble struct {
	fault   Fault         // the last one
	retryAt time.Time     // when it is over; zero: it is
	shyTill time.Time     // until when nobody is preempted
	backoff time.Duration // of the next one
}

// passed forgets the trouble for good: what was refused has been accepted again.
func (t *trouble) passed(f Fault) {
	if t.fault == f {
		*t = trouble{}
	}
}

// Fault returns why the router cannot serve, or FaultNone.
func (m *Machine) Fault() Fault {
	if f := m.ownFault(); f != FaultNone {
		return f
	}
	if m.outvoted {
		return FaultGroup
	}
	return FaultNone
}

// ownFault is the fault of this member, whatever the others of its group have.
func (m *Machine) ownFault() Fault {
	switch {
	case m.fault != FaultNone:
		return m.fault
	case !m.trouble.retryAt.IsZero():
		return m.trouble.fault
	}
	return FaultNone
}

// startup is RFC 9568 section 6.4.1, delayed by StartupDelay the first time.
func (m *Machine) startup(now time.Time) {
	if m.started {
		return
	}
	m.started = true
	if m.cfg.StartupDelay > 0 {
		m.startAt = now.Add(m.cfg.StartupDelay)
		return
	}
	m.startIfAble(now)
}

// startIfAble leaves Initialize unless something forbids it. A back-off may have ended meanwhile, during a farewell.
func (m *Machine) startIfAble(now time.Time) {
	if m.state == Initialize && due(m.trouble.retryAt, now) {
		m.trouble.retryAt = time.Time{}
	}
	if m.state != Initialize || !m.started || !m.startAt.IsZero() || m.absent != ReasonNone || m.Fault() != FaultNone {
		return
	}
	m.interval = m.cfg.Interval
	if m.cfg.Priority == 255 && !m.grouped {
		m.becomeActive(now, ReasonStartup)
		return
	}
	m.becomeBackup(now, ReasonStartup)
	if m.cfg.Priority == 255 {
		m.downAt = now
		m.tickBackup(now)
	}
}

func (m *Machine) tickInitialize(now time.Time) {
	if due(m.startAt, now) {
		m.startAt = time.Time{}
	}
	m.startIfAble(now)
}

// becomeInitialize stops everything. It takes the addresses down, whatever their number: after it nothing is held.
func (m *Machine) becomeInitialize(reason Reason) {
	if m.state == Active || m.leftover {
		m.do(Release{})
	}
	m.leftover = false
	m.bye, m.dare, m.announce, m.lease = nil, challenge{}, announcement{}, lease{}
	m.downAt, m.preemptAt, m.adverAt = time.Time{}, time.Time{}, time.Time{}
	m.ready, m.excused = false, false
	if m.state != Initialize {
		m.moveTo(Initialize, reason)
	}
	m.rival = rival{}
}

// changeFault takes the fault that the caller sees.
func (m *Machine) changeFault(now time.Time, f Fault) {
	if f == m.fault {
		return
	}
	m.fault = f
	if f.Deaf() && m.trouble.fault != FaultService {
		// What the kernel refused a moment ago, it refused because of this.
		m.trouble = trouble{}
	}
	m.actOnFault(now)
}

// setOutvoted takes the fault of another member.
func (m *Machine) setOutvoted(now time.Time, on bool) {
	if on == m.outvoted {
		return
	}
	m.outvoted = on
	m.actOnFault(now)
}

// actOnFault leaves, or starts again, as the faults now stand.
func (m *Machine) actOnFault(now time.Time) {
	f := m.Fault()
	switch {
	case f == FaultNone:
		m.startIfAble(now)
	case m.state == Backup:
		m.becomeInitialize(ReasonFault)
	case m.state == Active && f.Deaf():
		m.quit(now, f)
	case m.state == Active && m.bye == nil:
		m.sayFarewell(now, ReasonFault)
	}
}

// suffer notes a fault that the machine found itself, and for how long.
func (m *Machine) suffer(now time.Time, f Fault) {
	first, last := backoffOf(f)
	backoff := min(max(m.trouble.backoff, first), last)
	retryAt := now.Add(backoff)
	m.trouble = trouble{fault: f, retryAt: retryAt, shyTill: retryAt.Add(shyFor), backoff: min(2*backoff, last)}
}

// fail is a refusal of the kernel. What is advertised must be held and what is held must be advertised, so an Active
// Router that cannot do either says priority 0 and lets go at once.
func (m *Machine) fail(now time.Time, f Fault) {
	m.suffer(now, f)
	if m.state == Active {
		m.quit(now, f)
	}
}

// noteServed takes the outcome of starting the services. Where they do not run the addresses still answer, so they are
// kept until a successor has them. What comes when the router is Active no more was asked for by an earlier reign.
func (m *Machine) noteServed(now time.Time, ok bool) {
	switch {
	case m.state != Active || m.bye != nil:
	case ok:
		m.trouble.passed(FaultService)
	default:
		m.suffer(now, FaultService)
		m.actOnFault(now)
	}
}

// quit leaves Active without a farewell: the successor takes over after its skew if it can hear us, and else when it
// misses us.
func (m *Machine) quit(now time.Time, f Fault) {
	if m.bye != nil {
		m.finish(now)
		return
	}
	if !f.Deaf() {
		m.do(Send{Priority: 0, Interval: m.cfg.Interval})
	}
	m.becomeInitialize(ReasonFault)
}
