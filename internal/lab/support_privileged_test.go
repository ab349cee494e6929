//go:build privileged

package lab_test

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"testing"

	"github.com/vishvananda/netlink"

	"github.com/aloft-ha/aloft/internal/lab"
	"github.com/aloft-ha/aloft/internal/lab/labtest"
)

var (
	addr1 = netip.MustParseAddr("192.0.2.1")
	addr2 = netip.MustParseAddr("192.0.2.2")
	vip   = netip.MustParseAddr("192.0.2.100")
)

// pair is a LAN of two hosts without IPv6.
func pair(t *testing.T) *lab.LAN {
	return labtest.LAN(t, lab.Options{Hosts: []lab.HostOptions{{Name: "a"}, {Name: "b"}}, NoIPv6: true})
}

// addAddress puts an address on a host.
func addAddress(t *testing.T, h *lab.Host, a netip.Addr, lifetime int) {
	t.Helper()
	eth0, err := h.Route().LinkByName(lab.HostInterface)
	must(t, err)
	must(t, h.Route().AddrAdd(eth0, kernelAddress(a, lifetime)))
}

// removeAddress takes it away.
func removeAddress(t *testing.T, h *lab.Host, a netip.Addr) {
	t.Helper()
	eth0, err := h.Route().LinkByName(lab.HostInterface)
	must(t, err)
	must(t, h.Route().AddrDel(eth0, kernelAddress(a, 0)))
}

// kernelAddress is the address with a full prefix and a valid lifetime in seconds, 0 for ever.
func kernelAddress(a netip.Addr, lifetime int) *netlink.Addr {
	n := &net.IPNet{IP: a.AsSlice(), Mask: net.CIDRMask(a.BitLen(), a.BitLen())}
	return &netlink.Addr{IPNet: n, ValidLft: lifetime, PreferedLft: lifetime}
}

// mine returns the namespaces in /run/netns that this process made.
func mine(t *testing.T) []string {
	t.Helper()
	all, err := filepath.Glob(fmt.Sprintf("/run/netns/aloft-%d-*", os.Getpid()))
	must(t, err)
	return all
}
