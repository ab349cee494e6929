package lab

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"

	"github.com/aloft-ha/aloft/vrrp"
)

// FrameKind says what a frame on the wire is.
type FrameKind uint8

// The kinds.
const (
	KindOther     FrameKind = iota // nothing of the below; a tap records it only when told to record everything
	KindAdvert                     // a VRRP ADVERTISEMENT that package vrrp takes
	KindRefused                    // IP protocol 112 that package vrrp refuses
	KindARP                        // ARP about another address than the sender's
	KindGARP                       // gratuitous ARP, as a request or as a reply: RFC 5227 section 3
	KindNeighbour                  // an unsolicited neighbour advertisement to all nodes, RFC 4861 section 7.2.6
)

var frameKindNames = [...]string{
	KindOther:     "other",
	KindAdvert:    "advert",
	KindRefused:   "refused",
	KindARP:       "arp",
	KindGARP:      "garp",
	KindNeighbour: "na",
}

// String returns the kind's name.
func (k FrameKind) String() string {
	if int(k) < len(frameKindNames) {
		return frameKindNames[k]
	}
	return "invalid"
}

// Frame is a frame that came into the switch.
type Frame struct {
	At   time.Time // when the kernel received it
	Port string    // the host that sent it
	MAC  net.HardwareAddr
	Kind FrameKind

	// Of an IP packet, KindAdvert and KindRefused among them.
	Src, Dst netip.Addr
	HopLimit uint8
	Class    uint8 // type of service or traffic class

	// Of KindAdvert; of KindRefused only Drop.
	Advert vrrp.Packet
	Form   vrrp.ChecksumForm
	Drop   vrrp.DropReason

	// Of KindARP, KindGARP and KindNeighbour: the address and the MAC that its sender says it is at. An ARP request
	// says of the sender's own; Target is what it asks for.
	Address, Target netip.Addr
	HolderMAC       net.HardwareAddr
	Reply           bool // ARP: a reply, not a request
	Override        bool // KindNeighbour
	Router          bool // KindNeighbour

	Bytes []byte // the whole frame
}

// String describes the frame in one line, without its time.
func (f *Frame) String() string {
	switch f.Kind {
	case KindAdvert:
		return fmt.Sprintf("%s: advert vrid %d priority %d interval %s from %s", f.Port, f.Advert.VRID, f.Advert.Priority,
			f.Advert.Interval, f.Src)
	case KindRefused:
		return fmt.Sprintf("%s: refused (%s) from %s", f.Port, f.Drop, f.Src)
	case KindARP, KindGARP, KindNeighbour:
		return fmt.Sprintf("%s: %s %s is at %s", f.Port, f.Kind, f.Address, f.HolderMAC)
	}
	return fmt.Sprintf("%s: other from %s", f.Port, f.MAC)
}

// Advertises says whether the frame is the advert of an Active Router: one with a priority above 0.
func (f *Frame) Advertises() bool { return f.Kind == KindAdvert && f.Advert.Priority > 0 }

// Announces says whether the frame is an announcement of the address, gratuitous ARP or neighbour advertisement.
func (f *Frame) Announces(a netip.Addr) bool {
	return (f.Kind == KindGARP || f.Kind == KindNeighbour) && f.Address == a
}

// The sizes of headers.
const (
	ethernetLen = 14
	arpLen      = 28
	ipv4Len     = 20
	ipv6Len     = 40
	naLen       = 24 // a neighbour advertisement without options
)

// decodeFrame reads an Ethernet frame, which it keeps. What it cannot read is KindOther.
func decodeFrame(b []byte) Frame {
	f := Frame{Bytes: b}
	if len(b) < ethernetLen {
		return f
	}
	f.MAC = net.HardwareAddr(b[6:12])
	body := b[ethernetLen:]
	switch binary.BigEndian.Uint16(b[12:]) {
	case unix.ETH_P_ARP:
		f.decodeARP(body)
	case unix.ETH_P_IP:
		f.decodeIPv4(body)
	case unix.ETH_P_IPV6:
		f.decodeIPv6(body)
	}
	return f
}

