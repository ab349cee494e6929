package vrrp

import (
	"testing"
	"time"
)

// quietActive is an Active whose burst of announcements is over.
func quietActive() *Machine {
	cfg := stock(200)
	cfg.Lease, cfg.Others, cfg.Gap = 3*time.Second, 1, 255
	m := NewMachine(cfg)
	m.Step(epoch, Startup{})
	m.Step(m.Deadline(), Tick{})
	m.announce = announcement{}
	return m
}

// What an Active does most: an advert is due.
func BenchmarkActiveAdvert(b *testing.B) {
	m := quietActive()
	m.cfg.Lease, m.lease = 0, lease{}
	b.ReportAllocs()
	for b.Loop() {
		now := m.Deadline()
		m.Step(now, Tick{})
		m.Step(now, Sent{OK: true})
	}
}

// The same with the renewal of the lease that follows.
func BenchmarkActiveAdvertAndRenewal(b *testing.B) {
	m := quietActive()
	b.ReportAllocs()
	for b.Loop() {
		now := m.Deadline()
		m.Step(now, Tick{})
		m.Step(now, Sent{OK: true})
		m.Step(now, Held{Until: now.Add(3 * time.Second)})
	}
}

// What a Backup does most: it hears an advert.
func BenchmarkBackupAdvert(b *testing.B) {
	m := NewMachine(stock(100))
	m.Step(epoch, Startup{})
	now := epoch
	var ev Event = Advert{Source: highAddr, Packet: Packet{VRID: 51, Priority: 200, Interval: 100}}
	b.ReportAllocs()
	for b.Loop() {
		now = now.Add(time.Second)
		m.Step(now, ev)
	}
}

// Asking 250 groups of two when they are due, as the engine may on each wake.
func BenchmarkDeadlineOf250Groups(b *testing.B) {
	var groups []*Group
	for range 250 {
		groups = append(groups, NewGroup(quietActive(), quietActive()))
	}
	b.ReportAllocs()
	for b.Loop() {
		var first time.Time
		for _, g := range groups {
			first = earliest(first, g.Deadline())
		}
		if first.IsZero() {
			b.Fatal("none is due")
		}
	}
}

// An Active in steady state makes no garbage: 250 routers at 10 ms are 25,000 adverts a second.
func TestASteadyActiveDoesNotAllocate(t *testing.T) {
	m := NewMachine(stock(200))
	g := NewGroup(m)
	g.StepAll(epoch, Startup{})
	g.StepAll(g.Deadline(), Tick{})
	m.announce = announcement{}
	if got := testing.AllocsPerRun(100, func() {
		now := g.Deadline()
		g.StepAll(now, Tick{})
		g.Step(now, 0, Sent{OK: true})
	}); got != 0 {
		t.Errorf("%v allocations for each advert, want none", got)
	}
}

func TestASteadyBackupDoesNotAllocate(t *testing.T) {
	m := NewMachine(stock(100))
	now := epoch
	m.Step(now, Startup{})
	var ev Event = from(highAddr, 200, 100)
	m.Step(now, ev)
	if got := testing.AllocsPerRun(100, func() {
		now = now.Add(time.Second)
		m.Step(now, ev)
	}); got != 0 {
		t.Errorf("%v allocations for each advert heard, want none", got)
	}
}

// A group of 64 routers, one round of adverts: what is due, what the kernel says of each, and what is heard.
func BenchmarkGroupOf64(b *testing.B) {
	for name, priority := range map[string]uint8{"active": 1, "backup": 200} {
		b.Run(name, func(b *testing.B) {
			var members []*Machine
			for range 64 {
				members = append(members, NewMachine(stock(100)))
			}
			g := NewGroup(members...)
			g.StepAll(epoch, Startup{})
			now := epoch
			heard := make([]Event, len(members))
			b.ReportAllocs()
			for b.Loop() {
				now = now.Add(time.Second)
				for i := range members {
					heard[i] = Advert{Source: highAddr, Packet: Packet{VRID: 51, Priority: priority, Interval: 100}, ReceivedAt: now}
				}
				for i := range members {
					g.Step(now, i, heard[i])
				}
				g.StepAll(now, Tick{})
				for i := range members {
					g.Step(now, i, Sent{OK: true})
				}
				g.Deadline()
			}
		})
	}
}

// All members of a group of 64 give way, and take over again.
func BenchmarkGroupOf64Moves(b *testing.B) {
	var members []*Machine
	for range 64 {
		members = append(members, NewMachine(stock(100)))
	}
	g := NewGroup(members...)
	now := epoch
	g.StepAll(now, Startup{})
	b.ReportAllocs()
	for b.Loop() {
		for members[0].State() != Active {
			now = g.Deadline()
			g.StepAll(now, Tick{})
		}
		for i := range members {
			g.Step(now, i, Advert{Source: highAddr, Packet: Packet{VRID: 51, Priority: 200, Interval: 100}, ReceivedAt: now})
		}
	}
}
