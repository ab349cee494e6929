package config

import (
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/aloft-ha/aloft/tracker"
)

// checkTracked looks at every name of a tracker that the file uses, and at the trackers that nobody
// uses, unless one of the names that were not understood may be theirs.
func (b *builder) checkTracked(d *draft) {
	used, sure := make(map[string]bool), true
	look := func(s setting[[]tracked]) {
		sure = sure && s.state != broken
		for _, t := range s.value {
			used[t.effect.Tracker] = true
			sure = b.knownTracker(d, t) && sure
		}
	}
	lookAt := func(s *settings) {
		look(s.track)
		for _, n := range s.perNode.value {
			look(n.settings.track)
		}
	}
	lookAt(&b.defaults)
	for _, r := range d.routers.value {
		lookAt(r.settings)
	}
	for _, g := range d.groups.value {
		look(g.settings.track)
	}
	for _, t := range d.trackers.value {
		if sure && !used[t.name] && badName(t.name, MaxRouterName) == "" {
			b.warn(t.at, "write track: ["+t.name+"] in a router", "nobody tracks %s, so it decides nothing", t.name)
		}
	}
}

// knownTracker reports a name that is no tracker.
func (b *builder) knownTracker(d *draft, t tracked) bool {
	if _, ok := b.trackers[t.effect.Tracker]; ok || d.trackers.state == broken && len(d.trackers.value) == 0 {
		return true
	}
	hint := ""
	switch words := strings.Fields(t.effect.Tracker); {
	case len(words) == 3 && words[1] == "weight":
		hint = "write {" + clip(words[0]) + ": " + clip(words[2]) + "}"
	case len(b.trackers) == 0:
		hint = "write trackers: {" + clip(t.effect.Tracker) + ": {...}} at the top of the file"
	case len(b.problems) <= 2*maxProblems: // else nobody will see a guess
		var names []string
		for _, known := range d.trackers.value {
			names = append(names, known.name)
		}
		hint = didYouMean(t.effect.Tracker, names)
	}
	b.report(t.at, hint, "track names %s, which is no tracker", quote(t.effect.Tracker))
	return false
}

// effectsOf returns the effects of a setting without their places.
func (b *builder) effectsOf(s setting[[]tracked]) []tracker.Effect {
	return bare(b.effects, s, func(t tracked) tracker.Effect { return t.effect })
}

// union is the work on the trackers of a group on one node.
type union struct {
	lists   []setting[[]tracked]
	nodes   []*yaml.Node // of the lists
	effects []tracker.Effect
}

// add adds a list that is not in the union yet.
func (u *union) add(s setting[[]tracked]) {
	if len(s.value) > 0 && !slices.Contains(u.nodes, s.at.node) {
		u.lists, u.nodes = append(u.lists, s), append(u.nodes, s.at.node)
	}
}

// unite makes one list of effects of all lists, each tracker once. A tracker that does two things is reported.
func (b *builder) unite(g *group, u *union) {
	if len(u.lists) == 1 {
		u.effects = b.effectsOf(u.lists[0])
		return
	}
	first := make(map[string]tracked)
	for _, list := range u.lists {
		for _, t := range list.value {
			earlier, twice := first[t.effect.Tracker]
			switch {
			case !twice:
				first[t.effect.Tracker] = t
				u.effects = append(u.effects, t.effect)
			case earlier.effect != t.effect:
				b.report(t.at, "see "+lineOf(earlier.at), "%s has another effect here than elsewhere in the group %s, whose routers move together",
					quote(t.effect.Tracker), g.name)
			}
		}
	}
}
