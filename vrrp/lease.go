package vrrp

import "time"

// lease is how long the kernel lets an Active Router keep its addresses.
type lease struct {
	until   time.Time // the end, as confirmed by the kernel or as ordered; zero: for ever
	renewAt time.Time // when the next renewal is due; it then waits for the next advert that was sent
	renewed bool      // it has been, since the addresses were claimed
}

// over says that the lease has run out.
func (l *lease) over(now time.Time) bool { return due(l.until, now) }

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
	default:
		m.lease = lease{until: now.Add(m.cfg.Lease), renewAt: now.Add(m.cfg.Lease / 3)}
	}
}

// renew extends the lease. Its end moves only when the kernel has confirmed.
func (m *Machine) renew(now time.Time) {
	m.do(Renew{Lease: m.cfg.Lease})
	m.lease.renewAt = now.Add(m.cfg.Lease / 3)
	m.lease.renewed = true
}

// noteHeld takes the kernel's confirmation. What the host has by itself has no end, whatever was ordered.
func (m *Machine) noteHeld(until time.Time) {
	if m.state != Active {
		return
	}
	if m.cfg.Lease > 0 {
		m.lease.until = until
	}
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
