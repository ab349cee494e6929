package config

import (
	"slices"
	"strings"

	"github.com/aloft-ha/aloft/vrrp"
)

// checkContradictions warns of keys of one router that contradict each other, so that one of them is not what somebody
// meant.
func (b *builder) checkContradictions(r *router) {
	b.checkHiddenPriorities(r)
	b.checkOrderOfNodes(r)
	b.checkIntervals(r)
	b.checkOwned(r)
	b.checkLabels(r)
	b.checkIdle(r)
}

// checkHiddenPriorities finds nodes that have one priority in the router's map and another under its per_node.
func (b *builder) checkHiddenPriorities(r *router) {
	for _, p := range r.routerDraft.settings.priorities.value {
		own := of(r.routerDraft.settings.perNode.value, p.node.name)
		if own == nil || !own.priority.ok() || !p.priority.ok() || own.priority.value == p.priority.value {
			continue
		}
		b.warn(p.priority.at, "remove one of them", "the priority %d of %s is hidden by its %d under per_node",
			p.priority.value, p.node.name, own.priority.value)
	}
}

// checkOrderOfNodes compares the order that a router writes with the priorities that it writes too. The order of the
// file's nodes may be overruled: that is what a priority is for.
func (b *builder) checkOrderOfNodes(r *router) {
	if !r.routerDraft.settings.nodes.ok() {
		return
	}
	for i := range len(r.parts) - 1 {
		x, y := r.parts[i], r.parts[i+1]
		if x.Priority == 0 || y.Priority == 0 || x.Priority >= y.Priority {
			continue
		}
		b.warn(y.settings.priority.at.or(x.priorityPlace(r)), "change the order of nodes, or remove the priority",
			"nodes has %s before %s, and their priorities %d and %d say the reverse", x.Node, y.Node, x.Priority, y.Priority)
		return
	}
}

// checkIntervals finds nodes that advertise at another pace than the rest. A Backup follows the interval of whoever is
// Active, so it would be that of the last takeover.
func (b *builder) checkIntervals(r *router) {
	for _, p := range r.parts {
		first := r.parts[0]
		if !p.settings.interval.ok() || !first.settings.interval.ok() || p.Interval == first.Interval || p.Version != vrrp.Version3 {
			continue
		}
		b.warn(p.settings.interval.at.or(first.settings.interval.at).or(r.at), "give all nodes the same",
			"%s is advertised every %s by %s and every %s by %s: how soon it is missed depends on who serves",
			r.name, Spell(p.Interval.Duration()), p.Node, Spell(first.Interval.Duration()), first.Node)
		return
	}
}

// checkOwned finds priority 255 on a node that owns none of the addresses: it means more than the highest number.
func (b *builder) checkOwned(r *router) {
	for _, p := range r.parts {
		if p.Priority != ownerPriority || len(p.Local) == 0 || !p.settings.addresses.ok() {
			continue
		}
		own := slices.ContainsFunc(p.Addresses, func(a Address) bool {
			return slices.ContainsFunc(p.Local, func(l NodeAddress) bool { return l.Address == a.Prefix.Addr() })
		})
		if !own {
			b.warn(p.priorityPlace(r), "use 254 at most", "priority 255 says that %s owns the addresses of %s, and none of them is its own", p.Node, r.name)
		}
	}
}

// checkLabels finds labels that do not begin with the interface's name. The kernel takes them, but ifconfig shows
// only those that do.
func (b *builder) checkLabels(r *router) {
	for _, p := range r.parts {
		for _, f := range p.settings.addresses.value {
			link := p.Interface
			if f.Interface != "" {
				link = f.Interface
			}
			if f.Prefix.Addr().Is4() && f.Label != "" && link != "" && f.Label != link && !strings.HasPrefix(f.Label, link+":") {
				b.warn(f.at, "write "+link+":1, for example", "the label %s of %s does not begin with %s, its interface on %s: ifconfig would not show it",
					quote(f.Label), f.Prefix.Addr(), link, p.Node)
			}
		}
	}
}

// checkIdle warns of keys of the router itself, and of its per_node, that change nothing. Defaults may hold keys for
// some routers only.
func (b *builder) checkIdle(r *router) {
	own := r.routerDraft.settings
	b.checkIdleKeys(r, own, r.parts)
	for i, p := range r.parts {
		if keys := of(own.perNode.value, p.Node); keys != nil {
			b.checkIdleKeys(r, keys, r.parts[i:i+1])
		}
	}
}

// checkIdleKeys warns of keys that change nothing on all of the parts that they are written for.
func (b *builder) checkIdleKeys(r *router, keys *settings, parts []*part) {
	all := func(claim func(p *part) bool) bool {
		return len(parts) > 0 && !slices.ContainsFunc(parts, func(p *part) bool { return !claim(p) })
	}
	if keys.minTTL.ok() && all(func(p *part) bool { return p.settings.transport.ok() && p.Transport == Multicast }) {
		b.warn(keys.minTTL.at, "remove it", "min_ttl is for unicast adverts; multicast ones always have to arrive with 255")
	}
	if keys.preemptDelay.ok() && keys.preemptDelay.value > 0 &&
		all(func(p *part) bool { return p.settings.autoFailback.ok() && !p.AutoFailback }) {
		b.warn(keys.preemptDelay.at, "remove it", "preempt_delay has no effect without auto_failback")
	}
	if keys.checksum.ok() && all(func(p *part) bool { ipv4, ipv6 := p.families(); return ipv6 && !ipv4 }) {
		b.warn(keys.checksum.at, "remove it", "checksum is for IPv4 adverts; those of IPv6 have one form only")
	}
	if keys.farewell.ok() && keys.farewell.value == vrrp.FarewellFast && all((*part).learnsNothing) {
		b.warn(keys.farewell.at, "remove it", "farewell: fast has no effect: version 2 has no interval that would make the other nodes quick")
	} else if keys.farewell.ok() && keys.farewell.value == vrrp.FarewellFast && all((*part).cannotHurry) {
		b.warn(keys.farewell.at, "make advert_interval longer, or the distance between priorities; or remove it",
			"farewell: fast has no effect: no interval shorter than %s could hurry the other nodes of %s",
			Spell(parts[0].Interval.Duration()), r.name)
	}
}

// cannotHurry says that no interval shorter than its own makes the other nodes of a part quick.
func (p *part) cannotHurry() bool {
	_, quick := vrrp.QuickInterval(p.Interval, len(p.Peers), p.Gap)
	valid := p.settings.interval.ok() && !slices.ContainsFunc(p.Peers, func(o Peer) bool { return o.Priority == 0 })
	return valid && len(p.Peers) > 0 && !quick
}
