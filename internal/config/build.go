package config

import (
	"net/netip"
	"slices"

	"gopkg.in/yaml.v3"

	"github.com/aloft-ha/aloft/tracker"
	"github.com/aloft-ha/aloft/vrrp"
)

// build makes the configuration of what was read, and checks everything that concerns more than one value. It works
// with whatever is right, so that one mistake hides no other; the result counts only when there was no error at all.
func (w *walker) build(d *draft) *Config {
	b := &builder{
		walker: w, byName: make(map[string]nodeDraft), whole: d.nodes.value.whole, listings: make(map[*yaml.Node]*listing),
		trackers: make(map[string]*trackerDraft), effects: make(map[*yaml.Node][]tracker.Effect),
		services: make(map[*yaml.Node][]Service), own: make(map[netip.Addr]string),
		routerByName: make(map[string]*router), idle: make(map[*yaml.Node]bool),
	}
	b.builtin = w.tables.all.defaults()
	if d.defaults.value != nil {
		b.defaults = *d.defaults.value
	}
	c := &Config{Notify: d.notify.value, Scripts: d.scripts.value, Inline: b.inline}
	for i := range d.trackers.value {
		t := &d.trackers.value[i]
		b.trackers[t.name] = t
		c.Trackers = append(c.Trackers, t.spec)
	}
	for _, n := range d.nodes.value.list {
		b.nodes = append(b.nodes, n)
		b.byName[n.name.value] = n
		node := Node{Name: n.name.value}
		for _, a := range n.addresses.value {
			node.Addresses = append(node.Addresses, a.NodeAddress)
			b.own[a.Address] = node.Name
		}
		c.Nodes = append(c.Nodes, node)
	}
	b.checkNodes()
	b.checkDefaults()
	for i := range d.routers.value {
		r := b.router(&d.routers.value[i])
		r.index = i
		b.routers = append(b.routers, r)
		b.routerByName[r.name] = r
	}
	for i := range d.groups.value {
		c.Groups = append(c.Groups, b.group(d, &d.groups.value[i]).result())
	}
	for _, r := range b.routers {
		c.Routers = append(c.Routers, r.result())
	}
	b.checkTracked(d)
	b.checkTrackers(d)
	for _, r := range b.routers {
		b.checkEffects(r)
	}
	b.checkServices()
	b.checkVRIDs()
	b.checkStrangers()
	b.checkAddresses()
	b.checkLoad()
	return c
}

// builder is the work on one file.
type builder struct {
	*walker
	builtin  settings
	defaults settings
	nodes    []nodeDraft
	byName   map[string]nodeDraft
	own      map[netip.Addr]string // which node an address is of
	whole    bool                  // every node could be read, so a name that is not there is a stranger
	routers  []*router
	free     uint8 // a VRID that no router has, to suggest; 0: none

	trackers     map[string]*trackerDraft
	routerByName map[string]*router

	// The lists made so far, by the value that they were made of: all nodes of a router share one.
	listings map[*yaml.Node]*listing
	effects  map[*yaml.Node][]tracker.Effect
	services map[*yaml.Node][]Service

	idle map[*yaml.Node]bool // the trackers, where they are tracked, that were said to move nothing
}

// router is a router with its parts while it is checked.
type router struct {
	*routerDraft
	index    int      // in the file
	settings settings // with defaults
	parts    []*part  // in the order of preference
	group    *group   // that it is in; nil: none
}

// part is a router on one node: the instance, and the settings that it was made of.
type part struct {
	Instance
	node     nodeDraft
	settings settings
	listing  *listing
}

func (r *router) result() Router {
	out := Router{Name: r.name}
	for _, p := range r.parts {
		out.PerNode = append(out.PerNode, p.Instance)
	}
	return out
}

// router makes the parts of one router and checks it.
func (b *builder) router(draft *routerDraft) *router {
	r := &router{routerDraft: draft, settings: *draft.settings}
	b.tables.all.inherit(&r.settings, &b.defaults)
	demand(b.walker, draft.at, b.tables.router, &r.settings, draft.name)
	serving := b.serving(r)
	b.checkReferences(r, serving)
	for _, n := range serving {
		r.parts = append(r.parts, &part{node: n, settings: b.layers(r, n.name.value)})
	}
	b.prioritise(r)
	for _, p := range r.parts {
		b.complete(r, p)
	}
	for _, p := range r.parts {
		p.Peers, p.Gap = r.others(p)
	}
	b.checkRouter(r)
	return r
}

