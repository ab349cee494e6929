package vrrp

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// A signedVector is an advert with its trailer.
type signedVector struct {
	name     string
	src, dst netip.Addr
	message  string // as it is before it is signed, with the checksum that it has then
	wire     string
}

// The key of the vectors, and when they were signed: the number is 68000000 8000 0000.
var (
	vectorKey  = unhex("000102030405060708090a0b0c0d0e0f 101112131415161718191a1b1c1d1e1f")
	vectorTime = time.Unix(0x68000000, int64(time.Second/2))
)

// signedVectors are the two of the appendix of the draft, which keepalived's test/auth_hmac_test.c has too, and two of
// version 2, whose digests were computed with Python's hmac module.
var signedVectors = []signedVector{
	{
		name: "IPv4",
		src:  netip.MustParseAddr("198.51.100.10"), dst: netip.MustParseAddr("192.0.2.10"),
		message: "31 33 c8 01 | 0064 4402 | c0000264",
		wire:    "31 33 c8 01 | 0064 4402 | c0000264 | 01 01 0000 68000000 8000 0000 | 1b84bc4e8e43892dc6d98448f8ee2265",
	},
	{
		name: "IPv6",
		src:  netip.MustParseAddr("fe80::10"), dst: netip.MustParseAddr("fe80::20"),
		message: "31 33 c8 01 | 0064 1234 | fe800000000000000000000000000100",
		wire: "31 33 c8 01 | 0064 a2e9 | fe800000000000000000000000000100 |" +
			"01 01 0000 68000000 8000 0000 | c8c56146ebfd66ee10ec4d8186461b78",
	},
	{
		name: "version 2",
		src:  netip.MustParseAddr("198.51.100.10"), dst: Group4,
		message: "21 33 c8 01 | 00 01 5465 | c0000264 | 0000000000000000",
		wire: "21 33 c8 01 | 00 01 5465 | c0000264 | 0000000000000000 |" +
			"01 01 0000 68000000 8000 0000 | d0b9391b8d008f779ef2e8cf66238947",
	},
	{
		name: "version 2 with a password",
		src:  netip.MustParseAddr("198.51.100.10"), dst: Group4,
		message: "21 33 c8 01 | 01 01 eefe | c0000264 | 3132333400000000",
		wire: "21 33 c8 01 | 01 01 eefe | c0000264 | 3132333400000000 |" +
			"01 01 0000 68000000 8000 0000 | 9a93ae05452a09435e779de1f050ab8e",
	},
}

// newKey is NewKey where nothing can be wrong.
func newKey(id uint8, secret []byte) Key {
	key, err := NewKey(id, secret)
	if err != nil {
		panic(err)
	}
	return key
}

// ring is a keyring of the vectors' key, changed.
func ring(changes ...func(k *Keyring)) Keyring {
	k := Keyring{Keys: []Key{newKey(1, vectorKey)}, Active: 1, Window: 5 * time.Second}
	for _, change := range changes {
		change(&k)
	}
	return k
}

// What a keyring is changed to.
func monotonic(k *Keyring)   { k.Replay = ReplayMonotonic }
func permissive(k *Keyring)  { k.Mode = AuthPermissive }
func receiveOnly(k *Keyring) { k.Mode = AuthReceiveOnly }
func window(d time.Duration) func(*Keyring) {
	return func(k *Keyring) { k.Window = d }
}

// slowDigest is the digest of the draft to the letter: all that is covered is laid end to end.
func slowDigest(secret, b []byte, src netip.Addr) []byte {
	family := byte(4)
	if src.Is6() {
		family = 6
	}
	covered := []byte{family, b[0] >> 4, b[1], 0}
	covered = append(covered, src.AsSlice()...)
	covered = append(covered, make([]byte, 20-len(covered))...)
	covered = append(covered, b[:len(b)-16]...)
	covered[26], covered[27] = 0, 0
	covered = append(covered, make([]byte, 16)...)
	h := hmac.New(sha256.New, secret)
	h.Write(covered)
	return h.Sum(nil)[:16]
}

func TestDigestIsThatOfTheSlowWay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, src, dst := drawPacket(t)
		secret := rapid.SliceOfN(rapid.Byte(), MinKey, MaxKey).Draw(t, "secret")
		b := p.AppendTo(nil, src, dst, FormPseudo)
		b = append(b, rapid.SliceOfN(rapid.Byte(), TrailerLen, TrailerLen).Draw(t, "trailer")...)
		m := newMAC(newKey(1, secret))
		m(b[:len(b)-5], dst) // what was computed before leaves nothing behind
		got := m(b[:len(b)-digestLen], src)
		if want := slowDigest(secret, b, src); !bytes.Equal(got, want) {
			t.Errorf("digest = %x, want %x", got, want)
		}
	})
}

