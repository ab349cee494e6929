package vrrp

import (
	"bytes"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// verified is what a new verifier says of b.
func verified(k Keyring, b []byte, src netip.Addr, now time.Time) DropReason {
	_, drop := NewVerifier(k).Verify(b, src, now)
	return drop
}

func TestVerifyTakesTheVectorsOnce(t *testing.T) {
	for _, replay := range []Replay{ReplayTime, ReplayMonotonic} {
		for _, v := range signedVectors {
			w := NewVerifier(ring(func(k *Keyring) { k.Replay = replay }))
			for _, want := range []DropReason{DropNone, DropAuthReplay, DropAuthReplay} {
				if _, got := w.Verify(unhex(v.wire), v.src, vectorTime); got != want {
					t.Errorf("%v, %s: drop = %v, want %v", replay, v.name, got, want)
				}
			}
		}
	}
}

// The whole way of an advert: what one router makes and signs, another one parses and verifies.
func TestSignedAdvertsAreParsedAndVerified(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, src, dst := drawPacket(t)
		b := NewSigner(ring()).Sign(p.AppendTo(nil, src, dst, FormMessage), src, dst, vectorTime)
		var got Packet
		if _, drop := got.Parse(b, src, dst); drop != DropNone {
			t.Fatalf("Parse: drop = %v", drop)
		}
		p.Signed = true
		if diff := cmp.Diff(p, got, addrComparer); diff != "" {
			t.Errorf("packet (-want +got):\n%s", diff)
		}
		if drop := verified(ring(), b, src, vectorTime); drop != DropNone {
			t.Errorf("Verify: drop = %v", drop)
		}
	})
}

// One changed byte each, as in keepalived's test/auth_hmac_test.c.
func TestVerifyOfTheMutationsOfTheDraft(t *testing.T) {
	v := signedVectors[1]
	for _, test := range []struct {
		name string
		at   int
		want DropReason
	}{
		{"priority", 2, DropAuthDigest},
		{"interval", 4, DropAuthDigest},
		{"checksum", 6, DropNone},
		{"address", 23, DropAuthDigest},
		{"type of the trailer", 24, DropAuthMalformed},
		{"key ID", 25, DropAuthKey},
		{"reserved", 26, DropAuthMalformed},
		{"seconds", 28, DropAuthDigest},
		{"counter", 34, DropAuthDigest},
		{"digest", 36, DropAuthDigest},
	} {
		b := unhex(v.wire)
		b[test.at] ^= 1
		if got := verified(ring(monotonic), b, v.src, vectorTime); got != test.want {
			t.Errorf("%s: drop = %v, want %v", test.name, got, test.want)
		}
	}
}

// The checksum, bytes 6 and 7, is not covered: it is Parse that looks at it.
func TestVerifyRefusesEveryFlippedBitButThoseOfTheChecksum(t *testing.T) {
	for _, v := range signedVectors {
		for _, replay := range []Replay{ReplayTime, ReplayMonotonic} {
			w := NewVerifier(ring(func(k *Keyring) { k.Replay = replay }))
			for i := range unhex(v.wire) {
				for bit := range 8 {
					b := unhex(v.wire)
					b[i] ^= 1 << bit
					_, drop := w.Verify(b, v.src, vectorTime)
					if checksum := i == 6 || i == 7; (drop == DropNone) != checksum {
						t.Errorf("%s, %v: byte %d, bit %d: drop = %v", v.name, replay, i, bit, drop)
					}
					w.marks = nil
				}
			}
		}
	}
}

func TestVerifyRefusesEveryCutAndEveryExtension(t *testing.T) {
	for _, v := range signedVectors {
		whole, message := unhex(v.wire), len(unhex(v.message))
		for n := range len(whole) {
			want := DropLength
			if n == message {
				want = DropAuthMissing
			}
			if got := verified(ring(), whole[:n], v.src, vectorTime); got != want {
				t.Errorf("%s: %d bytes: drop = %v, want %v", v.name, n, got, want)
			}
		}
		if got := verified(ring(), append(whole, 0), v.src, vectorTime); got != DropLength {
			t.Errorf("%s: a byte more: drop = %v, want %v", v.name, got, DropLength)
		}
	}
}

