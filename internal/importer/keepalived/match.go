package keepalived

import (
	"slices"

	"github.com/aloft-ha/aloft/internal/importer"
)

// cluster is the work on the instances of all nodes.
type cluster struct {
	sources []*source
	routers []*router
	nodes   map[string][]importer.NodeAddress
	strange []*stranger // unicast peers whose file was not given
}

// router is what the instances of several nodes have in common.
type router struct {
	vrid    int
	ipv6    bool
	members []*member // one of each node at most
	pair    *router   // the IPv6 half that moves with it
	half    bool      // it is the IPv6 half of another
}

// add finds for each instance of a node the router that other nodes' instances have made, or makes a new one. The best
// match is made first, so that the order in the file does not matter.
func (c *cluster) add(src *source) {
	type match struct {
		m     *member
		r     *router
		score int
	}
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
	joined, taken := make(map[*member]bool), make(map[*router]bool)
	for _, x := range matches {
		if joined[x.m] || taken[x.r] {
			continue
		}
		joined[x.m], taken[x.r] = true, true
		x.r.members = append(x.r.members, x.m)
	}
	for _, m := range members {
		if !joined[m] {
			c.routers = append(c.routers, &router{vrid: m.in.vrid, ipv6: m.ipv6, members: []*member{m}})
		}
	}
}

// likeness says how well an instance fits a router of other nodes; 0 is not at all. The VRID has to be the same;
// addresses say more than the interface, which says more than the name.
func (r *router) likeness(m *member) int {
	if r.vrid != m.in.vrid || r.ipv6 != m.ipv6 {
		return 0
	}
	score := 0
	for _, other := range r.members {
		score = max(score, alike(other, m))
	}
	return score
}

func alike(a, b *member) int {
	score := 0
	if slices.ContainsFunc(a.settings.Addresses, func(x importer.Address) bool {
		return slices.ContainsFunc(b.settings.Addresses, func(y importer.Address) bool { return x.Prefix.Addr() == y.Prefix.Addr() })
	}) {
		score += 4
	}
	if a.settings.Interface == b.settings.Interface {
		score += 2
	}
	if a.in.name == b.in.name {
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
