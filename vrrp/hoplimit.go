package vrrp

import "net/netip"

// HopLimit is the TTL or hop limit that every advert is sent with, RFC 9568 sections 5.1.1.3 and 5.1.2.3. No router
// forwards a packet without lowering it, so one that arrives with 255 was sent on this link.
const HopLimit = 255

// MinHopLimit is the smallest TTL or hop limit with which an advert to dst is taken; with less it is a [DropTTL].
//
// To a multicast group it is always 255. Of a unicast advert the RFC says nothing: configured decides, where it is not
// 0. Where it is, an IPv4 peer on the link still has to show 255, and nothing is asked of a peer behind a router, nor
// of an IPv6 one: keepalived sends unicast IPv6 with the kernel's default.
func MinHopLimit(dst netip.Addr, onLink bool, configured uint8) uint8 {
	switch {
	case dst.IsMulticast():
		return HopLimit
	case configured != 0:
		return configured
	case onLink && isIPv4(dst):
		return HopLimit
	}
	return 0
}
