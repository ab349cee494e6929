package vip

import (
	"bytes"
	"net/netip"
	"testing"
)

func exampleARP(reply bool) []byte {
	return appendGratuitousARP(nil, frameMAC, netip.MustParseAddr("192.0.2.100"), reply)
}

// exampleNA is an ICMPv6 message.
func exampleNA() []byte {
	return appendUnsolicitedNA(nil, frameMAC, netip.MustParseAddr("2001:db8::100"), false)[54:]
}

// changed is a copy with some bytes replaced.
func changed(b []byte, at int, with ...byte) []byte {
	b = bytes.Clone(b)
	copy(b[at:], with)
	return b
}

func TestParseARP(t *testing.T) {
	request := exampleARP(false)
	probe := changed(request, 28, 0, 0, 0, 0)
	tests := []struct {
		name  string
		frame []byte
		want  Ignored
	}{
		{"a request", request, 0},
		{"a reply", exampleARP(true), 0},
		{"a reply to the broadcast address", changed(exampleARP(true), 32, broadcast[:]...), 0},
		{"a request whose target is unknown", changed(request, 32, 0, 0, 0, 0, 0, 0), 0},
		{"padded", append(bytes.Clone(request), make([]byte, 18)...), 0},
		{"empty", nil, IgnoredTruncated},
		{"a byte short", request[:41], IgnoredTruncated},
		{"another protocol", changed(request, 12, 0x08, 0x00), IgnoredFormat},
		{"not Ethernet", changed(request, 15, 6), IgnoredFormat},
		{"not IPv4", changed(request, 16, 0x86, 0xdd), IgnoredFormat},
		{"a long hardware address", changed(request, 18, 8), IgnoredFormat},
		{"a long protocol address", changed(request, 19, 16), IgnoredFormat},
		{"operation 0", changed(request, 21, 0), IgnoredFormat},
		{"reverse ARP", changed(request, 21, 3), IgnoredFormat},
		{"who has?", changed(request, 38, 192, 0, 2, 1), IgnoredNotGratuitous},
		{"a probe", probe, IgnoredNotGratuitous},
		{"nobody about nobody", changed(probe, 38, 0, 0, 0, 0), IgnoredAddress},
		{"multicast", changed(changed(request, 28, 224, 0, 0, 1), 38, 224, 0, 0, 1), IgnoredAddress},
		{"loopback", changed(changed(request, 28, 127, 0, 0, 1), 38, 127, 0, 0, 1), IgnoredAddress},
		{"no sender", changed(request, 22, 0, 0, 0, 0, 0, 0), IgnoredNoLinkLayer},
		{"the sender is a group", changed(request, 22, broadcast[:]...), IgnoredNoLinkLayer},
	}
	for _, tt := range tests {
		got, why := parseARP(tt.frame)
		var want announcement
		if tt.want == 0 {
			want = announcement{netip.MustParseAddr("192.0.2.100"), frameMAC}
		}
		if got != want || why != tt.want {
			t.Errorf("%s: want %v and %v, got %v and %v", tt.name, want, tt.want, got, why)
		}
	}
}

func TestParseNA(t *testing.T) {
	na := exampleNA()
	nonce := []byte{14, 1, 1, 2, 3, 4, 5, 6}
	target := func(s string) []byte {
		a := netip.MustParseAddr(s).As16()
		return changed(na, 8, a[:]...)
	}
	tests := []struct {
		name     string
		message  []byte
		hopLimit int
		want     Ignored
	}{
		{"unsolicited", na, 255, 0},
		{"of a router", changed(na, 4, 0xa0), 255, 0},
		{"without Override", changed(na, 4, 0), 255, 0},
		{"another option before", append(append(bytes.Clone(na[:24]), nonce...), na[24:]...), 255, 0},
		{"another option after", append(bytes.Clone(na), nonce...), 255, 0},
		{"empty", nil, 255, IgnoredTruncated},
		{"the target cut short", na[:23], 255, IgnoredTruncated},
		{"the option cut short", na[:31], 255, IgnoredTruncated},
		{"an option of no length", changed(na, 25, 0), 255, IgnoredTruncated},
		{"an option that is too long", changed(na, 25, 2), 255, IgnoredTruncated},
		{"a solicitation", changed(na, 0, 135), 255, IgnoredFormat},
		{"code 1", changed(na, 1, 1), 255, IgnoredFormat},
		{"came through a router", na, 254, IgnoredHopLimit},
		{"no hop limit known", na, 0, IgnoredHopLimit},
		{"solicited", changed(na, 4, 0x60), 255, IgnoredNotGratuitous},
		{"no options", na[:24], 255, IgnoredNoLinkLayer},
		{"another option only", append(bytes.Clone(na[:24]), nonce...), 255, IgnoredNoLinkLayer},
		{"the source's address, not the target's", changed(na, 24, 1), 255, IgnoredNoLinkLayer},
		{"a group's link-layer address", changed(na, 26, 0x33, 0x33), 255, IgnoredNoLinkLayer},
		{"multicast", target("ff02::1"), 255, IgnoredAddress},
		{"unspecified", target("::"), 255, IgnoredAddress},
		{"loopback", target("::1"), 255, IgnoredAddress},
		{"IPv4 in IPv6", target("::ffff:192.0.2.1"), 255, IgnoredAddress},
	}
	for _, tt := range tests {
		got, why := parseNA(tt.message, tt.hopLimit)
		var want announcement
		if tt.want == 0 {
			want = announcement{netip.MustParseAddr("2001:db8::100"), frameMAC}
		}
		if got != want || why != tt.want {
			t.Errorf("%s: want %v and %v, got %v and %v", tt.name, want, tt.want, got, why)
		}
	}
}

func TestIgnoredNames(t *testing.T) {
	want := []string{
		"invalid", "truncated", "format", "not-gratuitous", "address", "hop-limit", "no-link-layer-address", "own", "invalid",
	}
	for i, w := range want {
		if got := Ignored(i).String(); got != w {
			t.Errorf("reason %d: want %q, got %q", i, w, got)
		}
	}
}

func FuzzParseAnnouncement(f *testing.F) {
	f.Add(exampleARP(false), 255)
	f.Add(exampleARP(true), 0)
	f.Add(exampleNA(), 255)
	f.Add(exampleNA()[:24], 64)
	f.Fuzz(func(t *testing.T, b []byte, hopLimit int) {
		arp, why := parseARP(b)
		checkParsed(t, arp, why)
		if why == 0 {
			if !arp.addr.Is4() {
				t.Errorf("ARP announced %v", arp.addr)
			}
			// Ours has no other choices than the form and the target's link-layer address.
			ours := appendGratuitousARP(nil, arp.mac, arp.addr, b[21] == arpReply)
			if !bytes.Equal(ours[12:32], b[12:32]) {
				t.Errorf("want %x, got %x", ours[12:32], b[12:32])
			}
		}
		na, why := parseNA(b, hopLimit)
		checkParsed(t, na, why)
		if why == 0 && (!na.addr.Is6() || hopLimit != 255) {
			t.Errorf("NA with hop limit %d announced %v", hopLimit, na.addr)
		}
	})
}

func checkParsed(t *testing.T, a announcement, why Ignored) {
	t.Helper()
	if why != 0 {
		if a != (announcement{}) || why.String() == "invalid" || why == IgnoredOwn {
			t.Errorf("ignored for %v with %v", why, a)
		}
		return
	}
	if a.mac == [6]byte{} || !a.addr.IsValid() || a.addr.IsMulticast() || a.addr.IsUnspecified() {
		t.Errorf("accepted %v", a)
	}
}
