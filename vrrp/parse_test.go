package vrrp

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// changedMessage is an IPv4 advert from 192.0.2.1 to the group, changed and with its checksum (the message alone) made
// right again, so that no other check than the one under test can refuse it.
func changedMessage(change func(b []byte)) []byte {
	b := []byte{0x31, 51, 200, 1, 0x00, 0x64, 0, 0, 192, 0, 2, 100}
	change(b)
	src := netip.MustParseAddr("192.0.2.1")
	binary.BigEndian.PutUint16(b[6:], checksum(b, src, Group4, FormMessage))
	return b
}

func TestParseDrops(t *testing.T) {
	tests := []struct {
		name string
		b    []byte
		want DropReason
	}{
		{"nothing", nil, DropTruncated},
		{"seven bytes", unhex("31 33 c8 01 | 0064 00"), DropTruncated},
		{"version 0", changedMessage(func(b []byte) { b[0] = 0x01 }), DropVersion},
		{"version 1", changedMessage(func(b []byte) { b[0] = 0x11 }), DropVersion},
		{"version 4", changedMessage(func(b []byte) { b[0] = 0x41 }), DropVersion},
		{"version 2 without its eight bytes", changedMessage(func(b []byte) { b[0] = 0x21 }), DropLength},
		{"version 2, type 2", unhex("22 33 1e 01 | 0001 b4c5 | 0a000105 | 0000000000000000"), DropType},
		{"version 2, no address", unhex("21 33 1e 00 | 0001 c0cb | 0000000000000000"), DropCount},
		{"version 2, checksum 0", unhex("21 33 1e 01 | 0001 0000 | 0a000105 | 0000000000000000"), DropChecksum},
		{"version 2, another password than summed", unhex("21 33 1e 01 | 0101 b4c5 | 0a000105 | 6100000000000000"), DropChecksum},
		{"version 2, interval 0", unhex("21 33 1e 01 | 0000 b5c6 | 0a000105 | 0000000000000000"), DropInterval},
		{"version 2, VRID 0", unhex("21 00 1e 01 | 0001 b5f8 | 0a000105 | 0000000000000000"), DropVRID},
		{"type 0", changedMessage(func(b []byte) { b[0] = 0x30 }), DropType},
		{"type 2", changedMessage(func(b []byte) { b[0] = 0x32 }), DropType},
		{"type 15", changedMessage(func(b []byte) { b[0] = 0x3f }), DropType},
		{"no address", changedMessage(func(b []byte) { b[3] = 0 })[:8], DropCount},
		{"no address counted, one there", changedMessage(func(b []byte) { b[3] = 0 }), DropCount},
		{"two addresses counted, one there", changedMessage(func(b []byte) { b[3] = 2 }), DropLength},
		{"255 addresses counted, one there", changedMessage(func(b []byte) { b[3] = 255 }), DropLength},
		{"header alone", changedMessage(func([]byte) {})[:8], DropLength},
		{"a byte more", append(changedMessage(func([]byte) {}), 0), DropLength},
		{"an address more", append(changedMessage(func([]byte) {}), 192, 0, 2, 101), DropLength},
		{"a byte less than a trailer more", append(changedMessage(func([]byte) {}), make([]byte, TrailerLen-1)...), DropLength},
		{"a byte more than a trailer more", append(changedMessage(func([]byte) {}), make([]byte, TrailerLen+1)...), DropLength},
		{"checksum 0", unhex("31 33 c8 01 | 0064 0000 | c0000264"), DropChecksum},
		{"checksum of another packet", unhex("31 33 c8 01 | 0014 4402 | c0000264"), DropChecksum},
		{"interval 0", changedMessage(func(b []byte) { b[5] = 0 }), DropInterval},
		{"interval 0, reserved bits set", changedMessage(func(b []byte) { b[4], b[5] = 0xf0, 0 }), DropInterval},
		{"VRID 0", changedMessage(func(b []byte) { b[1] = 0 }), DropVRID},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if _, got := new(Packet).Parse(test.b, netip.MustParseAddr("192.0.2.1"), Group4); got != test.want {
				t.Errorf("drop = %v, want %v", got, test.want)
			}
		})
	}
}

