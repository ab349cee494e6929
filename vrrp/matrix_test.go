package vrrp

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"
)

// A pose is a state in which a member of a group can be, and how a machine gets there from Startup.
type pose struct {
	name string
	take func(b *bench)
}

// poses are the states of a member. Each is taken by a machine that believes itself in a group.
var poses = []pose{
	{"idle", func(b *bench) { b.m = NewMachine(b.m.cfg) }},
	{"startup delay", func(b *bench) {
		cfg := b.m.cfg
		cfg.StartupDelay = 2 * time.Second
		b.m = NewMachine(cfg)
		b.do(Startup{})
	}},
	{"fault", func(b *bench) { b.do(FaultChanged{Fault: FaultTracker}) }},
	{"deaf", func(b *bench) { b.do(FaultChanged{Fault: FaultNoCarrier}) }},
	{"waiting", func(b *bench) { b.after(time.Second) }},
	{"following", func(b *bench) { b.do(from(highAddr, 250, 100)) }},
	{"preempting", func(b *bench) { b.after(time.Second).do(from(lowAddr, 50, 100)) }},
	{"after a departure", func(b *bench) { b.do(from(highAddr, 250, 100), from(highAddr, 0, 100)) }},
	{"ready", func(b *bench) {
		b.m.grouped = true
		b.after(down100).do(Tick{})
	}},
	{"active", func(b *bench) { b.serve() }},
	{"challenging", func(b *bench) { b.serve().do(PriorityChanged{Priority: 80}) }},
	{"back-off", func(b *bench) { b.serve().do(ClaimFailed{}) }},
	{"service back-off", func(b *bench) { b.serve().do(Served{OK: false}, Hurry{}) }},
	{"departing", func(b *bench) { b.serve().do(Leave{Reason: ReasonStandby}) }},
	{"departing in fault", func(b *bench) { b.serve().do(FaultChanged{Fault: FaultTracker}) }},
	{"departing after a fault", func(b *bench) {
		b.serve().do(FaultChanged{Fault: FaultTracker}, FaultChanged{})
	}},
	{"departing for its services", func(b *bench) { b.serve().do(Served{OK: false}) }},
	{"departing, committed", func(b *bench) { b.serve().do(Leave{Reason: ReasonStandby}, commit{}) }},
	{"departing, with a successor", func(b *bench) {
		b.serve().do(Leave{Reason: ReasonStandby}, from(highAddr, 250, 100))
	}},
	{"departing, spent", func(b *bench) {
		b.serve().do(FaultChanged{Fault: FaultTracker}, FaultChanged{})
		for b.m.grouped = true; !b.m.bye.spent; {
			b.after(b.m.Deadline().Sub(b.now)).do(Tick{}, Held{Until: b.now.Add(3 * time.Second)})
		}
	}},
	{"standby", func(b *bench) { b.do(Leave{Reason: ReasonStandby}) }},
}

// serve lets nobody be heard until the machine is Active.
func (b *bench) serve() *bench {
	b.after(down100).do(Tick{}, Sent{OK: true}, Held{Until: b.now.Add(3 * time.Second)})
	b.after(500 * time.Millisecond)
	return b
}

// strike returns the saved state of member i in this pose.
func (p pose) strike(t *testing.T, cfg Config) Saved {
	b := &bench{t: t, m: NewMachine(cfg), now: epoch}
	b.do(SourceChanged{Source: ownAddr}, Startup{})
	p.take(b)
	b.do(SourceChanged{Source: ownAddr})
	return b.m.Save(b.now)
}

// blows are the events that can befall a member.
func blows(cfg Config, now time.Time) []Event {
	quicker, other := cfg, cfg
	quicker.Interval = 10
	other.Addresses = addrs("192.0.2.222")
	advert := func(source netip.Addr, priority uint8) Event {
		a := from(source, priority, 100)
		a.ReceivedAt = now
		return a
	}
	return []Event{
		Startup{},
		Tick{},
		advert(lowAddr, 0), advert(lowAddr, 1), advert(lowAddr, 100), advert(highAddr, 100), advert(highAddr, 250), advert(highAddr, 0),
		FaultChanged{Fault: FaultTracker},
		FaultChanged{Fault: FaultNoSource},
		FaultChanged{},
		PriorityChanged{Priority: 1},
		PriorityChanged{Priority: 254},
		Leave{Reason: ReasonStandby},
		Leave{Reason: ReasonStop},
		Hurry{},
		Resume{},
		Sent{OK: true},
		Sent{OK: false},
		Held{Until: now.Add(3 * time.Second)},
		ClaimFailed{},
		Announced{Address: vip1},
		Served{OK: true},
		Served{OK: false},
		SourceChanged{},
		SourceChanged{Source: highAddr},
		Reconfigured{Config: quicker},
		Reconfigured{Config: other},
	}
}

// A matrix tries combinations of poses. The configurations of the members differ in what can differ in a group.
type matrix struct {
	t     *testing.T
	cfgs  []Config
	saved [][]Saved // by member and pose
}