// decodeARP reads an ARP packet for IPv4 over Ethernet, RFC 826.
func (f *Frame) decodeARP(b []byte) {
	const request, reply = 1, 2
	if len(b) < arpLen || binary.BigEndian.Uint16(b) != 1 || binary.BigEndian.Uint16(b[2:]) != unix.ETH_P_IP {
		return
	}
	op := binary.BigEndian.Uint16(b[6:])
	if op != request && op != reply {
		return
	}
	f.Kind = KindARP
	f.Reply = op == reply
	f.HolderMAC = net.HardwareAddr(b[8:14])
	f.Address = netip.AddrFrom4([4]byte(b[14:18]))
	f.Target = netip.AddrFrom4([4]byte(b[24:28]))
	if f.Address == f.Target {
		f.Kind = KindGARP
	}
}

// decodeIPv4 reads an IPv4 packet, and the VRRP message in it.
func (f *Frame) decodeIPv4(b []byte) {
	if len(b) < ipv4Len || b[0]>>4 != 4 {
		return
	}
	header, total := int(b[0]&0xf)*4, int(binary.BigEndian.Uint16(b[2:]))
	if header < ipv4Len || total < header || len(b) < total {
		return
	}
	f.Src, f.Dst = netip.AddrFrom4([4]byte(b[12:16])), netip.AddrFrom4([4]byte(b[16:20]))
	f.HopLimit, f.Class = b[8], b[1]
	if b[9] == vrrp.Protocol {
		f.decodeVRRP(b[header:total])
	}
}

// decodeIPv6 reads an IPv6 packet without extension headers, and the VRRP message or neighbour advertisement in it.
func (f *Frame) decodeIPv6(b []byte) {
	if len(b) < ipv6Len || b[0]>>4 != 6 {
		return
	}
	payload := b[ipv6Len:]
	length := int(binary.BigEndian.Uint16(b[4:]))
	if len(payload) < length {
		return
	}
	f.Src, f.Dst = netip.AddrFrom16([16]byte(b[8:24])), netip.AddrFrom16([16]byte(b[24:40]))
	f.HopLimit, f.Class = b[7], b[0]<<4|b[1]>>4
	switch b[6] {
	case vrrp.Protocol:
		f.decodeVRRP(payload[:length])
	case unix.IPPROTO_ICMPV6:
		f.decodeNeighbour(payload[:length])
	}
}

// decodeVRRP reads a VRRP message.
func (f *Frame) decodeVRRP(b []byte) {
	f.Kind = KindAdvert
	if f.Form, f.Drop = f.Advert.Parse(b, f.Src, f.Dst); f.Drop != vrrp.DropNone {
		f.Kind = KindRefused
	}
}

// decodeNeighbour reads a neighbour advertisement, RFC 4861 section 4.4, if it is one to all nodes that nobody asked
// for.
func (f *Frame) decodeNeighbour(b []byte) {
	const advertisement, routerFlag, solicitedFlag, overrideFlag = 136, 0x80, 0x40, 0x20
	if len(b) < naLen || b[0] != advertisement || b[4]&solicitedFlag != 0 || !f.Dst.IsMulticast() {
		return
	}
	f.Kind = KindNeighbour
	f.Router, f.Override = b[4]&routerFlag != 0, b[4]&overrideFlag != 0
	f.Address = netip.AddrFrom16([16]byte(b[8:24]))
	// Options are of 8 bytes each or a multiple, their second byte says which; the target's link-layer address is 2.
	for o := b[naLen:]; len(o) >= 8 && o[1] > 0; o = o[min(int(o[1])*8, len(o)):] {
		if o[0] == 2 {
			f.HolderMAC = net.HardwareAddr(o[2:8])
		}
	}
}
