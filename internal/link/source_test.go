package link

import (
	"net/netip"
	"testing"
)

func excluding(addrs ...string) func(netip.Addr) bool {
	return func(a netip.Addr) bool {
		for _, s := range addrs {
			if netip.MustParseAddr(s) == a {
				return true
			}
		}
		return false
	}
}

// secondary, tentative and deprecated return the address with that mark.
func secondary(a Address) Address  { a.Secondary = true; return a }
func tentative(a Address) Address  { a.Tentative = true; return a }
func deprecated(a Address) Address { a.Deprecated = true; return a }

func address(prefix string) Address { return Address{Prefix: netip.MustParsePrefix(prefix)} }

func TestSource4(t *testing.T) {
	tests := []struct {
		name    string
		has     []Address
		exclude []string
		want    string
	}{
		{"no address", nil, nil, ""},
		{"IPv6 only", []Address{address("fe80::1/64"), address("2001:db8::1/64")}, nil, ""},
		{"the first", []Address{address("192.0.2.1/24"), address("198.51.100.1/24")}, nil, "192.0.2.1"},
		{"IPv6 before it", []Address{address("fe80::1/64"), address("192.0.2.1/24")}, nil, "192.0.2.1"},
		{
			"the first is floating",
			[]Address{address("192.0.2.100/32"), address("192.0.2.1/24")},
			[]string{"192.0.2.100"},
			"192.0.2.1",
		},
		{
			"a secondary gives way to a primary",
			[]Address{secondary(address("192.0.2.2/24")), address("198.51.100.1/24")},
			nil, "198.51.100.1",
		},
		{
			"a floating address took the primary's place",
			[]Address{address("192.0.2.100/24"), secondary(address("192.0.2.1/24")), secondary(address("192.0.2.2/24"))},
			[]string{"192.0.2.100"},
			"192.0.2.1",
		},
		{"all are floating", addresses("192.0.2.100/24", "192.0.2.101/24"), []string{"192.0.2.100", "192.0.2.101"}, ""},
		{
			"the excluded secondary is no fallback either",
			[]Address{secondary(address("192.0.2.100/24"))},
			[]string{"192.0.2.100"},
			"",
		},
	}
	for _, tt := range tests {
		got := Link{Addresses: tt.has}.Source4(excluding(tt.exclude...))
		if want := orZero(tt.want); got != want {
			t.Errorf("%s: want %v, got %v", tt.name, want, got)
		}
	}
	if got := (Link{Addresses: addresses("192.0.2.1/24")}).Source4(nil); got != netip.MustParseAddr("192.0.2.1") {
		t.Errorf("nothing to exclude: want 192.0.2.1, got %v", got)
	}
}

func TestSource6(t *testing.T) {
	tests := []struct {
		name    string
		has     []Address
		exclude []string
		want    string
	}{
		{"no address", nil, nil, ""},
		{"IPv4 only, link-local too", addresses("192.0.2.1/24", "169.254.0.1/16"), nil, ""},
		{"global only", addresses("2001:db8::1/64"), nil, ""},
		{"the first link-local", addresses("2001:db8::1/64", "fe80::1/64", "fe80::2/64"), nil, "fe80::1"},
		{"tentative", []Address{tentative(address("fe80::1/64"))}, nil, ""},
		{"the next is ready", []Address{tentative(address("fe80::1/64")), address("fe80::2/64")}, nil, "fe80::2"},
		{"floating", addresses("fe80::100/128", "fe80::1/64"), []string{"fe80::100"}, "fe80::1"},
		{"deprecated may still be used", []Address{deprecated(address("fe80::1/64"))}, nil, "fe80::1"},
		{"all are floating", addresses("fe80::100/128"), []string{"fe80::100"}, ""},
	}
	for _, tt := range tests {
		got := Link{Addresses: tt.has}.Source6(excluding(tt.exclude...))
		if want := orZero(tt.want); got != want {
			t.Errorf("%s: want %v, got %v", tt.name, want, got)
		}
	}
	if got := (Link{Addresses: addresses("fe80::1/64")}).Source6(nil); got != netip.MustParseAddr("fe80::1") {
		t.Errorf("nothing to exclude: want fe80::1, got %v", got)
	}
}

func TestOnLink(t *testing.T) {
	l := Link{Addresses: addresses("192.0.2.1/24", "198.51.100.9/32", "2001:db8::1/64", "fe80::1/64")}
	tests := map[string]bool{
		"192.0.2.1":          true,
		"192.0.2.255":        true,
		"::ffff:192.0.2.7":   true,
		"192.0.3.1":          false,
		"198.51.100.9":       true,
		"198.51.100.10":      false,
		"2001:db8::ffff":     true,
		"2001:db8:0:1::1":    false,
		"fe80::2":            true,
		"fe80::2%eth0":       true,
		"fe80:0:0:1::2":      false,
		"::192.0.2.1":        false,
		"2001:db8::c000:201": true,
	}
	for addr, want := range tests {
		if got := l.OnLink(netip.MustParseAddr(addr)); got != want {
			t.Errorf("OnLink(%s): want %v, got %v", addr, want, got)
		}
	}
	if l.OnLink(netip.Addr{}) {
		t.Error("OnLink of the zero address: want false")
	}
	if (Link{}).OnLink(netip.MustParseAddr("192.0.2.1")) {
		t.Error("OnLink of a link without addresses: want false")
	}
}

func orZero(s string) netip.Addr {
	if s == "" {
		return netip.Addr{}
	}
	return netip.MustParseAddr(s)
}
