package vrrp

import (
	"fmt"
	"net/netip"
	"slices"
	"time"
)

// Machine is the state machine of one virtual router on one node: RFC 9568 section 6.4, and beyond it the farewell, the
// challenge, leases, and stepping back after waking late. [Machine.Step] is the only way its state changes.
//
// A Machine is not safe for concurrent use: one goroutine owns it. It is made by [NewMachine].
type Machine struct {
	cfg    Config
	source netip.Addr // our primary address, the tie-breaker between equals; invalid: none
	state  State

	started  bool      // Startup came
	startAt  time.Time // the end of StartupDelay
	fault    Fault     // what the caller said
	trouble  trouble   // what we found ourselves
	outvoted bool      // another member of the group is in fault
	absent   Reason    // we left on purpose, and stay away until Resume
	leftover bool      // addresses of an earlier run may still be up
	grouped  bool      // a Group decides when we become Active
	follower bool      // not the first of its group: it leaves ties to the first

	// Backup.
	interval  Centiseconds // Active_Adver_Interval: our own until an advert teaches another
	downAt    time.Time    // Active_Down_Timer
	downCause Reason       // why it would end
	ready     bool         // it has ended, and the group has not promoted us yet
	excused   bool         // it began anew in this silence, because we woke late
	preemptAt time.Time    // until then a lower Active is suffered (PreemptDelay); zero: none heard
	rival     rival        // the other router last heard

	// Active.
	adverAt  time.Time    // Adver_Timer
	sentAt   time.Time    // the last advert
	sent     Send         // its contents
	boxed    Action       // the same as an action: an advert that repeats does not allocate
	failures int          // how many adverts up to the last one the kernel refused
	heardOf  bool         // one has left since the promotion
	announce announcement // the repeated announcements
	lease    lease        // how long the kernel lets us keep the addresses
	dare     challenge    // set while a lowered priority is put to the others
	bye      *farewell    // set while we depart
	reign    reign        // how long we have been Active, and what a Backup remembers of that

	out []Action
}

// rival is what is known of the other router of this VRID that was last heard.
type rival struct {
	source   netip.Addr
	priority uint8
	interval Centiseconds
	highest  uint8     // the highest priority it advertised since it was first heard
	at       time.Time // when it was last heard with a priority above 0
}

// NewMachine returns a machine in Initialize. It does nothing before [Startup]. It panics if the configuration is not
// valid, and so does a later [Reconfigured]: to ask first is [Config.Validate].
func NewMachine(cfg Config) *Machine {
	cfg.must()
	return &Machine{cfg: cfg, interval: cfg.Interval, leftover: true}
}

// Step tells the machine that ev happened, and returns what has to be done, in order. The slice is valid until the next
// Step. now must not go back; if it does, nothing worse happens than a timer that ends later.
func (m *Machine) Step(now time.Time, ev Event) []Action {
	m.out = m.out[:0]
	m.stepBackIfLate(now)
	switch ev := ev.(type) {
	case Startup:
		m.startup(now)
	case Tick:
		m.tick(now)
	case Advert:
		m.hear(now, ev)
	case Sent:
		m.noteSent(now, ev.OK)
	case Held:
		m.noteHeld(ev.Until)
	case ClaimFailed:
		m.noteClaimFailed(now)
	case Served:
		m.noteServed(now, ev.OK)
	case Announced:
		m.noteAnnounced(now, ev.Address)
	case PriorityChanged:
		m.changePriority(now, ev.Priority)
	case SourceChanged:
		m.source = ev.Source
	case Reconfigured:
		m.reconfigure(now, ev.Config)
	case FaultChanged:
		m.changeFault(now, ev.Fault)
	case Leave:
		m.leave(now, ev.Reason)
	case Hurry:
		m.hurry(now)
	case Resume:
		m.resume(now)
	default:
		m.stepGrouped(now, ev)
	}
	return m.out
}

// stepGrouped takes what only a Group says.
func (m *Machine) stepGrouped(now time.Time, ev Event) {
	switch ev := ev.(type) {
	case promote:
		if m.state == Backup && m.ready {
			m.becomeActive(now, m.downCause)
		}
	case yield:
		if m.state == Active && m.bye == nil {
			m.concede(now)
			m.becomeBackup(now, ReasonGroup)
		}
	case commit:
		if m.bye != nil {
			m.bye.committed = true
		}
	case decide:
		m.decide(now, ev.together)
	case groupFault:
		m.setOutvoted(now, ev.on)
	default:
		panic(fmt.Sprintf("vrrp: unknown event %T", ev))
	}
}

// Deadline returns when the machine wants its next [Tick]; zero: never, unless something happens.
func (m *Machine) Deadline() time.Time {
	switch {
	case m.state == Initialize:
		return earliest(m.startAt, m.trouble.retryAt)
	case m.state == Backup:
		return m.downAt
	case m.bye != nil:
		return m.bye.deadline(m.lease.renewAt)
	}
	return earliest(m.adverAt, m.announce.at, m.dare.until)
}

// tick acts on the timers that are due. A tick before the deadline does nothing.
func (m *Machine) tick(now time.Time) {
	switch {
	case m.state == Initialize:
		m.tickInitialize(now)
	case m.state == Backup:
		m.tickBackup(now)
	case m.bye != nil:
		m.tickFarewell(now)
	default:
		m.tickActive(now)
	}
}

// hear takes an advert.
func (m *Machine) hear(now time.Time, a Advert) {
	if a.ReceivedAt.IsZero() || a.ReceivedAt.After(now) {
		a.ReceivedAt = now
	}
	if m.leftover && a.Packet.Priority > 0 {
		// Somebody else serves: what an earlier run of ours left behind would be a second owner.
		m.leftover = false
		m.do(Release{})
	}
	switch {
	case m.state == Initialize:
	case m.state == Backup:
		m.hearInBackup(a)
	case m.bye != nil:
		m.hearInFarewell(now, a)
	default:
		m.hearInActive(now, a)
	}
}

