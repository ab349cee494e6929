package conformance

import (
	"encoding/binary"
	"net"
	"net/netip"
	"slices"
)

// Advert is a whole frame with an advert in it, each field of which may be wrong. Nothing is filled in but lengths and
// checksums: [Bench.advert] gives a right one to begin with.
type Advert struct {
	SrcMAC, DstMAC net.HardwareAddr
	Src, Dst       netip.Addr
	TTL            uint8 // or hop limit
	Message
	Form  Form   // of the checksum that is made
	Spoil uint16 // added to the checksum: above 0 it is wrong
	Cut   int    // how many bytes the message is too short; its checksum is right for what is left
}

// frame returns the bytes of the frame.
func (a *Advert) frame() []byte {
	message := a.Message.append(nil, a.Src, a.Dst, a.Form)
	if a.Cut > 0 {
		message = message[:max(len(message)-a.Cut, 0)]
		seal(message, a.Src, a.Dst, a.Form)
	}
	if a.Spoil != 0 {
		binary.BigEndian.PutUint16(message[6:], binary.BigEndian.Uint16(message[6:])+a.Spoil)
	}
	b := slices.Concat(a.DstMAC, a.SrcMAC)
	if a.Src.Is6() {
		return append(appendIPv6(b, a, len(message)), message...)
	}
	return append(appendIPv4(b, a, len(message)), message...)
}

// classOfService is what routers set for control traffic: Internetwork Control, RFC 791.
const classOfService = 0xc0

// appendIPv4 appends the EtherType and the IPv4 header, RFC 791, of a packet with so many bytes in it.
func appendIPv4(b []byte, a *Advert, length int) []byte {
	b = binary.BigEndian.AppendUint16(b, 0x0800)
	start := len(b)
	b = append(b, 0x45, classOfService)
	b = binary.BigEndian.AppendUint16(b, uint16(20+length))
	b = append(b, 0, 0, 0, 0, a.TTL, protocol, 0, 0)
	b = append(b, a.Src.AsSlice()...)
	b = append(b, a.Dst.AsSlice()...)
	binary.BigEndian.PutUint16(b[start+10:], checksum(b[start:], a.Src, a.Dst, FormMessage))
	return b
}

// appendIPv6 appends the EtherType and the IPv6 header, RFC 8200, of a packet with so many bytes in it.
func appendIPv6(b []byte, a *Advert, length int) []byte {
	b = binary.BigEndian.AppendUint16(b, 0x86dd)
	b = append(b, 6<<4|classOfService>>4, classOfService<<4&0xff, 0, 0)
	b = binary.BigEndian.AppendUint16(b, uint16(length))
	b = append(b, protocol, a.TTL)
	b = append(b, a.Src.AsSlice()...)
	return append(b, a.Dst.AsSlice()...)
}

// groupMAC returns the Ethernet address of a multicast group: RFC 1112 section 6.4, RFC 2464 section 7.
func groupMAC(group netip.Addr) net.HardwareAddr {
	if group.Is4() {
		b := group.As4()
		return net.HardwareAddr{0x01, 0x00, 0x5e, b[1] & 0x7f, b[2], b[3]}
	}
	b := group.As16()
	return net.HardwareAddr{0x33, 0x33, b[12], b[13], b[14], b[15]}
}

// virtualMAC returns the virtual router's MAC address, RFC 9568 section 7.3.
func virtualMAC(vrid uint8, ipv6 bool) net.HardwareAddr {
	m := net.HardwareAddr{0x00, 0x00, 0x5e, 0x00, 0x01, vrid}
	if ipv6 {
		m[4] = 2
	}
	return m
}
