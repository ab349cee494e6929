package vip

import (
	"net/netip"
	"time"
)

// announceBatch is how many addresses are announced before the worker looks for a new want.
const announceBatch = 64

// settle reports what came of the owners' orders, as far as they are carried out, and what a plan found out about them.
func (m *Manager) settle(d decision, owners []*owner) {
	m.announceRestored()
	for _, o := range owners {
		m.answer(o, d.verdicts[o.owner])
	}
}

func (m *Manager) answer(o *owner, v verdict) {
	m.answerForeign(o, v.foreign)
	switch {
	case o.refusal.err != nil:
		m.fail(o, o.refusal.addr, o.refusal.err)
	case v.foreign.IsValid():
		o.fresh, o.renewing = false, nil
	case v.stale:
		m.fail(o, netip.Addr{}, ErrStale)
	case v.beaten.IsValid():
		m.fail(o, v.beaten, ErrBeaten)
		o.refused = true // until the next want
	case v.lapsed.IsValid() && o.renewing != nil:
		m.fail(o, v.lapsed, ErrLapsed)
	default:
		m.answerHeld(o)
	}
}

// answerForeign reports an address that somebody else put up: once, and again for each order that it thwarts.
func (m *Manager) answerForeign(o *owner, foreign netip.Addr) {
	ordered := (len(o.want.Addresses) > 0 || o.want.Keep) && (o.fresh || o.renewing != nil)
	was := o.foreign
	o.foreign = foreign
	switch {
	case foreign.IsValid() && (foreign != was || ordered):
		m.report(Result{Owner: o.owner, Generation: o.generation, Outcome: OutcomeForeign, Address: foreign})
	case !foreign.IsValid() && was.IsValid():
		m.report(Result{Owner: o.owner, Generation: o.generation, Outcome: OutcomeClear, Address: was})
	}
}

func (m *Manager) answerHeld(o *owner) {
	if o.fresh {
		o.fresh = false
		if len(o.want.Addresses) > 0 && !o.want.Keep {
			m.held(o, o.setGeneration)
		}
	}
	if o.renewing != nil && len(o.renewing) == 0 {
		o.renewing = nil
		m.held(o, o.renewGeneration)
	}
}

func (m *Manager) held(o *owner, generation uint64) {
	m.report(Result{Owner: o.owner, Generation: generation, Outcome: OutcomeHeld, Until: m.until(o)})
}

// until returns the earliest end of a lease among the owner's addresses; zero for ever, as of what the host has by itself.
func (m *Manager) until(o *owner) (earliest time.Time) {
	for _, a := range o.want.Addresses {
		at := m.records[a.Key()].until
		if !at.IsZero() && (earliest.IsZero() || at.Before(earliest)) {
			earliest = at
		}
	}
	return earliest
}

// fail reports that the owner's orders could not be carried out, and ends them.
func (m *Manager) fail(o *owner, addr netip.Addr, err error) {
	o.refusal, o.renewing = refusal{}, nil
	// A want of nothing that failed is not over: what is left of it is removed later.
	o.fresh = false
	m.report(Result{Owner: o.owner, Generation: o.generation, Outcome: OutcomeFailed, Address: addr, Err: err})
}

// announceRestored announces what was put back, and reports it.
func (m *Manager) announceRestored() {
	if len(m.restored) == 0 {
		return
	}
	restored := m.restored
	m.restored = nil
	addrs := make([]Address, 0, len(restored))
	for _, op := range restored {
		addrs = append(addrs, op.Address)
	}
	m.announceAddresses(addrs)
	for _, op := range restored {
		if o := m.owners[op.Owner]; o != nil {
			m.report(Result{
				Owner: o.owner, Generation: o.generation, Outcome: OutcomeRestored, Address: op.Address.Prefix.Addr(),
			})
		}
	}
}

// announceNow announces the addresses of owners whose claim was just carried out.
func (m *Manager) announceNow(owners []*owner) {
	var addrs []Address
	for _, o := range owners {
		if o.announce {
			o.announce = false
			addrs = append(addrs, m.present(o)...)
		}
	}
	m.announceAddresses(addrs)
}

// announceRest announces for all owners that still wait for it. It stops when a new want has arrived, and returns
// whether it got through.
func (m *Manager) announceRest() bool {
	var addrs []Address
	for _, o := range m.everyone() {
		if !o.announce {
			continue
		}
		o.announce = false
		addrs = append(addrs, m.present(o)...)
		if len(addrs) >= announceBatch {
			m.announceAddresses(addrs)
			addrs = nil
			if m.inbox.urgent() {
				return false
			}
		}
	}
	m.announceAddresses(addrs)
	return true
}

// present returns the owner's wanted addresses that the kernel has and that may be announced.
func (m *Manager) present(o *owner) []Address {
	if o.want.Keep {
		return nil
	}
	addrs := make([]Address, 0, len(o.want.Addresses))
	for _, a := range o.want.Addresses {
		_, recorded := m.records[a.Key()]
		if len(m.world.at[a.Key()]) > 0 && (recorded || o.want.Own) {
			addrs = append(addrs, a)
		}
	}
	return addrs
}

func (m *Manager) announceAddresses(addrs []Address) {
	if len(addrs) == 0 {
		return
	}
	if err := m.announcer.Announce(addrs); err != nil {
		m.log.Warn("announcing addresses", "err", err)
	}
}
