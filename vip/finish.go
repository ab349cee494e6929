package vip

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

// finish does what must not be left undone. Addresses that are wanted stay until their lease ends; those without one
// would stay for ever, and go.
func (m *Manager) finish() error {
	m.take()
	for _, o := range m.owners {
		if o.want.Lease == 0 {
			o.want = Want{}
		}
	}
	for range exitRounds {
		m.readAt = time.Time{}
		if m.read() {
			break
		}
	}
	if m.readAt.IsZero() {
		return fmt.Errorf("removing what is not wanted: %w", ErrUnread)
	}
	clear(m.stuck)
	var errs []error
	for range exitRounds {
		d := plan(m.input())
		ops := slices.DeleteFunc(d.ops, func(op Op) bool { return op.Kind != OpRemove || m.reinserts(op) })
		if len(ops) == 0 {
			break
		}
		for chunk := range slices.Chunk(ops, chunkSize) {
			errs = append(errs, m.apply(chunk)...)
		}
	}
	m.forgetAbsent()
	m.restoreSettings()
	m.saveAt = time.Time{} // there is no later
	m.save()
	for _, doneC := range m.flushes {
		close(doneC)
	}
	return errors.Join(errs...)
}

// reinserts says that the operation takes down an address only to put it up again.
func (m *Manager) reinserts(op Op) bool {
	for _, o := range m.owners {
		if !o.want.Keep && slices.ContainsFunc(o.want.Addresses, func(a Address) bool { return a.Key() == op.Address.Key() }) {
			return true
		}
	}
	return false
}

// forgetAbsent drops the records of addresses that the kernel does not have.
func (m *Manager) forgetAbsent() {
	before := len(m.records)
	maps.DeleteFunc(m.records, func(key Key, _ record) bool { return len(m.world.at[key]) == 0 })
	m.unsaved = m.unsaved || len(m.records) != before
}
