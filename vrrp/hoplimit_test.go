package vrrp

import (
	"net/netip"
	"testing"
)

func TestMinHopLimit(t *testing.T) {
	tests := []struct {
		name       string
		dst        string
		onLink     bool
		configured uint8
		want       uint8
	}{
		{"multicast IPv4", "224.0.0.18", true, 0, 255},
		{"multicast IPv4 from a source of another subnet", "224.0.0.18", false, 0, 255},
		{"multicast IPv4 is not relaxed", "224.0.0.18", true, 1, 255},
		{"multicast IPv6", "ff02::12", true, 0, 255},
		{"multicast IPv6 from a source of another prefix", "ff02::12", false, 0, 255},
		{"multicast IPv6 is not relaxed", "ff02::12", true, 1, 255},
		{"multicast IPv6 with a zone", "ff02::12%eth0", true, 0, 255},
		{"unicast IPv4 on the link", "192.0.2.2", true, 0, 255},
		{"unicast IPv4 on the link, configured", "192.0.2.2", true, 64, 64},
		{"unicast IPv4 behind a router", "198.51.100.2", false, 0, 0},
		{"unicast IPv4 behind a router, configured", "198.51.100.2", false, 254, 254},
		{"unicast IPv6 on the link", "2001:db8::2", true, 0, 0},
		{"unicast IPv6 on the link, configured", "2001:db8::2", true, 255, 255},
		{"unicast IPv6 link-local", "fe80::2", true, 0, 0},
		{"unicast IPv6 behind a router", "2001:db8:1::2", false, 0, 0},
		{"unicast IPv6 behind a router, configured", "2001:db8:1::2", false, 250, 250},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := MinHopLimit(netip.MustParseAddr(test.dst), test.onLink, test.configured)
			if got != test.want {
				t.Errorf("MinHopLimit(%s, %v, %d) = %d, want %d", test.dst, test.onLink, test.configured, got, test.want)
			}
		})
	}
}
