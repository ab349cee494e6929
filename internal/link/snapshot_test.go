package link

import (
	"net"
	"net/netip"
	"slices"
	"testing"
)

func addresses(prefixes ...string) []Address {
	var as []Address
	for _, p := range prefixes {
		as = append(as, Address{Prefix: netip.MustParsePrefix(p)})
	}
	return as
}

func sample() Snapshot {
	return Snapshot{Links: []Link{
		{Index: 1, Name: "lo", MTU: 65536, Up: true, Carrier: true, Addresses: addresses("127.0.0.1/8", "::1/128")},
		{
			Index: 2, Name: "eth0", AltNames: []string{"enp1s0", "uplink"}, MAC: net.HardwareAddr{2, 0, 0, 0, 0, 1},
			MTU: 1500, Master: 7, Up: true, Carrier: true, Addresses: addresses("192.0.2.1/24", "fe80::1/64"),
		},
		{Index: 7, Name: "br0", MTU: 1500, Up: true, Addresses: addresses("198.51.100.1/24", "fe80::1/64")},
		{Index: 9, Name: "uplink2"},
	}}
}

func TestByNameFindsNamesBeforeAltNames(t *testing.T) {
	s := sample()
	// The kernel keeps names unique among both kinds; a torn reading might not.
	s.Links[0].AltNames = []string{"br0"}
	tests := []struct {
		name string
		want int
	}{
		{"lo", 1},
		{"eth0", 2},
		{"enp1s0", 2},
		{"uplink", 2},
		{"br0", 7},
		{"uplink2", 9},
		{"eth", 0},
		{"ETH0", 0},
		{"", 0},
	}
	for _, tt := range tests {
		got, ok := s.ByName(tt.name)
		if ok != (tt.want != 0) || got.Index != tt.want {
			t.Errorf("ByName(%q): want link %d, got %d, %v", tt.name, tt.want, got.Index, ok)
		}
	}
}

func TestByIndex(t *testing.T) {
	s := sample()
	for i := -1; i <= 10; i++ {
		want := slices.Contains([]int{1, 2, 7, 9}, i)
		got, ok := s.ByIndex(i)
		if ok != want || ok && got.Index != i {
			t.Errorf("ByIndex(%d): want %v, got %d, %v", i, want, got.Index, ok)
		}
	}
	if _, ok := (Snapshot{}).ByIndex(1); ok {
		t.Error("ByIndex(1) of an empty snapshot: want nothing")
	}
}

func TestCarrying(t *testing.T) {
	tests := []struct {
		addr string
		want int
	}{
		{"192.0.2.1", 2},
		{"::ffff:192.0.2.1", 2},
		{"192.0.2.2", 0}, // in the prefix, but not the address
		{"198.51.100.1", 7},
		{"::1", 1},
		{"fe80::1", 2},
		{"fe80::1%br0", 7},
		{"fe80::1%7", 7},
		{"fe80::1%uplink", 2},
		{"fe80::1%lo", 0},
		{"fe80::1%nosuch", 0},
	}
	for _, tt := range tests {
		got, ok := sample().Carrying(netip.MustParseAddr(tt.addr))
		if ok != (tt.want != 0) || got.Index != tt.want {
			t.Errorf("Carrying(%s): want link %d, got %d, %v", tt.addr, tt.want, got.Index, ok)
		}
	}
	if _, ok := sample().Carrying(netip.Addr{}); ok {
		t.Error("Carrying of the zero address: want nothing")
	}
}

func TestEqualSeesEveryField(t *testing.T) {
	if !sample().Equal(sample()) {
		t.Fatal("two equal snapshots: want Equal")
	}
	if !(Snapshot{}).Equal(Snapshot{Links: []Link{}}) {
		t.Error("no links and an empty list of links: want Equal")
	}
	changes := map[string]func(*Link){
		"index":      func(l *Link) { l.Index++ },
		"name":       func(l *Link) { l.Name = "x" },
		"alt name":   func(l *Link) { l.AltNames[0] = "x" },
		"alt names":  func(l *Link) { l.AltNames = nil },
		"mac":        func(l *Link) { l.MAC[5]++ },
		"no mac":     func(l *Link) { l.MAC = nil },
		"mtu":        func(l *Link) { l.MTU++ },
		"master":     func(l *Link) { l.Master = 0 },
		"port":       func(l *Link) { l.Port = true },
		"up":         func(l *Link) { l.Up = false },
		"carrier":    func(l *Link) { l.Carrier = false },
		"made anew":  func(l *Link) { l.Incarnation++ },
		"address":    func(l *Link) { l.Addresses[0].Prefix = netip.MustParsePrefix("192.0.2.2/24") },
		"length":     func(l *Link) { l.Addresses[0].Prefix = netip.MustParsePrefix("192.0.2.1/25") },
		"order":      func(l *Link) { slices.Reverse(l.Addresses) },
		"fewer":      func(l *Link) { l.Addresses = l.Addresses[:1] },
		"proto":      func(l *Link) { l.Addresses[0].Proto = 1 },
		"tentative":  func(l *Link) { l.Addresses[0].Tentative = true },
		"deprecated": func(l *Link) { l.Addresses[0].Deprecated = true },
		"secondary":  func(l *Link) { l.Addresses[0].Secondary = true },
	}
	for name, change := range changes {
		s := sample()
		change(&s.Links[1])
		if s.Equal(sample()) || sample().Equal(s) {
			t.Errorf("%s changed: want not Equal", name)
		}
	}
	if s := (Snapshot{Links: sample().Links[:3]}); s.Equal(sample()) {
		t.Error("a link less: want not Equal")
	}
}
