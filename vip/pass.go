package vip

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"
	"time"
)

// owner is one owner's demand, and what is still to be said about it.
type owner struct {
	demand
	generation      uint64 // of the latest order
	setGeneration   uint64
	renewGeneration uint64
	announce        bool
	refusal         refusal    // the first operation of its order that failed
	foreign         netip.Addr // reported as such
}

type refusal struct {
	addr netip.Addr
	err  error
}

// pass carries out what was ordered, as far as it can be done now.
func (m *Manager) pass() {
	clear(m.clashes)
	m.again = false
	m.take()
	if !m.read() {
		m.unread()
		return
	}
	for round := 0; ; round++ {
		d := plan(m.input())
		if m.older && m.thwarted(d) {
			// Nothing is refused because of a reading from before it was ordered.
			m.readAt = time.Time{}
			if !m.read() {
				m.unread()
				return
			}
			d = plan(m.input())
		}
		m.note(d)
		if len(d.ops) > 0 && round < maxRounds {
			m.execute(d)
		} else {
			m.settle(d, m.everyone())
			if m.announceRest() {
				m.again = len(d.ops) > 0
				m.renew(d)
			}
		}
		m.prune()
		if round >= maxRounds || (len(d.ops) == 0 && m.inbox.idle() && !m.readAt.IsZero()) {
			break
		}
		m.take()
		if !m.read() {
			m.unread()
			return
		}
	}
	m.save()
	m.answerFlushes()
}

// take moves the orders from the inbox to the owners.
func (m *Manager) take() {
	b := m.inbox.take()
	m.flushes = append(m.flushes, b.flushes...)
	if b.nudged {
		m.readAt = time.Time{}
	}
	if b.configured != nil {
		m.configured, m.named = make(map[Key]Owner), make(map[Owner]bool, len(b.configured))
		for name, addrs := range b.configured {
			m.named[name] = true
			for _, a := range addrs {
				m.configured[a.Key()] = name
			}
		}
	}
	m.older = m.older || len(b.sequence) > 0
	for _, name := range b.sequence {
		m.accept(name, b.orders[name])
	}
}

func (m *Manager) accept(name Owner, ord *order) {
	o := m.owners[name]
	if o == nil {
		if ord.set == nil {
			return // nothing is wanted: there is nothing to renew or announce
		}
		o = &owner{demand: demand{owner: name}}
		m.owners[name] = o
	}
	if s := ord.set; s != nil {
		if !o.fresh {
			m.arrived = append(m.arrived, o)
		}
		o.want, o.orderedAt, o.fresh, o.refused = s.want, s.at, true, false
		o.generation, o.setGeneration = s.want.Generation, s.want.Generation
		o.assured = leaseEnd(s.at, s.want.Lease)
		o.renewing, o.announce, o.refusal = nil, false, refusal{}
	}
	if r := ord.renew; r != nil {
		o.generation, o.renewGeneration = r.generation, r.generation
		o.renewLease, o.renewing = r.lease, nil
		o.assured = leaseEnd(time.Now(), r.lease)
		if !o.want.Keep && len(o.want.Addresses) > 0 {
			o.renewing = make(map[Key]bool, len(o.want.Addresses))
			for _, a := range o.want.Addresses {
				o.renewing[a.Key()] = true
			}
		}
	}
	o.announce = o.announce || ord.announce
}

// thwarted says that the plan finds somebody else's address in the way of an order.
func (m *Manager) thwarted(d decision) bool {
	for _, o := range m.owners {
		if (o.fresh || o.renewing != nil) && d.verdicts[o.owner].foreign.IsValid() {
			return true
		}
	}
	return false
}

func (m *Manager) input() input {
	now := time.Now()
	in := input{
		now: now, world: m.world, marks: m.marks, configured: m.configured, records: m.records, stuck: m.waiting(now),
		unsafe:  m.settings.refused,
		demands: make([]demand, 0, len(m.owners)),
	}
	for _, o := range m.everyone() {
		in.demands = append(in.demands, o.demand)
	}
	return in
}

// everyone lists the owners: first those whose want is new, in the order they came.
func (m *Manager) everyone() []*owner {
	m.arrived = slices.DeleteFunc(m.arrived, func(o *owner) bool { return !o.fresh })
	all := slices.Grow(slices.Clone(m.arrived), len(m.owners))
	for _, o := range m.owners {
		if !o.fresh {
			all = append(all, o)
		}
	}
	slices.SortFunc(all[len(m.arrived):], func(a, b *owner) int { return cmp.Compare(a.owner, b.owner) })
	return all
}

// note takes over what a plan found out besides operations.
func (m *Manager) note(d decision) {
	m.wakeAt = d.wakeAt
	m.unstick()
	for _, key := range d.forget {
		delete(m.records, key)
		m.unsaved = true
	}
	for _, o := range m.everyone() {
		for _, key := range d.verdicts[o.owner].hosts {
			delete(o.renewing, key)
		}
		for _, key := range d.verdicts[o.owner].waiting {
			rec := m.records[key]
			if rec.named {
				continue
			}
			rec.named = true
			m.records[key] = rec
			m.report(Result{Owner: o.owner, Generation: o.generation, Outcome: OutcomeBackoff, Address: key.Addr})
		}
	}
}

// prune forgets owners that want nothing and are not configured. One that wants to keep what there is may be configured
// later.
func (m *Manager) prune() {
	maps.DeleteFunc(m.owners, func(name Owner, o *owner) bool {
		later := o.want.Keep && m.configured == nil
		return len(o.want.Addresses) == 0 && !o.fresh && !m.named[name] && !later
	})
}

// answerFlushes lets those go on who waited for all that was ordered.
func (m *Manager) answerFlushes() {
	if m.again || !m.inbox.idle() || m.unrenewed() > 0 {
		return
	}
	for _, o := range m.owners {
		if o.fresh || o.announce {
			return
		}
	}
	for _, doneC := range m.flushes {
		close(doneC)
	}
	m.flushes = nil
}