// The first fault in the order of the reasons is the one that is told, whatever else is wrong.
func TestParseChecksInTheOrderOfTheReasons(t *testing.T) {
	b := []byte{0x00, 0, 200, 0, 0x00, 0x00, 0, 0, 192, 0, 2, 100} // everything is wrong with it
	src := netip.MustParseAddr("192.0.2.1")
	mends := []struct {
		drop DropReason // what is told before the mend
		mend func()
	}{
		{DropVersion, func() { b[0] = 0x30 }},
		{DropType, func() { b[0] = 0x31 }},
		{DropCount, func() { b[3] = 2 }},
		{DropLength, func() { b[3] = 1 }},
		{DropChecksum, func() { b = changedMessage(func(b []byte) { b[1], b[5] = 0, 0 }) }},
		{DropInterval, func() { b = changedMessage(func(b []byte) { b[1] = 0 }) }},
		{DropVRID, func() { b = changedMessage(func([]byte) {}) }},
		{DropNone, func() {}},
	}
	for _, m := range mends {
		if _, got := new(Packet).Parse(b, src, Group4); got != m.drop {
			t.Fatalf("%x: drop = %v, want %v", b, got, m.drop)
		}
		m.mend()
	}
}

func TestParseTakes(t *testing.T) {
	tests := []struct {
		name string
		b    []byte
		want Packet
	}{
		{"priority 0", changedMessage(func(b []byte) { b[2] = 0 }), Packet{VRID: 51, Priority: 0, Interval: 100}},
		{"priority 255", changedMessage(func(b []byte) { b[2] = 255 }), Packet{VRID: 51, Priority: 255, Interval: 100}},
		{
			"the reserved bits set", changedMessage(func(b []byte) { b[4] = 0xf0 }),
			Packet{VRID: 51, Priority: 200, Interval: 100},
		},
		{"the shortest interval", changedMessage(func(b []byte) { b[5] = 1 }), Packet{VRID: 51, Priority: 200, Interval: 1}},
		{
			"the longest interval", changedMessage(func(b []byte) { b[4], b[5] = 0x0f, 0xff }),
			Packet{VRID: 51, Priority: 200, Interval: 4095},
		},
		{"VRID 255", changedMessage(func(b []byte) { b[1] = 255 }), Packet{VRID: 255, Priority: 200, Interval: 100}},
		{
			"a trailer, which the checksum does not cover",
			unhex("31 33 c8 01 | 0064 4402 | c0000264 | 01010000 68000000 80000000 | 1b84bc4e8e43892dc6d98448f8ee2265"),
			Packet{VRID: 51, Priority: 200, Interval: 100, Signed: true},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			test.want.Addresses = addrs("192.0.2.100")
			var got Packet
			form, drop := got.Parse(test.b, netip.MustParseAddr("192.0.2.1"), Group4)
			if drop != DropNone || form != FormMessage {
				t.Fatalf("Parse = %v, %v, want %v, %v", form, drop, FormMessage, DropNone)
			}
			if diff := cmp.Diff(test.want, got, addrComparer); diff != "" {
				t.Errorf("packet (-want +got):\n%s", diff)
			}
		})
	}
}

// An IPv6 list should begin with a link-local address; one that does not is no reason to drop.
func TestParseTakesIPv6WithoutALinkLocalAddress(t *testing.T) {
	want := Packet{VRID: 7, Priority: 100, Interval: 100, Addresses: addrs("2001:db8::1")}
	src := netip.MustParseAddr("fe80::2")
	var got Packet
	if _, drop := got.Parse(want.AppendTo(nil, src, Group6, FormPseudo), src, Group6); drop != DropNone {
		t.Fatalf("drop = %v", drop)
	}
	if diff := cmp.Diff(want, got, addrComparer); diff != "" {
		t.Errorf("packet (-want +got):\n%s", diff)
	}
}

// Version 2 is of IPv4: RFC 3768 knows nothing else.
func TestParseRefusesVersion2InIPv6(t *testing.T) {
	p := Packet{VRID: 7, Priority: 100, Interval: 100, Addresses: addrs("fe80::1")}
	src := netip.MustParseAddr("fe80::2")
	for _, room := range []int{0, authLen, TrailerLen} {
		b := append(p.AppendTo(nil, src, Group6, FormPseudo), make([]byte, room)...)
		b[0] = 0x21
		if _, drop := new(Packet).Parse(b, src, Group6); drop != DropVersion {
			t.Errorf("%d bytes more: drop = %v, want %v", room, drop, DropVersion)
		}
	}
}