// serving returns the nodes that may serve a router, the preferred first.
func (b *builder) serving(r *router) []nodeDraft {
	if !r.settings.nodes.written() {
		return b.nodes
	}
	var serving []nodeDraft
	for _, ref := range r.settings.nodes.value {
		if n, ok := b.byName[ref.name]; ok {
			serving = append(serving, n)
		}
	}
	return serving
}

// layers puts the settings of one node together: per_node of the router, the router, per_node of the defaults, the
// defaults, and what holds without any of them.
func (b *builder) layers(r *router, node string) settings {
	var s settings
	for _, layer := range []*settings{
		of(r.routerDraft.settings.perNode.value, node), r.routerDraft.settings,
		of(b.defaults.perNode.value, node), &b.defaults, &b.builtin,
	} {
		if layer != nil {
			b.tables.all.inherit(&s, layer)
		}
	}
	return s
}

// of returns the settings of a node, or nil.
func of(list []nodeSettings, node string) *settings {
	i := slices.IndexFunc(list, func(n nodeSettings) bool { return n.node.name == node })
	if i < 0 {
		return nil
	}
	return list[i].settings
}

// complete fills the instance of a part.
func (b *builder) complete(r *router, p *part) {
	s := &p.settings
	p.Router, p.Node = r.name, p.node.name.value
	p.VRID = s.vrid.value
	for _, a := range p.node.addresses.value {
		p.Local = append(p.Local, a.NodeAddress)
	}
	p.listing = b.listOf(s.addresses)
	p.Addresses = p.listing.addresses
	p.Interface = b.chooseInterface(r, p)
	p.AutoFailback = s.autoFailback.value
	p.Interval = vrrp.Centiseconds(s.interval.value / vrrp.MinInterval.Duration())
	p.DownAdverts = s.downAdverts.value
	p.PreemptDelay, p.StartupDelay, p.LinkUpDelay = s.preemptDelay.value, s.startupDelay.value, s.linkUpDelay.value
	p.Lease, p.LeaseOff = s.lease.value.duration, s.lease.value.off
	p.Version = s.version.value
	p.Farewell = s.farewell.value
	switch {
	case p.Version != vrrp.Version3:
		p.Farewell = vrrp.FarewellPlain // version 2 has no interval that could make the others quick
	case !s.farewell.ok() && len(r.parts) == 2:
		p.Farewell = vrrp.FarewellFast
	}
	p.Transport, p.SourceAddress = s.transport.value, s.sourceAddress.value
	p.MinTTL, p.Checksum = s.minTTL.value, s.checksum.value
	p.Authentication = p.authenticated()
	p.Track, p.Notify = b.effectsOf(s.track), s.notify.value
	p.Services = bare(b.services, s.services, func(d serviceDraft) Service { return d.Service })
}

// bare returns the list of a setting without the places of its entries. All parts that have the setting share what is made
// of it.
func bare[D, V any](made map[*yaml.Node][]V, s setting[[]D], of func(D) V) []V {
	if len(s.value) == 0 {
		return nil
	}
	if list := made[s.at.node]; list != nil {
		return list
	}
	list := make([]V, 0, len(s.value))
	for _, d := range s.value {
		list = append(list, of(d))
	}
	made[s.at.node] = list
	return list
}

// listing is a list of addresses without their places, and of which families it advertises some.
type listing struct {
	addresses  []Address
	ipv4, ipv6 bool
}

// listOf returns the addresses of a setting.
func (b *builder) listOf(s setting[[]floating]) *listing {
	if l := b.listings[s.at.node]; l != nil {
		return l
	}
	l := &listing{addresses: make([]Address, 0, len(s.value))}
	for _, f := range s.value {
		l.addresses = append(l.addresses, f.Address)
		l.ipv4 = l.ipv4 || f.Advertise && f.Prefix.Addr().Is4()
		l.ipv6 = l.ipv6 || f.Advertise && f.Prefix.Addr().Is6()
	}
	b.listings[s.at.node] = l
	return l
}

// families says of which families a part advertises addresses.
func (p *part) families() (ipv4, ipv6 bool) { return p.listing.ipv4, p.listing.ipv6 }
