package lab

import (
	"bytes"
	"encoding/binary"
	"net"
	"net/netip"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"golang.org/x/net/bpf"

	"github.com/aloft-ha/aloft/vrrp"
)

var (
	macA      = net.HardwareAddr{2, 0, 0, 0, 0, 1}
	macB      = net.HardwareAddr{2, 0, 0, 0, 0, 2}
	broadcast = net.HardwareAddr{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}

	hostA, hostA6 = netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("fe80::1")
	vip4, vip6    = netip.MustParseAddr("192.0.2.100"), netip.MustParseAddr("2001:db8::100")
)

// serialize writes a frame with another implementation than ours.
func serialize(t testing.TB, parts ...gopacket.SerializableLayer) []byte {
	t.Helper()
	b := gopacket.NewSerializeBuffer()
	o := gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}
	if err := gopacket.SerializeLayers(b, o, parts...); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// arp writes an ARP packet.
func arp(t testing.TB, op uint16, sender net.HardwareAddr, from, target netip.Addr) []byte {
	return serialize(t,
		&layers.Ethernet{SrcMAC: sender, DstMAC: broadcast, EthernetType: layers.EthernetTypeARP},
		&layers.ARP{
			AddrType: layers.LinkTypeEthernet, Protocol: layers.EthernetTypeIPv4, HwAddressSize: 6, ProtAddressSize: 4,
			Operation: op, SourceHwAddress: sender, SourceProtAddress: from.AsSlice(),
			DstHwAddress: broadcast, DstProtAddress: target.AsSlice(),
		})
}

// neighbour writes a neighbour advertisement.
func neighbour(t testing.TB, flags uint8, dst netip.Addr, target netip.Addr) []byte {
	ip := &layers.IPv6{
		Version: 6, NextHeader: layers.IPProtocolICMPv6, HopLimit: 255,
		SrcIP: target.AsSlice(), DstIP: dst.AsSlice(),
	}
	icmp := &layers.ICMPv6{TypeCode: layers.CreateICMPv6TypeCode(layers.ICMPv6TypeNeighborAdvertisement, 0)}
	if err := icmp.SetNetworkLayerForChecksum(ip); err != nil {
		t.Fatal(err)
	}
	return serialize(t, &layers.Ethernet{SrcMAC: macA, DstMAC: broadcast, EthernetType: layers.EthernetTypeIPv6}, ip, icmp,
		&layers.ICMPv6NeighborAdvertisement{
			Flags: flags, TargetAddress: target.AsSlice(),
			Options: layers.ICMPv6Options{{Type: layers.ICMPv6OptTargetAddress, Data: macB}},
		})
}

// vrrp4Message is an advert of VRID 51, priority 200, one second, for 192.0.2.100, with the message's own checksum.
var vrrp4Message = []byte{0x31, 51, 200, 1, 0, 100, 0, 0, 192, 0, 2, 100}

// withChecksum returns the message with the checksum of RFC 9568 filled in.
func withChecksum(m []byte) []byte {
	m = slices.Clone(m)
	binary.BigEndian.PutUint16(m[6:], internetChecksum(m))
	return m
}

// inIPv4 puts a VRRP message into a frame.
func inIPv4(t testing.TB, message []byte) []byte {
	return serialize(t,
		&layers.Ethernet{SrcMAC: macA, DstMAC: net.HardwareAddr{1, 0, 0x5e, 0, 0, 18}, EthernetType: layers.EthernetTypeIPv4},
		&layers.IPv4{
			Version: 4, TTL: 255, TOS: 0xc0, Protocol: layers.IPProtocolVRRP,
			SrcIP: hostA.AsSlice(), DstIP: vrrp.Group4.AsSlice(),
		},
		gopacket.Payload(message))
}

