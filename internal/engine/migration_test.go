package engine

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/internal/wire"
	"github.com/aloft-ha/aloft/vrrp"
)

// A migration is three nodes that are led from version 2 to version 3, one after the other in any order, while they are
// cut off, die, leave and return, and while their priorities change.
type migration struct {
	*lan
	rand     *rand.Rand
	hosts    []*host // nil: it does not run
	versions []vrrp.Version
	lowered  [3]bool // a tracker fails
	interval vrrp.Centiseconds
	log      []string
}

// newMigration starts nodes of these versions.
func newMigration(n *lan, seed uint64, versions ...vrrp.Version) *migration {
	m := &migration{lan: n, rand: rand.New(rand.NewPCG(seed, 1)), hosts: make([]*host, len(versions)), versions: versions}
	m.interval = []vrrp.Centiseconds{100, 200}[m.rand.IntN(2)]
	for i := range m.hosts {
		m.begin(i)
	}
	return m
}

// priority is that of the i-th node.
func (m *migration) priority(i int) uint8 {
	if m.lowered[i] {
		return uint8(99 - 10*i)
	}
	return uint8(200 - 10*i)
}

// instance is the file of the i-th node.
func (m *migration) instance(i int) config.Instance {
	inst := web(m.priority(i), speaking(m.versions[i]), every(m.interval))
	inst.Peers, inst.Gap = make([]config.Peer, len(m.hosts)-1), 9
	return inst
}

// note remembers what was done, for a failure.
func (m *migration) note(format string, args ...any) {
	m.log = append(m.log, fmt.Sprintf(format, args...))
}

// begin starts the i-th node.
func (m *migration) begin(i int) {
	h := m.host(fmt.Sprintf("%c%d", 'a'+i, len(m.lan.hosts)), byte(i+1))
	m.hosts[i] = h
	h.start(m.instance(i))
}

// end kills it: its addresses stay until their leases end.
func (m *migration) end(i int) {
	m.hosts[i].cancel()
	m.hosts[i].setCut(true)
	m.hosts[i] = nil
}

// turn gives a node another version, by a reload if it runs.
func (m *migration) turn(i int, v vrrp.Version) {
	m.note("%c speaks %s", 'a'+i, v)
	m.versions[i] = v
	if h := m.hosts[i]; h != nil {
		h.apply(m.instance(i))
	}
}

// befall lets something happen to a node, or not.
func (m *migration) befall(i int) {
	h := m.hosts[i]
	switch what := m.rand.IntN(8); {
	case h == nil:
		m.note("%c returns", 'a'+i)
		m.begin(i)
	case what == 0:
		m.note("%c dies", 'a'+i)
		m.end(i)
	case what == 3:
		m.note("%c leaves", 'a'+i)
		h.engine.Stop()
		m.pass(time.Duration(m.rand.Int64N(int64(time.Second))))
		m.end(i)
	case what == 4 || what == 5:
		m.lowered[i] = !m.lowered[i]
		m.note("%c has priority %d", 'a'+i, m.priority(i))
		h.apply(m.instance(i))
	case what == 1 || what == 2:
		m.note("%c is cut %t", 'a'+i, !h.isCut())
		h.setCut(!h.isCut())
	}
	m.pass(time.Duration(m.rand.Int64N(int64(3 * m.interval.Duration()))))
}

// settle ends all cuts and waits until it is quiet: the best one that runs serves, and it alone.
func (m *migration) settle(t *testing.T) {
	best := -1
	for i, h := range m.hosts {
		if h != nil {
			h.setCut(false)
			if best < 0 || m.priority(i) > m.priority(best) {
				best = i
			}
		}
	}
	if best < 0 {
		m.begin(0)
		best = 0
	}
	m.pass(6 * vrrp.ActiveDownInterval(1, m.interval, 3))
	since := time.Now()
	m.pass(3 * m.interval.Duration())
	for _, adv := range m.sent(since, anything) {
		if adv.from != m.hosts[best] {
			t.Fatalf("%s advertises beside %s, where nodes speak %v:\n%v", adv.from.name, m.hosts[best].name, m.versions, m.log)
		}
	}
	if !m.hosts[best].addresses.holds(addrs("192.0.2.100")[0]) {
		t.Fatalf("%s does not serve, where nodes speak %v:\n%v", m.hosts[best].name, m.versions, m.log)
	}
}

