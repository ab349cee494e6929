package keepalived

import (
	"cmp"
	"slices"

	"github.com/aloft-ha/aloft/internal/importer"
	"github.com/aloft-ha/aloft/tracker"
)

// effect is what a tracker means to an instance or a group.
type effect struct {
	def    *trackerDef
	weight int // 0: a fault
}

// settle decides what the trackers of each instance and group mean, as keepalived does when it has read the file.
func (src *source) settle() {
	for _, in := range src.instances {
		in.effects = src.effects(in.tracked, in.holds(src))
	}
	for _, g := range src.groups {
		var all holder
		for _, in := range src.members(g) {
			one := in.holds(src)
			all.owner = all.owner || one.owner
			all.links = append(all.links, one.links...)
		}
		all.group = g
		g.effects = src.effects(g.tracked, all)
		src.reconcile(g)
	}
}

// holder is whom trackers act on.
type holder struct {
	group  *group   // it is one
	member bool     // it is in one that takes no weights
	owner  bool     // of the addresses, or one of its members is
	links  []string // the interfaces that are watched anyway
}

func (in *instance) holds(src *source) holder {
	g := src.groupOf[in.name]
	return holder{
		member: g != nil && !g.weights, owner: in.priority == owner || in.priority == 0 && in.master,
		links: []string{cmp.Or(in.iface, src.global.iface)},
	}
}

// members are the instances of a group, each once.
func (src *source) members(g *group) []*instance {
	var list []*instance
	for _, in := range src.instances {
		if src.groupOf[in.name] == g {
			list = append(list, in)
		}
	}
	return list
}

// effects makes the effects of a list, without those that keepalived ignores.
func (src *source) effects(list []tracked, h holder) []effect {
	var out []effect
	for _, t := range list {
		if t.def.spec.Kind == nil {
			src.note(t.at, importer.Broken, "", "%s is not carried over, since its %s is not", t.at.name(), t.def.block)
			continue
		}
		weight, ok := src.effective(t, h)
		if !ok {
			continue
		}
		t.def.tracked = true
		out = append(out, effect{t.def, weight})
	}
	return out
}

// effective is the weight that counts. It is not ok if the entry has no effect.
func (src *source) effective(t tracked, h holder) (weight int, ok bool) {
	if t.def.block == interfaceBlock && slices.Contains(h.links, t.def.name) {
		src.note(t.at, importer.Dropped, "aloft always watches a router's own interface, and it is in fault without it", "track_interface %s", t.at.name())
		return 0, false
	}
	weight = t.weight
	if t.reverse && weight != 0 {
		if t.def.block != fileBlock {
			src.note(t.at, importer.Dropped, howToReverse(t), "%s: weight %d reverse", t.at.name(), weight)
			return 0, false
		}
		weight = -weight
	}
	why := "the group takes no weights of its members without sync_group_tracking_weight"
	if !h.member {
		why = "the owner's priority 255 never changes"
	}
	switch ignored := h.member || h.owner && h.group == nil; {
	case weight == 0:
	case h.group != nil && h.owner:
		src.note(t.at, importer.Broken, "", "%s: keepalived takes a fault for the weight %d, since a member has priority 255", t.at.name(), weight)
		return 0, true
	case !ignored || t.def.block == processBlock:
	case t.def.block == fileBlock && weight == 1, t.def.block == interfaceBlock && h.member:
		src.note(t.at, importer.Broken, "", "%s: keepalived takes a fault for the weight %d: %s", t.at.name(), weight, why)
		return 0, true
	default:
		src.note(t.at, importer.Broken, "track it in the group, or without a weight, if it is meant", "%s: keepalived ignores it with the weight %d: %s", t.at.name(), weight, why)
		return 0, false
	}
	return weight, true
}

// howToReverse says how to write a weight that counts the other way round.
func howToReverse(t tracked) string {
	if t.def.block == scriptBlock {
		return "write a tracker that passes when it fails, {script: \"! COMMAND\"}, and track it with the opposite weight"
	}
	return "write a tracker of a script that passes when it fails, and track it with the opposite weight"
}

// reconcile makes a tracker that a group and its members have, or two of them, mean the same to all: they move together,
// so a fault of one is a fault of all, and the group's weight comes before a member's.
func (src *source) reconcile(g *group) {
	meaning := make(map[*trackerDef]int)
	lists := []*[]effect{&g.effects}
	for _, in := range src.members(g) {
		lists = append(lists, &in.effects)
	}
	for _, list := range lists {
		for _, e := range *list {
			weight, known := meaning[e.def]
			switch {
			case !known, e.weight == 0:
				meaning[e.def] = e.weight
			case weight != 0 && weight != e.weight:
				src.note(g.at, importer.Changed, "", "vrrp_sync_group %s: %s has the weights %d and %d; its routers move together, and %d is taken",
					clip(g.name), clip(e.def.name), weight, e.weight, weight)
			}
		}
	}
	for _, list := range lists {
		for i := range *list {
			(*list)[i].weight = meaning[(*list)[i].def]
		}
	}
}

// named writes effects with the names that the trackers have in the result.
func named(list []effect) []tracker.Effect {
	var out []tracker.Effect
	for _, e := range list {
		one := tracker.Effect{Tracker: e.def.named, Mode: tracker.ModeFault}
		if e.weight != 0 {
			one.Mode, one.Weight = tracker.ModeWeight, e.weight
		}
		out = append(out, one)
	}
	return out
}
