package vrrp

import (
	"bytes"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// FuzzParse parses anything, of both families, and sends again what it takes: the bytes come back but for the reserved
// bits and the two ways to write a checksum of zero, and so does the packet.
func FuzzParse(f *testing.F) {
	for _, v := range vectors {
		src, dst := v.addrs()
		f.Add(v.bytes(), src.AsSlice(), dst.AsSlice())
	}
	f.Add([]byte{}, []byte{}, []byte{})
	f.Add(unhex("21 33 1e 01 | 00 01 b5c5 | 0a000105 | 0000000000000000"), []byte{192, 0, 2, 1}, []byte{224, 0, 0, 18})
	f.Fuzz(func(t *testing.T, b, source, destination []byte) {
		src, _ := netip.AddrFromSlice(source)
		dst, _ := netip.AddrFromSlice(destination)
		p := Packet{VRID: 9, Addresses: addrs("192.0.2.9")}
		form, drop := p.Parse(b, src, dst)
		if drop != DropNone {
			if p.VRID != 9 || len(p.Addresses) != 1 {
				t.Fatalf("dropped as %v and changed to %+v", drop, p)
			}
			return
		}
		longest := MaxInterval
		if p.Version == Version2 {
			longest = 255 * perSecond
		}
		if p.Interval < MinInterval || p.Interval > longest || p.VRID == 0 || len(p.Addresses) != int(b[3]) {
			t.Fatalf("took %+v", p)
		}
		again := p.AppendTo(nil, src, dst, form)
		reserved := byte(0xf0)
		if p.Version == Version2 {
			reserved = 0
		}
		if p.Signed {
			b = b[:len(b)-TrailerLen]
			p.Signed = false
		}
		if !bytes.Equal(again[8:], b[8:]) || !bytes.Equal(again[:4], b[:4]) || again[4] != b[4]&^reserved || again[5] != b[5] {
			t.Fatalf("%x came back as %x", b, again)
		}
		var q Packet
		if _, drop := q.Parse(again, src, dst); drop != DropNone {
			t.Fatalf("own packet %x: drop = %v", again, drop)
		}
		if diff := cmp.Diff(p, q, addrComparer); diff != "" {
			t.Fatalf("packet (-first +second):\n%s", diff)
		}
	})
}
