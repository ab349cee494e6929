package vrrp

import (
	"bytes"
	"encoding/hex"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// advert4 is a message from source4.
var (
	advert4 = unhex("31 33 c8 01 | 0064 4402 | c0000264")
	source4 = netip.MustParseAddr("198.51.100.10")
)

// signed is advert4 with a trailer of s.
func signed(s *Signer, now time.Time) []byte {
	return s.Sign(bytes.Clone(advert4), source4, Group4, now)
}

// numberIn is the number in the trailer of an advert.
func numberIn(b []byte) number { return trailerOf(b[len(b)-TrailerLen:]).number }

func TestSignGivesTheBytesOfTheVectors(t *testing.T) {
	for _, v := range signedVectors {
		t.Run(v.name, func(t *testing.T) {
			got := NewSigner(ring()).Sign(unhex(v.message), v.src, v.dst, vectorTime)
			if diff := cmp.Diff(hex.Dump(unhex(v.wire)), hex.Dump(got)); diff != "" {
				t.Errorf("bytes (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSignOfAMappedSourceIsThatOfIPv4(t *testing.T) {
	v := signedVectors[0]
	mapped := netip.AddrFrom16(v.src.As16())
	if got := NewSigner(ring()).Sign(unhex(v.message), mapped, v.dst, vectorTime); !bytes.Equal(got, unhex(v.wire)) {
		t.Errorf("Sign = %x, want %x", got, unhex(v.wire))
	}
}

// The digest does not cover the destination or the checksum, and the checksum of IPv6 covers both of them.
func TestSignMakesTheChecksumOfIPv6RightForItsDestination(t *testing.T) {
	v := signedVectors[1]
	for _, dst := range []netip.Addr{v.dst, Group6} {
		b := NewSigner(ring()).Sign(unhex(v.message), v.src, dst, vectorTime)
		if diff := cmp.Diff(hex.EncodeToString(unhex(v.wire)[8:]), hex.EncodeToString(b[8:])); diff != "" {
			t.Errorf("to %v, from the addresses on (-want +got):\n%s", dst, diff)
		}
		got := uint16(b[6])<<8 | uint16(b[7])
		b[6], b[7] = 0, 0
		if want := slowChecksum(b, v.src, dst, FormPseudo); got != want {
			t.Errorf("to %v: checksum = %#04x, want %#04x", dst, got, want)
		}
	}
}

func TestSignInReceiveOnlySignsNothing(t *testing.T) {
	for _, v := range signedVectors {
		if got := NewSigner(ring(receiveOnly)).Sign(unhex(v.message), v.src, v.dst, vectorTime); !bytes.Equal(got, unhex(v.message)) {
			t.Errorf("%s: Sign = %x, want %x", v.name, got, unhex(v.message))
		}
	}
}

func TestSignInPermissiveSignsAsInEnforce(t *testing.T) {
	if got, want := signed(NewSigner(ring(permissive)), vectorTime), unhex(signedVectors[0].wire); !bytes.Equal(got, want) {
		t.Errorf("Sign = %x, want %x", got, want)
	}
}

func TestSignUsesTheActiveKey(t *testing.T) {
	other := bytes.Repeat([]byte{0xa5}, 64)
	k := ring(func(k *Keyring) { k.Keys, k.Active = append(k.Keys, newKey(200, other)), 200 })
	b := signed(NewSigner(k), vectorTime)
	if got := trailerOf(b[len(advert4):]).key; got != 200 {
		t.Errorf("key = %d, want 200", got)
	}
	if got, want := b[len(b)-16:], slowDigest(other, b, source4); !bytes.Equal(got, want) {
		t.Errorf("digest = %x, want %x", got, want)
	}
}

// A step is a clock that an advert is signed at, and the number it gets.
type step struct {
	at   time.Time
	want number
}

func TestNumbersOfASigner(t *testing.T) {
	at := func(seconds, fraction int64) time.Time {
		return time.Unix(seconds, (fraction*int64(time.Second)+0xffff)>>16) // the first nanosecond of that fraction
	}
	back, beyond := at(0x67fffffb, 0), at(0x67fffffa, 0) // by the window of five seconds, and by six
	tests := []struct {
		name    string
		changes []func(*Keyring)
		last    number // 0: none
		steps   []step
	}{
		{"the clock goes on", nil, 0, []step{
			{at(0x68000000, 0), 0x68000000_0000_0000},
			{at(0x68000000, 1), 0x68000000_0001_0000},
			{at(0x68000001, 0), 0x68000001_0000_0000},
			{at(0x78000000, 0), 0x78000000_0000_0000},
		}},
		{"the clock stands still", nil, 0, []step{
			{at(0x68000000, 7), 0x68000000_0007_0000},
			{at(0x68000000, 7), 0x68000000_0007_0001},
			{at(0x68000000, 7), 0x68000000_0007_0002},
			{at(0x68000000, 8), 0x68000000_0008_0000},
		}},
		{"the counter carries", nil, 0x68000000_0007_ffff, []step{
			{at(0x68000000, 7), 0x68000000_0008_0000},
			{at(0x68000000, 8), 0x68000000_0008_0001}, // which is the clock's, but for what the carry took of it
			{at(0x68000000, 9), 0x68000000_0009_0000},
		}},
		{"the fraction carries", nil, 0x68000000_ffff_ffff, []step{
			{at(0x68000000, 0xffff), 0x68000001_0000_0000},
			{at(0x68000001, 0), 0x68000001_0000_0001},
		}},
		{"the seconds wrap", nil, 0, []step{
			{at(0xffffffff, 0xffff), 0xffffffff_ffff_0000},
			{at(0x100000000, 0), 0},
			{at(0x100000000, 1), 0x1_0000},
		}},
		{"all of it carries", nil, 0xffffffff_ffff_ffff, []step{
			{at(0xffffffff, 0xffff), 0},
			{at(0xffffffff, 0xffff), 1},
		}},
		{"the wrap, monotonic", []func(*Keyring){monotonic}, 0xffffffff_ffff_ffff, []step{
			{at(0xffffffff, 0xffff), 0},
			{at(0x100000001, 0), 0x1_0000_0000},
		}},
		{"the first one after 2038", []func(*Keyring){monotonic}, 0, []step{{at(0x90000000, 0), 0x90000000_0000_0000}}},
		{"set back within the window", nil, 0x68000000_0007_0000, []step{
			{back, 0x68000000_0007_0001},
			{back, 0x68000000_0007_0002},
		}},
		{"set back beyond the window", nil, 0x68000000_0007_0000, []step{
			{beyond, 0x67fffffa_0000_0000},
			{beyond, 0x67fffffa_0000_0001},
			{at(0x68000001, 0), 0x68000001_0000_0000},
		}},
		{"set back over the wrap", nil, 0x10_0000_0000, []step{{at(0xfffffff0, 0), 0xfffffff0_0000_0000}}},
		{"set back, monotonic", []func(*Keyring){monotonic}, 0x68000000_0007_0000, []step{
			{beyond, 0x68000000_0007_0001},
			{at(0, 0), 0x68000000_0007_0002},
			{at(0x68000000, 8), 0x68000000_0008_0000},
		}},
		{"set forth and back", nil, 0x68000000_0000_0000, []step{
			{at(0x68000e10, 0), 0x68000e10_0000_0000},
			{at(0x68000002, 0), 0x68000002_0000_0000},
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := NewSigner(ring(test.changes...))
			s.last, s.began = test.last, test.last != 0
			for i, step := range test.steps {
				if got := numberIn(signed(s, step.at)); got != step.want {
					t.Errorf("%d: number = %#016x, want %#016x", i, got, step.want)
				}
			}
		})
	}
}

// One keyring follows another at a reload, and the numbers go on: also those that are ahead of the clock.
func TestRekeyGoesOnWithTheNumbers(t *testing.T) {
	s := NewSigner(ring())
	first := numberIn(signed(s, vectorTime))
	s.Rekey(ring(func(k *Keyring) { k.Keys, k.Active = append(k.Keys, newKey(2, bytes.Repeat([]byte{7}, 32))), 2 }))
	second := signed(s, vectorTime.Add(-3*time.Second))
	if got := trailerOf(second[len(advert4):]); got.key != 2 || got.number != first+1 {
		t.Errorf("after another key: %+v, want key 2 and number %#x", got, first+1)
	}
	s.Rekey(ring(receiveOnly))
	if got := signed(s, vectorTime); !bytes.Equal(got, advert4) {
		t.Errorf("receive-only: Sign = %x, want %x", got, advert4)
	}
	s.Rekey(ring())
	if got := numberIn(signed(s, vectorTime.Add(-3*time.Second))); got != first+2 {
		t.Errorf("after receive-only: number = %#x, want %#x", got, first+2)
	}
}

func TestSignWritesIntoTheRoomOfTheBuffer(t *testing.T) {
	room := bytes.Repeat([]byte{0xaa}, 64) // what an earlier packet left behind is not in the digest
	got := NewSigner(ring()).Sign(append(room[:0], advert4...), source4, Group4, vectorTime)
	if &got[0] != &room[0] {
		t.Error("Sign allocated")
	}
	if want := unhex(signedVectors[0].wire); !bytes.Equal(got, want) {
		t.Errorf("Sign = %x, want %x", got, want)
	}
}

func TestTrailersDoNotAllocate(t *testing.T) {
	for _, v := range signedVectors {
		s, w := NewSigner(ring()), NewVerifier(ring())
		room := append(make([]byte, 0, 128), unhex(v.message)...)
		pass := func() {
			b := s.Sign(room, v.src, v.dst, vectorTime)
			if _, drop := w.Verify(b, v.src, vectorTime); drop != DropNone {
				t.Errorf("%s: drop = %v", v.name, drop)
			}
		}
		pass()
		if allocs := testing.AllocsPerRun(100, pass); allocs != 0 {
			t.Errorf("%s: %v allocations, want none", v.name, allocs)
		}
	}
}

// Whatever the clock does, in monotonic mode every number is newer than the one before, and in time mode every one that
// is not within the window of the clock.
func TestNumbersGrowOrAreWithinTheWindowOfTheClock(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := ring(func(k *Keyring) {
			k.Replay = rapid.SampledFrom([]Replay{ReplayTime, ReplayMonotonic}).Draw(t, "replay")
		})
		s := NewSigner(k)
		now := time.Unix(rapid.Int64Range(0, 1<<33).Draw(t, "now"), 0)
		last := numberIn(signed(s, now))
		for range rapid.IntRange(1, 40).Draw(t, "adverts") {
			now = now.Add(time.Duration(rapid.Int64Range(-int64(20*time.Second), int64(20*time.Second)).Draw(t, "passed")))
			clock := numberAtTime(now)
			n := numberIn(signed(s, now))
			if !n.after(last) && (k.Replay == ReplayMonotonic || last.seconds(clock) <= 5 || n != clock) {
				t.Fatalf("%#x after %#x at %#x", n, last, clock)
			}
			if clock.after(n) || k.Replay == ReplayTime && n.seconds(clock) > 6 { // the sixth by a carry
				t.Fatalf("%#x at %#x", n, clock)
			}
			last = n
		}
	})
}
