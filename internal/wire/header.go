package wire

import (
	"encoding/binary"
	"net/netip"
)

// header4 is what matters of an IPv4 header (RFC 791 section 3.1).
type header4 struct {
	src, dst netip.Addr
	ttl      uint8
}

// stripHeader takes the IPv4 header from what a raw socket reads. It is whole if the bytes are exactly those that the
// header announces; what there is of the payload comes back either way, for whoever wants to look at it.
func stripHeader(b []byte) (h header4, payload []byte, whole bool) {
	const fixed = 20
	if len(b) < fixed || b[0]>>4 != 4 {
		return header4{}, nil, false
	}
	h = header4{
		src: netip.AddrFrom4([4]byte(b[12:16])),
		dst: netip.AddrFrom4([4]byte(b[16:20])),
		ttl: b[8],
	}
	length := int(b[0]&0x0f) * 4
	if length < fixed || length > len(b) {
		return h, nil, false
	}
	total := int(binary.BigEndian.Uint16(b[2:]))
	return h, b[length:], total == len(b)
}
