package conformance

import (
	"net"
	"net/netip"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
)

// party is an interface that speaks: the sender of a question.
type party struct {
	mac     net.HardwareAddr
	address netip.Addr
}

// whoHas returns the question where an address is: an ARP request, RFC 826, or a neighbour solicitation to the address's
// solicited-node group, RFC 4861 section 4.3.
func whoHas(from party, target netip.Addr) ([]byte, error) {
	if target.Is4() {
		return serialize(
			&layers.Ethernet{SrcMAC: from.mac, DstMAC: layers.EthernetBroadcast, EthernetType: layers.EthernetTypeARP},
			&layers.ARP{
				AddrType: layers.LinkTypeEthernet, Protocol: layers.EthernetTypeIPv4, HwAddressSize: 6, ProtAddressSize: 4,
				Operation: layers.ARPRequest, SourceHwAddress: from.mac, SourceProtAddress: from.address.AsSlice(),
				DstHwAddress: make([]byte, 6), DstProtAddress: target.AsSlice(),
			})
	}
	group := solicitedNode(target)
	ip := &layers.IPv6{
		Version: 6, HopLimit: 255, NextHeader: layers.IPProtocolICMPv6, SrcIP: from.address.AsSlice(), DstIP: group.AsSlice(),
	}
	icmp := &layers.ICMPv6{TypeCode: layers.CreateICMPv6TypeCode(layers.ICMPv6TypeNeighborSolicitation, 0)}
	if err := icmp.SetNetworkLayerForChecksum(ip); err != nil {
		return nil, err
	}
	return serialize(
		&layers.Ethernet{SrcMAC: from.mac, DstMAC: groupMAC(group), EthernetType: layers.EthernetTypeIPv6}, ip, icmp,
		&layers.ICMPv6NeighborSolicitation{
			TargetAddress: target.AsSlice(),
			Options:       layers.ICMPv6Options{{Type: layers.ICMPv6OptSourceAddress, Data: from.mac}},
		})
}

// solicitedNode returns the multicast group of those that may have the address, RFC 4291 section 2.7.1.
func solicitedNode(a netip.Addr) netip.Addr {
	g, b := netip.MustParseAddr("ff02::1:ff00:0").As16(), a.As16()
	copy(g[13:], b[13:])
	return netip.AddrFrom16(g)
}

// echoTo returns an echo request to an address in a frame to a MAC address: RFC 792, RFC 4443 section 4.1.
func echoTo(from party, to party) ([]byte, error) {
	const id, seq = 0x4157, 1
	eth := &layers.Ethernet{SrcMAC: from.mac, DstMAC: to.mac, EthernetType: layers.EthernetTypeIPv4}
	if to.address.Is4() {
		ip := &layers.IPv4{
			Version: 4, TTL: 64, Protocol: layers.IPProtocolICMPv4, SrcIP: from.address.AsSlice(), DstIP: to.address.AsSlice(),
		}
		return serialize(eth, ip,
			&layers.ICMPv4{TypeCode: layers.CreateICMPv4TypeCode(layers.ICMPv4TypeEchoRequest, 0), Id: id, Seq: seq})
	}
	eth.EthernetType = layers.EthernetTypeIPv6
	ip := &layers.IPv6{
		Version: 6, HopLimit: 64, NextHeader: layers.IPProtocolICMPv6, SrcIP: from.address.AsSlice(), DstIP: to.address.AsSlice(),
	}
	icmp := &layers.ICMPv6{TypeCode: layers.CreateICMPv6TypeCode(layers.ICMPv6TypeEchoRequest, 0)}
	if err := icmp.SetNetworkLayerForChecksum(ip); err != nil {
		return nil, err
	}
	return serialize(eth, ip, icmp, &layers.ICMPv6Echo{Identifier: id, SeqNumber: seq})
}

// serialize makes a frame of its layers, with lengths and checksums.
func serialize(ls ...gopacket.SerializableLayer) ([]byte, error) {
	b := gopacket.NewSerializeBuffer()
	err := gopacket.SerializeLayers(b, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}, ls...)
	return b.Bytes(), err
}
