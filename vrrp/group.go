package vrrp

import "time"

// Group is a set of virtual routers that move together: all Active or none. The two families of one router are such a
// group; a router alone is a group of one and behaves exactly as its [Machine].
//
// A member whose Active_Down_Timer has ended is ready, and the group becomes Active when all are: a family whose
// adverts are lost alone does not tear the others away from a healthy Active, and nothing flaps. A member that gives way
// takes the others along, and so does a fault in one. Priorities that tie are decided by the addresses of the first
// member alone.
//
// Like a Machine, a Group is pure and belongs to one goroutine.
type Group struct {
	members []*Machine
	out     []MemberAction
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
// any more. A machine that is taken out belongs to no group until [NewGroup] makes one of it.
func (g *Group) Regroup(now time.Time, members ...*Machine) []MemberAction {
	g.out = g.out[:0]
	g.members = members
	for i, m := range members {
		m.grouped, m.follower = len(members) > 1, i > 0
	}
	g.settle(now)
	return g.out
}

// Members returns the machines, in order, to be read.
func (g *Group) Members() []*Machine { return g.members }

// Step tells one member that ev happened, lets the others follow, and returns what has to be done, in order. The slice
// is valid until the next Step.
func (g *Group) Step(now time.Time, member int, ev Event) []MemberAction {
	g.out = g.out[:0]
	g.step(now, member, ev)
	g.settle(now)
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

// step steps one member, and takes the others along if it gave way or has gone.
func (g *Group) step(now time.Time, member int, ev Event) {
	var follow []Event
	m := g.members[member]
	for _, a := range m.Step(now, ev) {
		g.out = append(g.out, MemberAction{Member: member, Action: a})
		switch a := a.(type) {
		case Transition:
			if a.From == Active && a.To == Backup {
				follow = append(follow, yield{})
			}
		case Departed:
			switch {
			case a.Successor.IsValid():
				follow = append(follow, commit{})
			case a.Reason == ReasonNoSuccessor:
				follow = append(follow, Resume{})
			}
		}
	}
	if adv, ok := ev.(Advert); ok {
		switch {
		case m.bye != nil && m.bye.successor.IsValid():
			follow = append(follow, commit{})
		case m.follows(adv):
			// An Active that this one follows serves: where the group came apart, it brings the others back.
			follow = append(follow, yield{})
		}
	}
	for _, ev := range follow {
		for i := range g.members {
			if i != member {
				g.step(now, i, ev)
			}
		}
	}
}

// settle spreads faults and promotes the members once all are ready.
func (g *Group) settle(now time.Time) {
	for i, m := range g.members {
		if on := g.faultBeside(i); on != m.outvoted {
			g.step(now, i, groupFault{on: on})
		}
	}
	if !g.allReady() {
		return
	}
	for i, m := range g.members {
		if m.ready {
			g.step(now, i, promote{})
		}
	}
}

// faultBeside says whether a member other than i is in fault.
func (g *Group) faultBeside(i int) bool {
	for j, m := range g.members {
		if j != i && m.ownFault() != FaultNone {
			return true
		}
	}
	return false
}

// allReady says that every member is Active or may become so.
func (g *Group) allReady() bool {
	for _, m := range g.members {
		if active := m.state == Active && m.bye == nil; !active && !m.ready {
			return false
		}
	}
	return true
}