func TestTrailerIsReadAsItIsWritten(t *testing.T) {
	want := trailer{kind: 1, key: 0x22, reserved: 0x3344, number: 0x5566_7788_99aa_bbcc}
	b := want.appendTo([]byte{0xff})
	if got := "ff0122334455667788" + "99aabbcc"; hex.EncodeToString(b) != got {
		t.Errorf("appendTo = %x, want %s", b, got)
	}
	got := trailerOf(slices.Concat(b[1:], make([]byte, digestLen)))
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(trailer{})); diff != "" {
		t.Errorf("trailer (-want +got):\n%s", diff)
	}
}

func TestNumberAtTime(t *testing.T) {
	for _, test := range []struct {
		seconds, nanoseconds int64
		want                 number
	}{
		{0, 0, 0},
		{1, 0, 0x00000001_0000_0000},
		{0x68000000, 500_000_000, 0x68000000_8000_0000},
		{0x68000000, 15_258, 0x68000000_0000_0000}, // 1/65536 s is 15258.8 ns
		{0x68000000, 15_259, 0x68000000_0001_0000},
		{0x68000000, 999_999_999, 0x68000000_ffff_0000},
		{0xffffffff, 999_999_999, 0xffffffff_ffff_0000},
		{0x100000000, 0, 0}, // 7 February 2106
		{-1, 0, 0xffffffff_0000_0000},
	} {
		if got := numberAtTime(time.Unix(test.seconds, test.nanoseconds)); got != test.want {
			t.Errorf("numberAtTime(%d.%09d) = %#016x, want %#016x", test.seconds, test.nanoseconds, got, test.want)
		}
	}
}

func TestNumberArithmetic(t *testing.T) {
	for _, test := range []struct {
		name    string
		n, o    number
		after   bool
		seconds int
		sub     time.Duration
	}{
		{"equal", 0x10_0000_0000, 0x10_0000_0000, false, 0, 0},
		{"counter", 0x10_0000_0001, 0x10_0000_0000, true, 0, 0},
		{"counter carried", 0x10_0001_0000, 0x10_0000_ffff, true, 0, 0},
		{"fraction", 0x10_8000_0000, 0x10_0000_0000, true, 0, time.Second / 2},
		{"fraction carried", 0x11_0000_0000, 0x10_ffff_ffff, true, 1, 0},
		{"back by a fraction", 0x10_0000_0000, 0x10_8000_0000, false, 0, -time.Second / 2},
		{"back by more", 0x10_0000_0000, 0x12_c000_0000, false, -2, -2750 * time.Millisecond},
		{"over the wrap", 0x1_8000_0000, 0xffffffff_0000_0000, true, 2, 2500 * time.Millisecond},
		{"back over the wrap", 0xffffffff_0000_0000, 0x1_8000_0000, false, -2, -2500 * time.Millisecond},
		{"68 years", 0x7fffffff_0000_0000, 0, true, 1<<31 - 1, (1<<31 - 1) * time.Second},
		{"half of all", 0x80000000_0000_0000, 0, false, -1 << 31, -1 << 31 * time.Second},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := test.n.after(test.o); got != test.after {
				t.Errorf("after = %v, want %v", got, test.after)
			}
			if got := test.n.seconds(test.o); got != test.seconds {
				t.Errorf("seconds = %v, want %v", got, test.seconds)
			}
			if got := test.n.sub(test.o); got != test.sub {
				t.Errorf("sub = %v, want %v", got, test.sub)
			}
		})
	}
}

func TestMessageLen(t *testing.T) {
	v4, v6 := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("fe80::1")
	for _, test := range []struct {
		name string
		src  netip.Addr
		b    []byte
		want int
	}{
		{"nothing", v4, nil, 0},
		{"seven bytes", v4, make([]byte, 7), 0},
		{"version 3, IPv4", v4, []byte{0x31, 3: 2, 7: 0}, 16},
		{"version 3, mapped IPv4", netip.MustParseAddr("::ffff:192.0.2.1"), []byte{0x31, 3: 2, 7: 0}, 16},
		{"version 3, IPv6", v6, []byte{0x31, 3: 2, 7: 0}, 40},
		{"version 3, 255 addresses", v6, []byte{0x31, 3: 255, 7: 0}, 4088},
		{"version 2, IPv4", v4, []byte{0x21, 3: 2, 7: 0}, 24},
		{"version 2, IPv6", v6, []byte{0x21, 3: 2, 7: 0}, 0},
		{"version 4", v4, []byte{0x41, 3: 2, 7: 0}, 0},
	} {
		if got := messageLen(test.b, test.src); got != test.want {
			t.Errorf("%s: messageLen = %d, want %d", test.name, got, test.want)
		}
	}
}
