package vip

import (
	"encoding/binary"
	"net/netip"
)

// Ignored says why a frame that was heard is not a Sighting.
type Ignored uint8

// The reasons. The zero value says that the frame is a Sighting.
const (
	IgnoredTruncated     Ignored = iota + 1 // shorter than its kind has to be
	IgnoredFormat                           // not ARP for IPv4 on Ethernet, or not a neighbour advertisement
	IgnoredNotGratuitous                    // the sender does not speak about its own address to everybody
	IgnoredAddress                          // the announced address is not one a host can have
	IgnoredHopLimit                         // it may have come through a router
	IgnoredNoLinkLayer                      // it does not say who has the address
	IgnoredOwn                              // an interface of this host sent it
)

var ignoredNames = [...]string{
	IgnoredTruncated:     "truncated",
	IgnoredFormat:        "format",
	IgnoredNotGratuitous: "not-gratuitous",
	IgnoredAddress:       "address",
	IgnoredHopLimit:      "hop-limit",
	IgnoredNoLinkLayer:   "no-link-layer-address",
	IgnoredOwn:           "own",
}

// String returns the reason's name, as it stands in logs and metrics.
func (i Ignored) String() string {
	if i > 0 && int(i) < len(ignoredNames) {
		return ignoredNames[i]
	}
	return "invalid"
}

// announcement is what was heard: mac says it has addr.
type announcement struct {
	addr netip.Addr
	mac  [6]byte
}

// parseARP reads an Ethernet frame with a gratuitous ARP packet, request or reply.
func parseARP(frame []byte) (announcement, Ignored) {
	if len(frame) < arpFrame {
		return announcement{}, IgnoredTruncated
	}
	arp := frame[ethernetHeader:]
	operation := binary.BigEndian.Uint16(arp[6:])
	if binary.BigEndian.Uint16(frame[12:]) != etherTypeARP ||
		binary.BigEndian.Uint16(arp) != arpEthernet || binary.BigEndian.Uint16(arp[2:]) != arpIPv4 ||
		arp[4] != 6 || arp[5] != 4 || operation != arpRequest && operation != arpReply {
		return announcement{}, IgnoredFormat
	}
	a := announcement{addr: netip.AddrFrom4([4]byte(arp[14:18])), mac: [6]byte(arp[8:14])}
	if a.addr != netip.AddrFrom4([4]byte(arp[24:28])) {
		return announcement{}, IgnoredNotGratuitous
	}
	return checkAnnouncement(a)
}

// parseNA reads an ICMPv6 message with an unsolicited neighbour advertisement (RFC 4861 section 4.4). The kernel has
// verified its checksum.
func parseNA(message []byte, hopLimit int) (announcement, Ignored) {
	const fixed = 24 // all but the options
	if len(message) < fixed {
		return announcement{}, IgnoredTruncated
	}
	if message[0] != typeNA || message[1] != 0 {
		return announcement{}, IgnoredFormat
	}
	if hopLimit != hopLimitND {
		return announcement{}, IgnoredHopLimit
	}
	if message[4]&flagSolicited != 0 {
		return announcement{}, IgnoredNotGratuitous
	}
	a := announcement{addr: netip.AddrFrom16([16]byte(message[8:fixed]))}
	for options := message[fixed:]; len(options) > 0; {
		if len(options) < 8 {
			return announcement{}, IgnoredTruncated
		}
		size := int(options[1]) * 8
		if size == 0 || size > len(options) {
			return announcement{}, IgnoredTruncated
		}
		if options[0] == optionTargetLL && size == 8 {
			a.mac = [6]byte(options[2:8])
		}
		options = options[size:]
	}
	return checkAnnouncement(a)
}

// checkAnnouncement refuses what no host can announce of itself.
func checkAnnouncement(a announcement) (announcement, Ignored) {
	if a.addr.IsUnspecified() || a.addr.IsMulticast() || a.addr.IsLoopback() || a.addr.Is4In6() {
		return announcement{}, IgnoredAddress
	}
	if a.mac == [6]byte{} || a.mac[0]&1 != 0 { // no address, or a group address
		return announcement{}, IgnoredNoLinkLayer
	}
	return a, 0
}
