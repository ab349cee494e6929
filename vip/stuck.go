package vip

import (
	"maps"
	"time"
)

// maxRetryDelay is the longest pause between two tries to remove an address.
const maxRetryDelay = 8 * time.Second

// stuckRemoval is a removal that the kernel refuses.
type stuckRemoval struct {
	tries   int
	why     string // the last error
	retryAt time.Time
}

// failed takes in another failure, and says whether it has another reason than the last. What hinders a removal mostly
// passes soon or never: after two short pauses they double.
func (s *stuckRemoval) failed(now time.Time, err error) (news bool) {
	news = s.why != err.Error()
	s.why = err.Error()
	s.retryAt = now.Add(min(retryDelay<<max(0, s.tries-1), maxRetryDelay))
	s.tries = min(s.tries+1, 10) // the pause is long enough, and must not overflow
	return news
}

// stick notes that a removal failed, and says whether that is news.
func (m *Manager) stick(key Key, now time.Time, err error) (news bool) {
	s := m.stuck[key]
	if s == nil {
		s = &stuckRemoval{}
		m.stuck[key] = s
	}
	if news = s.failed(now, err); news {
		m.log.Warn("an address could not be removed", "err", err)
	}
	return news
}

// waiting returns the removals that are not to be tried yet.
func (m *Manager) waiting(now time.Time) map[Key]bool {
	waiting := make(map[Key]bool, len(m.stuck))
	for key, s := range m.stuck {
		waiting[key] = now.Before(s.retryAt)
	}
	return waiting
}

// unstick forgets the removals of what is gone.
func (m *Manager) unstick() {
	maps.DeleteFunc(m.stuck, func(key Key, _ *stuckRemoval) bool { return len(m.world.at[key]) == 0 })
}
