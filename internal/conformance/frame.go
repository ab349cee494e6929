package conformance

import (
	"net"
	"net/netip"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
)

// kind says what a frame is.
type kind uint8

// The kinds.
const (
	kindOther      kind = iota
	kindVRRP            // IP protocol 112 with a VRRP header
	kindARP             // that says where an address is: a reply, or a gratuitous request
	kindNeighbour       // a neighbour advertisement
	kindMembership      // a report of multicast membership, IGMP or MLD
	kindEchoReply
)

// Frame is a frame that came into the switch.
type Frame struct {
	At   time.Time // when the kernel received it
	From string    // the host that sent it

	SrcMAC, DstMAC net.HardwareAddr
	Src, Dst       netip.Addr // of an IP packet
	TTL            uint8      // or hop limit
	Protocol       uint8
	kind           kind

	Message // of kindVRRP

	// Of kindARP and kindNeighbour: the address, and where it is said to be.
	Address          netip.Addr
	Holder           net.HardwareAddr
	Asked            bool // it answers a question
	Router, Override bool // flags of a neighbour advertisement

	Groups []netip.Addr // of kindMembership
	Bytes  []byte
}

// decode reads a frame, which it keeps.
func decode(b []byte, from string, at time.Time) Frame {
	f := Frame{At: at, From: from, Bytes: b}
	p := gopacket.NewPacket(b, layers.LayerTypeEthernet, gopacket.DecodeOptions{Lazy: true, NoCopy: true})
	if e, ok := p.Layer(layers.LayerTypeEthernet).(*layers.Ethernet); ok {
		f.SrcMAC, f.DstMAC = e.SrcMAC, e.DstMAC
	}
	if a, ok := p.Layer(layers.LayerTypeARP).(*layers.ARP); ok {
		f.readARP(a)
		return f
	}
	if ip, ok := p.Layer(layers.LayerTypeIPv4).(*layers.IPv4); ok {
		f.Src, f.Dst, f.TTL, f.Protocol = address(ip.SrcIP), address(ip.DstIP), ip.TTL, uint8(ip.Protocol)
		f.readVRRP(ip.Payload)
	}
	if ip, ok := p.Layer(layers.LayerTypeIPv6).(*layers.IPv6); ok {
		f.Src, f.Dst, f.TTL, f.Protocol = address(ip.SrcIP), address(ip.DstIP), ip.HopLimit, uint8(ip.NextHeader)
		f.readVRRP(ip.Payload)
	}
	if f.kind == kindOther {
		f.readICMP(p)
	}
	return f
}

// address converts an address; what is none becomes the invalid one.
func address(ip net.IP) netip.Addr {
	a, _ := netip.AddrFromSlice(ip)
	return a.Unmap()
}

// readVRRP reads a VRRP message, if it is one.
func (f *Frame) readVRRP(payload []byte) {
	if f.Protocol != protocol {
		return
	}
	if m, ok := parseMessage(payload, f.Src, f.Dst); ok {
		f.kind, f.Message = kindVRRP, m
	}
}

// readARP reads an ARP packet that tells where an address is. A question about another address than the sender's does
// not.
func (f *Frame) readARP(a *layers.ARP) {
	sender, target := address(a.SourceProtAddress), address(a.DstProtAddress)
	if a.Operation != layers.ARPReply && sender != target {
		return
	}
	f.kind, f.Address, f.Holder = kindARP, sender, a.SourceHwAddress
	f.Asked = a.Operation == layers.ARPReply && sender != target
}

// readICMP reads the messages of IGMP, MLD, neighbour discovery and echo that the suite looks at.
func (f *Frame) readICMP(p gopacket.Packet) {
	for _, l := range p.Layers() {
		switch l := l.(type) {
		case *layers.ICMPv6NeighborAdvertisement:
			f.kind, f.Address = kindNeighbour, address(l.TargetAddress)
			f.Router, f.Override, f.Asked = l.Router(), l.Override(), l.Solicited()
			for _, o := range l.Options {
				if o.Type == layers.ICMPv6OptTargetAddress {
					f.Holder = net.HardwareAddr(o.Data)
				}
			}
		case *layers.ICMPv4:
			if l.TypeCode.Type() == layers.ICMPv4TypeEchoReply {
				f.kind = kindEchoReply
			}
		case *layers.ICMPv6:
			if l.TypeCode.Type() == layers.ICMPv6TypeEchoReply {
				f.kind = kindEchoReply
			}
		case *layers.IGMP:
			f.kind = kindMembership
			for _, g := range l.GroupRecords {
				f.Groups = append(f.Groups, address(g.MulticastAddress))
			}
		case *layers.MLDv2MulticastListenerReportMessage:
			f.kind = kindMembership
			for _, g := range l.MulticastAddressRecords {
				f.Groups = append(f.Groups, address(g.MulticastAddress))
			}
		}
	}
}

// advertises says whether the frame is an advert of a host for a virtual router.
func (f *Frame) advertises(from string, vrid uint8) bool {
	return f.kind == kindVRRP && f.From == from && f.VRID == vrid && f.Type == advertisement
}

// announces says whether the frame is an unasked announcement of the address: gratuitous ARP, or a neighbour
// advertisement to all.
func (f *Frame) announces(from string, a netip.Addr) bool {
	return (f.kind == kindARP || f.kind == kindNeighbour) && !f.Asked && f.From == from && f.Address == a
}
