package link

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var addrCmp = cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })

// captured holds the bodies of RTM_NEWADDR messages as Linux 6.18 sent them.
var captured = map[string]string{
	"IPv4, loopback": "020880fe01000000" + "080001007f000001" + "080002007f000001" + "070003006c6f0000" + "0800080080000000" +
		"14000600ffffffffffffffff50fd020050fd0200",
	"IPv4, point to point": "0220800002000000" + "080001000a000002" + "080002000a000001" + "0700030076310000" + "0800080080000000" +
		"14000600ffffffffffffffff51fd020051fd0200",
	"IPv4, secondary": "0218810003000000" + "08000100c0000202" + "08000200c0000202" + "0700030076300000" + "0800080081000000" +
		"14000600ffffffffffffffff50fd020050fd0200",
	"IPv6, with IFA_PROTO": "0a8080fe01000000" + "1400010000000000000000000000000000000001" +
		"14000600ffffffffffffffff50fd020050fd0200" + "0800080080000000" + "05000b0001000000",
	"IPv6, tentative and deprecated": "0a40600003000000" + "1400010020010db8000000000000000000000001" +
		"14000600000000006400000051fd020051fd0200" + "0800080060000000",
}

func TestParseAddress(t *testing.T) {
	const v6 = "1400010020010db8000000000000000000000001"
	tests := []struct {
		name, hex string
		index     int
		want      Address
	}{
		{"IPv4, loopback", captured["IPv4, loopback"], 1, address("127.0.0.1/8")},
		{"IPv4, point to point: our end", captured["IPv4, point to point"], 2, address("10.0.0.1/32")},
		{"IPv4, secondary", captured["IPv4, secondary"], 3, secondary(address("192.0.2.2/24"))},
		{
			"IPv6, with IFA_PROTO", captured["IPv6, with IFA_PROTO"], 1,
			Address{Prefix: netip.MustParsePrefix("::1/128"), Proto: 1},
		},
		{
			"IPv6, tentative and deprecated", captured["IPv6, tentative and deprecated"], 3,
			tentative(deprecated(address("2001:db8::1/64"))),
		},
		{"IPv6, failed detection", "0a40000003000000" + v6 + "0800080008000000", 3, tentative(address("2001:db8::1/64"))},
		{"IPv6, temporary is not secondary", "0a40010003000000" + v6, 3, address("2001:db8::1/64")},
		{"flags in the header alone", "0a40200003000000" + v6, 3, deprecated(address("2001:db8::1/64"))},
		{"IPv6, point to point: our end", "0a80000003000000" + v6 + "1400020020010db8000000000000000000000002", 3, address("2001:db8::2/128")},
		{"IPv4, IFA_ADDRESS alone", "0218000003000000" + "08000100c0000201", 3, address("192.0.2.1/24")},
		{"IFA_FLAGS too short", "0218010003000000" + "08000100c0000201" + "0600080000000000", 3, secondary(address("192.0.2.1/24"))},
		{
			"ours", "0220800003000000" + "08000200c0000264" + "05000b0070000000", 3,
			Address{Prefix: netip.MustParsePrefix("192.0.2.100/32"), Proto: 112},
		},
	}
	for _, tt := range tests {
		index, got, ok := parseAddress(unhex(t, tt.hex))
		if !ok || index != tt.index {
			t.Errorf("%s: want link %d, got %d, %v", tt.name, tt.index, index, ok)
		}
		if diff := cmp.Diff(tt.want, got, addrCmp); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestParseAddressRefuses(t *testing.T) {
	tests := map[string]string{
		"nothing":                 "",
		"a header cut short":      "02188000030000",
		"no address":              "0218800003000000",
		"another family":          "1118800003000000" + "08000200c0000201",
		"an IPv6 address as IPv4": "0218800003000000" + "1400020020010db8000000000000000000000001",
		"an IPv4 address as IPv6": "0a18800003000000" + "08000200c0000201",
		"a length of 33":          "0221800003000000" + "08000200c0000201",
		"a length of 129":         "0a81800003000000" + "1400010020010db8000000000000000000000001",
		"an address of 3 bytes":   "0218800003000000" + "07000200c0000200",
	}
	for name, s := range tests {
		if index, a, ok := parseAddress(unhex(t, s)); ok || index != 0 || a != (Address{}) {
			t.Errorf("%s: want it refused, got %d, %+v, %v", name, index, a, ok)
		}
	}
}

func TestParseAddressSurvivesTruncation(t *testing.T) {
	for name, s := range captured {
		whole := unhex(t, s)
		_, want, _ := parseAddress(whole)
		for n := range whole {
			_, got, ok := parseAddress(whole[:n])
			if ok && got.Prefix.Bits() != want.Prefix.Bits() {
				t.Errorf("%s, first %d bytes: got %v of %v", name, n, got.Prefix, want.Prefix)
			}
		}
	}
}
