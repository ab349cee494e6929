package vip

import (
	"net/netip"
	"slices"
)

// serve plans what one owner wants.
func (p *planner) serve(d *demand) {
	v := verdict{foreign: p.foreign(d), stale: d.stale(p.now)}
	switch {
	case d.want.Keep, v.foreign.IsValid():
	default:
		for _, a := range d.want.Addresses {
			if key := a.Key(); p.spared[key] == d {
				v.hosts = append(v.hosts, key)
				continue
			}
			p.converge(d, a, &v)
		}
	}
	p.out.verdicts[d.owner] = v
}

// foreign returns the lowest address that the owner wants or has configured, and that somebody else put up.
func (p *planner) foreign(d *demand) (found netip.Addr) {
	if d.want.Own {
		return found
	}
	look := func(key Key) {
		for _, a := range p.world.at[key] {
			if !p.ours(a) && (!found.IsValid() || key.Addr.Less(found)) {
				found = key.Addr
			}
		}
	}
	for _, a := range d.want.Addresses {
		look(a.Key())
	}
	for _, key := range p.owned[d.owner] {
		look(key)
	}
	return found
}

// converge plans one wanted address. Whatever stands in its place is ours.
func (p *planner) converge(d *demand, a Address, v *verdict) {
	var odd []Present
	here := -1
	present := p.world.at[a.Key()]
	for i, q := range present {
		if sameForm(q, a, p.records[a.Key()]) {
			here = i
		} else {
			odd = append(odd, q)
		}
	}
	switch {
	case len(odd) > 0 && d.fresh && !d.refused && !v.stale:
		p.replace(d, a, odd, here >= 0)
	case here >= 0:
		p.hold(d, a, present[here], v)
	case len(odd) == 0:
		p.restore(d, a, v)
	default:
		v.lapsed = a.Prefix.Addr()
	}
}

// sameForm says that the address stands as it is wanted, lifetime aside. Without a label of ours the kernel shows the name
// that the link had then. The scope of an IPv6 address is the kernel's own affair.
func sameForm(p Present, a Address, rec record) bool {
	if p.Prefix != a.Prefix || a.Prefix.Addr().Is6() {
		return p.Prefix == a.Prefix
	}
	return p.Scope == a.Scope && (a.Label == p.Label || (a.Label == "" && rec.label == ""))
}

// replace gives the address its new form. Where the kernel can have both at once, the old one goes last.
func (p *planner) replace(d *demand, a Address, odd []Present, here bool) {
	var before, after []Op
	for _, q := range odd {
		if a.Prefix.Addr().Is4() && q.Prefix.Bits() != a.Prefix.Bits() {
			after = append(after, removal(d.owner, q))
		} else {
			before = append(before, removal(d.owner, q))
		}
	}
	p.out.ops = append(p.out.ops, before...)
	if !here {
		p.out.ops = append(p.out.ops, p.add(d, a, OpAdd))
	}
	p.out.ops = append(p.out.ops, after...)
}

// hold plans for an address that is there: it is left alone unless a renewal was ordered, or a new want finds it with
// another lifetime than it asks for.
func (p *planner) hold(d *demand, a Address, q Present, v *verdict) {
	switch key := a.Key(); {
	case d.fresh && !d.refused && !v.stale && p.ageing(d, a, q):
		p.out.ops = append(p.out.ops, p.add(d, a, OpRenew))
	case d.renewing[key]:
		op := p.add(d, a, OpRenew)
		op.Lease = d.renewLease
		p.out.renewals = append(p.out.renewals, op)
	}
}

// ageing says that the present address has another lifetime than a new want asks for, or has used up half of it.
// Otherwise it is not touched: a want with fewer addresses must not cause traffic about the rest.
func (p *planner) ageing(d *demand, a Address, q Present) bool {
	rec, ok := p.records[a.Key()]
	switch {
	case !ok, rec.adopted, q.Permanent != (d.want.Lease == 0):
		return true
	case a.Prefix.Addr().Is6() && q.Deprecated == a.Source:
		return true
	}
	return !rec.until.IsZero() && rec.until.Sub(p.now) < d.want.Lease/2
}

