package config

import (
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/aloft-ha/aloft/vrrp"
)

// checkRouter finds what does not fit together within one router.
func (b *builder) checkRouter(r *router) {
	b.checkAdvertised(r)
	b.checkOrder(r)
	b.checkOwner(r)
	b.checkLease(r)
	b.checkSources(r)
	b.checkUnicast(r)
	b.checkVersion(r)
	b.checkAuthentication(r)
	b.checkContradictions(r)
}

// advertised returns the addresses that a part's adverts carry, sorted.
func (p *part) advertised() []netip.Addr {
	var list []netip.Addr
	for _, a := range p.Addresses {
		if a.Advertise {
			list = append(list, a.Prefix.Addr())
		}
	}
	slices.SortFunc(list, netip.Addr.Compare)
	return list
}

// checkAdvertised looks at the addresses that adverts carry.
func (b *builder) checkAdvertised(r *router) {
	for _, p := range r.parts {
		s, first := p.settings.addresses, r.parts[0]
		if !s.ok() {
			continue
		}
		if o := first.settings.addresses; o.ok() && s.at.node != o.at.node && !slices.Equal(p.advertised(), first.advertised()) {
			b.warn(s.at, "nodes that serve one router should advertise the same addresses",
				"%s has other addresses on %s than on %s", r.name, p.Node, first.Node)
		}
		ipv4, ipv6 := p.families()
		if !ipv4 && !ipv6 {
			b.report(s.at, "", "%s advertises none of its addresses, so it cannot run", r.name)
		}
		i := slices.IndexFunc(s.value, func(f floating) bool { return f.Advertise && f.Prefix.Addr().Is6() })
		if i >= 0 && !s.value[i].Prefix.Addr().IsLinkLocalUnicast() {
			hint := "put a link-local one before it, the same on all nodes"
			later := slices.IndexFunc(s.value, func(f floating) bool {
				return f.Advertise && f.Prefix.Addr().IsLinkLocalUnicast() && f.Prefix.Addr().Is6()
			})
			switch {
			case later > i:
				hint = fmt.Sprintf("put %s before it", s.value[later].Prefix.Addr())
			case p.settings.vrid.ok():
				hint += fmt.Sprintf(", such as fe80::%d", p.VRID)
			}
			b.warn(s.value[i].at, hint,
				"the first IPv6 address of %s is not link-local, as RFC 9568 section 5.2.9 wants it; some routers refuse such adverts", r.name)
		}
	}
}

// checkOrder finds priorities that do not say who is first.
func (b *builder) checkOrder(r *router) {
	strangers := r.settings.nodes.written() && len(r.settings.nodes.value) != len(r.parts)
	if len(r.parts) == 1 && b.whole && r.settings.nodes.state != broken && !strangers {
		b.warn(r.at, "", "only %s may serve %s: nobody would take over", r.parts[0].Node, r.name)
	}
	byPriority := slices.Clone(r.parts)
	slices.SortStableFunc(byPriority, func(x, y *part) int { return int(y.Priority) - int(x.Priority) })
	shortest := time.Duration(0)
	for _, p := range r.parts {
		if p.settings.interval.ok() && (shortest == 0 || p.settings.interval.value < shortest) {
			shortest = p.settings.interval.value
		}
	}
	for i := range len(byPriority) - 1 {
		x, y := byPriority[i], byPriority[i+1]
		gap := x.Priority - y.Priority
		if x.Priority == 0 || y.Priority == 0 || x.Priority == ownerPriority {
			continue // not valid, or the owner, whose rank is reported elsewhere
		}
		switch {
		case gap == 0:
			b.warn(y.priorityPlace(r), "give each its own: then the first of them takes over alone",
				"%s and %s have the same priority %d in %s", x.Node, y.Node, x.Priority, r.name)
		case len(r.parts) > 2 && shortest > 0 && skewDistance(gap, shortest) < time.Millisecond:
			b.warn(r.settings.interval.at.or(r.at), fmt.Sprintf("make the interval at least %s, or the distance at least %d", slowest(gap), widest(shortest)),
				"at %s the priorities %d and %d of %s and %s put their takeovers only %s apart: both may become Active for a moment",
				Spell(shortest), x.Priority, y.Priority, x.Node, y.Node, skewDistance(gap, shortest))
			return
		case len(r.parts) > 2 && x.settings.downAdverts.ok() && y.settings.downAdverts.ok() && y.DownAdverts < x.DownAdverts:
			b.warn(y.settings.downAdverts.at.or(x.settings.downAdverts.at).or(r.at), "give all nodes the same number",
				"%s would take over before %s, which has the higher priority: its down_adverts is %d, not %d",
				y.Node, x.Node, y.DownAdverts, x.DownAdverts)
		}
	}
}

// skewDistance is how far apart the takeovers of two nodes are.
func skewDistance(gap uint8, interval time.Duration) time.Duration {
	return time.Duration(gap) * interval / 256
}

// slowest is the shortest interval that puts takeovers a millisecond apart; widest is the least gap that does.
func slowest(gap uint8) time.Duration {
	step := vrrp.MinInterval.Duration()
	return (256*time.Millisecond/time.Duration(gap) + step - 1) / step * step
}

