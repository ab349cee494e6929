package engine

import (
	"net/netip"
	"slices"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/internal/link"
	"github.com/aloft-ha/aloft/vip"
	"github.com/aloft-ha/aloft/vrrp"
)

// place is where one family of a router lives on this host now: what the configuration says and the kernel has.
type place struct {
	ifindex int // 0: nowhere
	ifname  string
	source  netip.Addr // what adverts are sent from; invalid with a fault
	fault   vrrp.Fault
	missing string // the interface or address that the fault is about, if it is one that is not there
}

// resolve finds the place of one family of a router. floating says which addresses are never a source.
func resolve(inst *config.Instance, ipv6 bool, s link.Snapshot, floating func(netip.Addr) bool) place {
	l, ok := findLink(inst, s)
	if !ok {
		return place{fault: vrrp.FaultInterfaceMissing, missing: wantedLink(inst)}
	}
	p := place{ifindex: l.Index, ifname: l.Name}
	switch {
	case !l.Up:
		p.fault = vrrp.FaultInterfaceDown
	case !l.Carrier:
		p.fault = vrrp.FaultNoCarrier
	case l.Port:
		p.fault = vrrp.FaultInterfacePort
	default:
		p.source = findSource(inst, ipv6, l, floating)
		if !p.source.IsValid() {
			p.fault, p.missing = vrrp.FaultNoSource, wantedSource(inst, ipv6)
		}
	}
	return p
}

// findLink finds the interface by its name, or else as the one that carries an address of this node.
func findLink(inst *config.Instance, s link.Snapshot) (link.Link, bool) {
	if inst.Interface != "" {
		return s.ByName(inst.Interface)
	}
	for _, local := range inst.Local {
		if local.Interface != "" {
			return s.ByName(local.Interface)
		}
		if l, ok := s.Carrying(local.Address); ok {
			return l, true
		}
	}
	return link.Link{}, false
}

// wantedLink names the interface that the configuration asks for.
func wantedLink(inst *config.Instance) string {
	switch {
	case inst.Interface != "":
		return inst.Interface
	case len(inst.Local) == 0:
		return ""
	case inst.Local[0].Interface != "":
		return inst.Local[0].Interface
	}
	return "the interface with " + inst.Local[0].Address.String()
}

// wantedSource names the address that the configuration asks for.
func wantedSource(inst *config.Instance, ipv6 bool) string {
	if s := inst.SourceAddress; s.IsValid() && s.Is6() == ipv6 {
		return s.String()
	}
	return "an " + familyName(ipv6) + " address"
}

// findSource chooses the address that adverts are sent from: the configured one; the node's own address, which unicast
// peers know it by; the interface's primary one. IPv6 multicast is sent from the link-local address, RFC 9568 section
// 5.1.2.1.
func findSource(inst *config.Instance, ipv6 bool, l link.Link, floating func(netip.Addr) bool) netip.Addr {
	carries := func(addr netip.Addr) bool {
		return slices.ContainsFunc(l.Addresses, func(a link.Address) bool {
			return a.Prefix.Addr() == addr && !a.Tentative
		})
	}
	if want := inst.SourceAddress; want.IsValid() && want.Is6() == ipv6 {
		if carries(want) {
			return want
		}
		return netip.Addr{}
	}
	if !ipv6 || inst.Transport == config.Unicast {
		for _, local := range inst.Local {
			if local.Address.Is6() == ipv6 && carries(local.Address) {
				return local.Address
			}
		}
	}
	if ipv6 {
		return l.Source6(floating)
	}
	return l.Source4(floating)
}

// families returns the families of a router's advertised addresses: one virtual router each, IPv4 first.
func families(inst *config.Instance) (ipv6 []bool) {
	for _, six := range []bool{false, true} {
		if slices.ContainsFunc(inst.Addresses, func(a config.Address) bool {
			return a.Advertise && a.Prefix.Addr().Is6() == six
		}) {
			ipv6 = append(ipv6, six)
		}
	}
	return ipv6
}

// share returns the addresses that the member of one family holds: those of its family, and, for the first member,
// those that are not advertised of a family that has no member.
func share(inst *config.Instance, ipv6 bool) []config.Address {
	members := families(inst)
	var mine []config.Address
	for _, a := range inst.Addresses {
		six := a.Prefix.Addr().Is6()
		if six == ipv6 || (members[0] == ipv6 && !slices.Contains(members, six)) {
			mine = append(mine, a)
		}
	}
	return mine
}

// floatingAddresses gives a member's addresses as they are to stand in the kernel, or the name of an interface that is
// missing for it.
func floatingAddresses(addresses []config.Address, home int, s link.Snapshot) (list []vip.Address, missing string) {
	for _, a := range addresses {
		index := home
		if a.Interface != "" {
			l, found := s.ByName(a.Interface)
			if !found {
				return nil, a.Interface
			}
			index = l.Index
		}
		list = append(list, vip.Address{
			Prefix: a.Prefix, Ifindex: index, Label: a.Label, Scope: uint8(a.Scope), Source: a.Source,
		})
	}
	return list, ""
}