// restore plans for an address that is not there. Without a new want it is put back only inside its lease: then
// somebody removed it. After the end of its lease we were too late to renew it, and it may be another's by now. What the
// host had by itself had no lease: it is put back inside the one that was last ordered.
func (p *planner) restore(d *demand, a Address, v *verdict) {
	key := a.Key()
	rec, ok := p.records[key]
	if !ok && d.want.Own {
		rec, ok = record{until: d.assured}, true
	}
	if d.fresh && !d.refused && !v.stale {
		p.out.ops = append(p.out.ops, p.add(d, a, OpAdd))
		return
	}
	if !ok || d.refused || v.stale || !rec.alive(p.now) {
		v.lapsed = key.Addr
		return
	}
	if at := rec.restoreAt(p.now); at.After(p.now) {
		v.waiting = append(v.waiting, key)
		if !rec.alive(at) || at.Sub(p.now) > longestGap {
			v.beaten = key.Addr
		}
		if p.out.wakeAt.IsZero() || at.Before(p.out.wakeAt) {
			p.out.wakeAt = at
		}
		return
	}
	op := p.add(d, a, OpAdd)
	op.Lease, op.restore = rec.remaining(p.now), true
	p.out.ops = append(p.out.ops, op)
}

func (p *planner) add(d *demand, a Address, kind OpKind) Op {
	return Op{Kind: kind, Owner: d.owner, Address: a, Lease: d.want.Lease, NoPrefixRoute: p.noPrefixRoute(a)}
}

// noPrefixRoute says that the kernel is to make no route to the address's subnet.
//
// IPv6: never one. The host's own on-link route is the same route, would take over our lifetime, and would expire.
//
// IPv4: none where the host reaches the subnet through a wider prefix of its own, for the new route would make the
// floating address the source address of the host's own traffic. In the host's very subnet the kernel makes none anyway,
// because ours is the secondary address; but if the host's address is deleted and put back, ours has been promoted
// in between, and must carry the route or the host's gateway is unreachable.
func (p *planner) noPrefixRoute(a Address) bool {
	if a.Prefix.Addr().Is6() {
		return true
	}
	return subnetted(a.Prefix) && slices.ContainsFunc(p.hosts[a.Ifindex], func(host netip.Prefix) bool {
		return host.Bits() < a.Prefix.Bits() && host.Contains(a.Prefix.Addr())
	})
}

// reorder puts the host's own address before ours again. After somebody deleted it and put it back, ours is the primary
// address of the subnet: the host's traffic would come from ours, and would lose it with the release. Taking ours down
// for a moment makes the kernel promote the host's.
func (p *planner) reorder() {
	for _, present := range p.world.at {
		for _, first := range present {
			d := p.served[first.Key()]
			if d == nil || first.Secondary || !subnetted(first.Prefix) || p.unsafe[first.Ifindex] || !p.ours(first) || !p.hostBehind(first) {
				continue
			}
			p.reinsert(first)
		}
	}
}

func (p *planner) hostBehind(first Present) bool {
	network := first.Prefix.Masked()
	if !slices.ContainsFunc(p.hosts[first.Ifindex], func(h netip.Prefix) bool { return h.Masked() == network }) {
		return false
	}
	for _, present := range p.world.at {
		for _, q := range present {
			if q.Secondary && q.subnet() == first.subnet() && !p.ours(q) {
				return true
			}
		}
	}
	return false
}

// reinsert takes down what is ours in the subnet, and puts it up again with the rest of its lease.
func (p *planner) reinsert(first Present) {
	var down []Present
	for key, present := range p.world.at {
		rec, ok := p.records[key]
		if !ok || !rec.alive(p.now) || p.served[key] == nil || p.stuck[key] {
			continue
		}
		for _, q := range present {
			if q.subnet() == first.subnet() && p.ours(q) {
				down = append(down, q)
			}
		}
	}
	if !slices.Contains(down, first) {
		return // the others alone would not make way
	}
	slices.SortFunc(down, compareRemoval)
	var up []Op
	for _, q := range down {
		d := p.served[q.Key()]
		p.out.ops = append(p.out.ops, removal(d.owner, q))
		i := slices.IndexFunc(d.want.Addresses, func(a Address) bool { return a.Key() == q.Key() })
		op := p.add(d, d.want.Addresses[i], OpAdd)
		op.Lease = p.records[q.Key()].remaining(p.now)
		up = append(up, op)
	}
	p.out.ops = append(p.out.ops, up...)
}
