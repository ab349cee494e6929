package vrrp

import "time"

// lease is how long the kernel lets an Active Router keep its addresses.
type lease struct {
	until     time.Time // the end, as confirmed by the kernel or as ordered; zero: for ever
	renewAt   time.Time // when the next renewal is due; it then waits for the next advert that was sent
	renewed   bool      // it has been, since the addresses were claimed
	orderedAt time.Time // when the first order was given that the kernel has not confirmed; zero: it has all
}

// over says that the lease has run out.
func (l *lease) over(now time.Time) bool { return due(l.until, now) }

// order notes that the kernel has something to confirm.
func (l *lease) order(now time.Time) {
	if l.orderedAt.IsZero() {
		l.orderedAt = now
	}
}

// claim puts the addresses up. Those of an Active Router that are up already keep the lease they have, so that one goes
// on to count, and the next advert renews all.
func (m *Machine) claim(now time.Time) {
	m.do(Claim{Lease: m.cfg.Lease})
	running := !m.lease.until.IsZero()
	switch {
	case m.cfg.Lease == 0:
		m.lease = lease{}
	case running:
		m.lease.renewAt = now
		m.lease.order(now)
	default:
		m.lease = lease{until: now.Add(m.cfg.Lease), renewAt: now.Add(m.cfg.Lease / 3), orderedAt: now}
	}
}

// renew extends the lease. Its end moves only when the kernel has confirmed.
func (m *Machine) renew(now time.Time) {
	m.do(Renew{Lease: m.cfg.Lease})
	if m.cfg.Lease == 0 { // there was one until the last configuration
		m.lease = lease{}
		return
	}
	m.lease.renewAt = now.Add(m.cfg.Lease / 3)
	m.lease.renewed = true
	m.lease.order(now)
}

// noteHeld takes the kernel's confirmation. What the host has by itself has no end, whatever was ordered.
func (m *Machine) noteHeld(until time.Time) {
	if m.state != Active {
		return
	}
	if m.cfg.Lease > 0 {
		m.lease.until = until
	}
	m.lease.orderedAt = time.Time{}
	if m.lease.renewed || m.cfg.Lease == 0 {
		m.trouble.passed(FaultClaim) // they stayed up: somebody who takes them away does so soon
	}
}

// noteClaimFailed yields: nothing is advertised that is not held.
func (m *Machine) noteClaimFailed(now time.Time) {
	if m.state == Active {
		m.fail(now, FaultClaim)
	}
}
