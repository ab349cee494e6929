package engine

import (
	"net/netip"
	"time"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/internal/link"
	"github.com/aloft-ha/aloft/vrrp"
)

// web is a router on eth0 with VRID 51, 192.0.2.100, adverts every second, and one other node, changed by the options.
func web(priority uint8, options ...func(*config.Instance)) config.Instance {
	inst := config.Instance{
		Router: "web", VRID: 51, Interface: "eth0", Addresses: addresses("192.0.2.100/32"),
		Priority: priority, AutoFailback: true, Interval: 100, DownAdverts: 3,
		Peers: []config.Peer{{Node: "other"}},
	}
	for _, option := range options {
		option(&inst)
	}
	return inst
}

func addresses(prefixes ...string) (list []config.Address) {
	for _, p := range prefixes {
		list = append(list, config.Address{Prefix: netip.MustParsePrefix(p), Advertise: true})
	}
	return list
}

func addrs(texts ...string) (list []netip.Addr) {
	for _, t := range texts {
		list = append(list, netip.MustParseAddr(t))
	}
	return list
}

// The options of an instance.

func with(prefixes ...string) func(*config.Instance) {
	return func(i *config.Instance) { i.Addresses = addresses(prefixes...) }
}

func named(name string) func(*config.Instance) {
	return func(i *config.Instance) { i.Router = name }
}

func vrid(id uint8) func(*config.Instance) {
	return func(i *config.Instance) { i.VRID = id }
}

func every(interval vrrp.Centiseconds) func(*config.Instance) {
	return func(i *config.Instance) { i.Interval = interval }
}

func unicast(peers ...string) func(*config.Instance) {
	return func(i *config.Instance) {
		i.Transport, i.Peers = config.Unicast, nil
		for _, p := range peers {
			i.Peers = append(i.Peers, config.Peer{Node: p, Addresses: addrs(p)})
		}
	}
}

func fast(i *config.Instance) { i.Farewell = vrrp.FarewellFast }

func noFailback(i *config.Instance) { i.AutoFailback = false }

func linkUpDelay(d time.Duration) func(*config.Instance) {
	return func(i *config.Instance) { i.LinkUpDelay = d }
}

// downAfter is Active_Down_Interval of a router of that priority and one advert a second.
func downAfter(priority uint8) time.Duration { return vrrp.ActiveDownInterval(priority, 100, 3) }

// testConfig builds what a machine is told, with a grid that begins with time.
func testConfig(inst *config.Instance, ipv6 bool) vrrp.Config {
	return machineConfig(inst, ipv6, inst.Priority, time.Time{}, leaseFor(inst, len(inst.Addresses)), refreshFor(len(inst.Addresses)))
}

// flap and unflap change a link.
func flap(l *link.Link) { l.Carrier = false }

func unflap(l *link.Link) { l.Carrier = true }

// prefix is the j-th of many addresses of the i-th of many routers.
func prefix(i, j int) netip.Prefix {
	return netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 1, byte(i), byte(j + 1)}), 32)
}
