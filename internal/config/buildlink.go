package config

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// Which link a router uses on a node, and with whom it speaks there.

// chooseInterface returns the interface of a part as far as the file tells: the one that is written, or the only one
// that the node's addresses name. It is empty when the link is to be found by an address.
func (b *builder) chooseInterface(r *router, p *part) string {
	if p.settings.iface.written() {
		return p.settings.iface.value
	}
	var names []string
	unnamed := false
	for _, a := range p.Local {
		switch {
		case a.Interface == "":
			unnamed = true
		case !slices.Contains(names, a.Interface):
			names = append(names, a.Interface)
		}
	}
	switch {
	case len(names) == 1 && !unnamed:
		return names[0]
	case len(names) > 1:
		b.report(r.at, "give the router an interface, or under per_node one for "+p.Node,
			"%s could use %s on %s, and nothing says which", r.name, strings.Join(names, " or "), p.Node)
	case len(p.Local) == 0 && p.node.addresses.state != broken:
		b.report(r.at, fmt.Sprintf("give the router an interface, or %s an address to find it by", p.Node),
			"nothing says which interface %s uses on %s", r.name, p.Node)
	}
	return ""
}

// others returns the other nodes of a router as one of its parts sees them.
func (r *router) others(self *part) ([]Peer, uint8) {
	var peers []Peer
	var priorities []uint8
	for _, p := range r.parts {
		if p == self {
			continue
		}
		peers = append(peers, Peer{Node: p.Node, Priority: p.Priority, Addresses: p.sendsFrom()})
		priorities = append(priorities, p.Priority)
	}
	return peers, smallestGap(priorities)
}

// sendsFrom returns the addresses that a node's adverts may come from, and that unicast adverts for it go to: its
// addresses on the router's interface, in their order. A source_address stands for all of its family.
func (p *part) sendsFrom() []netip.Addr {
	var list []netip.Addr
	source := p.SourceAddress
	if source.IsValid() {
		list = append(list, source)
	}
	for _, a := range p.Local {
		elsewhere := p.Interface != "" && a.Interface != "" && a.Interface != p.Interface
		replaced := source.IsValid() && source.Is4() == a.Address.Is4()
		if !elsewhere && !replaced {
			list = append(list, a.Address)
		}
	}
	return list
}
