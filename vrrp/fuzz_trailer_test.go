package vrrp

import (
	"bytes"
	"net/netip"
	"testing"
	"time"
)

// FuzzVerify verifies anything. What is taken has the digest that the slow way gives, and is taken once. If the bytes
// begin with a message, it is signed and taken, and refused with any bit flipped that is not of the checksum.
func FuzzVerify(f *testing.F) {
	for _, v := range signedVectors {
		f.Add(unhex(v.wire), v.src.AsSlice(), vectorTime.Unix(), uint16(100), true)
		f.Add(unhex(v.message), v.src.AsSlice(), vectorTime.Unix(), uint16(300), false)
	}
	f.Add([]byte{}, []byte{}, int64(0), uint16(0), false)
	f.Fuzz(func(t *testing.T, b, source []byte, seconds int64, flip uint16, timed bool) {
		src, ok := netip.AddrFromSlice(source)
		if !ok {
			return
		}
		src = src.Unmap()
		k, now := ring(), time.Unix(seconds, 0)
		if !timed {
			k.Replay = ReplayMonotonic
		}
		w := NewVerifier(k)
		before := bytes.Clone(b)
		if _, drop := w.Verify(b, src, now); drop == DropNone {
			if !bytes.Equal(b[len(b)-digestLen:], slowDigest(vectorKey, b, src)) {
				t.Fatalf("took %x from %v", b, src)
			}
			if _, drop := w.Verify(b, src, now); drop != DropAuthReplay {
				t.Fatalf("again: drop = %v, want %v", drop, DropAuthReplay)
			}
		}
		if !bytes.Equal(b, before) {
			t.Fatalf("%x became %x", before, b)
		}

		size := messageLen(b, src)
		if size == 0 || size > len(b) {
			return
		}
		message := NewSigner(k).Sign(bytes.Clone(b[:size]), src, Group6, now)
		if _, drop := NewVerifier(k).Verify(message, src, now); drop != DropNone {
			t.Fatalf("own %x: drop = %v", message, drop)
		}
		at := int(flip/8) % len(message)
		message[at] ^= 1 << (flip % 8)
		_, drop := NewVerifier(k).Verify(message, src, now)
		if checksum := at == 6 || at == 7; (drop == DropNone) != checksum {
			t.Fatalf("own, with bit %d of byte %d flipped, %x: drop = %v", flip%8, at, message, drop)
		}
	})
}
