package vip

import (
	"cmp"
	"net/netip"
	"slices"
	"time"
)

// input is all that a plan depends on. A plan changes none of it.
type input struct {
	now        time.Time
	world      world
	marks      bool          // the kernel keeps IFA_PROTO
	configured map[Key]Owner // nil before the first Configure: nothing is a leftover yet
	records    map[Key]record
	stuck      map[Key]bool // their removal failed, and is tried later
	unsafe     map[int]bool // links on which the removal of a primary address takes the others of its subnet along
	demands    []demand     // in the order they are to be served
}

// demand is what one owner wants, and how far that has come.
type demand struct {
	owner     Owner
	want      Want
	fresh     bool      // the want is not answered yet: what is missing is added
	orderedAt time.Time // when it was ordered
	refused   bool      // the kernel refused an address: nothing is added until the next want

	renewing   map[Key]bool // what an order to renew has not reached yet
	renewLease time.Duration
	assured    time.Time // the end of the lease last ordered; zero: for ever
}

// stale says that the order lay about longer than the lease it asked for: we were stopped, and somebody else may hold
// the addresses by now.
func (d demand) stale(now time.Time) bool {
	return d.fresh && d.want.Lease > 0 && now.Sub(d.orderedAt) >= d.want.Lease
}

// decision is what a plan comes to.
type decision struct {
	ops      []Op // removals and additions, those of one owner together
	renewals []Op // may wait, and are paced
	verdicts map[Owner]verdict
	wakeAt   time.Time // when the first back-off ends; zero for none
	forget   []Key     // records of addresses that are gone for good
}

// verdict is what a plan found out about one owner.
type verdict struct {
	foreign netip.Addr // a wanted or configured address that is there and is not ours
	hosts   []Key      // of its Own addresses those that the host has by itself
	lapsed  netip.Addr // a wanted address that is gone and is not put back: its lease ended
	beaten  netip.Addr // one of waiting that stays away for too long to call it held
	stale   bool
	waiting []Key // removed by somebody, and not put back before the end of the back-off
}

// plan compares what the kernel has with what is wanted.
func plan(in input) decision {
	p := planner{input: in, served: make(map[Key]*demand), spared: make(map[Key]*demand)}
	p.out.verdicts = make(map[Owner]verdict, len(in.demands))
	p.index()
	removals, last := p.removals()
	for i := range in.demands {
		d := &in.demands[i]
		p.out.ops = append(p.out.ops, removals[d.owner]...)
		p.serve(d)
	}
	p.out.ops = append(p.out.ops, removals[""]...)
	p.out.ops = append(p.out.ops, last...)
	if len(p.out.ops) == 0 {
		p.reorder()
	}
	p.forget()
	return p.out
}

type planner struct {
	input
	out    decision
	served map[Key]*demand        // wanted: converged to
	spared map[Key]*demand        // wanted with Keep, or Own and there without us: left alone
	of     map[Owner]*demand      // by owner
	owned  map[Owner][]Key        // configured, by owner
	hosts  map[int][]netip.Prefix // IPv4 prefixes of a link that are not ours
}

func (p *planner) index() {
	p.of = make(map[Owner]*demand, len(p.demands))
	for i := range p.demands {
		d := &p.demands[i]
		p.of[d.owner] = d
		into := p.served
		if d.want.Keep {
			into = p.spared
		}
		for _, a := range d.want.Addresses {
			into[a.Key()] = d
		}
	}
	p.spareHosts()
	p.owned = make(map[Owner][]Key, len(p.of))
	for key, owner := range p.configured {
		p.owned[owner] = append(p.owned[owner], key)
	}
	p.hosts = make(map[int][]netip.Prefix)
	for _, present := range p.world.at {
		for _, a := range present {
			if a.Prefix.Addr().Is4() && !p.ours(a) {
				p.hosts[a.Ifindex] = append(p.hosts[a.Ifindex], a.Prefix)
			}
		}
	}
}

