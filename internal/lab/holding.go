package lab

import (
	"maps"
	"net/netip"
	"slices"
)

// place is one address on one interface: the same address may stand on several.
type place struct {
	ifindex int
	address netip.Addr
}

// holding is what a host holds, with the prefix lengths that an address stands there with: with two of them it is
// there until both are gone.
type holding map[place]map[int]bool

// difference is how an address changed between two looks.
type difference struct {
	address netip.Addr
	change  Change
}

// has says whether the address is there, on whatever interface.
func (h holding) has(a netip.Addr) bool {
	for p := range h {
		if p.address == a {
			return true
		}
	}
	return false
}

// apply takes a notification in and says what it changed; it is not ok if that is nothing.
func (h holding) apply(a Address, added bool) (c Change, ok bool) {
	p := place{ifindex: a.Ifindex, address: a.Prefix.Addr()}
	had := h.has(p.address)
	if added {
		if h[p] == nil {
			h[p] = make(map[int]bool)
		}
		h[p][a.Prefix.Bits()] = true
		if had {
			return Renewed, true
		}
		return Added, true
	}
	delete(h[p], a.Prefix.Bits())
	if len(h[p]) == 0 {
		delete(h, p)
	}
	return Removed, had && !h.has(p.address)
}

// replace makes the holding what a look at the kernel gave, and returns the differences: first what is gone, then what
// came, by address.
func (h holding) replace(all []Address) []difference {
	before := maps.Clone(h)
	clear(h)
	for _, a := range all {
		h.apply(a, true)
	}
	gone, came := missing(before, h), missing(h, before)
	var ds []difference
	for _, a := range gone {
		ds = append(ds, difference{address: a, change: Removed})
	}
	for _, a := range came {
		ds = append(ds, difference{address: a, change: Added})
	}
	return ds
}

// missing returns the addresses that are in a but not in b, in order, each once.
func missing(a, b holding) []netip.Addr {
	var out []netip.Addr
	for p := range a {
		if !b.has(p.address) {
			out = append(out, p.address)
		}
	}
	slices.SortFunc(out, netip.Addr.Compare)
	return slices.Compact(out)
}
