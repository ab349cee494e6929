package vip

import (
	"net/netip"
	"slices"
)

// world is the kernel's addresses: those last read, and what we changed since.
type world struct {
	at      map[Key][]Present // IPv4 can have one address several times on a link, with different prefix lengths
	subnets map[subnet]int    // how many addresses each has
}

func newWorld(present []Present) world {
	w := world{at: make(map[Key][]Present, len(present)), subnets: make(map[subnet]int)}
	for _, p := range present {
		w.put(p)
	}
	return w
}

func (w world) put(p Present) {
	w.at[p.Key()] = append(w.at[p.Key()], p)
	w.subnets[p.subnet()]++
}

// done records an operation that the kernel carried out.
func (w world) done(op Op) {
	key := op.Address.Key()
	i := slices.IndexFunc(w.at[key], func(p Present) bool { return p.Prefix == op.Address.Prefix })
	switch op.Kind {
	case OpRemove:
		if i >= 0 {
			w.subnets[w.at[key][i].subnet()]--
			w.at[key] = slices.Delete(w.at[key], i, i+1)
		}
		if len(w.at[key]) == 0 {
			delete(w.at, key)
		}
	case OpRenew:
		if i >= 0 {
			w.at[key][i].live(op)
			return
		}
		fallthrough // it was gone, and the kernel added it
	case OpAdd:
		p := Present{
			Prefix: op.Address.Prefix, Ifindex: op.Address.Ifindex, Label: op.Address.Label,
			Scope: op.Address.Scope, Proto: Proto,
		}
		p.Secondary = subnetted(p.Prefix) && w.subnets[p.subnet()] > 0
		p.live(op)
		w.put(p)
	}
}

// live gives the address the lifetime of the operation.
func (p *Present) live(op Op) {
	p.Permanent, p.Valid = op.Lease == 0, op.Lease
	p.Deprecated = p.Prefix.Addr().Is6() && !op.Address.Source
}

// subnetted says that the kernel orders the address among others of its subnet: IPv4, and not a host address.
func subnetted(p netip.Prefix) bool { return p.Addr().Is4() && p.Bits() < 32 }

// subnet is an IPv4 subnet on a link. Its addresses are primary and secondary to each other: the kernel compares the
// network and the prefix length (devinet.c, inet_insert_ifa).
type subnet struct {
	ifindex int
	network netip.Prefix
}

func (p Present) subnet() subnet { return subnet{p.Ifindex, p.Prefix.Masked()} }
