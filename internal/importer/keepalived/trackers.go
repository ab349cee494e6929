package keepalived

import (
	"cmp"
	"fmt"

	"github.com/aloft-ha/aloft/internal/importer"
	"github.com/aloft-ha/aloft/tracker"
)

// naming is the work on the trackers of all files.
type naming struct {
	*cluster
	names  importer.Names
	alike  map[string][]*madeTracker // by all that is the same
	called map[trackerKey]bool
}

// madeTracker is a tracker of the result.
type madeTracker struct {
	name  string // of the first definition
	index int
	nodes map[*source]bool
}

// nameTrackers makes one tracker of what the files of several nodes define alike, whatever they call it, and gives each
// its name. What nobody tracks keepalived never runs, and it is left out.
func (c *cluster) nameTrackers() {
	n := &naming{cluster: c, alike: make(map[string][]*madeTracker), called: make(map[trackerKey]bool)}
	for _, src := range c.sources {
		for _, d := range src.definitions {
			switch {
			case d.spec.Kind == nil:
			case d.tracked:
				n.add(src, d)
			case d.block != interfaceBlock:
				src.note(d.at, importer.Dropped, "", "%s %s: nothing tracks it, so keepalived does not look at it either", d.block, clip(d.name))
			}
		}
	}
}

// add finds the tracker of a definition, or makes it.
func (n *naming) add(src *source, d *trackerDef) {
	place := fmt.Sprintf("%s:%d", d.at.file, d.at.line)
	key := fmt.Sprintf("%s %#v", d.block, d.spec)
	if same := n.find(key, src, d.name); same != nil {
		same.nodes[src] = true
		if same.name != d.name {
			place = d.name + " " + place
		}
		t := &n.trackers[same.index]
		t.Comment[0] += ", " + place
		d.named = t.Name
		return
	}
	want := cmp.Or(importer.RouterName(d.name), d.spec.Kind.KindName())
	named := trackerKey{d.block, d.name}
	if n.called[named] {
		want = importer.RouterName(want + "-" + src.node)
		src.note(d.at, importer.Chosen, "make them alike if that is not meant",
			"%s %s differs between the nodes: that of %s becomes a tracker of its own", d.block, clip(d.name), src.node)
	}
	n.called[named] = true
	d.named = n.names.Unique(want)
	spec := d.spec
	spec.Name = d.named
	n.alike[key] = append(n.alike[key], &madeTracker{d.name, len(n.trackers), map[*source]bool{src: true}})
	n.trackers = append(n.trackers, importer.Tracker{Spec: spec, Comment: []string{d.block + " " + d.name + " " + place}})
}

// find returns a tracker that is alike and that no other definition of the node has, one of the same name before others.
func (n *naming) find(key string, src *source, name string) (found *madeTracker) {
	for _, m := range n.alike[key] {
		if !m.nodes[src] && (found == nil || m.name == name && found.name != name) {
			found = m
		}
	}
	return found
}

// script returns the script of a definition that is one.
func (d *trackerDef) script() (tracker.Script, bool) {
	k, ok := d.spec.Kind.(tracker.Script)
	return k, ok
}