func TestAdvertIsDecoded(t *testing.T) {
	b := inIPv4(t, withChecksum(vrrp4Message))
	b = append(b, make([]byte, 6)...) // the padding of a short Ethernet frame is no part of the message
	got := decodeFrame(b)
	want := Frame{
		MAC: macA, Kind: KindAdvert, Src: hostA, Dst: vrrp.Group4, HopLimit: 255, Class: 0xc0, Form: vrrp.FormMessage,
		Advert: vrrp.Packet{VRID: 51, Priority: 200, Interval: 100, Addresses: []netip.Addr{vip4}}, Bytes: b,
	}
	if d := cmp.Diff(want, got, cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	if !got.Advertises() {
		t.Error("an advert of priority 200 is none of an Active Router")
	}
	got.Advert.Priority = 0
	if got.Advertises() {
		t.Error("a farewell is an advert of an Active Router")
	}
}

func TestRefusedMessagesKeepTheirReason(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(m []byte) []byte
		want   vrrp.DropReason
	}{
		{"version 1", func(m []byte) []byte { m[0] = 0x11; return m }, vrrp.DropVersion},
		{"checksum", func(m []byte) []byte { m[7]++; return m }, vrrp.DropChecksum},
		{"truncated", func(m []byte) []byte { return m[:7] }, vrrp.DropTruncated},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := decodeFrame(inIPv4(t, c.change(withChecksum(vrrp4Message))))
			if f.Kind != KindRefused || f.Drop != c.want {
				t.Errorf("it is %s (%s), want refused (%s)", f.Kind, f.Drop, c.want)
			}
		})
	}
}

func TestARPIsDecoded(t *testing.T) {
	for _, c := range []struct {
		name  string
		bytes []byte
		want  FrameKind
		reply bool
	}{
		{"gratuitous request", arp(t, layers.ARPRequest, macA, vip4, vip4), KindGARP, false},
		{"gratuitous reply", arp(t, layers.ARPReply, macA, vip4, vip4), KindGARP, true},
		{"question", arp(t, layers.ARPRequest, macA, vip4, hostA), KindARP, false},
		{"answer", arp(t, layers.ARPReply, macA, vip4, hostA), KindARP, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := decodeFrame(c.bytes)
			if f.Kind != c.want || f.Reply != c.reply || f.Address != vip4 || !bytes.Equal(f.HolderMAC, macA) {
				t.Errorf("it is %s, reply %t", &f, f.Reply)
			}
			if got, want := f.Announces(vip4), c.want == KindGARP; got != want {
				t.Errorf("it announces the address: %t", got)
			}
			if f.Announces(hostA) {
				t.Error("it announces another address")
			}
		})
	}
	if f := decodeFrame(arp(t, 8, macA, vip4, vip4)); f.Kind != KindOther {
		t.Errorf("inverse ARP is %s", f.Kind)
	}
}

func TestNeighbourAdvertisementIsDecoded(t *testing.T) {
	const router, solicited, override = 0x80, 0x40, 0x20
	allNodes := netip.MustParseAddr("ff02::1")
	f := decodeFrame(neighbour(t, router|override, allNodes, vip6))
	if f.Kind != KindNeighbour || f.Address != vip6 || !f.Router || !f.Override || !bytes.Equal(f.HolderMAC, macB) ||
		!f.Announces(vip6) || f.HopLimit != 255 {
		t.Errorf("it is %+v", f)
	}
	if f := decodeFrame(neighbour(t, 0, allNodes, vip6)); f.Kind != KindNeighbour || f.Router || f.Override {
		t.Errorf("without flags it is %+v", f)
	}
	if f := decodeFrame(neighbour(t, solicited|override, hostA6, vip6)); f.Kind != KindOther {
		t.Errorf("an answer to a solicitation is %s", f.Kind)
	}
}

// Nothing that comes from the wire may stop a tap.
func TestEveryTruncationAndBitFlipIsSurvived(t *testing.T) {
	for _, c := range []struct {
		whole  []byte
		needed int // the rest is padding, or an option
	}{
		{inIPv4(t, withChecksum(vrrp4Message)), ethernetLen + ipv4Len + len(vrrp4Message)},
		{arp(t, layers.ARPRequest, macA, vip4, vip4), ethernetLen + arpLen},
		{neighbour(t, 0x20, netip.MustParseAddr("ff02::1"), vip6), ethernetLen + ipv6Len + naLen + 8},
	} {
		whole, kind := c.whole, decodeFrame(c.whole).Kind
		for n := range c.needed {
			if f := decodeFrame(whole[:n]); f.Kind == kind {
				t.Errorf("%d of %d bytes are still %s", n, c.needed, f.Kind)
			}
		}
		if f := decodeFrame(whole[:c.needed]); f.Kind != kind {
			t.Errorf("without padding it is %s", f.Kind)
		}
		for bit := range len(whole) * 8 {
			b := bytes.Clone(whole)
			b[bit/8] ^= 1 << (bit % 8)
			f := decodeFrame(b)
			_ = f.String()
		}
	}
}

