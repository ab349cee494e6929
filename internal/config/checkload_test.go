package config

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// crowd makes a file of two nodes whose one router has so many addresses of each family.
func crowd(ipv4, ipv6 int, keys string) []byte {
	var list []string
	for i := range ipv4 {
		list = append(list, fmt.Sprintf("{address: 10.0.%d.%d, advertise: %t}", i/250, 1+i%250, i == 0))
	}
	for i := range ipv6 {
		list = append(list, fmt.Sprintf("{address: \"fe80::%x\", advertise: %t}", i+1, i == 0))
	}
	return fmt.Appendf(nil, "nodes: [a, b]\nvirtual_routers:\n  web:\n    {vrid: 1, interface: eth0, %saddresses: [%s]}\n", keys, strings.Join(list, ", "))
}

func TestNodesWithTooManyAddressesForLeases(t *testing.T) {
	tests := []struct {
		name       string
		ipv4, ipv6 int
		keys       string
		want       []string
	}{
		{"as many as are leased", 300, 500, "", nil},
		{"one too many", 0, 501, "", []string{
			"test.yaml:1:9: warning: a may have 501 IPv6 addresses, and with more than 500 they are not leased",
			"test.yaml:1:12: warning: b may have 501 IPv6 addresses",
		}},
		{"no leases are wanted", 0, 600, "lease: off, ", nil},
		{"IPv4 costs less", 1000, 0, "", nil},
		{"a lease that fits", 400, 0, "lease: 6s, ", nil},
		{"a lease that does not", 401, 0, "lease: 6s, ", []string{
			"test.yaml:4:39: warning: the lease 6s becomes 7s on a: with 401 addresses there, a shorter one could not be renewed in time (write 7s, or remove it)",
			"the lease 6s becomes 7s on b",
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, problems := Parse("test.yaml", crowd(tt.ipv4, tt.ipv6, tt.keys))
			if c == nil || len(problems) != len(tt.want) {
				t.Fatalf("%v", problems)
			}
			for _, want := range tt.want {
				wantProblem(t, problems, want)
			}
		})
	}
}

// TestAddressesOfAllRoutersCount adds up what a node would have if every router came to it, and only those that it serves.
func TestAddressesOfAllRoutersCount(t *testing.T) {
	data := "nodes: [a, b, c]\ndefaults: {interface: eth0, lease: 5s}\nvirtual_routers:\n"
	for r, nodes := range []string{"[a, b]", "[b, c]", "[c, a]"} {
		var list []string
		for i := range 170 {
			list = append(list, fmt.Sprintf("10.%d.0.%d", r, i+1))
		}
		if r == 2 {
			list = list[:1]
		}
		data += fmt.Sprintf("  r%d: {vrid: %d, nodes: %s, addresses: [%s]}\n", r, r+1, nodes, strings.Join(list, ", "))
	}
	_, problems := Parse("test.yaml", []byte(data))
	if len(problems) != 1 {
		t.Fatalf("%v", problems)
	}
	wantProblem(t, problems, "test.yaml:2:36: warning: the lease 5s becomes 6s on b: with 340 addresses there")
}

func TestPacedLease(t *testing.T) {
	for n, want := range map[int]time.Duration{0: 0, 1: 15 * time.Millisecond, 200: 3 * time.Second, 1000: 15 * time.Second} {
		if got := PacedLease(n); got != want {
			t.Errorf("%d addresses: %s, want %s", n, got, want)
		}
	}
}
