package vrrp

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// addNode adds a node: its name, its priority, and keys.
func (d *director) addNode(args []string) error {
	priority, err := strconv.ParseUint(args[1], 10, 8)
	if err != nil {
		return err
	}
	n := newNode(args[0], len(d.lan.nodes)+1, uint8(priority), false)
	for _, arg := range args[2:] {
		if arg == "dual" {
			n = newNode(args[0], len(d.lan.nodes)+1, uint8(priority), true)
		}
	}
	for i := range n.cfgs {
		for _, arg := range args[2:] {
			key, value, _ := strings.Cut(arg, "=")
			if err := setKey(&n.cfgs[i], key, value); err != nil {
				return err
			}
		}
	}
	for _, arg := range args[2:] {
		key, value, _ := strings.Cut(arg, "=")
		if err := n.setKey(key, value); err != nil {
			return err
		}
	}
	d.lan.nodes = append(d.lan.nodes, n)
	return nil
}

// setKey sets what concerns the whole node. "routers" gives it several, whose priorities differ by so much; "only" gives it
// just the one of these that has this VRID.
func (n *node) setKey(key, value string) error {
	switch key {
	case "services":
		n.services = true
	case "routers":
		var offsets []int
		for _, word := range strings.Split(value, ",") {
			offset, err := strconv.Atoi(word)
			if err != nil {
				return err
			}
			offsets = append(offsets, offset)
		}
		n.routers(offsets...)
	case "only":
		vrid, err := strconv.ParseUint(value, 10, 8)
		if err != nil {
			return err
		}
		n.routers(make([]int, vrid-50)...)
		n.cfgs, n.sources = n.cfgs[vrid-51:], n.sources[vrid-51:]
	}
	return nil
}

// newNode returns a node with the address 192.0.2.NUMBER, and fe80::NUMBER if it is dual-stack.
func newNode(name string, number int, priority uint8, dual bool) *node {
	cfg := Config{
		VRID: 51, Priority: priority, Interval: 100, DownAdverts: 3, Preempt: true,
		Addresses: []netip.Addr{vip1}, Others: -1, Lease: -1,
	}
	n := &node{name: name, kernel: map[netip.Addr]time.Time{}, cfgs: []Config{cfg}}
	n.sources = []netip.Addr{netip.AddrFrom4([4]byte{192, 0, 2, byte(number)})}
	if dual {
		cfg.Addresses = []netip.Addr{netip.MustParseAddr("2001:db8::100")}
		n.cfgs = append(n.cfgs, cfg)
		n.sources = append(n.sources, netip.AddrFrom16([16]byte{0: 0xfe, 1: 0x80, 15: byte(number)}))
	}
	return n
}

// routers makes the node's one router several, each of a VRID and an address of its own, whose priorities differ from the
// first one's by what is given.
func (n *node) routers(offsets ...int) {
	cfg, source := n.cfgs[0], n.sources[0]
	n.cfgs, n.sources = nil, nil
	for i, offset := range offsets {
		cfg.VRID = 51 + uint8(i)
		cfg.Addresses = []netip.Addr{netip.AddrFrom4([4]byte{192, 0, 2, 100 + byte(i)})}
		one := cfg
		one.Priority = withDelta(cfg.Priority, offset)
		n.cfgs = append(n.cfgs, one)
		n.sources = append(n.sources, source)
	}
}

// withDelta is a priority that trackers have changed; that of an owner nothing changes.
func withDelta(base uint8, delta int) uint8 {
	if base == 255 {
		return base
	}
	return uint8(min(max(int(base)+delta, 1), 254))
}

// completeConfigs fills in what depends on the other nodes and on the timers, as a configuration file would.
func completeConfigs(nodes []*node) {
	for _, n := range nodes {
		for i := range n.cfgs {
			cfg := &n.cfgs[i]
			var others []uint8
			for _, other := range nodes {
				if j := other.memberOf(cfg.VRID, n.sources[i].Is6()); other != n && j >= 0 {
					others = append(others, other.cfgs[j].Priority)
				}
			}
			if cfg.Others < 0 {
				cfg.Others, cfg.Gap = len(others), smallestGap(others)
			}
			if cfg.Lease < 0 {
				cfg.Lease = leaseOf(*cfg)
			}
		}
	}
}

// leaseOf is the lease that the timers of a router ask for.
func leaseOf(cfg Config) time.Duration {
	down := ActiveDownInterval(cfg.Priority, cfg.Interval, cfg.DownAdverts)
	return max(2*time.Second, down.Truncate(time.Second))
}

// smallestGap is the smallest distance between two priorities.
func smallestGap(priorities []uint8) uint8 {
	gap := uint8(255)
	for i, p := range priorities {
		for _, q := range priorities[:i] {
			gap = min(gap, max(p, q)-min(p, q))
		}
	}
	return gap
}

// setKey sets one key of a configuration. "stock" makes a router that has none of our extensions.
func setKey(cfg *Config, key, value string) (err error) {
	switch key {
	case "dual", "services", "routers", "only": // see node.setKey
	case "others":
		cfg.Others, err = strconv.Atoi(value)
		cfg.Gap = 255
	case "stock":
		cfg.Others, cfg.Gap, cfg.Lease = 2, 0, 0
	case "nopreempt":
		cfg.Preempt = false
	case "fast":
		cfg.Farewell = FarewellFast
	case "unleased":
		cfg.Lease = 0
	case "interval":
		var v uint64
		v, err = strconv.ParseUint(value, 10, 12)
		cfg.Interval = Centiseconds(v)
		if cfg.Lease > 0 {
			cfg.Lease = leaseOf(*cfg)
		}
	case "preempt-delay":
		cfg.PreemptDelay, err = time.ParseDuration(value)
	case "startup-delay":
		cfg.StartupDelay, err = time.ParseDuration(value)
	case "refresh":
		cfg.Refresh, err = time.ParseDuration(value)
	case "addresses":
		cfg.Addresses = addrs(strings.Split(value, ",")...)
	case "unadvertised":
		cfg.Unadvertised = addrs(strings.Split(value, ",")...)
	default:
		err = fmt.Errorf("no key %q", key)
	}
	return err
}
