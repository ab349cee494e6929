package keepalived

import (
	"net/netip"
	"slices"

	"github.com/aloft-ha/aloft/internal/importer"
)

// cluster is the work on the instances of all nodes.
type cluster struct {
	sources  []*source
	names    *importer.Names // of nodes, those of strangers too
	routers  []*router
	routerOf map[instanceKey]*router
	nodes    map[string][]importer.NodeAddress
	strange  []*stranger // unicast peers whose file was not given
	trackers []importer.Tracker
	user     string // whom commands run as that say nothing; empty: there are none
}

// instanceKey is an instance by its name.
type instanceKey struct {
	src  *source
	name string
}

// router is what the instances of several nodes have in common.
type router struct {
	vrid    int
	ipv6    bool
	members []*member // one of each node at most
	pair    *router   // the IPv6 half that moves with it
	half    *router   // the router whose IPv6 half it is

	addresses  map[netip.Addr]bool // of all members
	interfaces map[string]bool
	names      map[string]bool
}

// match is an instance and a router of other nodes that it may be part of.
type match struct {
	m     *member
	r     *router
	score int
}

// add finds for each instance of a node the router that other nodes' instances have made, or makes a new one. The best
// match is made first, so that the order in the file does not matter.
func (c *cluster) add(src *source) {
	var members []*member
	var matches []match
	for _, in := range src.instances {
		m := complete(src, in)
		members = append(members, m)
		for _, r := range c.routers {
			if score := r.likeness(m); score > 0 {
				matches = append(matches, match{m, r, score})
			}
		}
	}
	slices.SortStableFunc(matches, func(a, b match) int { return b.score - a.score })
	home, taken := make(map[*member]*router), make(map[*router]bool)
	for _, x := range matches {
		if home[x.m] == nil && !taken[x.r] {
			home[x.m], taken[x.r] = x.r, true
		}
	}
	for _, m := range members {
		r := home[m]
		if r == nil {
			r = newRouter(m)
			c.routers = append(c.routers, r)
		}
		r.join(m)
		c.routerOf[instanceKey{src, m.in.name}] = r
	}
}

func newRouter(m *member) *router {
	return &router{
		vrid: m.in.vrid, ipv6: m.ipv6,
		addresses: make(map[netip.Addr]bool), interfaces: make(map[string]bool), names: make(map[string]bool),
	}
}

// join makes an instance part of a router.
func (r *router) join(m *member) {
	r.members = append(r.members, m)
	for _, a := range m.settings.Addresses {
		r.addresses[a.Prefix.Addr()] = true
	}
	r.interfaces[m.settings.Interface] = true
	r.names[m.in.name] = true
}

// likeness says how well an instance fits a router of other nodes; 0 is not at all. The VRID has to be the same;
// addresses say more than the interface, which says more than the name.
func (r *router) likeness(m *member) int {
	if r.vrid != m.in.vrid || r.ipv6 != m.ipv6 {
		return 0
	}
	score := 0
	if slices.ContainsFunc(m.settings.Addresses, func(a importer.Address) bool { return r.addresses[a.Prefix.Addr()] }) {
		score += 4
	}
	if r.interfaces[m.settings.Interface] {
		score += 2
	}
	if r.names[m.in.name] {
		score++
	}
	return score
}

// of returns the member of a node, or nil.
func (r *router) of(node string) *member {
	i := slices.IndexFunc(r.members, func(m *member) bool { return m.src.node == node })
	if i < 0 {
		return nil
	}
	return r.members[i]
}
