package vrrp

import "net/netip"

// Protocol is the IP protocol number of VRRP.
const Protocol = 112

// The groups that adverts are multicast to, RFC 9568 sections 5.1.1.2 and 5.1.2.2.
var (
	Group4 = netip.AddrFrom4([4]byte{224, 0, 0, 18})
	Group6 = netip.AddrFrom16([16]byte{0: 0xff, 1: 0x02, 15: 0x12})
)

// Packet is an ADVERTISEMENT, RFC 9568 section 5.2; of version 2, RFC 3768 section 5.3 with the authentication that RFC
// 2338 had.
type Packet struct {
	Version   Version // Version3 or Version2
	VRID      uint8
	Priority  uint8        // 0: the sender departs; 255: the sender owns the addresses
	Interval  Centiseconds // Max Advertise Interval; Adver Int of version 2, in whole seconds
	Addresses []netip.Addr // all of the family that the packet travels in

	AuthType AuthType // of version 2 alone
	AuthData [8]byte  // of version 2 alone: the password

	Signed bool // what was parsed has a trailer, which has not been looked at: see [Verifier]
}

// AuthType is how an advert of version 2 is authenticated, RFC 2338 section 5.3.6. RFC 3768 has nothing but
// AuthTypeNone; keepalived has all three.
type AuthType uint8

// The types.
const (
	AuthTypeNone     AuthType = 0
	AuthTypePassword AuthType = 1 // a password in clear, filled up to 8 bytes with zeroes
	AuthTypeHeader   AuthType = 2 // IPsec's Authentication Header, which aloft does not speak
)

// String returns the type's name.
func (t AuthType) String() string {
	switch t {
	case AuthTypeNone:
		return "none"
	case AuthTypePassword:
		return "password"
	case AuthTypeHeader:
		return "header"
	}
	return "invalid"
}

// ChecksumForm tells the two checksums apart that IPv4 senders use: RFC 9568 covers the VRRP message alone, RFC 5798
// was read by keepalived and FRR to cover a pseudo-header too. IPv6 has only the pseudo-header, and version 2 only the
// message.
type ChecksumForm uint8

// The forms.
const (
	FormPseudo  ChecksumForm = iota // with the pseudo-header: RFC 5798 as keepalived and FRR read it, and all IPv6
	FormMessage                     // the message alone: RFC 9568, IPv4
)

// ChecksumForms says of each form, by its value, whether a router was heard to use it.
type ChecksumForms [2]bool

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
