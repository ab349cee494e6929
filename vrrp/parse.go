package vrrp

import (
	"encoding/binary"
	"net/netip"
)

// Parse reads the VRRP message b, as it came from src to dst, into p. The family is that of src; the length of b is
// what the IP header says. It makes the checks of RFC 9568 section 7.1, and of RFC 3768 section 7.1 for version 2, that
// need the message alone, in the order of the reasons. TTL, transport, peer and authentication are the caller's, and so
// is whether there is a virtual router of the VRID that speaks this version. A message may be followed by a trailer of
// [TrailerLen] bytes, and by nothing else: then the packet is Signed.
//
// The reserved bits are ignored (section 5.2.6). An interval that differs from the receiver's own and a list of other
// addresses are no reason to drop (section 7.1), and neither is an IPv6 list that begins with a global address
// (erratum 8300): common peers send it.
//
// With DropNone, p is overwritten and its Addresses reuse their room, so that a caller that keeps p does not allocate
// from packet to packet; form is the checksum that was found, FormPseudo where both fit. Otherwise p is as it was.
func (p *Packet) Parse(b []byte, src, dst netip.Addr) (form ChecksumForm, drop DropReason) {
	size := messageLen(b, src)
	if drop := checkShape(b, size); drop != DropNone {
		return FormPseudo, drop
	}
	version := versionOf(b)
	form, ok := verify(version, b, size, src, dst)
	if !ok {
		return FormPseudo, DropChecksum
	}
	vrid, interval := b[1], intervalOf(version, b)
	switch {
	case interval == 0:
		return form, DropInterval
	case vrid == 0:
		return form, DropVRID
	}
	p.Version, p.VRID, p.Priority, p.Interval = version, vrid, b[2], interval
	p.Addresses = appendAddresses(p.Addresses[:0], b[headerLen:], int(b[3]), addressLen(src))
	p.AuthType, p.AuthData = AuthTypeNone, [authLen]byte{}
	if version == Version2 {
		p.AuthType, p.AuthData = AuthType(b[4]), [authLen]byte(b[size-authLen:size])
	}
	p.Signed = len(b) > size
	return form, DropNone
}

// versionOf returns the version of a message whose version nibble is 2 or 3.
func versionOf(b []byte) Version {
	if b[0]>>4 == 2 {
		return Version2
	}
	return Version3
}

// intervalOf reads the interval of a header.
func intervalOf(v Version, b []byte) Centiseconds {
	if v == Version2 {
		return Centiseconds(b[5]) * perSecond
	}
	return Centiseconds(binary.BigEndian.Uint16(b[4:]) & intervalMask)
}

// messageLen is how long the message that b begins with is by its header, without a trailer; 0 if it is no header of an
// advert of a version that the family of src knows.
func messageLen(b []byte, src netip.Addr) int {
	if len(b) < headerLen {
		return 0
	}
	n := headerLen + int(b[3])*addressLen(src)
	switch {
	case b[0]>>4 == 3:
		return n
	case b[0]>>4 == 2 && isIPv4(src):
		return n + authLen
	}
	return 0
}

// checkShape makes the checks that come before the checksum. size is what [messageLen] says of b.
func checkShape(b []byte, size int) DropReason {
	switch {
	case len(b) < headerLen:
		return DropTruncated
	case size == 0:
		return DropVersion
	case b[0]&0x0f != typeAdvertisement:
		return DropType
	case b[3] == 0:
		return DropCount
	case len(b) != size && len(b) != size+TrailerLen:
		return DropLength
	}
	return DropNone
}

// appendAddresses appends the count addresses that a list begins with to a, each of addressLen bytes.
func appendAddresses(a []netip.Addr, list []byte, count, addressLen int) []netip.Addr {
	for ; count > 0; count, list = count-1, list[addressLen:] {
		if addressLen == 4 {
			a = append(a, netip.AddrFrom4([4]byte(list)))
		} else {
			a = append(a, netip.AddrFrom16([16]byte(list)))
		}
	}
	return a
}
