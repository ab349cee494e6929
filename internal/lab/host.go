package lab

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"time"

	"github.com/vishvananda/netlink"
)

// HostInterface is the name of every host's one interface.
const HostInterface = "eth0"

// usablePatience bounds the wait for duplicate address detection, which takes 1 to 3 s.
const usablePatience = 15 * time.Second

// HostOptions describe a host.
type HostOptions struct {
	Name string // also the name of its port: 1 to 15 characters that an interface name may have
	// Addresses of eth0. Nil gives the N-th host (the first is 1) 192.0.2.N/24 and, with IPv6, 2001:db8::N/64; an empty
	// list gives none.
	Addresses []netip.Prefix
}

// Host is a machine of the LAN.
type Host struct {
	Name   string
	Number int // 1 for the first
	MAC    net.HardwareAddr
	Port   *Port // its port on the switch

	configured []netip.Prefix // at its start
	heldDown   bool           // it has devices that a protocol holds down
	lan        *LAN
	ns         *namespace
	addresses  *addressReader
}

// addHost makes the namespace, the veth and the addresses of a host; they need not be usable yet.
func (l *LAN) addHost(o HostOptions) (*Host, error) {
	l.mu.Lock()
	h := &Host{Name: o.Name, Number: len(l.hosts) + 1, lan: l}
	l.mu.Unlock()
	h.MAC = hostMAC(h.Number)
	if err := h.build(o); err != nil {
		return nil, errors.Join(fmt.Errorf("building host %s: %w", o.Name, err), h.remove())
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.hosts = append(l.hosts, h)
	return h, nil
}

// hostMAC returns the locally administered address of the N-th host, readable in a capture.
func hostMAC(n int) net.HardwareAddr {
	return net.HardwareAddr{0x02, 0, 0, 0, byte(n >> 8), byte(n)}
}

// DefaultAddresses returns the addresses of the N-th host where its options name none.
func DefaultAddresses(n int, ipv6 bool) []netip.Prefix {
	a := []netip.Prefix{netip.PrefixFrom(netip.AddrFrom4([4]byte{192, 0, 2, byte(n)}), 24)}
	if ipv6 {
		b := netip.MustParseAddr("2001:db8::").As16()
		b[15] = byte(n)
		a = append(a, netip.PrefixFrom(netip.AddrFrom16(b), 64))
	}
	return a
}

// build does the work of addHost.
func (h *Host) build(o HostOptions) (err error) {
	if h.ns, err = newNamespace(h.lan.namespaceName(h.Name)); err != nil {
		return err
	}
	if h.addresses, err = newAddressReader(h.ns); err != nil {
		return err
	}
	if err := h.ipv6(!h.lan.opts.NoIPv6); err != nil {
		return err
	}
	if h.Port, err = h.lan.addPort(h); err != nil {
		return err
	}
	addresses := o.Addresses
	if addresses == nil {
		addresses = DefaultAddresses(h.Number, !h.lan.opts.NoIPv6)
	}
	h.configured = addresses
	eth0, err := h.ns.route.LinkByName(HostInterface)
	if err != nil {
		return err
	}
	for _, a := range addresses {
		if err := h.ns.route.AddrAdd(eth0, &netlink.Addr{IPNet: ipNet(a)}); err != nil {
			return fmt.Errorf("adding %s to %s: %w", a, HostInterface, err)
		}
	}
	return h.ns.route.LinkSetUp(eth0)
}

// ipv6 switches IPv6 on or off for interfaces to come and for those there. A kernel without IPv6 has it off.
func (h *Host) ipv6(on bool) error {
	value := "1"
	if on {
		value = "0"
	}
	for _, s := range []string{"all", "default"} {
		err := h.ns.sysctl("ipv6/conf/"+s+"/disable_ipv6", value)
		if err != nil && (on || !errors.Is(err, os.ErrNotExist)) {
			return err
		}
	}
	return nil
}

// ipNet converts a prefix, keeping its host bits.
func ipNet(p netip.Prefix) *net.IPNet {
	return &net.IPNet{IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())}
}

