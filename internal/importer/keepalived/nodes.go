package keepalived

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/internal/importer"
)

// stranger is a unicast peer whose file was not given.
type stranger struct {
	name      string
	addresses []importer.NodeAddress
}

// findAddresses finds the addresses of the nodes themselves: what their adverts are sent from, and, for those that do
// not say it, what the others call their peer and they do not.
func (c *cluster) findAddresses() {
	c.dropFloatingSources()
	c.nodes = make(map[string][]importer.NodeAddress)
	for _, r := range c.routers {
		for _, m := range r.members {
			if m.in.source.IsValid() {
				c.give(m, m.in.source)
			}
		}
	}
	for _, r := range c.routers {
		for range r.members { // each round may leave one address fewer to choose from
			for _, m := range r.members {
				c.byElimination(r, m)
			}
		}
	}
	for _, r := range c.routers {
		for _, m := range r.members {
			c.findStrangers(m)
		}
	}
}

// dropFloatingSources leaves out sources that float themselves, which some write for want of another address: nobody has
// them before the takeover that they are needed for. The owner has its address always.
func (c *cluster) dropFloatingSources() {
	floats := make(map[netip.Addr]bool)
	for _, r := range c.routers {
		for a := range r.addresses {
			floats[a] = true
		}
	}
	for _, r := range c.routers {
		for _, m := range r.members {
			if !floats[m.in.source] || m.priority == owner {
				continue
			}
			m.src.note(m.in.sourceAt, importer.Changed, "give the node an address of its own on this interface",
				"%s %s is a floating address, which nobody can send from before a takeover: the interface's own is used", m.in.sourceAt.keyword(), m.in.source)
			m.in.source, m.settings.SourceAddress = netip.Addr{}, netip.Addr{}
		}
	}
}

// give adds an address to a node.
func (c *cluster) give(m *member, a netip.Addr) {
	at := importer.NodeAddress{Interface: m.settings.Interface, Address: a}
	list := c.nodes[m.src.node]
	if !slices.ContainsFunc(list, func(n importer.NodeAddress) bool {
		return n.Address == a && (n.Interface == at.Interface || !a.IsLinkLocalUnicast())
	}) {
		c.nodes[m.src.node] = append(list, at)
	}
}

// byElimination gives a node the only address that the others of the router name, and that is nobody else's.
func (c *cluster) byElimination(r *router, m *member) {
	if m.settings.Transport != config.Unicast || m.in.source.IsValid() || c.hasFamily(m) {
		return
	}
	var left []netip.Addr
	for _, other := range r.members {
		for _, a := range other.in.peers {
			if other != m && !slices.Contains(m.in.peers, a) && !c.taken(a) && !slices.Contains(left, a) {
				left = append(left, a)
			}
		}
	}
	if len(left) == 1 {
		c.give(m, left[0])
		m.src.note(m.in.unicastAt, importer.Chosen, "", "%s has the address %s, since the others call it their peer", m.src.node, left[0])
	}
}

// hasFamily says whether a node has an address of a member's family on its interface.
func (c *cluster) hasFamily(m *member) bool {
	return slices.ContainsFunc(c.nodes[m.src.node], func(n importer.NodeAddress) bool {
		return n.Address.Is6() == m.ipv6 && n.Interface == m.settings.Interface
	})
}

// taken says whether an address is a node's.
func (c *cluster) taken(a netip.Addr) bool {
	for _, list := range c.nodes {
		if slices.ContainsFunc(list, func(n importer.NodeAddress) bool { return n.Address == a }) {
			return true
		}
	}
	return false
}

// findStrangers makes a node of each unicast peer that is no node yet.
func (c *cluster) findStrangers(m *member) {
	for _, a := range m.in.peers {
		own := slices.ContainsFunc(c.nodes[m.src.node], func(n importer.NodeAddress) bool { return n.Address == a })
		if own {
			m.src.note(m.in.unicastAt, importer.Broken, "", "unicast_peer of vrrp_instance %s names the node itself, %s", clip(m.in.name), a)
		}
		known := slices.ContainsFunc(c.strange, func(s *stranger) bool { return s.has(a) })
		if own || known || c.taken(a) {
			continue
		}
		if len(c.strange) >= maxPeers {
			m.src.note(m.in.unicastAt, importer.Broken, "give the files of the other nodes", "the peer %s is left out: there are more than %d", a, maxPeers)
			continue
		}
		c.strange = append(c.strange, &stranger{
			c.names.Unique("node-" + strings.ReplaceAll(a.String(), ":", "-")),
			[]importer.NodeAddress{{Interface: m.settings.Interface, Address: a}},
		})
	}
}

func (s *stranger) has(a netip.Addr) bool {
	return slices.ContainsFunc(s.addresses, func(n importer.NodeAddress) bool { return n.Address == a })
}

// hears says whether a member has a stranger as its peer.
func (m *member) hears(s *stranger) bool {
	return m.settings.Transport == config.Unicast && slices.ContainsFunc(m.in.peers, s.has)
}

// strangersOf returns the peers of a router whose files were not given.
func (c *cluster) strangersOf(r *router) []*stranger {
	return slices.DeleteFunc(slices.Clone(c.strange), func(s *stranger) bool {
		return !slices.ContainsFunc(r.members, func(m *member) bool { return m.hears(s) })
	})
}

// sameStranger makes one node of the peer that both halves of a pair have, and says whether there is no more than that.
func (c *cluster) sameStranger(ipv4, ipv6 *router) bool {
	four, six := c.strangersOf(ipv4), c.strangersOf(ipv6)
	switch {
	case len(four) == 0 && len(six) == 0:
		return true
	case len(four) != 1 || len(six) != 1 || four[0] == six[0]:
		return false
	}
	four[0].addresses = append(four[0].addresses, six[0].addresses...)
	c.strange = slices.DeleteFunc(c.strange, func(s *stranger) bool { return s == six[0] })
	return true
}