// spareHosts leaves alone what is wanted as the host's own and what the host has without us.
func (p *planner) spareHosts() {
	foreign := func(a Present) bool { return !p.ours(a) }
	for i := range p.demands {
		d := &p.demands[i]
		if !d.want.Own {
			continue
		}
		for _, a := range d.want.Addresses {
			if key := a.Key(); p.served[key] == d && slices.ContainsFunc(p.world.at[key], foreign) {
				delete(p.served, key)
				p.spared[key] = d
			}
		}
	}
}

// ours says that we put the address up: it is marked and we know it, or, on a kernel without marks, we recorded it.
func (p *planner) ours(a Present) bool {
	rec, recorded := p.records[a.Key()]
	if !p.marks {
		return recorded && rec.prefix == a.Prefix
	}
	_, configured := p.configured[a.Key()]
	return a.Proto == Proto && (recorded || configured || p.served[a.Key()] != nil)
}

// removals lists what is ours and wanted by nobody, by the owner it is configured for, and apart from these the first
// addresses of subnets that lose others too: they go last. Removing the first promotes the second, which takes the kernel
// 4 ms among a thousand, each time.
func (p *planner) removals() (byOwner map[Owner][]Op, last []Op) {
	type unwanted struct {
		Present
		owner Owner
	}
	var gone []unwanted
	losing := make(map[subnet]int)
	for key, present := range p.world.at {
		if p.served[key] != nil || p.stuck[key] {
			continue
		}
		for _, a := range present {
			if owner, ok := p.unwanted(a); ok {
				gone = append(gone, unwanted{a, owner})
				losing[a.subnet()]++
			}
		}
	}
	slices.SortFunc(gone, func(a, b unwanted) int { return compareRemoval(a.Present, b.Present) })
	byOwner = make(map[Owner][]Op)
	for _, a := range gone {
		op := removal(a.owner, a.Present)
		if subnetted(a.Prefix) && !a.Secondary && losing[a.subnet()] > 1 {
			last = append(last, op)
		} else {
			byOwner[a.owner] = append(byOwner[a.owner], op)
		}
	}
	return byOwner, last
}

// unwanted says that the address, which is in no want that is converged to, has to go, and for whom it is configured.
func (p *planner) unwanted(a Present) (Owner, bool) {
	key := a.Key()
	if !p.ours(a) {
		return "", false
	}
	if rec, ok := p.records[key]; p.configured == nil && (!ok || rec.adopted) {
		return "", false // of an earlier run, and not known to be a leftover yet
	}
	if d := p.spared[key]; d != nil {
		// A leftover with a lease ends by itself, and one without would stay for ever. Beside the host's own address
		// ours is one too many.
		return d.owner, !d.want.Keep || a.Permanent
	}
	owner, configured := p.configured[key]
	if !configured {
		return "", true
	}
	d := p.of[owner]
	// The owner has not said anything yet, or says to keep what there is.
	if d == nil || (d.want.Keep && !a.Permanent) {
		return "", false
	}
	return owner, true
}

// compareRemoval puts secondary addresses first: removing the primary one first would promote each of them in turn.
func compareRemoval(a, b Present) int {
	if a.Secondary != b.Secondary {
		if a.Secondary {
			return -1
		}
		return 1
	}
	return cmp.Or(cmp.Compare(a.Ifindex, b.Ifindex), a.Prefix.Compare(b.Prefix))
}

func removal(owner Owner, a Present) Op {
	return Op{Kind: OpRemove, Owner: owner, Address: Address{Prefix: a.Prefix, Ifindex: a.Ifindex}}
}

// forget lists the records of addresses that are not there and will not be put back.
func (p *planner) forget() {
	for key, rec := range p.records {
		if slices.ContainsFunc(p.world.at[key], p.ours) {
			continue
		}
		if d := p.served[key]; d == nil || (!d.fresh && !rec.alive(p.now)) {
			p.out.forget = append(p.out.forget, key)
		}
	}
}