// Namespace returns the name of the host's namespace in /run/netns, for `ip netns exec`.
func (h *Host) Namespace() string { return h.ns.name }

// FirstAddress returns the first address that the host was built with; invalid if there is none.
func (h *Host) FirstAddress() netip.Addr {
	if len(h.configured) == 0 {
		return netip.Addr{}
	}
	return h.configured[0].Addr()
}

// Do runs f on a thread inside the host's namespace and waits for it. What f opens stays in the host's namespace; a
// goroutine that f starts does not run there. f must not end its goroutine, so it must not call a test's Fatal.
func (h *Host) Do(f func() error) error { return h.ns.do(f) }

// Sysctl writes a kernel parameter of the host; path is below /proc/sys/net: "ipv4/ip_forward".
func (h *Host) Sysctl(path, value string) error {
	if err := h.ns.sysctl(path, value); err != nil {
		return fmt.Errorf("setting %s of %s: %w", path, h.Name, err)
	}
	return nil
}

// Route returns rtnetlink of the host, for what this package has no method for.
func (h *Host) Route() *netlink.Handle { return h.ns.route }

// Addresses returns all addresses of the host, as its kernel says, in the kernel's order.
func (h *Host) Addresses() ([]Address, error) {
	a, err := h.addresses.read()
	if err != nil {
		return nil, fmt.Errorf("reading the addresses of %s: %w", h.Name, err)
	}
	return a, nil
}

// held returns the addresses of the host without those on a device that a protocol holds down, which serve nobody.
func (h *Host) held() ([]Address, error) {
	all, err := h.Addresses()
	if err != nil || !h.heldDown {
		return all, err
	}
	down, err := h.addresses.devicesDown()
	if err != nil {
		return nil, fmt.Errorf("reading the devices of %s: %w", h.Name, err)
	}
	return slices.DeleteFunc(all, func(a Address) bool { return down[a.Ifindex] }), nil
}

// Has says whether the host has the address now, and not on a device that a protocol holds down, as FRR's Backup does.
func (h *Host) Has(a netip.Addr) (bool, error) {
	all, err := h.held()
	for _, x := range all {
		if x.Prefix.Addr() == a {
			return true, nil
		}
	}
	return false, err
}

// waitUsable waits until both ends of the cable are up, without which the kernel drops what is sent; and, with IPv6,
// until no address of the host is tentative and eth0 has its link-local one.
func (h *Host) waitUsable(ctx context.Context) error {
	for {
		up, err := h.cableUp()
		if err != nil {
			return err
		}
		all, err := h.Addresses()
		if err != nil {
			return err
		}
		if up && (h.lan.opts.NoIPv6 || usable(all)) {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w with %v, cable up: %t", ctx.Err(), all, up)
		case <-time.After(2 * time.Millisecond):
		}
	}
}

// cableUp says whether both ends of the host's cable are operational, RFC 2863 section 3.1.14. The switch forwards from
// then on.
func (h *Host) cableUp() (bool, error) {
	eth0, err := h.ns.route.LinkByName(HostInterface)
	if err != nil {
		return false, err
	}
	port, err := h.lan.sw.route.LinkByName(h.Port.Name)
	if err != nil {
		return false, err
	}
	return eth0.Attrs().OperState == netlink.OperUp && port.Attrs().OperState == netlink.OperUp, nil
}

// usable says whether duplicate address detection has passed everywhere, and a link-local address is there.
func usable(all []Address) bool {
	linkLocal := false
	for _, a := range all {
		if a.Tentative || a.DADFailed {
			return false
		}
		linkLocal = linkLocal || a.Prefix.Addr().Is6() && a.Prefix.Addr().IsLinkLocalUnicast()
	}
	return linkLocal
}

// remove ends what runs on the host and removes it from the switch and the machine.
func (h *Host) remove() error {
	var errs []error
	if h.Port != nil {
		errs = append(errs, h.Port.remove())
	}
	if h.addresses != nil {
		errs = append(errs, h.addresses.close())
	}
	if h.ns != nil {
		errs = append(errs, killAllIn(h.ns.handle), h.ns.delete())
	}
	return errors.Join(errs...)
}
