package vip

import "fmt"

// settings are the sysctls of links that we changed: promote_secondaries, which is 0 in a plain kernel. Then removing
// the primary address of a subnet takes all others of it along: ours with the host's own, or the host's own with ours.
type settings struct {
	changed map[int]bool // links on which we switched it on
	checked map[int]bool // known to be on since the last reading
	refused map[int]bool // could not be switched on; logged
}

func newSettings() settings {
	return settings{changed: make(map[int]bool), checked: make(map[int]bool), refused: make(map[int]bool)}
}

// unchecked makes the settings be looked at again, for somebody may have reset them.
func (s settings) unchecked() { clear(s.checked) }

// prepareSettings switches promote_secondaries on wherever the operations touch an address in a subnet.
func (m *Manager) prepareSettings(ops []Op) {
	for _, op := range ops {
		if ifindex := op.Address.Ifindex; subnetted(op.Address.Prefix) && !m.settings.checked[ifindex] {
			m.promote(ifindex)
		}
	}
}

// retrySettings tries again where it was refused: on such a link some operations are not planned at all.
func (m *Manager) retrySettings() {
	for ifindex := range m.settings.refused {
		m.promote(ifindex)
	}
}

func (m *Manager) promote(ifindex int) {
	s := m.settings
	s.checked[ifindex] = true
	was, err := m.kernel.Promote(ifindex, true)
	switch {
	case err == nil || absent(err):
		delete(s.refused, ifindex)
		if err == nil && !was {
			s.changed[ifindex], m.unsaved = true, true
		}
	case !s.refused[ifindex]:
		s.refused[ifindex] = true
		m.log.Warn("switching on promote_secondaries: a release may take the host's own address with it",
			"link", m.linkName(ifindex), "err", err)
	}
}

// restoreSettings switches promote_secondaries off again where we switched it on and have nothing left.
func (m *Manager) restoreSettings() {
	busy := make(map[int]bool)
	for key, rec := range m.records {
		busy[key.Ifindex] = busy[key.Ifindex] || subnetted(rec.prefix)
	}
	for ifindex := range m.settings.changed {
		if busy[ifindex] {
			continue
		}
		if _, err := m.kernel.Promote(ifindex, false); err != nil && !absent(err) {
			m.log.Warn("restoring promote_secondaries", "link", m.linkName(ifindex), "err", err)
		}
		delete(m.settings.changed, ifindex)
		m.unsaved = true
	}
}

// linkName returns a link's name, or what can be said where it has none any more.
func (m *Manager) linkName(ifindex int) string {
	name, err := m.kernel.LinkName(ifindex)
	if err != nil {
		return fmt.Sprintf("interface %d", ifindex)
	}
	return name
}
