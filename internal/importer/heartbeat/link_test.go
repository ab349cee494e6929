package heartbeat

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCommonBits(t *testing.T) {
	tests := []struct {
		a, b string
		want int
	}{
		{"10.0.0.1", "10.0.0.1", 32},
		{"10.0.0.1", "10.0.0.2", 30},
		{"10.0.0.1", "10.0.1.1", 23},
		{"10.0.0.1", "192.168.0.1", 0},
		{"2001:db8::1", "2001:db8::2", 126},
		{"10.0.0.1", "2001:db8::1", 0},
	}
	for _, test := range tests {
		if got := commonBits(netip.MustParseAddr(test.a), netip.MustParseAddr(test.b)); got != test.want {
			t.Errorf("%s, %s: want %d, got %d", test.a, test.b, test.want, got)
		}
	}
}

// TestInterfaceOfAnAddress has what decides on which interface an address goes that has none written.
func TestInterfaceOfAnAddress(t *testing.T) {
	tests := []struct {
		name, haCf, resources string
		want                  []string // the interface of each address
	}{
		{"the one medium", "bcast eth3", "a 10.0.0.10", []string{"eth3"}},
		{"the alias of a medium", "bcast eth3:1", "a 10.0.0.10", []string{"eth3"}},
		{"its own", "bcast eth3", "a 10.0.0.10/24/eth0", []string{"eth0"}},
		{"a written one of its network", "bcast eth3", "a 10.0.0.10/24/eth0 10.0.0.11", []string{"eth0", "eth0"}},
		{"a written one of its network in another line", "bcast eth3", "a 10.0.0.11\nb 10.0.0.10/24/eth0", []string{"eth0", "eth0"}},
		{"a written one of another network", "bcast eth3", "a 10.0.0.10/24/eth0 10.0.1.11", []string{"eth0", "eth3"}},
		{"the first medium", "bcast eth4 eth3", "a 10.0.0.10", []string{"eth4"}},
		{"the medium with a peer near", "ucast eth4 192.168.0.1\nucast eth3 10.0.0.1", "a 10.0.0.10", []string{"eth3"}},
		{"no peer near enough", "ucast eth4 10.0.0.1\nucast eth3 172.200.0.1", "a 172.16.0.1", []string{"eth4"}},
		{"another of its line", "serial /dev/ttyS0", "a 10.0.0.10/24/eth0 172.16.0.1", []string{"eth0", "eth0"}},
		{"nobody knows", "serial /dev/ttyS0", "a 10.0.0.10\nb 10.0.1.10/24/eth0", []string{"", "eth0"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := Import(File{Text: []byte("node a b\ndeadtime 10\n" + test.haCf + "\n")}, File{Text: []byte(test.resources + "\n")}, nil)
			if r.Cluster == nil {
				t.Fatalf("refused: %v", r.Notes)
			}
			var got []string
			for _, router := range r.Cluster.Routers {
				s := router.Parts[0].Settings
				for _, a := range s.Addresses {
					if a.Interface == "" {
						a.Interface = s.Interface
					}
					got = append(got, a.Interface)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			checkResult(t, r)
		})
	}
}
