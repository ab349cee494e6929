package vrrp

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// A sentPacket is one that keepalived sent, with how it was told to.
type sentPacket struct {
	router   string
	at       time.Time // when it arrived; both clocks were the same
	src, dst netip.Addr
	payload  []byte
	want     Packet // as keepalived was configured
	form     ChecksumForm
	key      uint8 // 0: not signed
}

func (p *sentPacket) String() string {
	return fmt.Sprintf("%s to %s, priority %d", p.router, p.dst, p.want.Priority)
}

// keepalivedPackets reads testdata/keepalived-2.4.3.txt, which says what its lines are: the packets, and the secrets by
// their number.
func keepalivedPackets(t *testing.T) ([]sentPacket, map[uint8][]byte) {
	t.Helper()
	text, err := os.ReadFile("testdata/keepalived-2.4.3.txt")
	if err != nil {
		t.Fatal(err)
	}
	var all []sentPacket
	var router sentPacket
	secrets := make(map[uint8][]byte)
	for line := range strings.Lines(string(text)) {
		f := strings.Fields(line)
		switch {
		case len(f) == 0 || f[0] == "#":
		case f[0] == "key":
			secrets[uint8(parseUint(f[1], 8))] = unhex(f[2])
		case f[0] == "router":
			router = parseRouter(f[1:])
		case f[0] == "advert", f[0] == "farewell":
			p := router
			p.at, p.src, p.dst, p.payload = parseMoment(f[1]), netip.MustParseAddr(f[2]), netip.MustParseAddr(f[3]), unhex(f[4])
			if f[0] == "farewell" {
				p.want.Priority = 0
			}
			all = append(all, p)
		default:
			t.Fatalf("what is %q?", line)
		}
	}
	if len(all) != 31 || len(secrets) != 2 {
		t.Fatalf("%d packets and %d keys", len(all), len(secrets))
	}
	return all, secrets
}

// parseRouter reads a line of a router, without its first word.
func parseRouter(f []string) sentPacket {
	p := sentPacket{router: f[0] + " of keepalived " + f[1]}
	if f[2] == "2" {
		p.want.Version, p.form = Version2, FormMessage
	}
	p.want.VRID, p.want.Priority = uint8(parseUint(f[3], 8)), uint8(parseUint(f[4], 8))
	p.want.Interval = Centiseconds(parseUint(f[5], 16))
	p.want.Addresses = addrs(strings.Split(f[6], ",")...)
	for _, option := range f[7:] {
		name, value, _ := strings.Cut(option, "=")
		switch name {
		case "key":
			p.key, p.want.Signed = uint8(parseUint(value, 8)), true
		case "pass":
			p.want.AuthType = AuthTypePassword
			copy(p.want.AuthData[:], value)
		case "checksum":
			p.form = FormMessage
		default:
			panic("what is " + option + "?")
		}
	}
	return p
}

// parseUint reads a number of the file.
func parseUint(text string, bits int) uint64 {
	n, err := strconv.ParseUint(text, 10, bits)
	if err != nil {
		panic(err)
	}
	return n
}

// parseMoment reads seconds since 1970 with nine digits after the point.
func parseMoment(text string) time.Time {
	seconds, nanos, _ := strings.Cut(text, ".")
	return time.Unix(int64(parseUint(seconds, 63)), int64(parseUint(nanos, 30)))
}

func TestParseTakesWhatKeepalivedSends(t *testing.T) {
	all, _ := keepalivedPackets(t)
	for _, p := range all {
		var got Packet
		form, drop := got.Parse(p.payload, p.src, p.dst)
		if drop != DropNone || form != p.form {
			t.Errorf("%v: form %v, drop %v, want %v and %v", &p, form, drop, p.form, DropNone)
		}
		if diff := cmp.Diff(p.want, got, addrComparer); diff != "" {
			t.Errorf("%v: packet (-want +got):\n%s", &p, diff)
		}
	}
}