func TestVerifyRefusesWhatWasSignedForSomethingElse(t *testing.T) {
	signed4 := func(message string, src string, changes ...func(*Keyring)) []byte {
		return NewSigner(ring(changes...)).Sign(unhex(message), netip.MustParseAddr(src), Group4, vectorTime)
	}
	moved := func(b []byte, i int, value byte) []byte { b[i] = value; return b }
	const message = "31 33 c8 01 | 0064 4402 | c0000264"
	// An IPv6 advert of one address is as long as an IPv4 one of four.
	six := NewSigner(ring()).Sign(unhex("31 33 c8 01 | 0064 0000 | c6336401 c6336402 c6336403 c6336404"),
		netip.MustParseAddr("c633:640a::"), Group6, vectorTime)
	// A version 3 advert of three addresses is as long as one of version 2 with one.
	three := signed4("31 33 c8 03 | 0001 0000 | c0000264 00000000 00000000", "198.51.100.10")
	for _, test := range []struct {
		name string
		b    []byte
	}{
		{"another source", signed4(message, "198.51.100.11")},
		{"another VRID", moved(signed4(message, "198.51.100.10"), 1, 52)},
		{"another family", moved(six, 3, 4)},
		{"another version", moved(moved(three, 3, 1), 0, 0x21)},
		{"a key of the same number", signed4(message, "198.51.100.10", func(k *Keyring) {
			k.Keys = []Key{newKey(1, bytes.Repeat([]byte{1}, 32))}
		})},
		{"a key with a byte more", signed4(message, "198.51.100.10", func(k *Keyring) {
			k.Keys = []Key{newKey(1, append(bytes.Clone(vectorKey), 1))}
		})},
	} {
		if got := verified(ring(), test.b, source4, vectorTime); got != DropAuthDigest {
			t.Errorf("%s: drop = %v, want %v", test.name, got, DropAuthDigest)
		}
	}
	if got := verified(ring(), signed4(message, "198.51.100.10"), source4, vectorTime); got != DropNone {
		t.Errorf("nothing changed: drop = %v, want %v", got, DropNone)
	}
}

// The first fault in the order of the checks is the one that is told, whatever else is wrong.
func TestVerifyChecksInTheirOrder(t *testing.T) {
	w := NewVerifier(ring())
	now := vectorTime
	if _, drop := w.Verify(unhex(signedVectors[0].wire), source4, now); drop != DropNone {
		t.Fatalf("drop = %v", drop)
	}
	b := unhex(signedVectors[0].wire) // replayed, and soon everything else is wrong with it too
	b[12], b[13], b[39] = 9, 9, b[39]^1
	now = now.Add(time.Hour)
	for _, step := range []struct {
		drop DropReason // what is told before the mend
		mend func()
	}{
		{DropAuthMalformed, func() { b[12] = 1 }},
		{DropAuthStale, func() { now = vectorTime }},
		{DropAuthKey, func() { b[13] = 1 }},
		{DropAuthDigest, func() { b[39] ^= 1 }},
		{DropAuthReplay, func() { w.marks = nil }},
	} {
		if _, drop := w.Verify(b, source4, now); drop != step.drop {
			t.Errorf("drop = %v, want %v", drop, step.drop)
		}
		step.mend()
	}
	if _, drop := w.Verify(b, source4, now); drop != DropNone {
		t.Errorf("mended: drop = %v, want %v", drop, DropNone)
	}
}

func TestVerifyByMode(t *testing.T) {
	forged := unhex(signedVectors[0].wire)
	forged[39] ^= 1
	unknown := signed(NewSigner(ring(func(k *Keyring) { k.Keys, k.Active = []Key{newKey(2, vectorKey)}, 2 })), vectorTime)
	for _, test := range []struct {
		mode                               AuthMode
		unsigned, signed, forged, otherKey DropReason
	}{
		{AuthEnforce, DropAuthMissing, DropNone, DropAuthDigest, DropAuthKey},
		{AuthPermissive, DropNone, DropNone, DropAuthDigest, DropAuthKey},
		{AuthReceiveOnly, DropNone, DropNone, DropAuthDigest, DropAuthKey},
	} {
		k := ring(func(k *Keyring) { k.Mode = test.mode })
		for _, c := range []struct {
			name string
			b    []byte
			want DropReason
		}{
			{"unsigned", advert4, test.unsigned},
			{"signed", unhex(signedVectors[0].wire), test.signed},
			{"forged", forged, test.forged},
			{"other key", unknown, test.otherKey},
		} {
			if got := verified(k, c.b, source4, vectorTime); got != c.want {
				t.Errorf("%v, %s: drop = %v, want %v", test.mode, c.name, got, c.want)
			}
		}
	}
}

