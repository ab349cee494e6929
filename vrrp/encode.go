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
const (
	headerLen  = 8
	checksumAt = 6

	version           = 3
	typeAdvertisement = 1
	versionAndType    = version<<4 | typeAdvertisement

	intervalMask = 0x0fff // the four bits above it are reserved: sent as zero, ignored on receipt (section 5.2.6)
)

// MaxAddresses is how many addresses the count field of an advert can tell, RFC 9568 section 5.2.5. What fits into the
// MTU of a link may be less.
const MaxAddresses = 255

// AppendTo appends the advert's bytes to b, with the checksum that it has on the way from src to dst, and returns the
// extended slice. It does not allocate when b has room for 8 bytes and 4 (IPv4) or 16 (IPv6) an address.
//
// The family of src is that of the packet and has to be that of dst and of every address. The form matters to IPv4
// alone. Interval has to be valid; addresses beyond [MaxAddresses] are left out.
func (p *Packet) AppendTo(b []byte, src, dst netip.Addr, form ChecksumForm) []byte {
	addresses := p.Addresses[:min(len(p.Addresses), MaxAddresses)]
	start := len(b)
	b = append(b, versionAndType, p.VRID, p.Priority, uint8(len(addresses)))
	b = binary.BigEndian.AppendUint16(b, uint16(p.Interval)&intervalMask)
	b = append(b, 0, 0) // the checksum is computed over zeroes
	for _, address := range addresses {
		a := address.As16()
		b = append(b, a[16-addressLen(src):]...)
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