// note remembers the other router of an advert with a priority above 0.
func (m *Machine) note(a Advert) {
	p := a.Packet.Priority
	if a.Source != m.rival.source {
		m.rival = rival{source: a.Source}
	}
	m.rival.priority, m.rival.interval = p, a.Packet.Interval
	m.rival.highest = max(m.rival.highest, p)
	m.rival.at = a.ReceivedAt
}

// changePriority sets the effective priority at run time.
func (m *Machine) changePriority(now time.Time, p uint8) {
	old := m.cfg.Priority
	if p == old {
		return
	}
	m.cfg.Priority = p
	switch {
	case m.state == Backup && m.downCause == ReasonPreempt && p <= m.rival.priority:
		// The Active that was to be replaced is the better one now: it is followed as of its last advert.
		m.preemptAt = time.Time{}
		m.learn(m.rival.interval)
		m.waitForSilence(m.rival.at)
	case m.state == Backup && !m.downAt.IsZero():
		// The timer is part silence and part skew, and only the skew depends on us.
		m.downAt = m.downAt.Add(m.cfg.Version.SkewTime(p, m.interval) - m.cfg.Version.SkewTime(old, m.interval))
	case m.state == Active && m.bye == nil:
		m.put(now, p < old)
	}
}

// reconfigure replaces the configuration, and acts only on what differs.
func (m *Machine) reconfigure(now time.Time, cfg Config) {
	cfg.must()
	old := m.cfg
	m.changePriority(now, cfg.Priority)
	if cfg.Grid.IsZero() {
		cfg.Grid = m.cfg.Grid
	}
	m.cfg = cfg
	switch m.state {
	case Initialize:
		m.interval = cfg.Interval
	case Backup:
		if m.rival.source.IsValid() {
			m.downAt = shift(m.downAt, time.Duration(cfg.DownAdverts-old.DownAdverts)*m.interval.Duration())
			return
		}
		m.interval = cfg.Interval
		m.downAt = shift(m.downAt, cfg.Version.ActiveDownInterval(cfg.Priority, cfg.Interval, cfg.DownAdverts)-
			old.Version.ActiveDownInterval(cfg.Priority, old.Interval, old.DownAdverts))
	case Active:
		m.reconfigureActive(now, old)
	}
}

// reconfigureActive acts on what an Active Router has to do differently from now on.
func (m *Machine) reconfigureActive(now time.Time, old Config) {
	if m.bye != nil {
		return
	}
	cfg := &m.cfg
	m.interval = cfg.Interval
	if cfg.Interval != old.Interval || !cfg.Grid.Equal(old.Grid) {
		m.adverAt = earliest(m.adverAt, m.nextOnGrid(now))
	}
	if cfg.Refresh != old.Refresh && m.announce.idle() {
		m.announce.rest(now, cfg.Refresh)
	}
	switch {
	case !slices.Equal(cfg.Addresses, old.Addresses) || !slices.Equal(cfg.Unadvertised, old.Unadvertised):
		m.releaseRemoved(old)
		m.claim(now)
		m.startAnnouncing(now, promotionOffsets)
	case cfg.Lease != old.Lease && (cfg.Lease == 0 || old.Lease == 0):
		m.claim(now)
	case cfg.Lease != old.Lease:
		m.lease.renewAt = now // the next advert brings the new one
	}
}

// releaseRemoved takes the addresses down that the configuration has no more.
func (m *Machine) releaseRemoved(old Config) {
	kept := m.cfg.Held()
	removed := slices.DeleteFunc(old.Held(), func(addr netip.Addr) bool { return slices.Contains(kept, addr) })
	if len(removed) > 0 {
		m.do(Release{Addresses: removed})
	}
}

// State returns the state. During a farewell it is still Active.
func (m *Machine) State() State { return m.state }

// Departing says that a farewell is under way.
func (m *Machine) Departing() bool { return m.bye != nil }

// Config returns the configuration, with the effective priority. Its slices are shared: read only.
func (m *Machine) Config() Config { return m.cfg }

// Absent returns the reason why the router left on purpose and stays away, or ReasonNone.
func (m *Machine) Absent() Reason { return m.absent }

// Rival returns the other router of this VRID that was last heard, its priority, and when; an invalid address: none.
func (m *Machine) Rival() (source netip.Addr, priority uint8, at time.Time) {
	return m.rival.source, m.rival.priority, m.rival.at
}

// do appends an action.
func (m *Machine) do(a Action) { m.out = append(m.out, a) }

// moveTo changes the state and reports it.
func (m *Machine) moveTo(to State, reason Reason) {
	t := Transition{From: m.state, To: to, Reason: reason}
	switch reason {
	case ReasonFault:
		t.Fault = m.Fault()
	case ReasonDeparture, ReasonSilence, ReasonPreempt, ReasonHigherPriority, ReasonHigherAddress:
		t.Peer, t.Priority = m.rival.source, m.rival.priority
	}
	m.state = to
	m.do(t)
}

// earliest returns the earliest time that is set.
func earliest(times ...time.Time) (first time.Time) {
	for _, t := range times {
		if !t.IsZero() && (first.IsZero() || t.Before(first)) {
			first = t
		}
	}
	return first
}

// due says that a timer is set and has ended.
func due(at, now time.Time) bool { return !at.IsZero() && !now.Before(at) }

// shift moves a timer that is set.
func shift(at time.Time, by time.Duration) time.Time {
	if at.IsZero() {
		return at
	}
	return at.Add(by)
}
