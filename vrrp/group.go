package vrrp

import (
	"slices"
	"time"
)

// Group is a set of virtual routers that move together: all Active or none. The two families of one router are such a
// group; a router alone is a group of one and behaves exactly as its [Machine].
//
// A member whose Active_Down_Timer has ended is ready, and the group becomes Active when all are: a family whose
// adverts are lost alone does not tear the others away from a healthy Active, and nothing flaps. A member that gives way
// takes the others along, and so does a fault in one. Farewells that nobody answers are taken back by all or by none.
// Priorities that tie are decided by the addresses of the first member alone.
//
// So after each step either all members serve or none does, where one that says farewell does not. The exception is a
// member that [Group.Regroup] adds: until it is ready, those that were there go on without it.
//
// The members have to prefer the nodes in the same order. Two nodes of which each wins with one member make each other give
// way, and where their timers end in the same moment they do so again each time.
//
// Like a Machine, a Group is pure and belongs to one goroutine.
type Group struct {
	members []*Machine
	out     []MemberAction
	moved   bool // a member has, in this step, so that the others may have to follow
}

// MemberAction is an action of one member.
type MemberAction struct {
	Member int
	Action Action
}

// NewGroup returns a group of machines, which from now on are stepped through it alone.
func NewGroup(members ...*Machine) *Group {
	for i, m := range members {
		m.grouped, m.follower = len(members) > 1, i > 0
	}
	return &Group{members: members}
}

// Regroup changes who is a member: machines that were go on as they are, and one that stays behind alone waits for nobody
// any more. Where one is on standby, so are then all. A machine that is taken out belongs to no group until [NewGroup]
// makes one of it.
func (g *Group) Regroup(now time.Time, members ...*Machine) []MemberAction {
	g.out = g.out[:0]
	g.members = members
	for i, m := range members {
		m.grouped, m.follower = len(members) > 1, i > 0
	}
	if slices.ContainsFunc(members, (*Machine).onStandby) {
		for i, m := range members {
			if m.absent == ReasonNone {
				g.step(now, i, Leave{Reason: ReasonStandby})
			}
		}
	}
	g.settle(now)
	return g.out
}

// Members returns the machines, in order, to be read.
func (g *Group) Members() []*Machine { return g.members }

// Step tells one member that ev happened, lets the others follow, and returns what has to be done, in order. The slice
// is valid until the next Step. Nobody leaves or comes back alone: [Leave], [Hurry] and [Resume] are told to all.
func (g *Group) Step(now time.Time, member int, ev Event) []MemberAction {
	switch ev.(type) {
	case Leave, Hurry, Resume:
		return g.StepAll(now, ev)
	}
	g.out, g.moved = g.out[:0], false
	g.step(now, member, ev)
	if g.moved {
		g.settle(now)
	}
	return g.out
}

// StepAll tells all members, and then lets them follow each other.
func (g *Group) StepAll(now time.Time, ev Event) []MemberAction {
	g.out = g.out[:0]
	for i := range g.members {
		g.step(now, i, ev)
	}
	g.settle(now)
	return g.out
}

// Deadline returns when the group wants its next Tick; zero: never, unless something happens.
func (g *Group) Deadline() (first time.Time) {
	for _, m := range g.members {
		first = earliest(first, m.Deadline())
	}
	return first
}

// posture is what the members of a group want to know of each other.
type posture struct {
	state     State
	fault     Fault
	ready     bool
	departing bool
	spent     bool
	revocable bool
}

func (m *Machine) posture() posture {
	p := posture{state: m.state, fault: m.ownFault(), ready: m.ready, departing: m.bye != nil}
	if p.departing {
		p.spent, p.revocable = m.bye.spent, m.revocable()
	}
	return p
}

// hand steps one member.
func (g *Group) hand(now time.Time, member int, ev Event) []Action {
	m := g.members[member]
	before := m.posture()
	actions := m.Step(now, ev)
	for _, a := range actions {
		g.out = append(g.out, MemberAction{Member: member, Action: a})
	}
	g.moved = g.moved || m.posture() != before
	return actions
}

// step steps one member, and takes the others along if it gave way or has gone.
func (g *Group) step(now time.Time, member int, ev Event) {
	m := g.members[member]
	gaveWay, gone, stayed := false, false, false
	for _, a := range g.hand(now, member, ev) {
		switch a := a.(type) {
		case Transition:
			gaveWay = gaveWay || a.From == Active && a.To == Backup
		case Departed:
			gone = gone || a.Successor.IsValid()
			stayed = stayed || a.Reason == ReasonNoSuccessor
		}
	}
	if adv, ok := ev.(Advert); ok {
		// An Active that this one follows serves: where the group came apart, it brings the others back.
		gaveWay = gaveWay || m.follows(adv)
		gone = gone || m.bye != nil && m.bye.successor.IsValid()
	}
	if gaveWay {
		g.tell(now, member, (*Machine).serves, yield{})
	}
	if gone {
		g.tell(now, member, (*Machine).undecided, commit{})
	}
	if stayed {
		g.tell(now, member, (*Machine).onStandby, Resume{})
	}
}

// tell hands an event to those beside one member whom it concerns.
func (g *Group) tell(now time.Time, beside int, concerns func(*Machine) bool, ev Event) {
	for i, m := range g.members {
		if i != beside && concerns(m) {
			g.hand(now, i, ev)
		}
	}
}

// settle spreads faults, ends the farewells that nobody answered, and promotes the members once all are ready.
func (g *Group) settle(now time.Time) {
	for g.spreadFaults(now) {
	}
	g.decide(now)
	if !g.allReady() {
		return
	}
	for i, m := range g.members {
		if m.ready {
			g.step(now, i, promote{})
		}
	}
}

// spreadFaults tells each member whether another is in fault. It says whether that was news to one: a member that acts on
// it may find that its lease has run out, which is a fault of its own.
func (g *Group) spreadFaults(now time.Time) (news bool) {
	faulty := 0
	for _, m := range g.members {
		if m.ownFault() != FaultNone {
			faulty++
		}
	}
	for i, m := range g.members {
		beside := faulty
		if m.ownFault() != FaultNone {
			beside--
		}
		if on := beside > 0; on != m.outvoted {
			g.step(now, i, groupFault{on: on})
			news = true
		}
	}
	return news
}

// decide ends the farewells that nobody answered: those that cannot be taken back at once, and the others when no member
// can find a successor any more. All of them go on as Active if every other member can, and else they wait for it.
func (g *Group) decide(now time.Time) {
	open, together := false, true
	for _, m := range g.members {
		open = open || m.bye != nil && !m.bye.spent
		together = together && (m.state == Active || m.ready)
	}
	for i, m := range g.members {
		if m.bye != nil && m.bye.spent && (!open || !m.revocable()) {
			g.step(now, i, decide{together: together})
		}
	}
}

// allReady says that every member is Active or may become so.
func (g *Group) allReady() bool {
	for _, m := range g.members {
		if !m.serves() && !m.ready {
			return false
		}
	}
	return true
}

// serves says that the machine is Active, and not about to leave.
func (m *Machine) serves() bool { return m.state == Active && m.bye == nil }

// undecided says that the machine departs, and might still take it back.
func (m *Machine) undecided() bool { return m.bye != nil && !m.bye.committed }

// onStandby says that the operator sent the machine away.
func (m *Machine) onStandby() bool { return m.absent == ReasonStandby }
