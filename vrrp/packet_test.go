package vrrp

import (
	"bytes"
	"encoding/hex"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// addrs parses addresses.
func addrs(texts ...string) []netip.Addr {
	list := make([]netip.Addr, len(texts))
	for i, text := range texts {
		list[i] = netip.MustParseAddr(text)
	}
	return list
}

// unhex reads hexadecimal digits; spaces and bars between them are for the reader.
func unhex(text string) []byte {
	b, err := hex.DecodeString(strings.NewReplacer(" ", "", "|", "").Replace(text))
	if err != nil {
		panic(err)
	}
	return b
}

// addrComparer makes cmp compare addresses by value.
var addrComparer = cmp.Comparer(func(a, b netip.Addr) bool { return a == b })

// A vector is a packet and its bytes on the way from src to dst.
type vector struct {
	name     string
	src, dst string
	form     ChecksumForm
	wire     string // version and type, VRID, priority, count | interval, checksum | addresses
	packet   Packet
}

// bytes is the message as it is on the wire.
func (v *vector) bytes() []byte { return unhex(v.wire) }

func (v *vector) addrs() (src, dst netip.Addr) {
	return netip.MustParseAddr(v.src), netip.MustParseAddr(v.dst)
}

// vectors are messages that other implementations sent, or that their tests and drafts hold, each in both forms.
var vectors = []vector{
	{
		name: "keepalived multicast IPv4, pseudo-header",
		src:  "192.0.2.1", dst: "224.0.0.18", form: FormPseudo,
		wire:   "31 33 c8 01 | 0014 a1c1 | c0000264",
		packet: Packet{VRID: 51, Priority: 200, Interval: 20, Addresses: addrs("192.0.2.100")},
	},
	{
		name: "keepalived multicast IPv4, message alone",
		src:  "192.0.2.1", dst: "224.0.0.18", form: FormMessage,
		wire:   "31 33 c8 01 | 0014 4452 | c0000264",
		packet: Packet{VRID: 51, Priority: 200, Interval: 20, Addresses: addrs("192.0.2.100")},
	},
	{
		name: "keepalived departing, pseudo-header",
		src:  "192.0.2.1", dst: "224.0.0.18", form: FormPseudo,
		wire:   "31 33 00 01 | 0014 69c2 | c0000264",
		packet: Packet{VRID: 51, Priority: 0, Interval: 20, Addresses: addrs("192.0.2.100")},
	},
	{
		name: "keepalived departing, message alone",
		src:  "192.0.2.1", dst: "224.0.0.18", form: FormMessage,
		wire:   "31 33 00 01 | 0014 0c53 | c0000264",
		packet: Packet{VRID: 51, Priority: 0, Interval: 20, Addresses: addrs("192.0.2.100")},
	},
	{
		name: "keepalived multicast IPv6",
		src:  "fe80::c4e7:6ff:fe54:5c28", dst: "ff02::12", form: FormPseudo,
		wire:   "31 34 96 02 | 0014 e5e8 | fe800000000000000000000000000100 20010db8000000000000000000000100",
		packet: Packet{VRID: 52, Priority: 150, Interval: 20, Addresses: addrs("fe80::100", "2001:db8::100")},
	},
	{
		name: "keepalived unicast IPv4, pseudo-header with the peer's address",
		src:  "10.1.0.3", dst: "10.1.0.1", form: FormPseudo,
		wire:   "31 58 c6 01 | 0064 9c19 | 0ac34ce3",
		packet: Packet{VRID: 88, Priority: 198, Interval: 100, Addresses: addrs("10.195.76.227")},
	},
	{
		name: "keepalived unicast IPv4, message alone",
		src:  "10.1.0.3", dst: "10.1.0.1", form: FormMessage,
		wire:   "31 58 c6 01 | 0064 b09b | 0ac34ce3",
		packet: Packet{VRID: 88, Priority: 198, Interval: 100, Addresses: addrs("10.195.76.227")},
	},
	{
		name: "draft-cassen-vrrp-auth-hmac appendix, without its trailer",
		src:  "198.51.100.10", dst: "224.0.0.18", form: FormMessage,
		wire:   "31 33 c8 01 | 0064 4402 | c0000264",
		packet: Packet{VRID: 51, Priority: 200, Interval: 100, Addresses: addrs("192.0.2.100")},
	},
	{
		name: "govrrp multicast IPv4, pseudo-header",
		src:  "192.168.0.220", dst: "224.0.0.18", form: FormPseudo,
		wire:   "31 f0 64 01 | 0064 0608 | c0a800e6",
		packet: Packet{VRID: 240, Priority: 100, Interval: 100, Addresses: addrs("192.168.0.230")},
	},
	{
		name: "govrrp multicast IPv4, message alone",
		src:  "192.168.0.220", dst: "224.0.0.18", form: FormMessage,
		wire:   "31 f0 64 01 | 0064 a81b | c0a800e6",
		packet: Packet{VRID: 240, Priority: 100, Interval: 100, Addresses: addrs("192.168.0.230")},
	},
	{
		name: "owner, longest interval, three addresses",
		src:  "192.0.2.1", dst: "224.0.0.18", form: FormMessage,
		wire: "31 ff ff 03 | 0fff 10c2 | c0000201 c0000202 c6336403",
		packet: Packet{
			VRID: 255, Priority: 255, Interval: MaxInterval,
			Addresses: addrs("192.0.2.1", "192.0.2.2", "198.51.100.3"),
		},
	},
	{
		name: "holo multicast version 2",
		src:  "192.0.2.1", dst: "224.0.0.18", form: FormMessage,
		wire:   "21 33 1e 01 | 0001 b5c5 | 0a000105 | 0000000000000000",
		packet: Packet{Version: Version2, VRID: 51, Priority: 30, Interval: 100, Addresses: addrs("10.0.1.5")},
	},
	{
		name: "version 2 with a password",
		src:  "192.0.2.1", dst: "192.0.2.2", form: FormMessage,
		wire: "21 33 c8 02 | 0103 54b0 | c0000264 c0000265 | 7365637265740000",
		packet: Packet{
			Version: Version2, VRID: 51, Priority: 200, Interval: 300, Addresses: addrs("192.0.2.100", "192.0.2.101"),
			AuthType: AuthTypePassword, AuthData: [8]byte{'s', 'e', 'c', 'r', 'e', 't'},
		},
	},
}

func TestAppendToGivesTheBytesOfTheVectors(t *testing.T) {
	for _, v := range vectors {
		t.Run(v.name, func(t *testing.T) {
			src, dst := v.addrs()
			got := v.packet.AppendTo(nil, src, dst, v.form)
			if diff := cmp.Diff(hex.Dump(v.bytes()), hex.Dump(got)); diff != "" {
				t.Errorf("bytes (-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseGivesThePacketsOfTheVectors(t *testing.T) {
	for _, v := range vectors {
		t.Run(v.name, func(t *testing.T) {
			src, dst := v.addrs()
			var got Packet
			form, drop := got.Parse(v.bytes(), src, dst)
			if drop != DropNone || form != v.form {
				t.Fatalf("Parse = %v, %v, want %v, %v", form, drop, v.form, DropNone)
			}
			if diff := cmp.Diff(v.packet, got, addrComparer); diff != "" {
				t.Errorf("packet (-want +got):\n%s", diff)
			}
		})
	}
}

// Old versions of keepalived (its issue 642) put 224.0.0.18 into the pseudo-header of unicast adverts too: that is
// neither form.
func TestParseRefusesTheMulticastPseudoHeaderInUnicast(t *testing.T) {
	b := unhex("31 58 c6 01 | 0064 c608 | 0ac34ce3")
	src, dst := netip.MustParseAddr("10.1.0.3"), netip.MustParseAddr("10.1.0.1")
	if _, drop := new(Packet).Parse(b, src, dst); drop != DropChecksum {
		t.Errorf("drop = %v, want %v", drop, DropChecksum)
	}
	if _, drop := new(Packet).Parse(b, src, Group4); drop != DropNone {
		t.Errorf("to the group: drop = %v, want %v", drop, DropNone)
	}
}

func TestAppendToKeepsWhatStandsBefore(t *testing.T) {
	v := &vectors[0]
	src, dst := v.addrs()
	before := []byte("before")
	got := v.packet.AppendTo(before, src, dst, v.form)
	if want := slices.Concat(before, v.bytes()); !bytes.Equal(got, want) {
		t.Errorf("AppendTo = %x, want %x", got, want)
	}
}

func TestAppendToWritesIntoTheRoomOfTheBuffer(t *testing.T) {
	v := &vectors[0]
	src, dst := v.addrs()
	room := bytes.Repeat([]byte{0xaa}, 64) // what an earlier packet left behind does not reach the checksum
	got := v.packet.AppendTo(room[:0], src, dst, v.form)
	if &got[0] != &room[0] {
		t.Error("AppendTo allocated")
	}
	if !bytes.Equal(got, v.bytes()) {
		t.Errorf("AppendTo = %x, want %x", got, v.bytes())
	}
}

func TestAppendToIPv6HasOneChecksum(t *testing.T) {
	p := Packet{VRID: 1, Priority: 100, Interval: 100, Addresses: addrs("fe80::1")}
	src := netip.MustParseAddr("fe80::2")
	pseudo, message := p.AppendTo(nil, src, Group6, FormPseudo), p.AppendTo(nil, src, Group6, FormMessage)
	if !bytes.Equal(pseudo, message) {
		t.Errorf("AppendTo differs by form: %x and %x", pseudo, message)
	}
}

func TestAddressesMayBeMappedOrHaveAZone(t *testing.T) {
	p := Packet{VRID: 51, Priority: 200, Interval: 20, Addresses: addrs("::ffff:192.0.2.100")}
	src, dst := netip.MustParseAddr("::ffff:192.0.2.1"), netip.MustParseAddr("::ffff:224.0.0.18")
	if got, want := p.AppendTo(nil, src, dst, FormPseudo), vectors[0].bytes(); !bytes.Equal(got, want) {
		t.Errorf("mapped: AppendTo = %x, want %x", got, want)
	}
	v6 := vectors[4]
	src, dst = v6.addrs()
	if _, drop := new(Packet).Parse(v6.bytes(), src.WithZone("eth0"), dst.WithZone("eth0")); drop != DropNone {
		t.Errorf("zone: drop = %v, want %v", drop, DropNone)
	}
}

func TestAppendToSendsAtMost255Addresses(t *testing.T) {
	p := Packet{VRID: 1, Priority: 100, Interval: 100}
	src := netip.MustParseAddr("192.0.2.1")
	for i := range 300 {
		p.Addresses = append(p.Addresses, netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}))
	}
	var got Packet
	if _, drop := got.Parse(p.AppendTo(nil, src, Group4, FormPseudo), src, Group4); drop != DropNone {
		t.Fatalf("drop = %v", drop)
	}
	if diff := cmp.Diff(p.Addresses[:MaxAddresses], got.Addresses, addrComparer); diff != "" {
		t.Errorf("addresses (-want +got):\n%s", diff)
	}
}

func TestAppendToLeavesTheReservedBitsZero(t *testing.T) {
	p := Packet{VRID: 1, Priority: 100, Interval: 0xffff, Addresses: addrs("192.0.2.100")}
	got := p.AppendTo(nil, netip.MustParseAddr("192.0.2.1"), Group4, FormPseudo)
	if want := []byte{0x0f, 0xff}; !bytes.Equal(got[4:6], want) {
		t.Errorf("bytes 4 and 5 = %x, want %x", got[4:6], want)
	}
}

func TestCodecDoesNotAllocate(t *testing.T) {
	for _, v := range vectors {
		src, dst := v.addrs()
		var (
			p       Packet
			room    [64]byte
			message = v.bytes()
		)
		p.Parse(message, src, dst)
		allocs := testing.AllocsPerRun(100, func() {
			p.Parse(message, src, dst)
			p.AppendTo(room[:0], src, dst, v.form)
		})
		if allocs != 0 {
			t.Errorf("%s: %v allocations, want none", v.name, allocs)
		}
	}
}
