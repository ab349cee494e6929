package link

import "net/netip"

// Source4 returns the link's primary IPv4 address: the first one that is neither secondary nor excluded, else the first
// that is not excluded, else the zero Addr. Floating addresses have to be excluded, or a router would send its adverts
// from an address that is about to move; exclude may be nil.
func (l Link) Source4(exclude func(netip.Addr) bool) netip.Addr {
	var fallback netip.Addr
	for _, a := range l.Addresses {
		addr := a.Prefix.Addr()
		if !addr.Is4() || exclude != nil && exclude(addr) {
			continue
		}
		if !a.Secondary {
			return addr
		}
		if !fallback.IsValid() {
			fallback = addr
		}
	}
	return fallback
}

// Source6 returns the link's first link-local IPv6 address that is not excluded, or the zero Addr (RFC 9568 section 7.2:
// adverts come from the link-local address of the sending interface). A tentative one does not count: the kernel
// refuses to send from it until duplicate address detection is done (RFC 4862 section 5.4). exclude may be nil.
func (l Link) Source6(exclude func(netip.Addr) bool) netip.Addr {
	for _, a := range l.Addresses {
		addr := a.Prefix.Addr()
		if !addr.Is6() || !addr.IsLinkLocalUnicast() || a.Tentative {
			continue
		}
		if exclude == nil || !exclude(addr) {
			return addr
		}
	}
	return netip.Addr{}
}

// OnLink says whether the address lies inside a prefix of one of the link's addresses. A zone is ignored.
func (l Link) OnLink(addr netip.Addr) bool {
	addr = addr.WithZone("").Unmap()
	for _, a := range l.Addresses {
		if a.Prefix.Contains(addr) {
			return true
		}
	}
	return false
}
