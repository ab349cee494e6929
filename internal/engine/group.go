package engine

import (
	"slices"
	"time"

	"github.com/aloft-ha/aloft/vrrp"
)

// group is what moves together: the families of one router, or all routers of a group of the configuration. It is what
// is scheduled and stepped.
type group struct {
	name     string // what is told of it is told by; empty: nothing is
	machines *vrrp.Group
	routers  []*router
	members  []*member // of all of them
	leaving  bool

	deadline time.Time // zero: none
	place    int       // in the schedule; -1: not in it
}

func newGroup() *group { return &group{machines: vrrp.NewGroup(), place: -1} }

// bond is what makes routers one group: their name for it, and whether they are leaving. What a reload takes out of a
// group leaves alone; when all leave, they leave together.
type bond struct {
	name    string
	alone   *router // where there is no name
	leaving bool
}

func (r *router) bond() bond {
	b := bond{name: r.inst.Group, leaving: r.leaving}
	if b.name == "" {
		b.alone = r
	}
	return b
}

// regroup puts the routers into groups, as they are bound now. A group that was goes on, and so does a machine whose
// group has changed around it.
func (e *Engine) regroup(now time.Time) {
	var bonds []bond
	sets := make(map[bond][]*router)
	staying := make(map[string]bool)
	for _, r := range e.routers {
		b := r.bond()
		staying[b.name] = staying[b.name] || !b.leaving
		if sets[b] == nil {
			bonds = append(bonds, b)
		}
		sets[b] = append(sets[b], r)
	}
	before := e.groups
	e.groups = make(map[*group]bool, len(bonds))
	for _, b := range bonds {
		g := goesOn(sets[b], e.groups)
		e.groups[g] = true
		g.name, g.leaving = b.name, b.leaving
		if b.leaving && staying[b.name] {
			g.name = "" // the others speak for it
		}
		e.bind(now, g, sets[b])
	}
	for g := range before {
		if !e.groups[g] {
			e.due.push(g, time.Time{})
		}
	}
}

// goesOn picks the group that a set of routers goes on in: the first that one of them has and no other set took.
func goesOn(set []*router, taken map[*group]bool) *group {
	for _, r := range set {
		if r.group != nil && !taken[r.group] {
			return r.group
		}
	}
	return newGroup()
}

// bind makes a set of routers the members of a group.
func (e *Engine) bind(now time.Time, g *group, set []*router) {
	var members []*member
	for _, r := range set {
		r.group = g
		members = append(members, r.members...)
	}
	g.routers = set
	for i, m := range members {
		m.index = i
	}
	if !slices.Equal(members, g.members) {
		g.members = members
		e.perform(now, g, g.machines.Regroup(now, machinesOf(members)...), nil)
	}
}
