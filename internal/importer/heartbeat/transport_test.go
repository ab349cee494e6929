package heartbeat

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestTransport has what decides whether adverts are unicast, and whose the addresses are taken to be.
func TestTransport(t *testing.T) {
	const (
		both = "ucast eth0 10.0.0.1\nucast eth0 10.0.0.2"
		vip  = "a 10.0.0.10/24/eth0"
	)
	tests := []struct {
		name, haCf, resources string
		want                  []string // the transport of each router, then the addresses of each node
	}{
		{"bcast", "bcast eth0", vip, []string{"multicast", "a []", "b []"}},
		{"mcast", "mcast eth0 239.0.0.1 694 1 0", vip, []string{"multicast", "a []", "b []"}},
		{"ucast to both", both, vip, []string{"unicast", "a [10.0.0.1]", "b [10.0.0.2]"}},
		{"in the order of the nodes, not of the lines", "ucast eth0 10.0.0.2\nucast eth0 10.0.0.1", vip, []string{"unicast", "a [10.0.0.2]", "b [10.0.0.1]"}},
		{"twice the same", both + "\nucast eth0 10.0.0.1", vip, []string{"unicast", "a [10.0.0.1]", "b [10.0.0.2]"}},
		{"ucast to one", "ucast eth0 10.0.0.2", vip, []string{"multicast", "a []", "b []"}},
		{"ucast to a third", both + "\nucast eth0 10.0.0.3", vip, []string{"multicast", "a []", "b []"}},
		{"ucast to names", "ucast eth0 a\nucast eth0 b", vip, []string{"multicast", "a []", "b []"}},
		{"ucast and bcast", both + "\nbcast eth0", vip, []string{"multicast", "a []", "b []"}},
		{"bcast on another interface", both + "\nbcast eth1", vip, []string{"unicast", "a [10.0.0.1]", "b [10.0.0.2]"}},
		{"ucast on another interface", "ucast eth1 10.0.0.1\nucast eth1 10.0.0.2", vip, []string{"multicast", "a []", "b []"}},
		{"ucast of both families", "ucast eth0 10.0.0.1\nucast eth0 2001:db8::2", vip, []string{"multicast", "a []", "b []"}},
		{"ucast to the floating address", "ucast eth0 10.0.0.1\nucast eth0 10.0.0.10", vip, []string{"multicast", "a []", "b []"}},
		{"ucast over IPv6", "ucast eth0 2001:db8::1\nucast eth0 2001:db8::2", "a IPv6addr::2001:db8::10/64/eth0", []string{"unicast", "a [2001:db8::1]", "b [2001:db8::2]"}},
		{"one router of two", both, vip + "\nb 10.1.0.10/24/eth1", []string{"unicast", "multicast", "a [eth0:10.0.0.1]", "b [eth0:10.0.0.2]"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := Import(File{Text: []byte("node a b\ndeadtime 10\n" + test.haCf + "\n")}, File{Text: []byte(test.resources + "\n")}, nil)
			if r.Cluster == nil {
				t.Fatalf("refused: %v", r.Notes)
			}
			var got []string
			for _, router := range r.Cluster.Routers {
				got = append(got, router.Parts[0].Settings.Transport.String())
			}
			for _, n := range r.Cluster.Nodes {
				list := []string{}
				for _, a := range n.Addresses {
					text := a.Address.String()
					if a.Interface != "" {
						text = a.Interface + ":" + text
					}
					list = append(list, text)
				}
				got = append(got, fmt.Sprint(n.Name, " ", list))
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			checkResult(t, r)
		})
	}
}