// keepalived leaves the checksum to the kernel, which sums up all that is in the packet.
func TestParseOfIPv6SumsUpTheTrailerToo(t *testing.T) {
	p := Packet{VRID: 7, Priority: 100, Interval: 100, Addresses: addrs("fe80::1")}
	src := netip.MustParseAddr("fe80::2")
	b := append(p.AppendTo(nil, src, Group6, FormPseudo), bytes.Repeat([]byte{7, 1}, TrailerLen/2)...)
	if _, drop := new(Packet).Parse(b, src, Group6); drop != DropChecksum {
		t.Errorf("summed up without it: drop = %v, want %v", drop, DropChecksum)
	}
	b[6], b[7] = 0, 0
	binary.BigEndian.PutUint16(b[6:], checksum(b, src, Group6, FormPseudo))
	var got Packet
	if _, drop := got.Parse(b, src, Group6); drop != DropNone || !got.Signed {
		t.Errorf("drop = %v, signed = %t", drop, got.Signed)
	}
}

func TestParseRefusesTheMessageChecksumInIPv6(t *testing.T) {
	p := Packet{VRID: 7, Priority: 100, Interval: 100, Addresses: addrs("fe80::1")}
	src := netip.MustParseAddr("fe80::2")
	b := p.AppendTo(nil, src, Group6, FormPseudo)
	b[6], b[7] = 0, 0
	binary.BigEndian.PutUint16(b[6:], ^fold(sum(0, b)))
	if _, drop := new(Packet).Parse(b, src, Group6); drop != DropChecksum {
		t.Errorf("drop = %v, want %v", drop, DropChecksum)
	}
}

// 10.1.21.112 and 224.0.0.18 with a length of 12 make a pseudo-header that sums to zero, so the forms are one.
func TestParseSaysPseudoWhereBothFormsFit(t *testing.T) {
	p := Packet{VRID: 51, Priority: 200, Interval: 100, Addresses: addrs("192.0.2.100")}
	src := netip.MustParseAddr("10.1.21.112")
	if s := fold(pseudoSum(src, Group4, 12)); s != 0xffff {
		t.Fatalf("the pseudo-header sums to %#x, want the other zero", s)
	}
	for _, form := range []ChecksumForm{FormPseudo, FormMessage} {
		got, drop := new(Packet).Parse(p.AppendTo(nil, src, Group4, form), src, Group4)
		if got != FormPseudo || drop != DropNone {
			t.Errorf("sent as %v: Parse = %v, %v, want %v, %v", form, got, drop, FormPseudo, DropNone)
		}
	}
}

func TestParseLeavesThePacketAloneWhenItDrops(t *testing.T) {
	src := netip.MustParseAddr("192.0.2.1")
	for _, b := range [][]byte{
		nil,
		changedMessage(func(b []byte) { b[0] = 0x41 }),
		unhex("21 33 1e 01 | 0101 0000 | 0a000105 | 6100000000000000"),
		changedMessage(func(b []byte) { b[1] = 0 }),
		changedMessage(func(b []byte) { b[5] = 0 }),
		unhex("31 33 c8 01 | 0064 0000 | c0000264"),
	} {
		p := Packet{VRID: 9, Priority: 8, Interval: 7, Addresses: addrs("192.0.2.9")}
		_, drop := p.Parse(b, src, Group4)
		if drop == DropNone {
			t.Errorf("%x was taken", b)
		}
		want := Packet{VRID: 9, Priority: 8, Interval: 7, Addresses: addrs("192.0.2.9")}
		if diff := cmp.Diff(want, p, addrComparer); diff != "" {
			t.Errorf("%v: packet (-want +got):\n%s", drop, diff)
		}
	}
}

func TestParseForgetsThePacketBefore(t *testing.T) {
	long, short, password := vectors[4], vectors[0], vectors[len(vectors)-1]
	var p Packet
	for _, v := range []vector{long, short, password, short, long} {
		src, dst := v.addrs()
		if _, drop := p.Parse(v.bytes(), src, dst); drop != DropNone {
			t.Fatalf("%s: drop = %v", v.name, drop)
		}
		if diff := cmp.Diff(v.packet, p, addrComparer); diff != "" {
			t.Errorf("%s: packet (-want +got):\n%s", v.name, diff)
		}
	}
}

func TestParseOfEveryTruncation(t *testing.T) {
	for _, v := range vectors {
		src, dst := v.addrs()
		whole := v.bytes()
		for n := range len(whole) {
			want := DropLength
			if n < 8 {
				want = DropTruncated
			}
			if _, got := new(Packet).Parse(slices.Clip(whole[:n]), src, dst); got != want {
				t.Errorf("%s: %d of %d bytes: drop = %v, want %v", v.name, n, len(whole), got, want)
			}
		}
	}
}

