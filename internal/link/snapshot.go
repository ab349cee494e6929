package link

import (
	"bytes"
	"net/netip"
	"slices"
	"strconv"
)

// Equal says whether both snapshots describe the same state, the order of addresses included: the kernel's choice of a
// source address depends on it.
func (s Snapshot) Equal(o Snapshot) bool {
	return slices.EqualFunc(s.Links, o.Links, Link.equal)
}

// ByName returns the link of that name or, if there is none, of that alternative name (ip-link(8), "property add").
func (s Snapshot) ByName(name string) (Link, bool) {
	if name == "" {
		return Link{}, false
	}
	for _, l := range s.Links {
		if l.Name == name {
			return l, true
		}
	}
	for _, l := range s.Links {
		if slices.Contains(l.AltNames, name) {
			return l, true
		}
	}
	return Link{}, false
}

// ByIndex returns the link of that interface index.
func (s Snapshot) ByIndex(index int) (Link, bool) {
	i, ok := slices.BinarySearchFunc(s.Links, index, func(l Link, index int) int { return l.Index - index })
	if !ok {
		return Link{}, false
	}
	return s.Links[i], true
}

// Carrying returns the link that carries the address, the one with the lowest index where several do. A zone (as in
// fe80::1%eth0; a name, an alternative name or an index) narrows the search to one link.
func (s Snapshot) Carrying(addr netip.Addr) (Link, bool) {
	zone := addr.Zone()
	addr = addr.WithZone("").Unmap()
	for _, l := range s.Links {
		if zone != "" && !l.called(zone) {
			continue
		}
		if slices.ContainsFunc(l.Addresses, func(a Address) bool { return a.Prefix.Addr() == addr }) {
			return l, true
		}
	}
	return Link{}, false
}

func (l Link) called(zone string) bool {
	return l.Name == zone || slices.Contains(l.AltNames, zone) || strconv.Itoa(l.Index) == zone
}

func (l Link) equal(o Link) bool {
	return l.Index == o.Index &&
		l.Name == o.Name &&
		slices.Equal(l.AltNames, o.AltNames) &&
		bytes.Equal(l.MAC, o.MAC) &&
		l.MTU == o.MTU &&
		l.Master == o.Master &&
		l.Port == o.Port &&
		l.Up == o.Up &&
		l.Carrier == o.Carrier &&
		l.Incarnation == o.Incarnation &&
		slices.Equal(l.Addresses, o.Addresses)
}
