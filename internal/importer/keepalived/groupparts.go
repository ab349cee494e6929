package keepalived

import (
	"reflect"
	"slices"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/internal/importer"
	"github.com/aloft-ha/aloft/tracker"
)

// partsOf returns the parts of a router that a file speaks for: those of its node, and the first file also for the peers
// whose files were not given.
func (g *grouping) partsOf(src *source, router int) (parts []*importer.Part) {
	for i := range g.out.Routers[router].Parts {
		p := &g.out.Routers[router].Parts[i]
		strange := src == g.sources[0] && slices.ContainsFunc(g.strange, func(s *stranger) bool { return s.name == p.Node })
		if p.Node == src.node || strange {
			parts = append(parts, p)
		}
	}
	return parts
}

// giveEffects gives routers the trackers of a group.
func (g *grouping) giveEffects(src *source, one *group, routers []int) {
	for _, i := range routers {
		for _, p := range g.partsOf(src, i) {
			track := slices.Clone(p.Settings.Track)
			for _, e := range named(one.effects) {
				if !slices.ContainsFunc(track, func(o tracker.Effect) bool { return o.Tracker == e.Tracker }) {
					track = append(track, e)
				}
			}
			p.Settings.Track = track
		}
	}
}

// giveNotify gives a router what a group runs, unless the router has something of its own there.
func (g *grouping) giveNotify(src *source, one *group, router int) {
	for _, p := range g.partsOf(src, router) {
		n := &p.Settings.Notify
		for _, slot := range []struct {
			from *config.Command
			to   **config.Command
		}{{one.notify.Active, &n.Active}, {one.notify.Backup, &n.Backup}, {one.notify.Fault, &n.Fault}, {one.notify.Stop, &n.Stop}, {one.notify.Any, &n.Any}} {
			switch {
			case slot.from == nil || reflect.DeepEqual(slot.from, *slot.to):
			case *slot.to == nil:
				*slot.to = slot.from
			default:
				src.note(one.at, importer.Dropped, "let one program do both", "vrrp_sync_group %s: the router has a command of its own for the same change", clip(one.name))
			}
		}
	}
	if one.notify.Any != nil {
		src.note(one.at, importer.Changed, "", "vrrp_sync_group %s: notify gets INSTANCE %s, where keepalived says GROUP", clip(one.name), g.out.Routers[router].Name)
	}
}
