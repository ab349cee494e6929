package vip

import (
	"bytes"
	"encoding/hex"
	"net"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"pgregory.net/rapid"
)

var frameMAC = [6]byte{0x02, 0x00, 0x5e, 0x10, 0x20, 0x30}

func TestGratuitousARPOnTheWire(t *testing.T) {
	tests := []struct {
		name  string
		reply bool
		want  string
	}{
		{
			"request", false,
			"ffffffffffff" + "02005e102030" + "0806" +
				"0001" + "0800" + "06" + "04" + "0001" + "02005e102030" + "c0000264" + "ffffffffffff" + "c0000264",
		},
		{
			"reply: the target is the sender, else Linux does not take it for gratuitous", true,
			"ffffffffffff" + "02005e102030" + "0806" +
				"0001" + "0800" + "06" + "04" + "0002" + "02005e102030" + "c0000264" + "02005e102030" + "c0000264",
		},
	}
	for _, tt := range tests {
		got := hex.EncodeToString(appendGratuitousARP(nil, frameMAC, netip.MustParseAddr("192.0.2.100"), tt.reply))
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestUnsolicitedNAOnTheWire(t *testing.T) {
	const (
		ethernet = "333300000001" + "02005e102030" + "86dd"
		ip       = "60000000" + "0020" + "3a" + "ff" + "20010db8000000000000000000000100" + "ff020000000000000000000000000001"
		rest     = "20010db8000000000000000000000100" + "0201" + "02005e102030"
	)
	tests := []struct {
		name   string
		router bool
		want   string
	}{
		{"host", false, ethernet + ip + "8800" + "78ed" + "20000000" + rest},
		{"router", true, ethernet + ip + "8800" + "f8ec" + "a0000000" + rest},
	}
	for _, tt := range tests {
		got := hex.EncodeToString(appendUnsolicitedNA(nil, frameMAC, netip.MustParseAddr("2001:db8::100"), tt.router))
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

// serialize is gopacket's opinion, with lengths and checksums of its own making.
func serialize(t rapid.TB, ls ...gopacket.SerializableLayer) []byte {
	t.Helper()
	b := gopacket.NewSerializeBuffer()
	opts := gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}
	if err := gopacket.SerializeLayers(b, opts, ls...); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestGratuitousARPIsWhatGopacketMakes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		mac := [6]byte(rapid.SliceOfN(rapid.Byte(), 6, 6).Draw(t, "mac"))
		ip := rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(t, "ip")
		reply := rapid.Bool().Draw(t, "reply")

		arp := &layers.ARP{
			AddrType: layers.LinkTypeEthernet, Protocol: layers.EthernetTypeIPv4, HwAddressSize: 6, ProtAddressSize: 4,
			Operation: layers.ARPRequest, SourceHwAddress: mac[:], SourceProtAddress: ip,
			DstHwAddress: broadcast[:], DstProtAddress: ip,
		}
		if reply {
			arp.Operation, arp.DstHwAddress = layers.ARPReply, mac[:]
		}
		ethernet := &layers.Ethernet{SrcMAC: mac[:], DstMAC: broadcast[:], EthernetType: layers.EthernetTypeARP}
		// gopacket pads an Ethernet frame to 60 bytes; ours the driver pads.
		want := serialize(t, ethernet, arp)[:arpFrame]
		got := appendGratuitousARP(nil, mac, netip.AddrFrom4([4]byte(ip)), reply)
		if !bytes.Equal(want, got) {
			t.Fatalf("want %x\n got %x", want, got)
		}
	})
}

func TestUnsolicitedNAIsWhatGopacketMakes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		mac := [6]byte(rapid.SliceOfN(rapid.Byte(), 6, 6).Draw(t, "mac"))
		ip := rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "ip")
		router := rapid.Bool().Draw(t, "router")

		v6 := &layers.IPv6{
			Version: 6, NextHeader: layers.IPProtocolICMPv6, HopLimit: 255, SrcIP: ip, DstIP: net.ParseIP("ff02::1"),
		}
		icmp := &layers.ICMPv6{TypeCode: layers.CreateICMPv6TypeCode(layers.ICMPv6TypeNeighborAdvertisement, 0)}
		if err := icmp.SetNetworkLayerForChecksum(v6); err != nil {
			t.Fatal(err)
		}
		na := &layers.ICMPv6NeighborAdvertisement{
			Flags: 0x20, TargetAddress: ip,
			Options: layers.ICMPv6Options{{Type: layers.ICMPv6OptTargetAddress, Data: mac[:]}},
		}
		if router {
			na.Flags |= 0x80
		}
		ethernet := &layers.Ethernet{SrcMAC: mac[:], DstMAC: allNodesMAC[:], EthernetType: layers.EthernetTypeIPv6}
		want := serialize(t, ethernet, v6, icmp, na)
		got := appendUnsolicitedNA(nil, mac, netip.AddrFrom16([16]byte(ip)), router)
		if !bytes.Equal(want, got) {
			t.Fatalf("want %x\n got %x", want, got)
		}
	})
}

func TestChecksumICMPv6(t *testing.T) {
	var zero [16]byte
	tests := []struct {
		name    string
		message []byte
		want    uint16
	}{
		{"nothing but the pseudo-header", nil, ^uint16(58)},
		{"an odd byte counts as the high one", []byte{0x01}, ^uint16(58 + 1 + 0x0100)},
		{"carries come round", []byte{0xff, 0xff, 0xff, 0xff}, ^uint16(58 + 4)},
	}
	for _, tt := range tests {
		if got := checksumICMPv6(zero, zero, tt.message); got != tt.want {
			t.Errorf("%s: want %#04x, got %#04x", tt.name, tt.want, got)
		}
	}
	// A message with its right checksum in place sums to nothing.
	frame := appendUnsolicitedNA(nil, frameMAC, netip.MustParseAddr("fe80::100"), false)
	source, destination := [16]byte(frame[22:38]), [16]byte(frame[38:54])
	if got := checksumICMPv6(source, destination, frame[54:]); got != 0 {
		t.Errorf("the sum over a whole message: want 0, got %#04x", got)
	}
}

func TestFramesAreAppended(t *testing.T) {
	addr4, addr6 := netip.MustParseAddr("192.0.2.100"), netip.MustParseAddr("2001:db8::100")
	before := []byte("before")
	for _, got := range [][2][]byte{
		{appendGratuitousARP(bytes.Clone(before), frameMAC, addr4, true), appendGratuitousARP(nil, frameMAC, addr4, true)},
		{appendUnsolicitedNA(bytes.Clone(before), frameMAC, addr6, true), appendUnsolicitedNA(nil, frameMAC, addr6, true)},
	} {
		if want := append(bytes.Clone(before), got[1]...); !bytes.Equal(want, got[0]) {
			t.Errorf("appended to %q: want %x, got %x", before, want, got[0])
		}
	}
	buf := make([]byte, 0, naFrame)
	if n := testing.AllocsPerRun(100, func() {
		appendGratuitousARP(buf[:0], frameMAC, addr4, true)
		appendUnsolicitedNA(buf[:0], frameMAC, addr6, false)
	}); n != 0 {
		t.Errorf("want no allocation when there is room, got %v", n)
	}
}