// fateOfFlip is the reason for which a good message is dropped after the bit of that number was flipped, counted from
// the first on the wire. A single bit never escapes the checksum.
func fateOfFlip(bit int, count uint8, ipv4 bool) DropReason {
	switch at := bit / 8; {
	case bit == 3 && ipv4:
		return DropLength // the other version, which is of another length
	case bit < 4:
		return DropVersion
	case bit < 8:
		return DropType
	case at == 3 && count^(0x80>>(bit%8)) == 0:
		return DropCount
	case at == 3:
		return DropLength
	}
	return DropChecksum
}

func TestParseOfEveryFlippedBit(t *testing.T) {
	for _, v := range vectors {
		src, dst := v.addrs()
		for bit := range len(v.bytes()) * 8 {
			b := v.bytes()
			b[bit/8] ^= 0x80 >> (bit % 8)
			want := fateOfFlip(bit, v.bytes()[3], src.Is4())
			if _, got := new(Packet).Parse(b, src, dst); got != want {
				t.Errorf("%s: bit %d of byte %d flipped: drop = %v, want %v", v.name, bit%8, bit/8, got, want)
			}
		}
	}
}

// drawPacket draws any packet that may be sent, with the addresses it travels between.
func drawPacket(t *rapid.T) (p Packet, src, dst netip.Addr) {
	address, group := func() netip.Addr {
		return netip.AddrFrom4([4]byte(rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(t, "IPv4")))
	}, Group4
	if rapid.Bool().Draw(t, "ipv6") {
		address, group = func() netip.Addr {
			b := rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "IPv6")
			b[0] |= 0x20 // not one that is IPv4 in disguise
			return netip.AddrFrom16([16]byte(b))
		}, Group6
	}
	p = Packet{
		VRID:     rapid.Uint8Range(1, 255).Draw(t, "vrid"),
		Priority: rapid.Uint8().Draw(t, "priority"),
		Interval: Centiseconds(rapid.Uint16Range(uint16(MinInterval), uint16(MaxInterval)).Draw(t, "interval")),
	}
	if group == Group4 && rapid.Bool().Draw(t, "version 2") {
		p.Version = Version2
		p.Interval = Centiseconds(rapid.Uint16Range(1, 255).Draw(t, "seconds")) * perSecond
		p.AuthType = AuthType(rapid.Uint8().Draw(t, "auth type"))
		p.AuthData = [8]byte(rapid.SliceOfN(rapid.Byte(), 8, 8).Draw(t, "auth data"))
	}
	for range rapid.IntRange(1, MaxAddresses).Draw(t, "count") {
		p.Addresses = append(p.Addresses, address())
	}
	src, dst = address(), group
	if rapid.Bool().Draw(t, "unicast") {
		dst = address()
	}
	return p, src, dst
}

func TestEveryPacketComesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want, src, dst := drawPacket(t)
		form := rapid.SampledFrom([]ChecksumForm{FormPseudo, FormMessage}).Draw(t, "form")
		var got Packet
		found, drop := got.Parse(want.AppendTo(nil, src, dst, form), src, dst)
		if drop != DropNone {
			t.Fatalf("drop = %v", drop)
		}
		if want.Version == Version2 {
			form = FormMessage
		}
		onlyPseudo := want.Version == Version3 && isIPv4(src) && fold(pseudoSum(src, dst, 8+4*len(want.Addresses))) != 0xffff
		if onlyPseudo && found != form || !isIPv4(src) && found != FormPseudo || want.Version == Version2 && found != FormMessage {
			t.Errorf("form = %v, sent as %v", found, form)
		}
		if diff := cmp.Diff(want, got, addrComparer); diff != "" {
			t.Errorf("packet (-want +got):\n%s", diff)
		}
	})
}

func ExamplePacket_Parse() {
	datagram := []byte{0x31, 51, 200, 1, 0x00, 0x64, 0x44, 0x02, 192, 0, 2, 100}
	var p Packet // kept from datagram to datagram
	form, drop := p.Parse(datagram, netip.MustParseAddr("198.51.100.10"), Group4)
	fmt.Println(drop, form, p.VRID, p.Priority, p.Interval, p.Addresses)
	// Output: none rfc9568 51 200 1s [192.0.2.100]
}
