package vrrp

import (
	"net/netip"
	"testing"

	"pgregory.net/rapid"
)

// The example of RFC 1071 section 3: the words 0001, f203, f4f5 and f6f7 sum to ddf2.
func TestSumOfTheExampleInRFC1071(t *testing.T) {
	b := []byte{0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7}
	if got := fold(sum(0, b)); got != 0xddf2 {
		t.Errorf("sum = %#x, want 0xddf2", got)
	}
}

func TestFold(t *testing.T) {
	for _, test := range []struct {
		sum  uint32
		want uint16
	}{
		{0, 0},
		{0xffff, 0xffff},
		{0x1_0000, 1},
		{0x1_ffff, 1}, // the carry carries once more
		{0xffff_ffff, 0xffff},
	} {
		if got := fold(test.sum); got != test.want {
			t.Errorf("fold(%#x) = %#x, want %#x", test.sum, got, test.want)
		}
	}
}

// slowChecksum is RFC 1071 to the letter: the pseudo-header is written out, and each addition carries around at once.
func slowChecksum(message []byte, src, dst netip.Addr, form ChecksumForm) uint16 {
	var all []byte
	length := len(message)
	switch {
	case src.Is6(): // RFC 8200 section 8.1
		all = append(append(all, src.AsSlice()...), dst.AsSlice()...)
		all = append(all, 0, 0, byte(length>>8), byte(length), 0, 0, 0, 112)
	case form == FormPseudo: // RFC 9293 section 3.1
		all = append(append(all, src.AsSlice()...), dst.AsSlice()...)
		all = append(all, 0, 112, byte(length>>8), byte(length))
	}
	all = append(all, message...)
	var s int
	for i := 0; i < len(all); i += 2 {
		s += int(all[i])<<8 | int(all[i+1])
		if s > 0xffff {
			s -= 0xffff
		}
	}
	return ^uint16(s)
}

func TestChecksumIsThatOfTheSlowWay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, src, dst := drawPacket(t)
		form := rapid.SampledFrom([]ChecksumForm{FormPseudo, FormMessage}).Draw(t, "form")
		b := p.AppendTo(nil, src, dst, form)
		if p.Version == Version2 {
			form = FormMessage // it has no other
		}
		got := uint16(b[6])<<8 | uint16(b[7])
		b[6], b[7] = 0, 0
		if want := slowChecksum(b, src, dst, form); got != want {
			t.Errorf("checksum = %#04x, want %#04x", got, want)
		}
	})
}

// A sum of zero can be written as 0000 and as ffff, and a receiver that sums up does not see the difference.
func TestBothZeroesAreGood(t *testing.T) {
	src := netip.MustParseAddr("192.0.2.1")
	p := Packet{VRID: 51, Priority: 200, Interval: 100, Addresses: addrs("192.0.2.100")}
	b := p.AppendTo(nil, src, Group4, FormMessage)
	p.Addresses[0] = netip.AddrFrom4([4]byte{192, 0, 2 + b[6], 100 + b[7]}) // now the words sum to zero
	b = p.AppendTo(b[:0], src, Group4, FormMessage)
	if b[6] != 0 || b[7] != 0 {
		t.Fatalf("checksum = %x, want 0000", b[6:8])
	}
	for _, zero := range []byte{0x00, 0xff} {
		b[6], b[7] = zero, zero
		if form, drop := new(Packet).Parse(b, src, Group4); drop != DropNone || form != FormMessage {
			t.Errorf("checksum %x: Parse = %v, %v, want %v, %v", b[6:8], form, drop, FormMessage, DropNone)
		}
	}
}

func TestChecksumOfAddressesOfTwoFamiliesDoesNotPanic(t *testing.T) {
	v4, v6 := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("fe80::1")
	for _, way := range [][2]netip.Addr{{v4, v6}, {v6, v4}, {v4, {}}, {{}, v4}, {{}, {}}} {
		_, drop := new(Packet).Parse(vectors[0].bytes(), way[0], way[1])
		if drop == DropNone {
			t.Errorf("from %v to %v: taken", way[0], way[1])
		}
	}
}
