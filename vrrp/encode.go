package vrrp

import (
	"encoding/binary"
	"net/netip"
)

// The header, RFC 9568 section 5.1:
//
//	 0                   1                   2                   3
//	 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//	+-------+-------+---------------+---------------+---------------+
//	|Version| Type  |     VRID      |   Priority    | Address Count |
//	+-------+-------+---------------+---------------+---------------+
//	|Reserve| Max Advertise Interval|           Checksum            |
//	+-------+-----------------------+-------------------------------+
//
// In version 2, RFC 3768 section 5.1, Auth Type and Adver Int stand in place of the interval, a byte each, and eight bytes
// of authentication data follow the addresses.
const (
	headerLen  = 8
	authLen    = 8
	checksumAt = 6

	typeAdvertisement = 1

	intervalMask = 0x0fff // the four bits above it are reserved: sent as zero, ignored on receipt (section 5.2.6)
)

// MaxAddresses is how many addresses the count field of an advert can tell, RFC 9568 section 5.2.5. What fits into the
// MTU of a link may be less.
const MaxAddresses = 255

// AppendTo appends the advert's bytes to b, with the checksum that it has on the way from src to dst, and returns the
// extended slice. It does not allocate when b has room for 8 bytes and 4 (IPv4) or 16 (IPv6) an address, and 8 more in
// version 2.
//
// The family of src is that of the packet and has to be that of dst and of every address; version 2 is IPv4. The form
// matters to version 3 in IPv4 alone. Interval has to be valid, and in version 2 whole seconds; addresses beyond
// [MaxAddresses] are left out.
func (p *Packet) AppendTo(b []byte, src, dst netip.Addr, form ChecksumForm) []byte {
	addresses := p.Addresses[:min(len(p.Addresses), MaxAddresses)]
	start := len(b)
	if p.Version == Version2 {
		b = append(b, 2<<4|typeAdvertisement, p.VRID, p.Priority, uint8(len(addresses)), uint8(p.AuthType), uint8(p.Interval/perSecond))
		form = FormMessage
	} else {
		b = append(b, 3<<4|typeAdvertisement, p.VRID, p.Priority, uint8(len(addresses)))
		b = binary.BigEndian.AppendUint16(b, uint16(p.Interval)&intervalMask)
	}
	b = append(b, 0, 0) // the checksum is computed over zeroes
	for _, address := range addresses {
		a := address.As16()
		b = append(b, a[16-addressLen(src):]...)
	}
	if p.Version == Version2 {
		b = append(b, p.AuthData[:]...)
	}
	message := b[start:]
	binary.BigEndian.PutUint16(message[checksumAt:], checksum(message, src, dst, form))
	return b
}

// addressLen is how many bytes an address takes in a packet from src.
func addressLen(src netip.Addr) int {
	if isIPv4(src) {
		return 4
	}
	return 16
}
