package tracker

import (
	"reflect"
	"time"
)

// apply makes the manager run these trackers and no others.
func (m *Manager) apply(specs []Spec, now time.Time) {
	wanted := make(map[string]bool, len(specs))
	list := make([]*tracker, 0, len(specs))
	var fresh []*tracker // those that nobody has looked at, as they are now
	for _, s := range specs {
		if wanted[s.Name] {
			continue
		}
		wanted[s.Name] = true
		t, looks := m.trackers[s.Name], true
		if t == nil {
			t = m.add(s, now)
		} else {
			looks = m.alter(t, s, now)
		}
		list = append(list, t)
		if looks {
			fresh = append(fresh, t)
		}
	}
	for name, t := range m.trackers {
		if !wanted[name] {
			m.remove(t)
		}
	}
	m.mu.Lock()
	m.list = list
	m.mu.Unlock()
	for i, first := range firsts(now, len(fresh)) {
		fresh[i].timing.next = first
	}
	for _, t := range list {
		m.publish(t, t.status, now)
		m.queue.push(t, t.due())
	}
}

// add makes a tracker that is new.
func (m *Manager) add(s Spec, now time.Time) *tracker {
	t := &tracker{spec: s, number: m.made, status: Status{Name: s.Name, Since: now}, place: -1}
	m.made++
	m.trackers[s.Name] = t
	t.timing.grid = newGrid(m.epoch, t.number, s.Interval)
	t.lookout = m.newLookout(t)
	t.begin(now)
	return t
}

// alter makes a tracker follow its specification as it is now, and says whether its first check is due. Where it looks at
// the same as before, its state and what it has counted stay.
func (m *Manager) alter(t *tracker, s Spec, now time.Time) (looks bool) {
	before := t.spec
	t.spec = s
	if s.Interval != before.Interval {
		t.timing.grid = newGrid(m.epoch, t.number, s.Interval)
		if next := t.timing.grid.after(now); next.Before(t.timing.next) {
			t.timing.next = next
		}
	}
	if !sameTarget(before.Kind, s.Kind) {
		t.lookout.retire()
		t.lookout = m.newLookout(t)
		t.timing = timing{grid: t.timing.grid}
		t.begin(now)
		return true
	}
	t.judge.rules = s.rules()
	if s.Initial != before.Initial && t.status.Checked.IsZero() {
		t.judge.state = Pending
		t.begin(now)
	}
	return false
}

// sameTarget says whether two kinds look at the same: then what was found of one holds for the other.
func sameTarget(a, b Kind) bool {
	x, first := a.(Interface)
	y, second := b.(Interface)
	if first && second {
		return x.Name == y.Name // the debounce is a matter of judging
	}
	return reflect.DeepEqual(a, b)
}

// remove ends a tracker. Nothing is reported of it any more.
func (m *Manager) remove(t *tracker) {
	delete(m.trackers, t.spec.Name)
	m.queue.push(t, time.Time{})
	t.lookout.retire()
}
