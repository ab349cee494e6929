package vrrp

import (
	"net/netip"
	"slices"
	"time"
)

// Saved is the whole state of a machine beside its configuration, for a successor process. All instants are kept as
// distances from the moment of saving, so that they survive a clock that the next process counts differently; zero
// pointers are timers that are not set.
type Saved struct {
	State    State
	Source   netip.Addr
	Priority uint8 // effective
	Started  bool
	Fault    Fault
	Outvoted bool
	Absent   Reason
	Leftover bool

	Trouble  SavedTrouble
	Backup   SavedBackup
	Active   SavedActive
	Farewell *SavedFarewell

	StartIn *time.Duration
	Grid    *time.Duration
}

// SavedTrouble is the part of Saved about faults that the machine found itself.
type SavedTrouble struct {
	Fault   Fault
	RetryIn *time.Duration
	Backoff time.Duration
	ShyFor  *time.Duration
}

// SavedBackup is the part of Saved that matters in Backup, and what is known of the other router.
type SavedBackup struct {
	Interval  Centiseconds
	DownIn    *time.Duration
	DownCause Reason
	Ready     bool
	Excused   bool
	PreemptIn *time.Duration

	Rival         netip.Addr
	RivalPriority uint8
	RivalInterval Centiseconds
	RivalHighest  uint8
	RivalAt       *time.Duration
}

// SavedActive is the part of Saved that matters in Active, and what a Backup remembers of it.
type SavedActive struct {
	AdverIn         *time.Duration
	SentAt          *time.Duration
	Sent            Send
	Failures        int
	HeardOf         bool
	AnnounceIn      *time.Duration
	AnnounceBegan   *time.Duration
	AnnounceOffsets []time.Duration
	LeaseIn         *time.Duration
	RenewIn         *time.Duration
	Renewed         bool
	OrderedAt       *time.Duration
	ChallengeIn     *time.Duration
	ChallengeQuick  Centiseconds
	ChallengePace   time.Duration
	Closing         int
	ReignBegan      *time.Duration
	ShortReigns     int
	ReignEnded      *time.Duration
}

// SavedFarewell is a farewell that was under way.
type SavedFarewell struct {
	Reason    Reason
	Began     *time.Duration
	Quick     Centiseconds
	QuickIn   *time.Duration
	GiveUpIn  *time.Duration
	Committed bool
	Spent     bool
	Successor netip.Addr
	HeardAt   *time.Duration
	Left      []netip.Addr
	Announced []netip.Addr
}

// Save returns the state at now. It can be marshalled to JSON.
func (m *Machine) Save(now time.Time) Saved {
	in := func(t time.Time) *time.Duration {
		if t.IsZero() {
			return nil
		}
		d := t.Sub(now)
		return &d
	}
	s := Saved{
		State: m.state, Source: m.source, Priority: m.cfg.Priority, Started: m.started,
		Fault: m.fault, Outvoted: m.outvoted, Absent: m.absent, Leftover: m.leftover,
		StartIn: in(m.startAt), Grid: in(m.cfg.Grid),
		Trouble: SavedTrouble{Fault: m.trouble.fault, RetryIn: in(m.trouble.retryAt), Backoff: m.trouble.backoff, ShyFor: in(m.trouble.shyTill)},
		Backup: SavedBackup{
			Interval: m.interval, DownIn: in(m.downAt), DownCause: m.downCause, Ready: m.ready, Excused: m.excused,
			PreemptIn: in(m.preemptAt), Rival: m.rival.source, RivalPriority: m.rival.priority,
			RivalInterval: m.rival.interval, RivalHighest: m.rival.highest, RivalAt: in(m.rival.at),
		},
		Active: SavedActive{
			AdverIn: in(m.adverAt), SentAt: in(m.sentAt), Sent: m.sent, Failures: m.failures, HeardOf: m.heardOf,
			AnnounceIn: in(m.announce.at), AnnounceBegan: in(m.announce.began), AnnounceOffsets: m.announce.offsets,
			LeaseIn: in(m.lease.until), RenewIn: in(m.lease.renewAt), Renewed: m.lease.renewed, OrderedAt: in(m.lease.orderedAt),
			ChallengeIn: in(m.dare.until), ChallengeQuick: m.dare.quick, ChallengePace: m.dare.pace, Closing: m.dare.closing,
			ReignBegan: in(m.reign.began), ReignEnded: in(m.reign.ended), ShortReigns: m.reign.short,
		},
	}
	if f := m.bye; f != nil {
		s.Farewell = &SavedFarewell{
			Reason: f.reason, Began: in(f.began), Quick: f.quick, QuickIn: in(f.quickAt), GiveUpIn: in(f.giveUpAt),
			Committed: f.committed, Spent: f.spent, Successor: f.successor, HeardAt: in(f.heardAt),
			Left: slices.Clone(f.left), Announced: slices.Clone(f.announced),
		}
	}
	return s
}

// Restore returns a machine that goes on where the saved one was, at now. cfg is the configuration it had; its effective
// priority and grid are taken from s. A change of configuration follows as [Reconfigured].
func Restore(now time.Time, cfg Config, s Saved) *Machine {
	at := func(d *time.Duration) time.Time {
		if d == nil {
			return time.Time{}
		}
		return now.Add(*d)
	}
	cfg.Priority, cfg.Grid = s.Priority, at(s.Grid)
	b, a := &s.Backup, &s.Active
	m := &Machine{
		cfg: cfg, state: s.State, source: s.Source, started: s.Started,
		fault: s.Fault, outvoted: s.Outvoted, absent: s.Absent, leftover: s.Leftover, startAt: at(s.StartIn),
		trouble:  trouble{fault: s.Trouble.Fault, retryAt: at(s.Trouble.RetryIn), backoff: s.Trouble.Backoff, shyTill: at(s.Trouble.ShyFor)},
		interval: b.Interval, downAt: at(b.DownIn), downCause: b.DownCause, ready: b.Ready, excused: b.Excused, preemptAt: at(b.PreemptIn),
		rival:   rival{source: b.Rival, priority: b.RivalPriority, interval: b.RivalInterval, highest: b.RivalHighest, at: at(b.RivalAt)},
		adverAt: at(a.AdverIn), sentAt: at(a.SentAt), sent: a.Sent, failures: a.Failures, heardOf: a.HeardOf,
		announce: announcement{at: at(a.AnnounceIn), began: at(a.AnnounceBegan), offsets: a.AnnounceOffsets},
		lease:    lease{until: at(a.LeaseIn), renewAt: at(a.RenewIn), renewed: a.Renewed, orderedAt: at(a.OrderedAt)},
		dare:     challenge{until: at(a.ChallengeIn), quick: a.ChallengeQuick, pace: a.ChallengePace, closing: a.Closing},
		reign:    reign{began: at(a.ReignBegan), ended: at(a.ReignEnded), short: a.ShortReigns},
	}
	if f := s.Farewell; f != nil {
		m.bye = &farewell{
			reason: f.Reason, began: at(f.Began), quick: f.Quick, quickAt: at(f.QuickIn), giveUpAt: at(f.GiveUpIn),
			committed: f.Committed, spent: f.Spent, successor: f.Successor, heardAt: at(f.HeardAt),
			left: slices.Clone(f.Left), announced: slices.Clone(f.Announced),
		}
	}
	return m
}
