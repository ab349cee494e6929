package lab

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/aloft-ha/aloft/vrrp"
)

// Setup is what a cluster is configured to do, in whatever language its daemons read.
type Setup struct {
	Nodes     []SetupNode // in order of preference
	VRID      uint8
	Addresses []netip.Addr // the floating addresses; IPv4 before IPv6
	Interval  vrrp.Centiseconds

	// Priorities are those of the nodes; nil: 200, 190, 180 and so on, as aloft derives them from the file's order.
	Priorities []uint8

	Version vrrp.Version // what aloft speaks; a keepalived speaks version 2 or version 3
	Auth    Authentication

	Unicast    bool
	NoFailback bool // a node that returns does not take over again

	// Extra are further lines of the router in aloft's file, "preempt_delay: 3s".
	Extra []string

	// Trackers are the lines of the section trackers, "proxy: {tcp: 127.0.0.1:80}". What the
	// router tracks is a line of Extra.
	Trackers []string
}

// SetupNode is a node as the configuration names it.
type SetupNode struct {
	Name      string
	Addresses []netip.Addr
}

// routerName is the name of the one virtual router.
const routerName = "web"

// Priority returns the priority of the i-th node.
func (s Setup) Priority(i int) uint8 {
	if s.Priorities != nil {
		return s.Priorities[i]
	}
	return uint8(200 - 10*i)
}

// DownInterval returns Active_Down_Interval of the i-th node: after this silence it takes over.
func (s Setup) DownInterval(i int) time.Duration {
	const downAdverts = 3 // of RFC 9568
	return s.Version.ActiveDownInterval(s.Priority(i), s.Interval, downAdverts)
}

// YAML returns aloft's file, the same for every node.
func (s Setup) YAML() string {
	var b strings.Builder
	b.WriteString("# Written by `aloft lab`. Every node reads this one file.\nnodes:\n")
	for _, n := range s.Nodes {
		fmt.Fprintf(&b, "  - {name: %s, addresses: [%s]}\n", n.Name, joinAddresses(n.Addresses))
	}
	fmt.Fprintf(&b, "\nvirtual_routers:\n  %s:\n", routerName)
	fmt.Fprintf(&b, "    vrid: %d\n    addresses: [%s]\n    advert_interval: %s\n", s.VRID, joinAddresses(s.Addresses), s.Interval)
	if s.Version != vrrp.Version3 {
		fmt.Fprintf(&b, "    version: %s\n", s.Version)
	}
	if line := s.Auth.yaml(); line != "" {
		fmt.Fprintf(&b, "    %s\n", line)
	}
	if s.Unicast {
		b.WriteString("    transport: unicast\n")
	}
	if s.NoFailback {
		b.WriteString("    auto_failback: false\n")
	}
	if s.Priorities != nil {
		words := make([]string, len(s.Nodes))
		for i, n := range s.Nodes {
			words[i] = fmt.Sprintf("%s: %d", n.Name, s.Priority(i))
		}
		fmt.Fprintf(&b, "    priority: {%s}\n", strings.Join(words, ", "))
	}
	for _, line := range s.Extra {
		fmt.Fprintf(&b, "    %s\n", line)
	}
	if len(s.Trackers) > 0 {
		b.WriteString("\ntrackers:\n")
	}
	for _, line := range s.Trackers {
		fmt.Fprintf(&b, "  %s\n", line)
	}
	return b.String()
}

// joinAddresses writes addresses for a YAML list in one line; those with a colon need quotes there.
func joinAddresses(all []netip.Addr) string {
	words := make([]string, len(all))
	for i, a := range all {
		words[i] = a.String()
		if a.Is6() {
			words[i] = `"` + words[i] + `"`
		}
	}
	return strings.Join(words, ", ")
}

// families returns the floating addresses by family, those families left out that have none.
func (s Setup) families() [][]netip.Addr {
	var v4, v6 []netip.Addr
	for _, a := range s.Addresses {
		if a.Is4() {
			v4 = append(v4, a)
		} else {
			v6 = append(v6, a)
		}
	}
	var all [][]netip.Addr
	for _, f := range [][]netip.Addr{v4, v6} {
		if len(f) > 0 {
			all = append(all, f)
		}
	}
	return all
}