func FuzzDecodeFrame(f *testing.F) {
	f.Add(inIPv4(f, withChecksum(vrrp4Message)))
	f.Add(neighbour(f, 0x20, netip.MustParseAddr("ff02::1"), vip6))
	f.Fuzz(func(t *testing.T, b []byte) {
		frame := decodeFrame(b)
		if frame.String() == "" {
			t.Error("a frame without a description")
		}
	})
}

// verdict runs a filter as the kernel would.
func verdict(t *testing.T, filter []bpf.Instruction, b []byte) bool {
	t.Helper()
	vm, err := bpf.NewVM(filter)
	if err != nil {
		t.Fatal(err)
	}
	n, err := vm.Run(b)
	if err != nil {
		t.Fatal(err)
	}
	return n > 0
}

func TestProtocolFilterTakesWhatTheTapDecodes(t *testing.T) {
	udplite := inIPv4(t, withChecksum(vrrp4Message))
	udplite[offsetProtocol4] = 136 // the number of the neighbour advertisement, as an IP protocol
	tcp6 := neighbour(t, 0, netip.MustParseAddr("ff02::1"), vip6)
	tcp6[offsetNext6] = 6
	vrrp6 := bytes.Clone(tcp6)
	vrrp6[offsetNext6] = vrrp.Protocol
	solicitation := neighbour(t, 0, netip.MustParseAddr("ff02::1"), vip6)
	solicitation[offsetICMP6] = 135
	other := inIPv4(t, withChecksum(vrrp4Message))
	other[offsetEtherType] = 0x88
	for _, c := range []struct {
		name  string
		bytes []byte
		want  bool
	}{
		{"VRRP", inIPv4(t, withChecksum(vrrp4Message)), true},
		{"VRRP over IPv6", vrrp6, true},
		{"ARP", arp(t, layers.ARPRequest, macA, vip4, vip4), true},
		{"neighbour advertisement", neighbour(t, 0, netip.MustParseAddr("ff02::1"), vip6), true},
		{"neighbour solicitation", solicitation, false},
		{"IPv4 of another protocol", udplite, false},
		{"IPv6 of another protocol", tcp6, false},
		{"neither IP nor ARP", other, false},
		{"truncated", inIPv4(t, vrrp4Message)[:16], false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := verdict(t, protocols(), c.bytes); got != c.want {
				t.Errorf("it is taken: %t", got)
			}
		})
	}
}

func TestFiltersAssemble(t *testing.T) {
	for _, f := range [][]bpf.Instruction{everythingFilter(1), protocolFilter(1), incoming(echoReplies(1)...)} {
		if _, err := bpf.Assemble(f); err != nil {
			t.Error(err)
		}
	}
}

// WritePCAP's file must be readable by others: here it is read by hand, tshark reads it in the system tests.
func TestPCAPHoldsTheFrames(t *testing.T) {
	var b bytes.Buffer
	frames := []Frame{{At: at(1500), Bytes: []byte{1, 2, 3}}, {At: at(2000), Bytes: []byte{4}}}
	if err := WritePCAP(&b, frames); err != nil {
		t.Fatal(err)
	}
	r := b.Bytes()
	if binary.LittleEndian.Uint32(r) != 0xa1b23c4d || binary.LittleEndian.Uint32(r[20:]) != 1 {
		t.Errorf("the header is % x", r[:24])
	}
	r = r[24:]
	if s, ns := binary.LittleEndian.Uint32(r), binary.LittleEndian.Uint32(r[4:]); int64(s) != at(1500).Unix() || ns != 5e8 {
		t.Errorf("the time is %d s and %d ns", s, ns)
	}
	want := append(append([]byte{3, 0, 0, 0, 3, 0, 0, 0, 1, 2, 3}, r[19:27]...), 1, 0, 0, 0, 1, 0, 0, 0, 4)
	if got := r[8:]; !bytes.Equal(got, want) {
		t.Errorf("the records are % x, want % x", got, want)
	}
}

func TestFrameKindsHaveNames(t *testing.T) {
	for k, want := range map[FrameKind]string{
		KindOther: "other", KindAdvert: "advert", KindRefused: "refused", KindARP: "arp", KindGARP: "garp",
		KindNeighbour: "na", KindNeighbour + 1: "invalid",
	} {
		if got := k.String(); got != want {
			t.Errorf("kind %d is %q, want %q", k, got, want)
		}
	}
}