func widest(interval time.Duration) int { return int((256*time.Millisecond + interval - 1) / interval) }

// priorityPlace is where the priority of a part is written, else its router.
func (p *part) priorityPlace(r *router) value {
	return p.settings.priority.at.or(r.at)
}

// checkOwner looks at priority 255, which is more than a number: such a node owns the addresses as its own.
func (b *builder) checkOwner(r *router) {
	var owner *part
	for _, p := range r.parts {
		if p.Priority != ownerPriority {
			continue
		}
		if owner != nil {
			b.report(p.priorityPlace(r), "use 254 at most", "%s and %s cannot both own the addresses of %s (priority 255)", owner.Node, p.Node, r.name)
			continue
		}
		owner = p
		if f := p.settings.autoFailback; f.written() && f.ok() && !f.value {
			b.warn(p.priorityPlace(r), "use 254 at most", "%s owns the addresses of %s (priority 255) and takes over whatever auto_failback says", p.Node, r.name)
		}
	}
}

// checkLease finds leases that end before another node could have taken over.
func (b *builder) checkLease(r *router) {
	for _, p := range r.parts {
		s := &p.settings
		if !s.lease.ok() || s.lease.value.off || !s.interval.ok() || !s.downAdverts.ok() || p.Priority == 0 {
			continue
		}
		down := p.Version.ActiveDownInterval(p.Priority, p.Interval, p.DownAdverts)
		if p.Lease >= down {
			continue
		}
		least := (down + time.Second - 1).Truncate(time.Second)
		b.report(s.lease.at, "at least "+Spell(least)+"; without lease it fits by itself",
			"the lease %s is shorter than a takeover of %s", Spell(p.Lease), r.name)
	}
}

// checkSources looks at source_address.
func (b *builder) checkSources(r *router) {
	first := make(map[netip.Addr]*part)
	for _, p := range r.parts {
		s := p.settings.sourceAddress
		if !s.ok() {
			continue
		}
		if other := first[s.value]; other != nil {
			b.report(s.at, "write it under per_node", "%s and %s would both send from %s", other.Node, p.Node, s.value)
			continue
		}
		first[s.value] = p
		own := p.node.addresses
		family6 := s.value.Is6()
		has := func(claim func(netip.Addr) bool) bool {
			return slices.ContainsFunc(own.value, func(a hostAddress) bool { return claim(a.Address) })
		}
		if own.ok() && has(func(a netip.Addr) bool { return a.Is6() == family6 }) && !has(func(a netip.Addr) bool { return a == s.value }) {
			b.warn(s.at, "correct it, or add it to the addresses of "+p.Node, "nodes does not name %s as an address of %s", s.value, p.Node)
		}
		ipv4, ipv6 := p.families()
		if p.settings.addresses.ok() && (s.value.Is4() && !ipv4 || s.value.Is6() && !ipv6) {
			b.report(s.at, "", "%s advertises no %s address, so nothing is sent from %s", r.name, family(s.value.Is6()), s.value)
		}
		if ipv6 && s.value.Is6() && !s.value.IsLinkLocalUnicast() && p.settings.transport.ok() && p.Transport == Multicast {
			b.warn(s.at, "use a link-local address of the node, or leave it out",
				"RFC 9568 section 5.1.2.1 wants IPv6 multicast sent from a link-local address, and %s is none", s.value)
		}
		if slices.ContainsFunc(p.Addresses, func(a Address) bool { return a.Prefix.Addr() == s.value }) && p.Priority != ownerPriority {
			b.report(s.at, "use an address that stays on the node", "%s is a floating address of %s, so nothing can be sent from it before a takeover", s.value, r.name)
		}
	}
}

// family is the name of a family.
func family(ipv6 bool) string {
	if ipv6 {
		return "IPv6"
	}
	return "IPv4"
}

// checkUnicast demands an address of each advertised family of each node, where adverts are unicast.
func (b *builder) checkUnicast(r *router) {
	for _, p := range r.parts {
		s := &p.settings
		if other := r.parts[0]; s.transport.ok() && other.settings.transport.ok() && p.Transport != other.Transport {
			b.report(s.transport.at.or(other.settings.transport.at), "write it in the router itself", "%s is %s on %s and %s on %s: they would not hear each other",
				r.name, p.Transport, p.Node, other.Transport, other.Node)
		}
		if p.Transport != Unicast || p.node.addresses.state == broken || s.iface.state == broken {
			continue
		}
		ipv4, ipv6 := p.families()
		have := p.sendsFrom()
		for _, is6 := range []bool{false, true} {
			needed := ipv4 && !is6 || ipv6 && is6
			if !needed || slices.ContainsFunc(have, func(a netip.Addr) bool { return a.Is6() == is6 }) {
				continue
			}
			on := ""
			if p.Interface != "" {
				on = " on " + p.Interface
			}
			b.report(p.node.name.at, fmt.Sprintf("write {name: %s, addresses: [...]}", p.Node),
				"%s has no %s address%s, and the adverts of %s are unicast", p.Node, family(is6), on, r.name)
		}
	}
}
