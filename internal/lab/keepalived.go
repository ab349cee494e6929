package lab

import (
	"fmt"
	"net/netip"
	"path/filepath"
	"strings"

	"github.com/aloft-ha/aloft/vrrp"
)

// KeepalivedConf returns the keepalived.conf(5) that makes keepalived the i-th node of the setup: an instance for each
// family, and a group that keeps them together where there are two. In a setup of both versions it speaks version 3.
func (s Setup) KeepalivedConf(i int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Written by `aloft lab`: %s as a keepalived beside aloft.\n", s.Nodes[i].Name)
	fmt.Fprintf(&b, "global_defs {\n    router_id %s\n    vrrp_version %d\n}\n", s.Nodes[i].Name, s.keepalivedVersion())
	families := s.families()
	if len(families) > 1 {
		fmt.Fprintf(&b, "\nvrrp_sync_group %s {\n    group {\n", routerName)
		for _, f := range families {
			fmt.Fprintf(&b, "        %s\n", instanceName(f))
		}
		b.WriteString("    }\n}\n")
	}
	for _, f := range families {
		s.writeInstance(&b, i, f)
	}
	return b.String()
}

// keepalivedFile is the path of a node's keepalived.conf.
func (n *Node) keepalivedFile() string { return filepath.Join(n.Dir, "keepalived.conf") }

// keepalivedVersion returns the version that a keepalived speaks.
func (s Setup) keepalivedVersion() int {
	if s.Version == vrrp.Version2 {
		return 2
	}
	return 3
}

// instanceName names the instance of the addresses' family.
func instanceName(addresses []netip.Addr) string {
	if addresses[0].Is6() {
		return routerName + "-ipv6"
	}
	return routerName + "-ipv4"
}

// writeInstance writes the instance of one family.
func (s Setup) writeInstance(b *strings.Builder, i int, addresses []netip.Addr) {
	fmt.Fprintf(b, "\nvrrp_instance %s {\n    state BACKUP\n    interface %s\n", instanceName(addresses), HostInterface)
	fmt.Fprintf(b, "    virtual_router_id %d\n    priority %d\n", s.VRID, s.Priority(i))
	fmt.Fprintf(b, "    advert_int %.2f\n", s.Interval.Duration().Seconds())
	b.WriteString(s.Auth.keepalived())
	if s.NoFailback {
		b.WriteString("    nopreempt\n")
	}
	if s.Unicast {
		s.writePeers(b, i, addresses[0].Is6())
	}
	b.WriteString("    virtual_ipaddress {\n")
	for _, a := range addresses {
		fmt.Fprintf(b, "        %s/%d dev %s\n", a, a.BitLen(), HostInterface)
	}
	b.WriteString("    }\n}\n")
}

// writePeers writes where a unicast instance sends from and to.
func (s Setup) writePeers(b *strings.Builder, i int, ipv6 bool) {
	var peers []netip.Addr
	for n, node := range s.Nodes {
		for _, a := range node.Addresses {
			switch {
			case a.Is6() != ipv6:
			case n == i:
				fmt.Fprintf(b, "    unicast_src_ip %s\n", a)
			default:
				peers = append(peers, a)
			}
		}
	}
	b.WriteString("    unicast_peer {\n")
	for _, a := range peers {
		fmt.Fprintf(b, "        %s\n", a)
	}
	b.WriteString("    }\n")
}
