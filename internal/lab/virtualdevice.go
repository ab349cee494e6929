package lab

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"time"

	mnl "github.com/mdlayher/netlink"
	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// addVirtualDevice makes what FRR's vrrpd needs for the addresses of one family: a macvlan on eth0 with the virtual MAC,
// RFC 9568 section 7.3, which has the addresses all the time. A Backup does not take them away but holds the device down,
// IFLA_PROTO_DOWN of linux/if_link.h. So the device is left here.
func (h *Host) addVirtualDevice(vrid uint8, addresses []netip.Addr) error {
	ipv6 := addresses[0].Is6()
	name, mac := fmt.Sprintf("vrrp4-%d", vrid), net.HardwareAddr{0, 0, 0x5e, 0, 1, vrid}
	if ipv6 {
		name, mac[4] = fmt.Sprintf("vrrp6-%d", vrid), 2
	}
	h.heldDown = true
	eth0, err := h.ns.route.LinkByName(HostInterface)
	if err != nil {
		return err
	}
	device := &netlink.Macvlan{
		LinkAttrs: netlink.LinkAttrs{Name: name, ParentIndex: eth0.Attrs().Index, HardwareAddr: mac},
		Mode:      netlink.MACVLAN_MODE_BRIDGE,
	}
	if err := h.ns.route.LinkAdd(device); err != nil {
		return fmt.Errorf("adding %s: %w", name, err)
	}
	link, err := h.ns.route.LinkByName(name)
	if err != nil {
		return err
	}
	if err := h.tameVirtualDevice(name, ipv6); err != nil {
		return err
	}
	for _, a := range addresses {
		x := &netlink.Addr{IPNet: ipNet(netip.PrefixFrom(a, a.BitLen()))}
		if ipv6 {
			x.Flags = unix.IFA_F_NODAD
		}
		if err := h.ns.route.AddrAdd(link, x); err != nil {
			return fmt.Errorf("adding %s to %s: %w", a, name, err)
		}
	}
	if err := h.ns.route.LinkSetUp(link); err != nil {
		return err
	}
	if ipv6 {
		if err := h.awaitLinkLocal(link.Attrs().Index); err != nil {
			return fmt.Errorf("waiting for the link-local address of %s: %w", name, err)
		}
	}
	return h.holdDown(link)
}

// tameVirtualDevice sets what a host needs so that an address on one of its devices is the device's alone.
func (h *Host) tameVirtualDevice(name string, ipv6 bool) error {
	settings := map[string]string{
		// Else eth0 answers ARP for every address of the host, a Backup's too, and asks in the name of the floating one.
		"ipv4/conf/all/arp_ignore":   "1",
		"ipv4/conf/all/arp_announce": "2",
		// A request comes in on the macvlan, and the way back is eth0.
		"ipv4/conf/all/rp_filter":           "0",
		"ipv4/conf/" + name + "/rp_filter":  "0",
		"ipv6/conf/" + name + "/accept_ra":  "0",
		"ipv6/conf/" + name + "/accept_dad": "0", // an advert has to leave as soon as the device is up
		"ipv6/conf/all/accept_dad":          "0", // the other devices have their own: the larger one counts
		// A link-local address that is not made of the MAC, which the routers share.
		"ipv6/conf/" + name + "/addr_gen_mode": "3",
	}
	if !ipv6 {
		settings["ipv6/conf/"+name+"/disable_ipv6"] = "1"
	}
	for path, value := range settings {
		if !ipv6 && h.lan.opts.NoIPv6 && path[:4] == "ipv6" {
			continue // the kernel may be without it
		}
		if err := h.Sysctl(path, value); err != nil {
			return err
		}
	}
	return nil
}

// awaitLinkLocal waits until a device has its link-local address, from which vrrpd sends.
func (h *Host) awaitLinkLocal(ifindex int) error {
	ctx, cancel := context.WithTimeout(context.Background(), usablePatience)
	defer cancel()
	for {
		all, err := h.Addresses()
		if err != nil {
			return err
		}
		if slices.ContainsFunc(all, func(a Address) bool {
			own := a.Prefix.Addr()
			return a.Ifindex == ifindex && own.Is6() && own.IsLinkLocalUnicast() && !a.Tentative
		}) {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w with %v", ctx.Err(), all)
		case <-time.After(2 * time.Millisecond):
		}
	}
}

// protoDown is IFLA_PROTO_DOWN of linux/if_link.h; x/sys has it, the netlink package has no function for it.
const protoDown = unix.IFLA_PROTO_DOWN

// holdDown takes the carrier from a device, as the protocol does that owns it.
func (h *Host) holdDown(link netlink.Link) error {
	err := h.ns.do(func() error {
		req := nl.NewNetlinkRequest(unix.RTM_SETLINK, unix.NLM_F_ACK)
		msg := nl.NewIfInfomsg(unix.AF_UNSPEC)
		msg.Index = int32(link.Attrs().Index)
		req.AddData(msg)
		req.AddData(nl.NewRtAttr(protoDown, []byte{1}))
		_, err := req.Execute(unix.NETLINK_ROUTE, 0)
		return err
	})
	if err != nil {
		return fmt.Errorf("holding %s down: %w", link.Attrs().Name, err)
	}
	return nil
}

// devicesDown returns the interface indexes of the devices that a protocol holds down.
func (r *addressReader) devicesDown() (map[int]bool, error) {
	msgs, err := r.dump(unix.RTM_GETLINK, make([]byte, unix.SizeofIfInfomsg))
	if err != nil {
		return nil, err
	}
	down := make(map[int]bool)
	for _, m := range msgs {
		if m.Header.Type != unix.RTM_NEWLINK || len(m.Data) < unix.SizeofIfInfomsg {
			continue
		}
		ad, err := mnl.NewAttributeDecoder(m.Data[unix.SizeofIfInfomsg:])
		if err != nil {
			return nil, fmt.Errorf("parsing a link message: %w", err)
		}
		for ad.Next() {
			if ad.Type() == protoDown && ad.Uint8() != 0 {
				down[int(nl.DeserializeIfInfomsg(m.Data).Index)] = true
			}
		}
		if err := ad.Err(); err != nil {
			return nil, fmt.Errorf("parsing a link message: %w", err)
		}
	}
	return down, nil
}