// From version 2 to both on each node, and from both to version 3 on each, in a hundred orders and among as many
// accidents: whenever it is quiet there is one Active, and it is the best one that runs.
func TestMigrationsInAnyOrderHaveOneActive(t *testing.T) {
	for seed := range uint64(100) {
		simulate(t, func(t *testing.T, n *lan) {
			m := newMigration(n, seed, vrrp.Version2, vrrp.Version2, vrrp.Version2)
			m.settle(t)
			for _, to := range []vrrp.Version{vrrp.Version2And3, vrrp.Version3} {
				for _, i := range m.rand.Perm(len(m.hosts)) {
					for range m.rand.IntN(3) {
						m.befall(m.rand.IntN(len(m.hosts)))
					}
					m.turn(i, to)
					m.settle(t)
				}
			}
		})
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// Where nothing happens beside it, a migration by reloads moves nothing: not one transition, and one advert a second in
// each version that is spoken.
func TestAMigrationByReloadsMovesNothing(t *testing.T) {
	for name, order := range map[string][]int{"the Active first": {0, 1}, "the Backup first": {1, 0}} {
		t.Run(name, func(t *testing.T) {
			simulate(t, func(t *testing.T, n *lan) {
				a, b := n.pair(speaking(vrrp.Version2))
				hosts, priorities := []*host{a, b}, []uint8{200, 190}
				states := len(a.log.entries("state")) + len(b.log.entries("state"))
				n.pass(137 * time.Millisecond)
				for _, v := range []vrrp.Version{vrrp.Version2And3, vrrp.Version3} {
					for _, i := range order {
						hosts[i].apply(web(priorities[i], speaking(v)))
						n.wantSilence("the standby believes what it hears", 10*time.Second, from(b))
						n.wantHolders("nothing moved", "192.0.2.100", a)
					}
					wantEqual(t, "adverts a second", len(n.versionsOf(a)), map[vrrp.Version]int{vrrp.Version2And3: 2, vrrp.Version3: 1}[v])
					if v == vrrp.Version2And3 {
						b.wantLogged("that the Active speaks version 3 too", "adverts dropped", "reason=older-version")
					}
				}
				wantEqual(t, "changes of state", len(a.log.entries("state"))+len(b.log.entries("state")), states)
			})
		})
	}
}

// wantLogged asserts that something was logged at least once.
func (h *host) wantLogged(why, message string, attrs ...string) {
	h.lan.t.Helper()
	if len(h.log.entries(message, attrs...)) == 0 {
		h.lan.t.Fatalf("%s: %s did not log %q %v", why, h.name, message, attrs)
	}
}

// A node of both versions speaks for the other two only while it is the Active: as long as it is the best one, nodes of
// version 2 and of version 3 have one Active, and without it they have two. So all nodes speak both before one speaks
// version 3 alone.
func TestANodeOfBothVersionsBridgesWhileItServes(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		both, two, three := n.host("both", 1), n.host("two", 2), n.host("three", 3)
		two.start(web(190, speaking(vrrp.Version2)))
		three.start(web(180, speaking(vrrp.Version3)))
		n.pass(10 * time.Second)
		n.wantHolders("they do not hear each other", "192.0.2.100", two, three)
		both.start(web(200, speaking(vrrp.Version2And3)))
		n.pass(10 * time.Second)
		n.wantHolders("both hear it", "192.0.2.100", both)
		n.wantSilence("and stay quiet", 30*time.Second, func(a advert) bool { return a.from != both })
		both.setCut(true)
		n.pass(10 * time.Second)
		n.wantHolders("it is gone", "192.0.2.100", both, two, three)
	})
}

// The same in any schedule: whatever the other two do, there is one Active when it is quiet.
func TestWhatABridgeHearsHasOneActive(t *testing.T) {
	for seed := range uint64(30) {
		simulate(t, func(t *testing.T, n *lan) {
			m := newMigration(n, seed, vrrp.Version2And3, vrrp.Version2, vrrp.Version3)
			for range 5 {
				for range m.rand.IntN(4) {
					m.befall(1 + m.rand.IntN(2))
				}
				m.settle(t)
			}
		})
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// RFC 9568 section 8.4.2: what a router that speaks version 3 says in version 2 is not believed, whatever it is. So who
// can send version 2 in its name, with or without the password, deposes nobody and calls nobody back.
func TestRFC9568_8_4_2_Version2OfARouterOfVersion3IsNotBelieved(t *testing.T) {
	simulate(t, func(t *testing.T, n *lan) {
		options := speaking(vrrp.Version2And3)
		a, b := n.pair(options)
		n.pass(5 * time.Second)
		began := time.Now()
		forged := func(priority uint8) wire.Datagram {
			d := *datagram(of2("", func(p *vrrp.Packet) { p.Priority = priority }))
			d.Src, d.At = a.addr4, time.Now()
			p := vrrp.Packet{Version: vrrp.Version2, VRID: 51, Priority: priority, Interval: 100, Addresses: addrs("192.0.2.100")}
			d.Payload = p.AppendTo(nil, d.Src, d.Dst, vrrp.FormMessage)
			return d
		}
		older := uint64(0)
		b.idle(func(e *Engine) { older = e.counters.drops[vrrp.DropOlder] })
		for range 5000 {
			for _, priority := range []uint8{0, 1, 255} {
				b.push(forged(priority))
			}
			n.pass(time.Millisecond)
		}
		wantEqual(t, "adverts of b", len(n.sent(began, from(b))), 0)
		b.wantState("it hears its Active", "web", vrrp.Backup, vrrp.ReasonStartup)
		b.idle(func(e *Engine) { older = e.counters.drops[vrrp.DropOlder] - older })
		if older < 15000 {
			t.Errorf("%d were dropped for their version, want all 15000", older)
		}
	})
}
