package conformance

import (
	"encoding/hex"
	"net"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// compareAddresses lets cmp look at addresses.
var compareAddresses = cmp.Comparer(func(a, b netip.Addr) bool { return a == b })

// addrs parses addresses.
func addrs(words ...string) (list []netip.Addr) {
	for _, w := range words {
		list = append(list, netip.MustParseAddr(w))
	}
	return list
}

// vectors were captured from keepalived, FRR's relatives and holo, or stand in a draft; none was made here.
var vectors = []struct {
	name, src, dst, bytes string
	want                  Message
}{
	{"keepalived, version 3", "192.0.2.1", "224.0.0.18", "3133c8010014a1c1c0000264", Message{
		Version: 3, Type: 1, VRID: 51, Priority: 200, Count: 1, Interval: 20, Checksum: 0xa1c1, Form: FormPseudo, Length: 12,
		Addresses: addrs("192.0.2.100"),
	}},
	{"RFC 9568, version 3", "198.51.100.10", "224.0.0.18", "3133c80100644402c0000264", Message{
		Version: 3, Type: 1, VRID: 51, Priority: 200, Count: 1, Interval: 100, Checksum: 0x4402, Form: FormMessage, Length: 12,
		Addresses: addrs("192.0.2.100"),
	}},
	{"unicast", "10.1.0.3", "10.1.0.1", "3158c60100649c190ac34ce3", Message{
		Version: 3, Type: 1, VRID: 88, Priority: 198, Count: 1, Interval: 100, Checksum: 0x9c19, Form: FormPseudo, Length: 12,
		Addresses: addrs("10.195.76.227"),
	}},
	{"keepalived, IPv6", "fe80::c4e7:6ff:fe54:5c28", "ff02::12", "313496020014e5e8fe80000000000000000000000000010020010db8000000000000000000000100", Message{
		Version: 3, Type: 1, VRID: 52, Priority: 150, Count: 2, Interval: 20, Checksum: 0xe5e8, Form: FormPseudo, Length: 40,
		Addresses: addrs("fe80::100", "2001:db8::100"),
	}},
	{"holo, version 2", "10.0.1.1", "224.0.0.18", "21331e010001b5c50a0001050000000000000000", Message{
		Version: 2, Type: 1, VRID: 51, Priority: 30, Count: 1, Interval: 1, Checksum: 0xb5c5, Form: FormMessage, Length: 20,
		Addresses: addrs("10.0.1.5"),
	}},
}

func TestMessagesOfOthersAreReadAndWritten(t *testing.T) {
	for _, v := range vectors {
		t.Run(v.name, func(t *testing.T) {
			src, dst := netip.MustParseAddr(v.src), netip.MustParseAddr(v.dst)
			b, err := hex.DecodeString(v.bytes)
			if err != nil {
				t.Fatal(err)
			}
			got, ok := parseMessage(b, src, dst)
			if d := cmp.Diff(v.want, got, compareAddresses); d != "" || !ok {
				t.Errorf("(-want +got)\n%s", d)
			}
			if again := got.append(nil, src, dst, got.Form); hex.EncodeToString(again) != v.bytes {
				t.Errorf("written again it is %x", again)
			}
			b[7]++
			if got, _ := parseMessage(b, src, dst); got.Form != FormNone {
				t.Errorf("a wrong checksum is %s", got.Form)
			}
		})
	}
}

func TestIntervalsAreOfTheirVersion(t *testing.T) {
	for want, m := range map[time.Duration]Message{
		2 * time.Second:        {Version: 2, Interval: 2},
		200 * time.Millisecond: {Version: 3, Interval: 20},
	} {
		if got := m.every(); got != want {
			t.Errorf("it is %s, want %s", got, want)
		}
	}
}

// right is an advert without a flaw.
func right(version uint8, ipv6 bool) Advert {
	a := Advert{
		SrcMAC: net.HardwareAddr{2, 0, 0, 0, 0, 1}, DstMAC: groupMAC(group4), Src: netip.MustParseAddr("192.0.2.1"), Dst: group4,
		TTL: 255, Form: FormMessage,
		Message: Message{Version: version, Type: 1, VRID: 51, Priority: 200, Count: 2, Interval: 1, Addresses: addrs("192.0.2.100", "192.0.2.101")},
	}
	if ipv6 {
		a.DstMAC, a.Src, a.Dst, a.Form = groupMAC(group6), netip.MustParseAddr("fe80::1"), group6, FormPseudo
		a.Addresses = addrs("fe80::51", "2001:db8::100")
	}
	return a
}

// What the tester sends is decoded, headers and all, by a library that did not make it; and has its flaw and no other.
func TestAFlawIsTheOnlyOne(t *testing.T) {
	for _, x := range []struct {
		name   string
		change func(*Advert)
		want   func(*Frame)
	}{
		{"none", func(*Advert) {}, func(*Frame) {}},
		{"TTL", func(a *Advert) { a.TTL = 254 }, func(f *Frame) { f.TTL = 254 }},
		{"type", func(a *Advert) { a.Type = 2 }, func(f *Frame) { f.Type = 2 }},
		{"VRID", func(a *Advert) { a.VRID = 9 }, func(f *Frame) { f.VRID = 9 }},
		{"interval", func(a *Advert) { a.Interval = 0 }, func(f *Frame) { f.Interval = 0 }},
		{"checksum", func(a *Advert) { a.Spoil = 1 }, func(f *Frame) { f.Message.Form = FormNone }},
		{"source", func(a *Advert) { a.SrcMAC = net.HardwareAddr{2, 0, 0, 0, 0, 9} }, func(f *Frame) { f.SrcMAC = net.HardwareAddr{2, 0, 0, 0, 0, 9} }},
		{"count", func(a *Advert) { a.Count = 255 }, func(f *Frame) { f.Count = 255 }},
		{"address", func(a *Advert) { a.Addresses = a.Addresses[:1] }, func(f *Frame) {
			f.Length -= f.Addresses[0].BitLen() / 8
			f.Addresses = f.Addresses[:1]
		}},
		{"cut", func(a *Advert) { a.Cut = 2 }, func(f *Frame) {
			f.Length -= 2
			f.Addresses = f.Addresses[:1]
			if f.Version == 2 { // what is left of the last address is taken for authentication data
				f.Auth = [authLen]byte{2, 101}
			}
		}},
	} {
		for _, p := range Profiles() {
			t.Run(x.name+"/"+p.String(), func(t *testing.T) {
				good := right(p.Version, p.IPv6)
				want := decode(good.frame(), tester, time.Time{})
				if want.kind != kindVRRP || want.Message.Form != good.Form || want.Message.Length != want.wantLength(p.IPv6) {
					t.Fatalf("a right one is %+v", want)
				}
				a := good
				a.Addresses = slices.Clone(good.Addresses)
				x.change(&a)
				got := decode(a.frame(), tester, time.Time{})
				x.want(&want)
				want.Bytes, want.Checksum = got.Bytes, got.Checksum
				if d := cmp.Diff(want, got, compareAddresses, cmp.AllowUnexported(Frame{})); d != "" {
					t.Errorf("(-want +got)\n%s", d)
				}
			})
		}
	}
}

func TestAMessageWithoutAHeaderIsNone(t *testing.T) {
	for n := range headerLen {
		a := right(3, false)
		a.Cut = a.wantLength(false) - n
		f := decode(a.frame(), tester, time.Time{})
		if f.kind == kindVRRP || f.Protocol != protocol || len(f.Bytes) != 14+20+n {
			t.Errorf("%d bytes are %+v", n, f)
		}
	}
}

func TestQuestionsAreNoAnswers(t *testing.T) {
	me := party{net.HardwareAddr{2, 0, 0, 0, 0, 1}, netip.MustParseAddr("192.0.2.1")}
	me6 := party{me.mac, netip.MustParseAddr("fe80::1")}
	for _, x := range []struct {
		from   party
		target string
		dst    string
	}{
		{me, "192.0.2.100", "ff:ff:ff:ff:ff:ff"},
		{me6, "2001:db8::1234:5678", "33:33:ff:34:56:78"},
	} {
		b, err := whoHas(x.from, netip.MustParseAddr(x.target))
		if err != nil {
			t.Fatal(err)
		}
		f := decode(b, tester, time.Time{})
		if f.kind != kindOther || f.DstMAC.String() != x.dst || f.SrcMAC.String() != me.mac.String() {
			t.Errorf("the question for %s is %+v", x.target, f)
		}
		if b, err = echoTo(x.from, party{me.mac, netip.MustParseAddr(x.target)}); err != nil {
			t.Fatal(err)
		}
		if f = decode(b, tester, time.Time{}); f.kind != kindOther || f.Dst.String() != x.target || f.Src != x.from.address {
			t.Errorf("the echo request to %s is %+v", x.target, f)
		}
	}
}

func TestMACAddresses(t *testing.T) {
	for want, got := range map[string]net.HardwareAddr{
		"01:00:5e:00:00:12": groupMAC(group4),
		"33:33:00:00:00:12": groupMAC(group6),
		"00:00:5e:00:01:33": virtualMAC(51, false),
		"00:00:5e:00:02:33": virtualMAC(51, true),
	} {
		if got.String() != want {
			t.Errorf("it is %s, want %s", got, want)
		}
	}
}
