package vip

import (
	"encoding/binary"
	"net/netip"
)

// Numbers of the two announcements (RFC 826, RFC 4861 section 4.4).
const (
	etherTypeARP  = 0x0806
	etherTypeIPv6 = 0x86dd

	arpEthernet = 1
	arpIPv4     = 0x0800
	arpRequest  = 1
	arpReply    = 2

	protoICMPv6    = 58
	typeNA         = 136
	flagRouter     = 0x80
	flagSolicited  = 0x40
	flagOverride   = 0x20
	optionTargetLL = 2
	hopLimitND     = 255 // receivers drop less: it may have come through a router (RFC 4861 section 7.1.2)

	ethernetHeader = 14
	arpFrame       = ethernetHeader + 28
	ipv6Header     = 40
	naMessage      = 32
	naFrame        = ethernetHeader + ipv6Header + naMessage
)

var (
	broadcast   = [6]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}
	allNodesMAC = [6]byte{0x33, 0x33, 0, 0, 0, 1}
	allNodes    = netip.MustParseAddr("ff02::1")
)

// appendGratuitousARP appends the Ethernet frame that says that mac has the IPv4 address: an ARP packet whose sender and
// target address are the same (RFC 5227 section 3). The reply form names the sender as its target too, otherwise Linux
// does not take it for gratuitous and a locked neighbour entry keeps the old owner; the request form has the broadcast
// address there, as keepalived sends it. There are hosts that update from only one of the two.
func appendGratuitousARP(b []byte, mac [6]byte, addr netip.Addr, reply bool) []byte {
	operation, target := uint16(arpRequest), broadcast
	if reply {
		operation, target = arpReply, mac
	}
	ip := addr.As4()

	b = appendEthernet(b, broadcast, mac, etherTypeARP)
	b = binary.BigEndian.AppendUint16(b, arpEthernet)
	b = binary.BigEndian.AppendUint16(b, arpIPv4)
	b = append(b, 6, 4) // the lengths of the two kinds of address
	b = binary.BigEndian.AppendUint16(b, operation)
	b = append(b, mac[:]...)
	b = append(b, ip[:]...)
	b = append(b, target[:]...)
	return append(b, ip[:]...)
}

// appendUnsolicitedNA appends the Ethernet frame that says that mac has the IPv6 address: a neighbour advertisement to all
// nodes with the Override flag, and the Router flag if the host forwards (RFC 4861 section 7.2.6, RFC 9568 section 6.4.2).
// The source is the address itself, as keepalived has it.
func appendUnsolicitedNA(b []byte, mac [6]byte, addr netip.Addr, router bool) []byte {
	flags := byte(flagOverride)
	if router {
		flags |= flagRouter
	}
	source, destination := addr.As16(), allNodes.As16()

	b = appendEthernet(b, allNodesMAC, mac, etherTypeIPv6)
	b = append(b, 0x60, 0, 0, 0) // version 6, no traffic class, no flow label
	b = binary.BigEndian.AppendUint16(b, naMessage)
	b = append(b, protoICMPv6, hopLimitND)
	b = append(b, source[:]...)
	b = append(b, destination[:]...)

	start := len(b)
	b = append(b, typeNA, 0, 0, 0, flags, 0, 0, 0)
	b = append(b, source[:]...)      // the target address
	b = append(b, optionTargetLL, 1) // an option of one times eight bytes
	b = append(b, mac[:]...)
	sum := checksumICMPv6(source, destination, b[start:])
	binary.BigEndian.PutUint16(b[start+2:], sum)
	return b
}

func appendEthernet(b []byte, destination, source [6]byte, etherType uint16) []byte {
	b = append(b, destination[:]...)
	b = append(b, source[:]...)
	return binary.BigEndian.AppendUint16(b, etherType)
}

// checksumICMPv6 is the Internet checksum over the pseudo-header and the message (RFC 8200 section 8.1), whose own checksum
// field counts as it stands.
func checksumICMPv6(source, destination [16]byte, message []byte) uint16 {
	sum := uint32(len(message)) + protoICMPv6
	for i := 0; i < 16; i += 2 {
		sum += uint32(binary.BigEndian.Uint16(source[i:])) + uint32(binary.BigEndian.Uint16(destination[i:]))
	}
	for ; len(message) >= 2; message = message[2:] {
		sum += uint32(binary.BigEndian.Uint16(message))
	}
	if len(message) == 1 {
		sum += uint32(message[0]) << 8
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}
