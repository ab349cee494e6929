package vrrp

import (
	"encoding/binary"
	"net/netip"
)

// sum adds the 16-bit big-endian words of b to s, the running sum of an Internet checksum (RFC 1071). The length of b
// has to be even; every part of an advert is.
func sum(s uint32, b []byte) uint32 {
	for ; len(b) >= 2; b = b[2:] {
		s += uint32(binary.BigEndian.Uint16(b))
	}
	return s
}

// pseudoSum sums the pseudo-header of a message of length bytes: RFC 8200 section 8.1 for IPv6, and for IPv4 the one
// of RFC 9293 section 3.1. Their layouts differ and their sums do not: the zeroes and the width of the length field add
// nothing.
func pseudoSum(src, dst netip.Addr, length int) uint32 {
	s, d := src.As16(), dst.As16()
	from := 0
	if isIPv4(src) {
		from = 12 // As16 maps IPv4 into ::ffff:0:0/96; only the last four bytes are in the pseudo-header
	}
	return sum(sum(uint32(Protocol+length), s[from:]), d[from:])
}

// fold ends a one's complement sum: carries are added in until none is left.
func fold(s uint32) uint16 {
	for s > 0xffff {
		s = s>>16 + s&0xffff
	}
	return uint16(s)
}

// checksum is what stands in bytes 6 and 7 of the message, which have to be zero in it.
func checksum(message []byte, src, dst netip.Addr, form ChecksumForm) uint16 {
	var s uint32
	if form == FormPseudo || !isIPv4(src) {
		s = pseudoSum(src, dst, len(message))
	}
	return ^fold(sum(s, message))
}

// verify says which form of the checksum the message carries that b begins with, size bytes long. Where the pseudo-header
// happens to sum to zero both fit, and it is FormPseudo. In IPv4 a trailer is not covered; in IPv6, where the kernel may
// have computed the checksum of all that is in the packet, it is.
func verify(v Version, b []byte, size int, src, dst netip.Addr) (form ChecksumForm, ok bool) {
	const good = 0xffff // a sum that includes its own complement
	if isIPv4(src) {
		b = b[:size]
	}
	s := sum(0, b)
	switch {
	case v != Version2 && fold(s+pseudoSum(src, dst, len(b))) == good:
		return FormPseudo, true
	case isIPv4(src) && fold(s) == good:
		return FormMessage, true
	}
	return FormPseudo, false
}

// isIPv4 says of which family a packet from src is; an IPv4-mapped IPv6 address is IPv4.
func isIPv4(src netip.Addr) bool { return src.Is4() || src.Is4In6() }
