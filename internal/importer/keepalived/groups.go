package keepalived

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/internal/importer"
	"github.com/aloft-ha/aloft/tracker"
)

// grouping is the work on the vrrp_sync_groups of all files, on routers that are made.
type grouping struct {
	*cluster
	out   *importer.Cluster
	place map[*router]int // in the result
	names importer.Names
	made  []*madeGroup
	in    map[int]*madeGroup // by router
}

// madeGroup is a group of the result.
type madeGroup struct {
	routers []int // sorted
	of      []groupOn
}

// groupOn is a vrrp_sync_group and the file that it is in.
type groupOn struct {
	src *source
	*group
}

// group makes groups of the vrrp_sync_groups that tie routers together. What one of a single router has is the router's.
func (c *cluster) group(out *importer.Cluster, place map[*router]int) {
	g := &grouping{cluster: c, out: out, place: place, in: make(map[int]*madeGroup)}
	for _, src := range c.sources {
		for _, one := range src.groups {
			g.add(src, one)
		}
	}
	for _, m := range g.made {
		g.write(m)
	}
}

// add finds out what one vrrp_sync_group becomes.
func (g *grouping) add(src *source, one *group) {
	routers := g.routersOf(src, one)
	switch {
	case len(routers) == 0:
		return
	case len(routers) == 1:
		if len(src.members(one)) == 1 {
			src.note(one.at, importer.Dropped, "", "vrrp_sync_group %s ties nothing together: what it has becomes that of its one router", clip(one.name))
		}
		g.giveEffects(src, one, routers)
		g.giveNotify(src, one, routers[0])
		return
	}
	if why := g.apart(routers); why != "" {
		src.note(one.at, importer.Dropped, "put the addresses into one router, or give the routers the same nodes in the same order, and write them into groups",
			"vrrp_sync_group %s: %s", clip(one.name), why)
		g.giveEffects(src, one, routers)
		if one.notify != (config.Notify{}) {
			src.note(one.at, importer.Dropped, "", "vrrp_sync_group %s: what it runs is left out", clip(one.name))
		}
		return
	}
	g.join(src, one, routers)
}

// routersOf returns the routers of a vrrp_sync_group, by their place, sorted.
func (g *grouping) routersOf(src *source, one *group) []int {
	var routers []int
	for _, name := range one.members {
		r := g.routerOf[instanceKey{src, name}]
		switch {
		case r == nil:
			src.note(one.at, importer.Broken, "", "vrrp_sync_group %s: there is no vrrp_instance %s", clip(one.name), clip(name))
			continue
		case src.groupOf[name] != one:
			src.note(one.at, importer.Broken, "", "vrrp_sync_group %s: vrrp_instance %s is in another group before it", clip(one.name), clip(name))
			continue
		case r.half != nil:
			r = r.half
		}
		routers = append(routers, g.place[r])
	}
	slices.Sort(routers)
	return slices.Compact(routers)
}

// apart says why routers cannot be in one group; it is empty if they can. Their nodes and their order have to be the same.
func (g *grouping) apart(routers []int) string {
	first := &g.out.Routers[routers[0]]
	for _, i := range routers[1:] {
		r := &g.out.Routers[i]
		priority := make(map[string]int)
		for _, p := range r.Parts {
			priority[p.Node] = p.Priority
		}
		last := -1
		for j, p := range first.Parts {
			own := priority[p.Node]
			switch {
			case own == 0 || len(first.Parts) != len(r.Parts):
				return fmt.Sprintf("%s and %s are not on the same nodes", first.Name, r.Name)
			case (own == owner) != (p.Priority == owner):
				return fmt.Sprintf("%s owns the addresses of one of %s and %s only", p.Node, first.Name, r.Name)
			case last >= 0 && cmp.Compare(first.Parts[j-1].Priority, p.Priority) != cmp.Compare(last, own):
				return fmt.Sprintf("the nodes of %s and %s are not preferred in the same order", first.Name, r.Name)
			}
			last = own
		}
	}
	return ""
}

// join makes a group, or finds that another node has it too. A router is in one group.
func (g *grouping) join(src *source, one *group, routers []int) {
	for _, m := range g.made {
		if slices.Equal(m.routers, routers) {
			m.of = append(m.of, groupOn{src, one})
			return
		}
	}
	if slices.ContainsFunc(routers, func(i int) bool { return g.in[i] != nil }) {
		src.note(one.at, importer.Broken, "make the groups alike on all nodes", "vrrp_sync_group %s: one of its routers is in another group on another node, which is taken", clip(one.name))
		return
	}
	m := &madeGroup{routers, []groupOn{{src, one}}}
	g.made = append(g.made, m)
	for _, i := range routers {
		g.in[i] = m
	}
}

// write puts a group into the result. What its trackers do on one node only stands in its first router: in a group that
// counts for all of them.
func (g *grouping) write(m *madeGroup) {
	first := m.of[0]
	out := importer.Group{Name: g.names.Unique(cmp.Or(importer.RouterName(first.name), "group")), Notify: first.notify}
	for _, i := range m.routers {
		out.Routers = append(out.Routers, g.out.Routers[i].Name)
	}
	comment := "vrrp_sync_group " + first.name
	alike := true
	for i, on := range m.of {
		comment += fmt.Sprintf("%s %s:%d", [2]string{"", ","}[min(i, 1)], on.at.file, on.at.line)
		alike = alike && slices.Equal(named(on.effects), named(first.effects))
		if !reflect.DeepEqual(on.notify, first.notify) {
			on.src.note(on.at, importer.Dropped, "let one program find out where it runs", "vrrp_sync_group %s: a group runs the same on all nodes, and what %s has is taken", clip(on.name), first.src.node)
		}
		if told := on.notify.Any != nil || len(on.src.global.fifos) > 0; told && on.name != out.Name {
			on.src.note(on.at, importer.Changed, "", "notify and the FIFO call vrrp_sync_group %s %s", clip(on.name), out.Name)
		}
	}
	out.Comment = []string{comment}
	if alike {
		out.Track = named(first.effects)
	}
	for _, on := range m.of {
		if !alike {
			g.giveEffects(on.src, on.group, m.routers[:1])
		}
	}
	g.noteAbsent(m, out.Name)
	g.agree(m, out.Track)
	g.out.Groups = append(g.out.Groups, out)
}

// noteAbsent names the nodes that do not have the group.
func (g *grouping) noteAbsent(m *madeGroup, name string) {
	for _, src := range g.sources {
		if !slices.ContainsFunc(m.of, func(on groupOn) bool { return on.src == src }) {
			src.notes = append(src.notes, importer.Note{
				File: src.File, Kind: importer.Changed, What: fmt.Sprintf("the group %s of other nodes holds on %s too", name, src.node),
			})
		}
	}
}

// agree gives each tracker one meaning in all routers of a group on one node, which the group's comes first for. Within
// a file that is so already; a node without the group may have meant something else.
func (g *grouping) agree(m *madeGroup, common []tracker.Effect) {
	meaning := make(map[string]map[string]tracker.Effect)
	for _, i := range m.routers {
		for j := range g.out.Routers[i].Parts {
			p := &g.out.Routers[i].Parts[j]
			known := meaning[p.Node]
			if known == nil {
				known = make(map[string]tracker.Effect)
				meaning[p.Node] = known
				for _, e := range common {
					known[e.Tracker] = e
				}
			}
			p.Settings.Track = slices.Clone(p.Settings.Track)
			for k, e := range p.Settings.Track {
				if first, ok := known[e.Tracker]; ok {
					p.Settings.Track[k] = first
				} else {
					known[e.Tracker] = e
				}
			}
		}
	}
}