// The three sweeps of a cluster that begins to sign: whoever is a sweep ahead and whoever is behind take each other's
// adverts.
func TestNeighbouringModesTakeEachOther(t *testing.T) {
	sweeps := []AuthMode{AuthReceiveOnly, AuthPermissive, AuthEnforce}
	for i, of := range sweeps {
		for j, at := range sweeps {
			b := signed(NewSigner(ring(func(k *Keyring) { k.Mode = of })), vectorTime)
			want := DropNone
			if i == 0 && j == 2 {
				want = DropAuthMissing
			}
			if got := verified(ring(func(k *Keyring) { k.Mode = at }), b, source4, vectorTime); got != want {
				t.Errorf("from %v at %v: drop = %v, want %v", of, at, got, want)
			}
		}
	}
}

// A key is exchanged in three steps, and in each of them both sides take what the other signs.
func TestRotationOfAKey(t *testing.T) {
	one, two := newKey(1, vectorKey), newKey(2, bytes.Repeat([]byte{2}, 40))
	steps := []Keyring{
		ring(),
		ring(func(k *Keyring) { k.Keys = []Key{one, two} }),
		ring(func(k *Keyring) { k.Keys, k.Active = []Key{one, two}, 2 }),
		ring(func(k *Keyring) { k.Keys, k.Active = []Key{two}, 2 }),
	}
	s, w, now := NewSigner(steps[0]), NewVerifier(steps[0]), vectorTime
	hear := func(what string, want DropReason) []byte {
		now = now.Add(time.Second)
		b := signed(s, now)
		if _, got := w.Verify(b, source4, now); got != want {
			t.Errorf("%s: drop = %v, want %v", what, got, want)
		}
		return b
	}
	for i := range steps[1:] {
		s.Rekey(steps[i+1])
		want := DropNone
		if i == 1 {
			w.Rekey(steps[1]) // it has both keys by now, and signs with the first
		}
		hear(fmt.Sprintf("sender in step %d", i+1), want)
		w.Rekey(steps[i+1])
		last := hear(fmt.Sprintf("both in step %d", i+1), DropNone)
		if _, got := w.Verify(last, source4, now); got != DropAuthReplay {
			t.Errorf("replayed in step %d: drop = %v, want %v", i+1, got, DropAuthReplay)
		}
	}
	s.Rekey(steps[0])
	hear("the key that is gone", DropAuthKey)
}

func TestVerifyTellsTheSkew(t *testing.T) {
	b := unhex(signedVectors[0].wire) // at half a second
	for _, test := range []struct {
		name    string
		changes []func(*Keyring)
		ours    time.Duration // our clock against the sender's
		want    DropReason
		skew    time.Duration
	}{
		{"equal", nil, 0, DropNone, 0},
		{"we are ahead", nil, 2500 * time.Millisecond, DropNone, -2500 * time.Millisecond},
		{"we are behind", nil, -2250 * time.Millisecond, DropNone, 2250 * time.Millisecond},
		{"the sender is at the window's end", nil, -5500 * time.Millisecond, DropNone, 5500 * time.Millisecond},
		{"the sender is beyond it", nil, -5750 * time.Millisecond, DropAuthStale, 5750 * time.Millisecond},
		{"the sender is at its beginning", nil, 5250 * time.Millisecond, DropNone, -5250 * time.Millisecond},
		{"the sender is before it", nil, 5500 * time.Millisecond, DropAuthStale, -5500 * time.Millisecond},
		{"a day", nil, 24 * time.Hour, DropAuthStale, -24 * time.Hour},
		{"a day, monotonic", []func(*Keyring){monotonic}, 24 * time.Hour, DropNone, 0},
		{"a wide window", []func(*Keyring){window(MaxWindow)}, 5 * time.Minute, DropNone, -5 * time.Minute},
		{"a narrow window", []func(*Keyring){window(MinWindow)}, 2 * time.Second, DropAuthStale, -2 * time.Second},
	} {
		skew, drop := NewVerifier(ring(test.changes...)).Verify(b, source4, vectorTime.Add(test.ours))
		if drop != test.want || skew != test.skew {
			t.Errorf("%s: Verify = %v, %v, want %v, %v", test.name, skew, drop, test.skew, test.want)
		}
	}
	b[39] ^= 1
	if skew, drop := NewVerifier(ring()).Verify(b, source4, vectorTime.Add(time.Second)); drop != DropAuthDigest || skew != 0 {
		t.Errorf("forged: Verify = %v, %v, want 0, %v", skew, drop, DropAuthDigest)
	}
}
