package vip

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// execute carries out the operations in chunks. It stops early when a new want has arrived or a clash asks for a new
// reading: the next plan has the rest.
func (m *Manager) execute(d decision) {
	left := make(map[Owner]int)
	for _, op := range d.ops {
		left[op.Owner]++
	}
	for chunk := range slices.Chunk(d.ops, chunkSize) {
		m.apply(chunk)
		var touched []*owner
		for _, op := range chunk {
			left[op.Owner]--
			if o := m.owners[op.Owner]; o != nil && left[op.Owner] == 0 {
				touched = append(touched, o)
			}
		}
		if m.readAt.IsZero() {
			return
		}
		m.announceNow(touched)
		m.settle(d, touched)
		if m.inbox.urgent() {
			return
		}
	}
}

// apply has the kernel carry out operations, and takes over what came of them. It returns the errors.
func (m *Manager) apply(ops []Op) (errs []error) {
	m.prepareSettings(ops)
	m.declare(ops)
	before := time.Now()
	for i, err := range m.kernel.Apply(ops) {
		if err := m.applied(ops[i], before, err); err != nil {
			errs = append(errs, err)
		}
	}
	m.redirect(ops)
	return errs
}

// applied takes over what came of one operation.
func (m *Manager) applied(op Op, before time.Time, err error) error {
	key := op.Address.Key()
	switch {
	case err == nil, op.Kind == OpRemove && absent(err):
		m.world.done(op)
		m.remember(op, before)
		if op.Kind == OpRemove && op.Owner == "" && m.configured != nil {
			m.log.Info("removed an address of ours that is no longer configured",
				"address", op.Address.Prefix, "link", m.linkName(op.Address.Ifindex))
		}
		return nil
	case op.Kind == OpAdd && errors.Is(err, unix.EEXIST) && !m.clashes[key]:
		// It appeared after the reading. The next one tells whose it is.
		m.clashes[key], m.readAt = true, time.Time{}
		return nil
	}
	err = fmt.Errorf("%s: %w", m.doing(op), err)
	news := op.Kind != OpRemove || m.stick(key, before, err)
	if o := m.owners[op.Owner]; o != nil && (news || o.fresh) {
		o.refused = o.refused || op.Kind != OpRemove
		if o.refusal.err == nil {
			o.refusal = refusal{key.Addr, err}
		}
	}
	return err
}

// absent says that the kernel has no such address: the link is gone, or somebody was quicker.
func absent(err error) bool {
	return errors.Is(err, unix.EADDRNOTAVAIL) || errors.Is(err, unix.ENODEV) || errors.Is(err, unix.ENXIO)
}

// doing says what an operation does, for an error.
func (m *Manager) doing(op Op) string {
	format := map[OpKind]string{
		OpAdd: "adding %s to %s", OpRenew: "renewing %s on %s", OpRemove: "removing %s from %s",
	}[op.Kind]
	return fmt.Sprintf(format, op.Address.Prefix, m.linkName(op.Address.Ifindex))
}

// remember brings the records up to date with an operation that was done. The time is that before the request was sent,
// so that we never believe in a lease for longer than the kernel does.
func (m *Manager) remember(op Op, before time.Time) {
	key := op.Address.Key()
	rec, known := m.records[key]
	if op.Kind == OpRemove {
		if rec.prefix == op.Address.Prefix && m.wantedBy(op.Owner, key) == nil {
			delete(m.records, key)
			m.unsaved = true
		}
		return
	}
	m.unsaved = m.unsaved || !known || rec.prefix != op.Address.Prefix || op.Kind == OpAdd && rec.label != op.Address.Label
	until := leaseEnd(before, op.Lease)
	if op.restore {
		m.restored = append(m.restored, op)
		if rec.forgiven(before) {
			rec.strikes, rec.named = 0, false
		}
		rec.strikes++
		rec.restoredAt = before
		if known && rec.until.Before(until) {
			until = rec.until
		}
	}
	rec.prefix, rec.adopted, rec.until = op.Address.Prefix, false, until
	if op.Kind == OpAdd {
		rec.label = op.Address.Label
	}
	m.records[key] = rec
	if o := m.owners[op.Owner]; o != nil && op.Kind == OpRenew {
		delete(o.renewing, key)
	}
}

// wantedBy returns the owner's wanted address at the place.
func (m *Manager) wantedBy(name Owner, key Key) *Address {
	o := m.owners[name]
	if o == nil {
		return nil
	}
	i := slices.IndexFunc(o.want.Addresses, func(a Address) bool { return a.Key() == key })
	if i < 0 {
		return nil
	}
	return &o.want.Addresses[i]
}

// renew carries out as many renewals as the pace allows. Those of an owner that was just told that it failed are over.
func (m *Manager) renew(d decision) {
	ops := slices.DeleteFunc(d.renewals, func(op Op) bool {
		o := m.owners[op.Owner]
		return o == nil || !o.renewing[op.Address.Key()]
	})
	if len(ops) > 0 {
		m.execute(decision{ops: ops[:m.pacer.take(time.Now(), len(ops))], verdicts: d.verdicts})
	}
}
