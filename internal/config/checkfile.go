package config

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// checkNodes finds an address that two nodes have. Link-local ones may be the same on different links.
func (b *builder) checkNodes() {
	type first struct {
		node string
		at   value
	}
	seen := make(map[netip.Addr]first)
	for _, n := range b.nodes {
		for _, a := range n.addresses.value {
			earlier, twice := seen[a.Address]
			switch {
			case a.Address.IsLinkLocalUnicast():
			case !twice:
				seen[a.Address] = first{n.name.value, a.at}
			case earlier.node == n.name.value:
				b.report(a.at, "it is already in "+lineOf(earlier.at), "%s has the address %s twice", n.name.value, a.Address)
			default:
				b.report(a.at, "it is already in "+lineOf(earlier.at), "%s is also an address of %s", a.Address, earlier.node)
			}
		}
	}
}

// known reports a name that is no node.
func (b *builder) known(ref reference, what string) bool {
	if _, ok := b.byName[ref.name]; ok || !b.whole {
		return ok
	}
	var names []string
	for _, n := range b.nodes {
		names = append(names, n.name.value)
	}
	b.report(ref.at, didYouMean(ref.name, names), "%s names %s, which is no node", what, quote(ref.name))
	return false
}

// checkDefaults looks at the names in defaults, which may be of nodes that serve some routers only.
func (b *builder) checkDefaults() {
	for _, p := range b.defaults.priorities.value {
		b.known(p.node, "priority")
	}
	for _, n := range b.defaults.perNode.value {
		b.known(n.node, "per_node")
	}
	for _, ref := range b.defaults.nodes.value {
		b.known(ref, "nodes")
	}
}

// checkReferences looks at the names in a router.
func (b *builder) checkReferences(r *router, serving []nodeDraft) {
	own := r.routerDraft.settings
	for _, ref := range own.nodes.value {
		b.known(ref, "nodes")
	}
	serves := func(ref reference, what string) {
		if !b.known(ref, what) || r.settings.nodes.state == broken {
			return
		}
		if !slices.ContainsFunc(serving, func(n nodeDraft) bool { return n.name.value == ref.name }) {
			b.report(ref.at, "add it to nodes, or remove it here", "%s names %s, which does not serve %s", what, quote(ref.name), r.name)
		}
	}
	for _, p := range own.priorities.value {
		serves(p.node, "priority")
	}
	for _, n := range own.perNode.value {
		serves(n.node, "per_node")
	}
}

// checkVRIDs finds two routers with one VRID on one interface and family, of any node: their adverts would be taken
// for each other's.
func (b *builder) checkVRIDs() {
	type place struct {
		node string
		vrid uint8
		ipv6 bool
	}
	type user struct {
		router *router
		part   *part
	}
	b.free = b.freeVRID()
	seen := make(map[place][]user)
	for _, r := range b.routers {
		for _, p := range r.parts {
			if !p.settings.vrid.ok() || p.settings.iface.state == broken {
				continue
			}
			ipv4, ipv6 := p.families()
			for _, is6 := range []bool{false, true} {
				if ipv4 && !is6 || ipv6 && is6 {
					at := place{p.Node, p.VRID, is6}
					repeated := false
					for _, other := range seen[at] {
						b.checkClash(r, p, other.router, other.part)
						repeated = repeated || other.part.Interface == p.Interface
					}
					if !repeated { // one of each interface is enough to clash with
						seen[at] = append(seen[at], user{r, p})
					}
				}
			}
		}
	}
}

// mostOfOneVRID bounds how many routers of one VRID are compared with each other.
const mostOfOneVRID = 8

// checkStrangers warns of two routers with one VRID that have no node in common: on one network each would take the other's
// adverts for its own, and one of them would never have its addresses up.
func (b *builder) checkStrangers() {
	seen := make(map[uint8][]*router)
	for _, r := range b.routers {
		vrid := r.settings.vrid
		if !vrid.ok() {
			continue
		}
		for _, other := range seen[vrid.value] {
			if !r.shares(other) {
				continue
			}
			at, hint := b.sameVRID(r, vrid.at, other, other.settings.vrid.at)
			b.warn(at, hint, "vrid %d is also that of %s, on other nodes: on one network they would take each other's adverts", vrid.value, other.name)
			break
		}
		if len(seen[vrid.value]) < mostOfOneVRID {
			seen[vrid.value] = append(seen[vrid.value], r)
		}
	}
}

