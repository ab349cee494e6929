package wire

import (
	"net/netip"

	"golang.org/x/sys/unix"
)

// protocol is VRRP's IP protocol number.
const protocol = 112

// sizeLimit is the most bytes that an advert can have, as a raw socket reads it: an IPv4 header with all options (IPv6
// leaves its header out), 8 bytes, 255 IPv6 addresses (the count is one byte), and keepalived's HMAC trailer. Only a link
// with jumbo frames carries so much.
const sizeLimit = 60 + 8 + 255*16 + 28

// class is the TOS and traffic class of an advert: CS6, "internetwork control", as keepalived and the routers send it.
const class = 0xC0

// hops is the TTL and hop limit, RFC 9568 sections 5.1.1.3 and 5.1.2.3. Unicast gets it as well: the receiver may check.
const hops = 255

// priority is the packet priority inside the host (SO_PRIORITY): first band of pfifo_fast and, through a VLAN's egress
// map, class 6. It is the highest that needs no capability (socket(7)).
const priority = 6

// Wanted buffer sizes in bytes; the kernel doubles them for its overhead. Received: a queue of some thousand adverts
// where the default keeps 256. Sent: packets to unicast peers that do not answer ARP wait in the neighbour queue at the
// socket's expense, up to the whole default buffer for a single peer (unres_qlen_bytes, arp(7)).
const (
	receiveBuffer = 4 << 20
	sendBuffer    = 2 << 20
)

// family is what differs between IPv4 and IPv6 sockets.
type family struct {
	name        string
	domain      int
	options     []option
	join, leave int // the options that become and end a member of the group
	member      func(fd, opt, ifindex int) error
	egress      func(fd, ifindex int) error // the interface of multicasts
}

func familyOf(key Key) *family {
	if key.IPv6 {
		return &ipv6
	}
	return &ipv4
}

// option is one integer socket option.
type option struct {
	name              string
	level, opt, value int
}

// common options. The timestamp is the 64-bit form (Linux 5.1), the same on all architectures.
var common = []option{
	{"SO_TIMESTAMPNS", unix.SOL_SOCKET, unix.SO_TIMESTAMPNS_NEW, 1},
	{"SO_RXQ_OVFL", unix.SOL_SOCKET, unix.SO_RXQ_OVFL, 1},
	{"SO_PRIORITY", unix.SOL_SOCKET, unix.SO_PRIORITY, priority}, // after IP_TOS, which sets it too
}

// IP_PMTUDISC_INTERFACE: no DF bit, no fragments (a message that is too long is refused), and no attention to path MTUs
// that a stranger may have announced (ip(7)).
var ipv4 = family{
	name:   "IPv4",
	domain: unix.AF_INET,
	options: []option{
		{"IP_TTL", unix.IPPROTO_IP, unix.IP_TTL, hops},
		{"IP_MULTICAST_TTL", unix.IPPROTO_IP, unix.IP_MULTICAST_TTL, hops},
		{"IP_TOS", unix.IPPROTO_IP, unix.IP_TOS, class},
		{"IP_MULTICAST_LOOP", unix.IPPROTO_IP, unix.IP_MULTICAST_LOOP, 0},
		{"IP_MULTICAST_ALL", unix.IPPROTO_IP, unix.IP_MULTICAST_ALL, 0}, // not the groups of other sockets
		{"IP_MTU_DISCOVER", unix.IPPROTO_IP, unix.IP_MTU_DISCOVER, unix.IP_PMTUDISC_INTERFACE},
	},
	join:  unix.IP_ADD_MEMBERSHIP,
	leave: unix.IP_DROP_MEMBERSHIP,
	member: func(fd, opt, ifindex int) error {
		mreq := unix.IPMreqn{Multiaddr: group4.As4(), Ifindex: int32(ifindex)}
		return unix.SetsockoptIPMreqn(fd, unix.IPPROTO_IP, opt, &mreq)
	},
	egress: func(fd, ifindex int) error {
		return unix.SetsockoptIPMreqn(fd, unix.IPPROTO_IP, unix.IP_MULTICAST_IF, &unix.IPMreqn{Ifindex: int32(ifindex)})
	},
}

// Two options are left out on purpose. With IPV6_CHECKSUM the kernel would drop what has a wrong checksum, uncounted.
// IPV6_MULTICAST_ALL has no effect on a raw socket that is bound to no address: it hears the group as soon as any socket
// of the host has joined it on the interface, so for IPv6 only a datagram's destination tells multicast from unicast.
var ipv6 = family{
	name:   "IPv6",
	domain: unix.AF_INET6,
	options: []option{
		{"IPV6_UNICAST_HOPS", unix.IPPROTO_IPV6, unix.IPV6_UNICAST_HOPS, hops},
		{"IPV6_MULTICAST_HOPS", unix.IPPROTO_IPV6, unix.IPV6_MULTICAST_HOPS, hops},
		{"IPV6_TCLASS", unix.IPPROTO_IPV6, unix.IPV6_TCLASS, class},
		{"IPV6_MULTICAST_LOOP", unix.IPPROTO_IPV6, unix.IPV6_MULTICAST_LOOP, 0},
		{"IPV6_MTU_DISCOVER", unix.IPPROTO_IPV6, unix.IPV6_MTU_DISCOVER, unix.IPV6_PMTUDISC_INTERFACE},
		{"IPV6_RECVPKTINFO", unix.IPPROTO_IPV6, unix.IPV6_RECVPKTINFO, 1}, // the destination
		{"IPV6_RECVHOPLIMIT", unix.IPPROTO_IPV6, unix.IPV6_RECVHOPLIMIT, 1},
	},
	join:  unix.IPV6_ADD_MEMBERSHIP,
	leave: unix.IPV6_DROP_MEMBERSHIP,
	member: func(fd, opt, ifindex int) error {
		mreq := unix.IPv6Mreq{Multiaddr: group6.As16(), Interface: uint32(ifindex)}
		return unix.SetsockoptIPv6Mreq(fd, unix.IPPROTO_IPV6, opt, &mreq)
	},
	egress: func(fd, ifindex int) error {
		return unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_MULTICAST_IF, ifindex)
	},
}

// The groups, RFC 9568 sections 5.1.1.2 and 5.1.2.2.
var (
	group4 = netip.AddrFrom4([4]byte{224, 0, 0, 18})
	group6 = netip.AddrFrom16([16]byte{0: 0xff, 1: 0x02, 15: 0x12})
)
