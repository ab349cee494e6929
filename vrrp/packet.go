package vrrp

import "net/netip"

// Protocol is the IP protocol number of VRRP.
const Protocol = 112

// The groups that adverts are multicast to, RFC 9568 sections 5.1.1.2 and 5.1.2.2.
var (
	Group4 = netip.AddrFrom4([4]byte{224, 0, 0, 18})
	Group6 = netip.AddrFrom16([16]byte{0: 0xff, 1: 0x02, 15: 0x12})
)

// Packet is a VRRPv3 ADVERTISEMENT, RFC 9568 section 5.2.
type Packet struct {
	VRID      uint8
	Priority  uint8        // 0: the sender departs; 255: the sender owns the addresses
	Interval  Centiseconds // Max Advertise Interval
	Addresses []netip.Addr // all of the family that the packet travels in
}

// ChecksumForm tells the two checksums apart that IPv4 senders use: RFC 9568 covers the VRRP message alone, RFC 5798
// was read by keepalived and FRR to cover a pseudo-header too. IPv6 has only the pseudo-header.
type ChecksumForm uint8

// The forms.
const (
	FormPseudo  ChecksumForm = iota // with the pseudo-header: RFC 5798 as keepalived and FRR read it, and all IPv6
	FormMessage                     // the message alone: RFC 9568, IPv4
)

// String returns the words of the configuration file.
func (f ChecksumForm) String() string {
	switch f {
	case FormPseudo:
		return "rfc5798"
	case FormMessage:
		return "rfc9568"
	}
	return "invalid"
}
