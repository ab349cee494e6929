package vrrp

import (
	"net/netip"
	"testing"
)

// benchmarks are the smallest packet and the largest that fits an Ethernet frame, of each family.
func benchmarks(b *testing.B, run func(b *testing.B, p *Packet, src, dst netip.Addr)) {
	for _, bench := range []struct {
		name     string
		src, dst netip.Addr
		count    int
	}{
		{"ipv4/1", netip.MustParseAddr("192.0.2.1"), Group4, 1},
		{"ipv4/255", netip.MustParseAddr("192.0.2.1"), Group4, 255},
		{"ipv6/1", netip.MustParseAddr("fe80::1"), Group6, 1},
		{"ipv6/89", netip.MustParseAddr("fe80::1"), Group6, 89},
	} {
		p := Packet{VRID: 51, Priority: 200, Interval: 100}
		for address := bench.src; len(p.Addresses) < bench.count; {
			address = address.Next()
			p.Addresses = append(p.Addresses, address)
		}
		b.Run(bench.name, func(b *testing.B) { run(b, &p, bench.src, bench.dst) })
	}
}

func BenchmarkAppendTo(b *testing.B) {
	benchmarks(b, func(b *testing.B, p *Packet, src, dst netip.Addr) {
		b.ReportAllocs()
		room := make([]byte, 0, 1500)
		for b.Loop() {
			room = p.AppendTo(room[:0], src, dst, FormPseudo)
		}
		b.SetBytes(int64(len(room)))
	})
}

func BenchmarkParse(b *testing.B) {
	benchmarks(b, func(b *testing.B, p *Packet, src, dst netip.Addr) {
		b.ReportAllocs()
		message := p.AppendTo(nil, src, dst, FormPseudo)
		b.SetBytes(int64(len(message)))
		var got Packet
		for b.Loop() {
			if _, drop := got.Parse(message, src, dst); drop != DropNone {
				b.Fatal(drop)
			}
		}
	})
}
