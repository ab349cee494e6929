package vip

import (
	"sync"
	"time"
)

// sightingAge is how long another machine's announcement of an address counts when we give the address up.
const sightingAge = 500 * time.Millisecond

// sameMoment is how much earlier than ours an announcement may be that contends with ours: two who take over in one moment
// both announce, and the one who gives way again may be the one whom a client believes.
const sameMoment = 100 * time.Millisecond

// mostSightings bounds the announcements that are remembered: anybody on the link can send some.
const mostSightings = 4096

// takers is who else announced which IPv4 address lately. It is safe for use by several goroutines.
//
// While an address is handed over, both machines have it for some hundred microseconds, and a client that asks who has it
// is answered by both. Where our answer comes last, the client stays with us although we have given the address up,
// until the successor announces again: 5 s with keepalived. So the address is announced once more when we have given it
// up, at the successor.
//
// IPv6 needs none of this: its addresses go before the successor announces them. And it must not have it: a neighbour
// advertisement makes a successor that still runs duplicate address detection give the address up (RFC 4862 section
// 5.4.4).
type takers struct {
	mu    sync.Mutex
	byKey map[Key]taker
}

type taker struct {
	mac [6]byte
	at  time.Time
}

// note remembers an announcement. Where there are too many, the older ones are forgotten.
func (t *takers) note(seen Sighting, now time.Time) {
	if !seen.Address.Is4() {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.byKey == nil || len(t.byKey) >= mostSightings {
		t.byKey = make(map[Key]taker)
	}
	t.byKey[Key{seen.Ifindex, seen.Address}] = taker{mac: seen.MAC, at: now}
}

// take returns who announced the address last, and forgets it. It is not ok where nobody did lately.
func (t *takers) take(key Key, now time.Time) (mac [6]byte, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	seen, ok := t.byKey[key]
	delete(t.byKey, key)
	return seen.mac, ok && now.Sub(seen.at) <= sightingAge
}

// forget drops an announcement from before an address came to us: who made it does not have the address any more. One of
// the same moment stays, for it may be that of a rival.
func (t *takers) forget(key Key, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if now.Sub(t.byKey[key].at) > sameMoment {
		delete(t.byKey, key)
	}
}

// Sighted tells the manager that another machine announced an address. When the manager removes that address, an IPv4 one,
// within half a second, it tells the link once more where the address is. It does not block, and may be called from any
// goroutine.
func (m *Manager) Sighted(s Sighting) { m.takers.note(s, time.Now()) }

// redirect tells the link where the addresses are that were just given up. What is put up again is not given up.
func (m *Manager) redirect(ops []Op) {
	var moved []Moved
	for _, op := range ops {
		key := op.Address.Key()
		if op.Kind == OpAdd {
			m.takers.forget(key, time.Now())
			continue
		}
		if op.Kind != OpRemove || len(m.world.at[key]) > 0 || m.wantedBy(op.Owner, key) != nil {
			continue
		}
		if mac, ok := m.takers.take(key, time.Now()); ok {
			moved = append(moved, Moved{op.Address, mac})
		}
	}
	if len(moved) == 0 {
		return
	}
	if err := m.announcer.Redirect(moved); err != nil {
		m.log.Warn("telling the link where an address has gone", "err", err)
	}
}
