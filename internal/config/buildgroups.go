package config

import (
	"cmp"
	"slices"
	"strings"
)

// group is a group with its routers while it is checked.
type group struct {
	*groupDraft
	members []groupMember
}

// groupMember is a router of a group, and where the group names it.
type groupMember struct {
	*router
	at value
}

// group puts the routers of a group together.
func (b *builder) group(d *draft, draft *groupDraft) *group {
	g := &group{groupDraft: draft}
	for _, ref := range draft.settings.routers.value {
		r := b.routerByName[ref.name]
		switch {
		case r != nil:
			if r.group != nil {
				b.report(ref.at, "a router is in one group at most", "%s is already in the group %s", quote(ref.name), r.group.name)
				continue
			}
			r.group = g
			g.members = append(g.members, groupMember{r, ref.at})
		case d.routers.state == present:
			b.report(ref.at, b.routerHint(ref.name), "the group %s names %s, which is no router", g.name, quote(ref.name))
		}
	}
	slices.SortStableFunc(g.members, func(x, y groupMember) int { return cmp.Compare(x.index, y.index) })
	if len(g.members) > 0 {
		b.checkGroup(g)
		b.join(g)
	}
	return g
}

func (b *builder) routerHint(name string) string {
	if len(b.problems) > 2*maxProblems {
		return "" // nobody will see a guess
	}
	var names []string
	for _, r := range b.routers {
		names = append(names, r.name)
	}
	return didYouMean(name, names)
}

// join gives the parts of a group's routers its name and its trackers: a tracker of one router counts for all of them,
// because they move together.
func (b *builder) join(g *group) {
	unions := make(map[string]*union) // by node
	for _, m := range g.members {
		for _, p := range m.parts {
			u := unions[p.Node]
			if u == nil {
				u = new(union)
				unions[p.Node] = u
			}
			u.add(p.settings.track)
		}
	}
	var last *union
	for _, p := range g.members[0].parts {
		u := unions[p.Node]
		u.add(g.settings.track)
		if last != nil && slices.Equal(u.nodes, last.nodes) {
			u.effects = last.effects
		} else {
			b.unite(g, u)
		}
		last = u
	}
	for _, m := range g.members {
		for _, p := range m.parts {
			p.Group, p.Track = g.name, unions[p.Node].effects
		}
	}
}

func (g *group) result() Group {
	out := Group{Name: g.name, Notify: g.settings.notify.value}
	for _, ref := range g.settings.routers.value {
		out.Routers = append(out.Routers, ref.name)
	}
	return out
}

// checkGroup finds routers that cannot move together.
func (b *builder) checkGroup(g *group) {
	first := g.members[0]
	order := slices.Clone(first.parts)
	slices.SortStableFunc(order, func(x, y *part) int { return cmp.Compare(y.Priority, x.Priority) })
	for _, m := range g.members[1:] {
		switch {
		case first.settings.nodes.state == broken || m.settings.nodes.state == broken:
		case !slices.Equal(first.nodesByName(), m.nodesByName()):
			b.report(m.at, "give them the same nodes, or take one out of the group",
				"%s is served by %s, and %s by %s: routers of a group have the same nodes",
				m.name, strings.Join(m.nodesByName(), ", "), first.name, strings.Join(first.nodesByName(), ", "))
		default:
			b.checkGroupOrder(order, first, m)
		}
	}
}

// nodesByName are the nodes that serve a router, sorted.
func (r *router) nodesByName() []string {
	var names []string
	for _, p := range r.parts {
		names = append(names, p.Node)
	}
	slices.Sort(names)
	return names
}

// checkGroupOrder compares the order of preference of two routers of a group, that of the first being given.
func (b *builder) checkGroupOrder(order []*part, first, m groupMember) {
	own := make(map[string]*part, len(m.parts))
	for _, p := range m.parts {
		own[p.Node] = p
	}
	for _, p := range order {
		q := own[p.Node]
		if p.Priority == 0 || q.Priority == 0 {
			return // reported already
		}
		if (p.Priority == ownerPriority) != (q.Priority == ownerPriority) {
			b.report(m.at, "give it 254 at most, or 255 in both", "%s owns the addresses of one of %s and %s (priority 255), and not of the other",
				p.Node, first.name, m.name)
			return
		}
	}
	for i := range len(order) - 1 {
		x, y := order[i], order[i+1]
		if p, q := own[x.Node], own[y.Node]; cmp.Compare(x.Priority, y.Priority) != cmp.Compare(p.Priority, q.Priority) {
			b.report(m.at, "give both routers the same order of preference",
				"%s and %s are not preferred alike: %s has %d and %d for %s and %s, %s has %d and %d",
				first.name, m.name, first.name, x.Priority, y.Priority, x.Node, y.Node, m.name, p.Priority, q.Priority)
			return
		}
	}
}

// checkServices finds a service that two routers of one node have: one of them would stop it under the other.
func (b *builder) checkServices() {
	type user struct {
		router *router
		at     value
	}
	type place struct {
		router *router
		item   value
	}
	told := make(map[place]bool)
	for _, n := range b.nodes {
		seen := make(map[string]user)
		for _, r := range b.routers {
			i := slices.IndexFunc(r.parts, func(p *part) bool { return p.Node == n.name.value })
			if i < 0 {
				continue
			}
			for _, s := range r.parts[i].settings.services.value {
				earlier, twice := seen[s.Name]
				switch here := (place{r, s.at}); {
				case !twice:
					seen[s.Name] = user{r, s.at}
				case !told[here]:
					told[here] = true
					at := s.at
					if at.node == earlier.at.node {
						at = r.at // one value for both, by defaults or an alias
					}
					b.report(at, "a service runs where its router is Active: give it one router; routers that move together are a group",
						"%s is already a service of %s", s.Name, earlier.router.name)
				}
			}
		}
	}
}