// What keepalived was configured to, aloft sends with the same bytes.
func TestBytesAreThoseThatKeepalivedSends(t *testing.T) {
	all, secrets := keepalivedPackets(t)
	for _, p := range all {
		b := p.want.AppendTo(nil, p.src, p.dst, p.form)
		if p.key != 0 {
			at := momentOf(numberIn(p.payload))
			b = NewSigner(keepalivedRing(secrets, p.key)).Sign(b, p.src, p.dst, at)
		}
		if diff := cmp.Diff(hex.Dump(p.payload), hex.Dump(b)); diff != "" {
			t.Errorf("%v: bytes (-keepalived +aloft):\n%s", &p, diff)
		}
	}
}

// momentOf is the earliest instant whose first number is n.
func momentOf(n number) time.Time {
	fraction := uint64(n) >> 16 & 0xffff
	return time.Unix(int64(n>>32), int64((fraction*uint64(time.Second)+0xffff)>>16))
}

// keepalivedRing is a keyring of the keys in the file.
func keepalivedRing(secrets map[uint8][]byte, active uint8) Keyring {
	k := Keyring{Active: active, Window: 5 * time.Second}
	for id, secret := range secrets {
		k.Keys = append(k.Keys, newKey(id, secret))
	}
	return k
}

func TestVerifierTakesWhatKeepalivedSignsOnce(t *testing.T) {
	all, secrets := keepalivedPackets(t)
	receivers := make(map[string]*Verifier) // one for each that keepalived sent to
	for _, p := range all {
		if p.key == 0 {
			continue
		}
		name := p.router + p.dst.String()
		if receivers[name] == nil {
			receivers[name] = NewVerifier(keepalivedRing(secrets, p.key))
		}
		skew, drop := receivers[name].Verify(p.payload, p.src, p.at)
		if drop != DropNone || skew < -50*time.Millisecond || skew > 0 {
			t.Errorf("%v: Verify = %v, %v", &p, skew, drop)
		}
		if _, drop := receivers[name].Verify(p.payload, p.src, p.at); drop != DropAuthReplay {
			t.Errorf("%v, once more: %v, want %v", &p, drop, DropAuthReplay)
		}
	}
}

// No byte of what keepalived signed can be another, but for the checksum, which is not covered and which [Packet.Parse]
// has verified. Neither can the source.
func TestVerifierRefusesWhatKeepalivedDidNotSign(t *testing.T) {
	all, secrets := keepalivedPackets(t)
	for _, p := range all {
		if p.key == 0 {
			continue
		}
		k := keepalivedRing(secrets, p.key)
		for i := range p.payload {
			b := bytes.Clone(p.payload)
			b[i] ^= 1
			_, drop := NewVerifier(k).Verify(b, p.src, p.at)
			if checksum := i == checksumAt || i == checksumAt+1; checksum != (drop == DropNone) {
				t.Errorf("%v, byte %d altered: %v", &p, i, drop)
			}
		}
		if _, drop := NewVerifier(k).Verify(p.payload, p.src.Next(), p.at); drop != DropAuthDigest {
			t.Errorf("%v, from another: %v, want %v", &p, drop, DropAuthDigest)
		}
		for _, late := range []time.Duration{-7 * time.Second, 7 * time.Second} {
			if _, drop := NewVerifier(k).Verify(p.payload, p.src, p.at.Add(late)); drop != DropAuthStale {
				t.Errorf("%v, %s after: %v, want %v", &p, late, drop, DropAuthStale)
			}
		}
		k.Keys = slices.DeleteFunc(k.Keys, func(key Key) bool { return key.ID() == p.key })
		if _, drop := NewVerifier(k).Verify(p.payload, p.src, p.at); drop != DropAuthKey {
			t.Errorf("%v, without its key: %v, want %v", &p, drop, DropAuthKey)
		}
	}
}

func TestVerifierMissesTheTrailerOfWhatKeepalivedDoesNotSign(t *testing.T) {
	all, secrets := keepalivedPackets(t)
	for _, p := range all {
		if p.key != 0 {
			continue
		}
		for mode, want := range map[AuthMode]DropReason{
			AuthEnforce: DropAuthMissing, AuthPermissive: DropNone, AuthReceiveOnly: DropNone,
		} {
			k := keepalivedRing(secrets, 1)
			k.Mode = mode
			if _, drop := NewVerifier(k).Verify(p.payload, p.src, p.at); drop != want {
				t.Errorf("%v, in %v: %v, want %v", &p, mode, drop, want)
			}
		}
	}
}