func newMatrix(t *testing.T, members int) *matrix {
	x := &matrix{t: t}
	for i := range members {
		cfg := stock(100 + uint8(i))
		cfg.VRID, cfg.Lease, cfg.Others, cfg.Gap = 51+uint8(i), 3*time.Second, 1, 255
		cfg.Addresses = []netip.Addr{netip.AddrFrom4([4]byte{192, 0, 2, 100 + byte(i)})}
		var saved []Saved
		for _, p := range poses {
			saved = append(saved, p.strike(t, cfg))
		}
		x.cfgs, x.saved = append(x.cfgs, cfg), append(x.saved, saved)
	}
	return x
}

// set returns a lan with one node, whose members are put together in these poses.
func (x *matrix) set(combination []int) *lan {
	l := newLAN()
	n := &node{name: "a", kernel: map[netip.Addr]time.Time{}, cfgs: slices.Clone(x.cfgs), sources: make([]netip.Addr, len(x.cfgs))}
	members := make([]*Machine, len(x.cfgs))
	n.watches = make([]watch, len(x.cfgs))
	for i, cfg := range x.cfgs {
		n.sources[i] = ownAddr
		members[i] = Restore(l.now, cfg, x.saved[i][combination[i]])
		active := members[i].State() == Active
		n.watches[i] = watch{state: members[i].State(), claimed: active, advertised: cfg.Priority}
		if active {
			n.kernel[cfg.Addresses[0]] = l.now.Add(3 * time.Second)
		}
	}
	n.group = NewGroup(members...)
	l.nodes = []*node{n}
	before := lookAt(n.group)
	actions := slices.Clone(n.group.Regroup(l.now, members...))
	l.inspect(n, before, nil, -1, actions)
	l.carryOut(n, actions)
	return l
}

// able says that nothing keeps the group from serving.
func able(g *Group) bool {
	for _, m := range g.Members() {
		if m.Fault() != FaultNone || m.Absent() != ReasonNone {
			return false
		}
	}
	return true
}

// resting says that the group is where it will stay while nothing more is heard.
func resting(g *Group) bool {
	for _, m := range g.Members() {
		if m.Departing() || able(g) != (m.State() == Active) {
			return false
		}
	}
	return true
}

// try makes an event befall one member of a combination, and then nothing more for as long as timers last.
func (x *matrix) try(combination []int, member int, ev Event) {
	l := x.set(combination)
	n := l.nodes[0]
	l.step(n, member, ev)
	l.run(l.now.Add(2 * time.Second))
	l.stepAll(n, Startup{}) // those that were idle
	for end := l.now.Add(20 * time.Second); l.now.Before(end) && !resting(n.group); {
		l.run(l.now.Add(4 * time.Second))
	}
	switch {
	case n.group.apart():
		l.errs = append(l.errs, fmt.Errorf("it is still apart: %v", lookAt(n.group)))
	case able(n.group) != (n.group.Members()[0].State() == Active):
		l.errs = append(l.errs, fmt.Errorf("able to serve: %v, and is %v", able(n.group), n.group.Members()[0].State()))
	}
	for i, m := range n.group.Members() {
		if m.Departing() {
			l.errs = append(l.errs, fmt.Errorf("member %d still departs", i))
		}
		if at := m.Deadline(); !at.IsZero() && !at.After(l.now) {
			l.errs = append(l.errs, fmt.Errorf("member %d should have ticked %v ago", i, l.now.Sub(at)))
		}
		if up := n.holds(m.Config().Addresses[0]); up != (m.State() == Active) {
			l.errs = append(l.errs, fmt.Errorf("member %d is %v, and its address is up: %v", i, m.State(), up))
		}
	}
	if len(l.errs) > 0 {
		var names []string
		for _, i := range combination {
			names = append(names, poses[i].name)
		}
		x.t.Errorf("%s; %T%+v to %d: %v", strings.Join(names, " | "), ev, ev, member, l.errs[0])
	}
}

// Every combination of the states of two members, and every event to each: a group that serves together never comes apart,
// and whatever it was, once nothing more is heard it serves with all members or, if something forbids it, with none.
func TestEveryMemberStateAndEvent(t *testing.T) {
	t.Parallel()
	x := newMatrix(t, 2)
	for i := range poses {
		for j := range poses {
			for member := range 2 {
				for _, ev := range blows(x.cfgs[member], epoch) {
					x.try([]int{i, j}, member, ev)
				}
			}
			if t.Failed() {
				return
			}
		}
	}
}

// The same of three members, every combination with one of the events.
func TestEveryMemberStateOfThree(t *testing.T) {
	t.Parallel()
	x := newMatrix(t, 3)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range poses {
		for j := range poses {
			for k := range poses {
				member := r.IntN(3)
				events := blows(x.cfgs[member], epoch)
				x.try([]int{i, j, k}, member, events[r.IntN(len(events))])
			}
		}
		if t.Failed() {
			return
		}
	}
}
