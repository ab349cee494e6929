package lab

import (
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"github.com/aloft-ha/aloft/vrrp"
)

// The offsets in an Ethernet frame that the filters look at.
const (
	offsetEtherType = 12
	offsetProtocol4 = ethernetLen + 9
	offsetFragment4 = ethernetLen + 6
	offsetNext6     = ethernetLen + 6
	offsetICMP4     = ethernetLen + ipv4Len
	offsetICMP6     = ethernetLen + ipv6Len
)

// take and drop are the verdicts of a filter: how many bytes of the frame to keep.
var (
	take = bpf.RetConstant{Val: 1 << 16}
	drop = bpf.RetConstant{Val: 0}
)

// incoming lets a frame pass to the rest of the filter unless the host itself sent it: on a switch that would be the
// copies that it forwards.
func incoming(rest ...bpf.Instruction) []bpf.Instruction {
	return append([]bpf.Instruction{
		bpf.LoadExtension{Num: bpf.ExtType},
		bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: unix.PACKET_OUTGOING, SkipTrue: 1},
		drop,
	}, rest...)
}

// everythingFilter takes all that comes in, but for what the bridge hands up to its own interface.
func everythingFilter(bridge int) []bpf.Instruction {
	return incoming(
		bpf.LoadExtension{Num: bpf.ExtInterfaceIndex},
		bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: uint32(bridge), SkipTrue: 1},
		drop,
		take,
	)
}

// protocolFilter takes what comes in of VRRP, ARP and neighbour advertisements.
func protocolFilter(bridge int) []bpf.Instruction {
	all := everythingFilter(bridge)
	return append(all[:len(all)-1], protocols()...)
}

// protocols takes VRRP, ARP and neighbour advertisements.
func protocols() []bpf.Instruction {
	const neighbourAdvertisement = 136
	return []bpf.Instruction{
		bpf.LoadAbsolute{Off: offsetEtherType, Size: 2},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: unix.ETH_P_ARP, SkipTrue: 9},   // take
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: unix.ETH_P_IPV6, SkipTrue: 3},  // IPv6
		bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: unix.ETH_P_IP, SkipTrue: 8}, // drop
		bpf.LoadAbsolute{Off: offsetProtocol4, Size: 1},                     // IPv4
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: vrrp.Protocol, SkipTrue: 5, SkipFalse: 6},
		bpf.LoadAbsolute{Off: offsetNext6, Size: 1},                               // IPv6
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: vrrp.Protocol, SkipTrue: 3},          // take
		bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: unix.IPPROTO_ICMPV6, SkipTrue: 3}, // drop
		bpf.LoadAbsolute{Off: offsetICMP6, Size: 1},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: neighbourAdvertisement, SkipFalse: 1},
		take,
		drop,
	}
}

// echoReplies takes the answers to echo requests of an identifier, ICMP (RFC 792) and ICMPv6 (RFC 4443 section 4.2).
// An answer with IPv4 options or in fragments is none that a probe of this package can get.
func echoReplies(id uint16) []bpf.Instruction {
	const echoReply4, echoReply6, plainHeader4, fragmentBits = 0, 129, 0x45, 0x3fff
	return []bpf.Instruction{
		bpf.LoadAbsolute{Off: offsetEtherType, Size: 2},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: unix.ETH_P_IPV6, SkipTrue: 11},  // IPv6
		bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: unix.ETH_P_IP, SkipTrue: 17}, // drop
		bpf.LoadAbsolute{Off: ethernetLen, Size: 1},                          // IPv4
		bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: plainHeader4, SkipTrue: 15},  // drop
		bpf.LoadAbsolute{Off: offsetFragment4, Size: 2},
		bpf.JumpIf{Cond: bpf.JumpBitsSet, Val: fragmentBits, SkipTrue: 13}, // drop
		bpf.LoadAbsolute{Off: offsetProtocol4, Size: 1},
		bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: unix.IPPROTO_ICMP, SkipTrue: 11}, // drop
		bpf.LoadAbsolute{Off: offsetICMP4, Size: 1},
		bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: echoReply4, SkipTrue: 9}, // drop
		bpf.LoadAbsolute{Off: offsetICMP4 + 4, Size: 2},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: uint32(id), SkipTrue: 6, SkipFalse: 7},
		bpf.LoadAbsolute{Off: offsetNext6, Size: 1},                               // IPv6
		bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: unix.IPPROTO_ICMPV6, SkipTrue: 5}, // drop
		bpf.LoadAbsolute{Off: offsetICMP6, Size: 1},
		bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: echoReply6, SkipTrue: 3}, // drop
		bpf.LoadAbsolute{Off: offsetICMP6 + 4, Size: 2},
		bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: uint32(id), SkipTrue: 1},
		take,
		drop,
	}
}
