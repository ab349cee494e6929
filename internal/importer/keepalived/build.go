package keepalived

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/aloft-ha/aloft/internal/importer"
)

// build makes the importer's cluster of the routers; nil if there are none.
func (c *cluster) build() *importer.Cluster {
	if len(c.routers) == 0 {
		return nil
	}
	out := &importer.Cluster{Head: c.head()}
	order := c.order()
	for _, name := range order {
		out.Nodes = append(out.Nodes, importer.Node{Name: name, Addresses: c.nodes[name]})
	}
	for _, s := range c.strange {
		out.Nodes = append(out.Nodes, importer.Node{Name: s.name, Addresses: s.addresses})
		order = append(order, s.name)
	}
	var names importer.Names
	place := make(map[*router]int)
	for _, r := range c.routers {
		if r.half != nil {
			continue
		}
		place[r] = len(out.Routers)
		parts := c.parts(r)
		slices.SortStableFunc(parts, func(a, b importer.Part) int {
			return cmp.Or(b.Priority-a.Priority, slices.Index(order, a.Node)-slices.Index(order, b.Node))
		})
		out.Routers = append(out.Routers, importer.Router{
			Name: names.Unique(r.name()), VRID: r.vrid, Comment: []string{r.comment()}, Parts: parts,
		})
	}
	c.group(out, place)
	out.Trackers, out.User, out.FIFO = c.trackers, c.user, c.fifo()
	c.noteNames(out, place)
	return out
}

// order puts the nodes with the highest priorities in all first.
func (c *cluster) order() []string {
	sum := make(map[string]int)
	var names []string
	for _, src := range c.sources {
		names = append(names, src.node)
	}
	for _, r := range c.routers {
		for _, m := range r.members {
			sum[m.src.node] += m.priority
		}
	}
	slices.SortStableFunc(names, func(a, b string) int { return sum[b] - sum[a] })
	return names
}

// parts makes the parts of a router, with those of its IPv6 half, and of peers whose file was not given.
func (c *cluster) parts(r *router) []importer.Part {
	var parts []importer.Part
	for _, m := range r.members {
		p := importer.Part{Node: m.src.node, Priority: m.priority, Settings: m.settings}
		if r.pair != nil {
			half := r.pair.of(m.src.node)
			p.Settings.Addresses = append(slices.Clone(p.Settings.Addresses), half.settings.Addresses...)
		}
		if len(parts) > 0 && sameAddresses(parts[0].Settings.Addresses, p.Settings.Addresses) {
			p.Settings.Addresses = parts[0].Settings.Addresses
		}
		parts = append(parts, p)
	}
	for _, s := range c.strange {
		i := slices.IndexFunc(r.members, func(m *member) bool { return m.hears(s) })
		if i < 0 {
			continue
		}
		priority := guessPriority(r.members[i], len(parts)-len(r.members)+1)
		parts = append(parts, importer.Part{Node: s.name, Priority: priority, Settings: parts[i].Settings})
		r.members[i].src.note(r.members[i].in.unicastAt, importer.Chosen, "give its file too, or put its host name and its priority into the result",
			"the peer %s is called %s and gets the priority %d", s.addresses[0].Address, s.name, priority)
	}
	return parts
}

// sameAddresses says whether two lists differ by their order at most, which is of no consequence.
func sameAddresses(a, b []importer.Address) bool {
	if len(a) != len(b) {
		return false
	}
	in := make(map[importer.Address]bool, len(a))
	for _, x := range a {
		in[x] = true
	}
	return !slices.ContainsFunc(b, func(x importer.Address) bool { return !in[x] })
}

// guessPriority guesses the priority of the nth unknown peer: below a node that is meant to be first, and above one that
// is not.
func guessPriority(m *member, n int) int {
	if m.in.master || m.priority > 100 {
		return max(m.priority-10*n, 1)
	}
	return min(m.priority+10*n, 254)
}

// name makes the router's name of the first instance's; a pair has the part that its two names have in common.
func (r *router) name() string {
	name := importer.RouterName(r.members[0].in.name)
	if r.pair != nil && name != "" {
		other := importer.RouterName(r.pair.members[0].in.name)
		n := 0
		for n < min(len(name), len(other)) && name[n] == other[n] {
			n++
		}
		if common := strings.TrimRight(strings.TrimSuffix(strings.TrimSuffix(name[:n], "IPv"), "v"), "-_."); len(common) > 1 {
			name = common
		}
	}
	return cmp.Or(name, fmt.Sprintf("vrid%d", r.vrid))
}

// comment says where a router comes from: "vrrp_instance web_v4 a.conf:4, b.conf:7; web_v6 a.conf:12".
func (r *router) comment() string {
	list := r.members
	if r.pair != nil {
		list = append(slices.Clone(list), r.pair.members...)
	}
	var names []string
	places := make(map[string][]string)
	for _, m := range list {
		place := fmt.Sprintf("%s:%d", m.in.at.file, m.in.at.line)
		if places[m.in.name] == nil {
			names = append(names, m.in.name)
		}
		if !slices.Contains(places[m.in.name], place) {
			places[m.in.name] = append(places[m.in.name], place)
		}
	}
	for i, name := range names {
		names[i] = name + " " + strings.Join(places[name], ", ")
	}
	return "vrrp_instance " + strings.Join(names, "; ")
}

// head is the comment at the top of the file.
func (c *cluster) head() []string {
	var from []string
	for _, src := range c.sources {
		from = append(from, fmt.Sprintf("%s (%s)", src.File, src.node))
	}
	return []string{
		"Made by aloft import keepalived of " + strings.Join(from, ", ") + ".",
		"It is the same on every node. See what each would do with: aloft check",
	}
}
