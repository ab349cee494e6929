package vrrp

import (
	"encoding/binary"
	"net/netip"
)

// Parse reads the VRRP message b, as it came from src to dst, into p. The family is that of src; the length of b is
// what the IP header says. It makes the checks of RFC 9568 section 7.1 that need the message alone, in the order of the
// reasons: TTL, transport and peer are the caller's, and so is whether there is a virtual router of the VRID.
//
// The reserved bits are ignored (section 5.2.6). An interval that differs from the receiver's own and a list of other
// addresses are no reason to drop (section 7.1), and neither is an IPv6 list that begins with a global address
// (erratum 8300): common peers send it.
//
// With DropNone, p is overwritten and its Addresses reuse their room, so that a caller that keeps p does not allocate
// from packet to packet; form is the checksum that was found, FormPseudo where both fit. Otherwise p is as it was.
func (p *Packet) Parse(b []byte, src, dst netip.Addr) (form ChecksumForm, drop DropReason) {
	if drop := checkShape(b, addressLen(src)); drop != DropNone {
		return FormPseudo, drop
	}
	form, ok := verify(b, src, dst)
	if !ok {
		return FormPseudo, DropChecksum
	}
	vrid, interval := b[1], Centiseconds(binary.BigEndian.Uint16(b[4:])&intervalMask)
	switch {
	case interval == 0:
		return form, DropInterval
	case vrid == 0:
		return form, DropVRID
	}
	p.VRID, p.Priority, p.Interval = vrid, b[2], interval
	p.Addresses = appendAddresses(p.Addresses[:0], b[headerLen:], addressLen(src))
	return form, DropNone
}

// checkShape makes the checks that come before the checksum.
func checkShape(b []byte, addressLen int) DropReason {
	switch {
	case len(b) < headerLen:
		return DropTruncated
	case b[0]>>4 != version:
		return DropVersion
	case b[0]&0x0f != typeAdvertisement:
		return DropType
	case b[3] == 0:
		return DropCount
	case len(b) != headerLen+int(b[3])*addressLen:
		return DropLength
	}
	return DropNone
}

// appendAddresses appends the addresses of the list to a, each of addressLen bytes.
func appendAddresses(a []netip.Addr, list []byte, addressLen int) []netip.Addr {
	for ; len(list) >= addressLen; list = list[addressLen:] {
		if addressLen == 4 {
			a = append(a, netip.AddrFrom4([4]byte(list)))
		} else {
			a = append(a, netip.AddrFrom16([16]byte(list)))
		}
	}
	return a
}
