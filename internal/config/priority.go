package config

import (
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// The priorities that the order of the nodes gives: 200, 190, 180 and so on down to 10. Appending a node changes
// nobody's, and the distance leaves room for trackers and for keepalived nodes in between.
const (
	firstPriority = 200
	priorityStep  = 10
	maxByOrder    = firstPriority / priorityStep
)

// ownerPriority says that a node owns the addresses (RFC 9568 section 5.2.4).
const ownerPriority = 255

// PriorityByOrder returns the priority of the node at an index of the order of preference; ok is false when there is none
// left.
func PriorityByOrder(index int) (priority uint8, ok bool) {
	if index < 0 || index >= maxByOrder {
		return 0, false
	}
	return uint8(firstPriority - priorityStep*index), true
}

// smallestGap returns the smallest distance between two of the priorities: 0 when two are equal, and also when there
// are fewer than two, where nothing needs to be told apart.
func smallestGap(priorities []uint8) uint8 {
	if len(priorities) < 2 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(priorities))
	gap := uint8(255)
	for i := range len(sorted) - 1 {
		gap = min(gap, sorted[i+1]-sorted[i])
	}
	return gap
}

// prioritise gives each part its priority: from per_node, else from the router's map, else from the order.
func (b *builder) prioritise(r *router) {
	var without []string
	for i, p := range r.parts {
		own := p.settings.priority
		if listed, ok := b.listedPriority(r, p); ok && !ownLayer(r, p) {
			own = listed
		}
		p.settings.priority = own
		if own.written() {
			p.Priority = own.value
			continue
		}
		var ok bool
		if p.Priority, ok = PriorityByOrder(i); !ok {
			without = append(without, p.node.name.value)
		}
	}
	if len(without) > 0 {
		b.report(r.at, "name those that may serve with nodes: [...], or give the others a priority",
			"%s has %d nodes, and the order gives a priority to the first %d only (200, 190, ... 10): %s would have none",
			r.name, len(r.parts), maxByOrder, strings.Join(without, ", "))
	}
}

// ownLayer says whether the priority of a part is from the router's own per_node, which is above any map.
func ownLayer(r *router, p *part) bool {
	s := of(r.routerDraft.settings.perNode.value, p.node.name.value)
	return s != nil && s.priority.written()
}

// listedPriority returns a part's priority in the map of the router. The map of the defaults counts only where their
// per_node says nothing.
func (b *builder) listedPriority(r *router, p *part) (setting[uint8], bool) {
	if !r.routerDraft.settings.priorities.written() && p.settings.priority.written() {
		return setting[uint8]{}, false
	}
	list := r.settings.priorities.value
	i := slices.IndexFunc(list, func(n nodePriority) bool { return n.node.name == p.node.name.value })
	if i < 0 {
		return setting[uint8]{}, false
	}
	return list[i].priority, true
}

// nodePriority is one entry of a router's priority.
type nodePriority struct {
	node     reference
	priority setting[uint8]
}

// priorityMap reads the priorities of a router, which are by node: a bare number would be the same for all.
func priorityMap() kind[[]nodePriority] {
	return kind[[]nodePriority]{typ: "a mapping from node to number", limits: "1 to 255", schema: byName(nil, integer(1, 255)), read: func(w *walker, v value) ([]nodePriority, bool) {
		if v.node.Kind == yaml.ScalarNode && v.node.ShortTag() == "!!int" {
			w.report(v, "write priority: {NODE: "+clip(v.node.Value)+"}, or put the number under per_node",
				"a bare number would give all nodes the same priority")
			return nil, false
		}
		entries, ok := w.entries(v, "a mapping from node to number")
		var list []nodePriority
		for _, e := range entries {
			p := nodePriority{node: reference{e.name, e.key}, priority: setting[uint8]{at: e.value, state: broken}}
			if n, good := w.priorityOf(e.value); good {
				p.priority.value, p.priority.state = n, present
			} else {
				ok = false
			}
			list = append(list, p)
		}
		return list, ok
	}}
}

// priorityOf reads one priority.
func (w *walker) priorityOf(v value) (uint8, bool) {
	if v.node.Value == "0" {
		w.report(v, "leave the node out of nodes if it shall not serve", "the priority of %s is 1 to 255; on the wire 0 says that a router departs", v.name)
		return 0, false
	}
	v.name = "the priority of " + v.name
	return number[uint8](1, 255).read(w, v)
}
