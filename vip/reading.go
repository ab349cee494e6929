package vip

import (
	"slices"
	"time"
)

// read makes sure that the world is fresh enough. What fails is tried again at once: an answer that was lost is the next
// time there.
func (m *Manager) read() bool {
	now := time.Now()
	if !m.readAt.IsZero() && now.Sub(m.readAt) < readingAge {
		return true
	}
	present, err := m.kernel.Addresses()
	if err != nil {
		present, err = m.kernel.Addresses()
	}
	if err != nil {
		if m.readErr != err.Error() {
			m.readErr = err.Error()
			m.log.Warn("reading the kernel's addresses", "err", err)
		}
		m.readAt, m.retryAt = time.Time{}, now.Add(retryDelay)
		return false
	}
	m.readErr, m.retryAt = "", time.Time{}
	m.world, m.readAt, m.older = newWorld(present), now, false
	m.marks = m.marks || slices.ContainsFunc(present, func(p Present) bool { return p.Proto != 0 })
	m.settings.unchecked()
	m.retrySettings()
	return true
}

// unread answers what claims: without knowing what is there nothing can be held. Removals wait, and so do renewals as long
// as the lease allows.
func (m *Manager) unread() {
	for _, o := range m.everyone() {
		if len(o.want.Addresses) > 0 && !o.want.Keep && (o.fresh || o.renewing != nil && m.expiring(o)) {
			m.fail(o, o.want.Addresses[0].Prefix.Addr(), ErrUnread)
		}
	}
}

// expiring says that the first lease among the owner's addresses is nearly over.
func (m *Manager) expiring(o *owner) bool {
	end := m.until(o)
	return !end.IsZero() && time.Until(end) < lastMoment
}
