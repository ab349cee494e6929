package vrrp

import (
	"net/netip"
	"testing"
	"time"
)

func BenchmarkSign(b *testing.B) {
	benchmarks(b, func(b *testing.B, p *Packet, src, dst netip.Addr) {
		b.ReportAllocs()
		message := p.AppendTo(make([]byte, 0, 1500), src, dst, FormPseudo)
		b.SetBytes(int64(len(message) + TrailerLen))
		s := NewSigner(ring())
		for b.Loop() {
			s.Sign(message, src, dst, vectorTime)
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	benchmarks(b, func(b *testing.B, p *Packet, src, dst netip.Addr) {
		b.ReportAllocs()
		message := NewSigner(ring()).Sign(p.AppendTo(nil, src, dst, FormPseudo), src, dst, vectorTime)
		b.SetBytes(int64(len(message)))
		v := NewVerifier(ring())
		for b.Loop() {
			v.marks = v.marks[:0]
			if _, drop := v.Verify(message, src, vectorTime); drop != DropNone {
				b.Fatal(drop)
			}
		}
	})
}

// A flood of recorded adverts, and one of forged ones.
func BenchmarkVerifyRefuses(b *testing.B) {
	v := signedVectors[0]
	forged := unhex(v.wire)
	forged[len(forged)-1] ^= 1
	for _, bench := range []struct {
		drop    DropReason
		message []byte
		later   time.Duration
	}{
		{DropAuthStale, unhex(v.wire), time.Minute},
		{DropAuthDigest, forged, 0},
	} {
		b.Run(bench.drop.String(), func(b *testing.B) {
			b.ReportAllocs()
			w, now := NewVerifier(ring()), vectorTime.Add(bench.later)
			for b.Loop() {
				if _, drop := w.Verify(bench.message, v.src, now); drop != bench.drop {
					b.Fatal(drop)
				}
			}
		})
	}
}
