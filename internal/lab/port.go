package lab

import (
	"errors"
	"fmt"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// Port is a host's port on the switch. Its faults last until they are taken back.
type Port struct {
	Name string // that of the host

	lan  *LAN
	link netlink.Link
}

// addPort makes the cable: a veth with one end on the switch and the other, eth0, in the host's namespace.
func (l *LAN) addPort(h *Host) (*Port, error) {
	veth := &netlink.Veth{
		LinkAttrs:        netlink.LinkAttrs{Name: h.Name, MasterIndex: l.bridge.Attrs().Index},
		PeerName:         HostInterface,
		PeerHardwareAddr: h.MAC,
		PeerNamespace:    netlink.NsFd(h.ns.handle),
	}
	if err := l.sw.route.LinkAdd(veth); err != nil {
		return nil, fmt.Errorf("adding port %s: %w", h.Name, err)
	}
	link, err := l.sw.route.LinkByName(h.Name)
	if err != nil {
		return nil, err
	}
	p := &Port{Name: h.Name, lan: l, link: link}
	return p, p.CarrierUp()
}

// Cut takes the port off the switch. The host keeps its carrier and notices nothing; what it sends, the tap still
// hears, but nobody else does.
func (p *Port) Cut() error { return p.wrap("cutting", p.lan.sw.route.LinkSetNoMaster(p.link)) }

// Heal puts the port back on the switch, which forwards at once.
func (p *Port) Heal() error {
	return p.wrap("healing", p.lan.sw.route.LinkSetMaster(p.link, p.lan.bridge))
}

// CarrierDown takes the host's carrier away, as a pulled cable does.
func (p *Port) CarrierDown() error {
	return p.wrap("taking the carrier of", p.lan.sw.route.LinkSetDown(p.link))
}

// CarrierUp gives the carrier back.
func (p *Port) CarrierUp() error {
	return p.wrap("giving a carrier to", p.lan.sw.route.LinkSetUp(p.link))
}

// Deafen keeps multicast from the host: it no longer hears the adverts of others, while its own reach them. Broadcasts
// and unicast pass.
func (p *Port) Deafen() error { return p.wrap("deafening", p.floodMulticast(false)) }

// Undeafen takes Deafen back.
func (p *Port) Undeafen() error { return p.wrap("undeafening", p.floodMulticast(true)) }

// floodMulticast sets the bridge port's mcast_flood, bridge(8). The netlink package has no function for it.
func (p *Port) floodMulticast(on bool) error {
	return p.lan.sw.do(func() error {
		req := nl.NewNetlinkRequest(unix.RTM_SETLINK, unix.NLM_F_ACK)
		msg := nl.NewIfInfomsg(unix.AF_BRIDGE)
		msg.Index = int32(p.link.Attrs().Index)
		req.AddData(msg)
		value := []byte{0}
		if on {
			value[0] = 1
		}
		info := nl.NewRtAttr(unix.IFLA_PROTINFO|unix.NLA_F_NESTED, nil)
		info.AddRtAttr(nl.IFLA_BRPORT_MCAST_FLOOD, value)
		req.AddData(info)
		_, err := req.Execute(unix.NETLINK_ROUTE, 0)
		return err
	})
}

// wrap adds what was done to an error.
func (p *Port) wrap(doing string, err error) error {
	if err != nil {
		return fmt.Errorf("%s port %s: %w", doing, p.Name, err)
	}
	return nil
}

// remove deletes the cable, both ends of it, at once; with the namespaces it would go some time later. A cable that
// somebody removed already, from the host's side, is no error.
func (p *Port) remove() error {
	err := p.lan.sw.route.LinkDel(p.link)
	if errors.Is(err, unix.ENODEV) {
		return nil
	}
	return p.wrap("removing", err)
}