// shares says whether two routers that no node serves both could still hear each other: both have multicast adverts of one
// family.
func (r *router) shares(other *router) bool {
	heard := false
	for _, p := range r.parts {
		for _, q := range other.parts {
			if p.Node == q.Node {
				return false // checkVRIDs compares them
			}
			p4, p6 := p.families()
			q4, q6 := q.families()
			heard = heard || p.Transport == Multicast && q.Transport == Multicast && (p4 && q4 || p6 && q6)
		}
	}
	return heard
}

// sameVRID is where to say that a router has the VRID of another, and the hint: the places are those of their VRIDs.
func (b *builder) sameVRID(r *router, at value, other *router, theirs value) (value, string) {
	if at.node == theirs.node {
		at = r.at // one value for both, by defaults or an alias
	}
	hint := fmt.Sprintf("see line %d", other.at.node.Line)
	if b.free != 0 {
		hint += fmt.Sprintf("; %d is free", b.free)
	}
	return at, hint
}

// checkClash reports two routers of one VRID and family, if they are on the same interface of a node.
func (b *builder) checkClash(r *router, p *part, other *router, theirs *part) {
	at, hint := b.sameVRID(r, p.settings.vrid.at, other, theirs.settings.vrid.at)
	switch {
	case p.Interface == theirs.Interface:
		on := ""
		if p.Interface != "" {
			on = " (" + p.Interface + ")"
		}
		b.report(at, hint, "vrid %d is already that of %s, on the same interface%s", p.VRID, other.name, on)
	case p.Interface == "" || theirs.Interface == "":
		named := p.Interface + theirs.Interface
		b.warn(at, hint, "vrid %d is also that of %s: they clash if both use %s", p.VRID, other.name, named)
	}
}

// freeVRID returns a VRID that no router has, near those that are used; 0 if there is none.
func (b *builder) freeVRID() uint8 {
	var used [256]bool
	for _, r := range b.routers {
		used[r.settings.vrid.value] = true
	}
	for _, r := range b.routers {
		if next := r.settings.vrid.value + 1; next != 0 && !used[next] {
			return next
		}
	}
	for v := 1; v < len(used); v++ {
		if !used[v] {
			return uint8(v)
		}
	}
	return 0
}

// checkAddresses finds a floating address of two routers, and one that is a node's own. A link-local address is
// another on each interface.
func (b *builder) checkAddresses() {
	type spot struct {
		addr netip.Addr
		link string
	}
	type user struct {
		router *router
		at     value
	}
	seen := make(map[spot]user)
	for _, r := range b.routers {
		looked := make(map[*yaml.Node]bool) // nodes of a router share a list
		for _, p := range r.parts {
			list := p.settings.addresses
			if looked[list.at.node] {
				continue
			}
			looked[list.at.node] = true
			for _, f := range list.value {
				s := spot{addr: f.Prefix.Addr()}
				if s.addr.IsLinkLocalUnicast() {
					s.link = cmp.Or(f.Interface, p.Interface)
				}
				switch earlier, twice := seen[s]; {
				case !twice:
					seen[s] = user{r, f.at}
				case earlier.router != r:
					at := f.at
					if at.node == earlier.at.node {
						at = r.at
					}
					b.report(at, fmt.Sprintf("it is already in line %d", earlier.at.node.Line), "%s is also an address of %s", s.addr, earlier.router.name)
				}
				if node := b.own[s.addr]; node != "" && !r.ownedBy(node) {
					b.report(f.at, "use an address that no node has, or, if it is meant, give "+node+" the priority 255",
						"%s is the own address of %s", s.addr, node)
				}
			}
		}
	}
}

// ownedBy says whether a node has the owner's priority.
func (r *router) ownedBy(node string) bool {
	return slices.ContainsFunc(r.parts, func(p *part) bool {
		return strings.EqualFold(p.Node, node) && p.Priority == ownerPriority
	})
}
