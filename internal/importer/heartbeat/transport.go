package heartbeat

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/internal/importer"
)

// link is the interface of the router that a line becomes, on which its adverts travel. heartbeat's packets may take
// others: in VRRP what tells of the addresses shares their fate.
func (l *line) link() string { return l.addresses[0].iface }

func (l *line) transport() config.Transport {
	if l.unicast {
		return config.Unicast
	}
	return config.Multicast
}

// travel decides how the adverts of each router travel, and says what becomes of each medium. It returns the addresses
// of the nodes that unicast needs.
func (c *converter) travel() map[string][]importer.NodeAddress {
	var links []string
	for _, l := range c.lines {
		if !slices.Contains(links, l.link()) {
			links = append(links, l.link())
		}
	}
	c.main.add(0, importer.Default, "let the firewall admit IP protocol 112 between the nodes",
		"heartbeat's packets are UDP, by default to port 694; VRRP is an IP protocol of its own")
	addresses := make(map[string][]importer.NodeAddress)
	for _, link := range links {
		list := c.unicastOn(link)
		for _, l := range c.lines {
			if l.link() == link {
				c.decide(l, list)
			}
		}
		for i, addr := range list {
			a := importer.NodeAddress{Address: addr}
			if len(links) > 1 {
				a.Interface = link
			}
			node := c.setup.nodes[i].text
			addresses[node] = append(addresses[node], a)
		}
	}
	c.noteMedia(links)
	return addresses
}

// unicastOn returns the addresses of the nodes on a link, in the order of the nodes, or nothing if adverts have to be
// multicast there. A ucast line has an address and does not say whose it is: when there are as many as nodes, they are
// taken to be in the order of the nodes, as people write them. A wrong guess does no harm: a node that finds its own
// address at another node refuses to start, and says so.
func (c *converter) unicastOn(link string) []netip.Addr {
	groups, peers := c.setup.mediaOn(link)
	list, literal := peerAddresses(peers)
	why := ""
	switch {
	case len(peers) == 0:
		return nil
	case groups:
		why = "there is a broadcast or multicast on " + link + " too"
	case !literal:
		why = "one of the ucast lines has a host name, and names are not looked up"
	case len(list) != len(c.setup.nodes):
		why = fmt.Sprintf("it takes an address of each of the %d nodes, and on %s there are %d, nobody knows whose", len(c.setup.nodes), link, len(list))
	case slices.ContainsFunc(list, func(a netip.Addr) bool { return a.Is4() != list[0].Is4() }):
		why = "the ucast addresses are of both families"
	case slices.ContainsFunc(list, c.floats):
		why = "one of the ucast addresses is a floating one"
	default:
		c.noteOwners(list, peers)
		return list
	}
	for _, p := range peers {
		c.main.add(p.line, importer.Chosen, "where multicast does not pass, give the nodes their addresses and write transport: unicast",
			"ucast %s becomes multicast: %s", link, why)
	}
	return nil
}

// floats says whether an address is one that moves.
func (c *converter) floats(addr netip.Addr) bool {
	return slices.ContainsFunc(c.lines, func(l *line) bool {
		return slices.ContainsFunc(l.addresses, func(f floating) bool { return f.addr == addr })
	})
}

// noteOwners says whose the ucast addresses are taken to be.
func (c *converter) noteOwners(list []netip.Addr, peers []medium) {
	var owners []string
	for i, addr := range list {
		owners = append(owners, c.setup.nodes[i].text+" has "+addr.String())
	}
	for _, p := range peers {
		addr, _ := netip.ParseAddr(p.peer)
		i := slices.Index(list, addr.Unmap().WithZone(""))
		c.main.add(p.line, importer.Chosen, "see that it is; the node itself would refuse to start with a wrong one",
			"ucast does not say whose address %s is: in the order of the nodes it is that of %s", list[i], c.setup.nodes[i].text)
	}
	c.verify("VERIFY that %s: ucast does not say whose the addresses are.", strings.Join(owners, ", and "))
}

// decide makes a router unicast if the nodes have addresses for it. Addresses of a family in which they have none ride
// along unadvertised: heartbeat's packets tell of them over the other family too.
func (c *converter) decide(l *line, nodes []netip.Addr) {
	if len(nodes) == 0 {
		return
	}
	reached := func(f floating) bool { return f.addr.Is4() == nodes[0].Is4() }
	if !slices.ContainsFunc(l.addresses, reached) {
		c.resources.add(l.start, importer.Chosen, "where multicast does not pass, give the nodes addresses of the family and write transport: unicast",
			"the adverts of %s are multicast: the ucast addresses are of the other family", l.name)
		return
	}
	l.unicast = true
	for i := range l.addresses {
		if a := &l.addresses[i]; !reached(*a) {
			a.silent = true
			c.resources.add(a.line, importer.Chosen, "to advertise it, give the nodes addresses of its family",
				"%s moves along without being advertised: the ucast addresses are of the other family", a.addr)
		}
	}
}

// noteMedia says what becomes of broadcasts and multicasts, and of links that no router uses.
func (c *converter) noteMedia(links []string) {
	for _, m := range c.setup.media {
		switch {
		case !slices.Contains(links, m.device):
			c.main.add(m.line, importer.Changed, "for a second path join the interfaces to a bond",
				"%s %s is left out: adverts travel over the interface of the addresses alone (%s)", m.kind, clip(m.device), clip(strings.Join(links, ", ")))
		case m.kind == "bcast":
			c.main.add(m.line, importer.Changed, "", "bcast %s becomes multicast, to 224.0.0.18 or ff02::12", m.device)
		case m.kind != "ucast":
			c.main.add(m.line, importer.Changed, "", "%s %s becomes VRRP's own multicast, to 224.0.0.18 or ff02::12 with a TTL of 255, without a port", m.kind, m.device)
		}
	}
}
