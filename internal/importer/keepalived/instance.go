package keepalived

import (
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/internal/importer"
)

// instance is a vrrp_instance as it stands in the file.
type instance struct {
	at          *statement
	name        string
	vrid        int  // 0: none that keepalived takes
	vridSaid    bool // maybe a wrong one
	priority    int  // 0: not said
	master      bool
	iface       string
	version     int // 0: not said
	interval    time.Duration
	intervalAt  *statement
	downAdverts int

	noPreempt   *statement
	delay       time.Duration
	delayAt     *statement
	checksumSet *statement
	checksumV2  bool
	auth        auth
	strict      bool
	strictAt    *statement

	addresses []floating
	excluded  []floating
	family    family // of the first address of any kind

	source       netip.Addr // of adverts
	sourceAt     *statement
	unicast      bool // there is a list of peers
	unicastAt    *statement
	peers        []netip.Addr
	minTTL       int
	announcement bool

	tracked []tracked
	effects []effect
	notify  config.Notify
}

// family is that of an instance.
type family uint8

const (
	unknown family = iota
	ipv4
	ipv6
)

// see takes the family of an address, if it is the first: keepalived goes by the order in the file too.
func (in *instance) see(a netip.Addr) {
	switch {
	case in.family != unknown:
	case a.Is6():
		in.family = ipv6
	default:
		in.family = ipv4
	}
}

// floating is an address of a virtual_ipaddress block.
type floating struct {
	importer.Address
	at *statement
}

// readInstance reads a vrrp_instance. Of two with one name keepalived takes the first.
func readInstance(src *source, into *source, s *statement) {
	in := &instance{at: s}
	if len(s.args()) == 0 {
		src.note(s, importer.Broken, "", "a vrrp_instance has no name")
	} else {
		in.name = s.args()[0]
		src.spare(s, s.args()[1:])
	}
	if len(into.instances) >= maxInstances {
		src.drop(s, tooMany)
		return
	}
	for _, other := range into.instances {
		if other.name == in.name {
			src.drop(s, hint{importer.Broken, "there is another vrrp_instance " + clip(in.name) + " before it, and keepalived takes the first"})
			return
		}
	}
	each(src, s.block, &vrrpInstance, in)
	if !in.vridSaid {
		src.note(s, importer.Broken, "give it a number from 1 to 255", "vrrp_instance %s has no virtual_router_id", clip(in.name))
	}
	into.instances = append(into.instances, in)
}

// vrrpInstance is what may stand in a vrrp_instance.
var vrrpInstance = vocabulary[instance]{
	noun: "vrrp_instance",
	read: handlers(also(map[string]handler[instance]{
		"virtual_router_id": func(src *source, in *instance, s *statement) {
			in.vrid, in.vridSaid = src.number(s, 1, 255, 0), true
		},
		"priority":           func(src *source, in *instance, s *statement) { in.priority = src.number(s, 1, 255, 100) },
		"interface":          func(src *source, in *instance, s *statement) { in.iface, _ = src.one(s) },
		"version":            func(src *source, in *instance, s *statement) { in.version = src.number(s, 2, 3, 0) },
		"down_timer_adverts": func(src *source, in *instance, s *statement) { in.downAdverts = src.downAdverts(s) },
		"state":              readState,
		"nopreempt":          func(src *source, in *instance, s *statement) { src.bare(s); in.noPreempt = s },
		"preempt":            func(src *source, in *instance, s *statement) { src.bare(s); in.noPreempt = nil },
		"accept":             func(src *source, _ *instance, s *statement) { src.bare(s) },
		"native_ipv6":        func(src *source, in *instance, s *statement) { src.bare(s); in.see(netip.IPv6Unspecified()) },
		"preempt_delay":      func(src *source, in *instance, s *statement) { in.delay, in.delayAt = src.delay(s, 0, 1000), s },
		"advert_int":         func(src *source, in *instance, s *statement) { in.interval, in.intervalAt = src.delay(s, 0.01, 255), s },
		"v3_checksum_as_v2": func(src *source, in *instance, s *statement) {
			in.checksumV2, in.checksumSet = src.truth(s), s
		},
		"authentication": readAuthentication,
		"auth_hmac":      readHMAC,
		"strict_mode": func(src *source, in *instance, s *statement) {
			in.strict, in.strictAt = src.truth(s), s
			src.drop(s, judging)
		},
		"mcast_src_ip":   readSource,
		"unicast_src_ip": readSource,
		"unicast_peer":   readPeers,
		"virtual_ipaddress": func(src *source, in *instance, s *statement) {
			list := readAddresses(src, s)
			if len(list) > 0 {
				in.see(list[0].Prefix.Addr())
			}
			in.addresses = append(in.addresses, list...)
		},
		"virtual_ipaddress_excluded": func(src *source, in *instance, s *statement) {
			in.excluded = append(in.excluded, readAddresses(src, s)...)
		},
	}, func(src *source, in *instance, s *statement) {
		in.announcement = true
		src.drop(s, announcing)
	}, "garp_master_delay", "garp_master_repeat", "garp_master_refresh", "garp_master_refresh_repeat",
		"garp_lower_prio_delay", "garp_lower_prio_repeat", "garp_extra_if", "vmac_garp_intvl"),
		trackHandlers(func(in *instance) *[]tracked { return &in.tracked }), notifyHandlers(func(in *instance) *config.Notify { return &in.notify })),
	hints: instanceHints,
}

// readState reads MASTER or BACKUP, which means less than people think: both wait for adverts first.
func readState(src *source, in *instance, s *statement) {
	text, ok := src.one(s)
	switch {
	case !ok:
	case text == "MASTER":
		in.master = true
	case text != "BACKUP":
		src.note(s, importer.Broken, "", "state is MASTER or BACKUP, not %s; keepalived takes BACKUP", clip(strconv.Quote(text)))
	}
}

func readSource(src *source, in *instance, s *statement) {
	text, ok := src.one(s)
	if !ok {
		return
	}
	p, ok := parsePrefix(text) // keepalived lets a prefix length stand here, and ignores it
	if !ok {
		src.note(s, importer.Broken, "", "%s: %s is no IP address", s.keyword(), clip(strconv.Quote(text)))
		return
	}
	in.see(p.Addr())
	in.source, in.sourceAt = p.Addr(), s
}

// readPeers reads the list of unicast peers. Their own bounds of the TTL become the router's, the least of them.
func readPeers(src *source, in *instance, s *statement) {
	src.spare(s, s.args())
	in.unicast, in.unicastAt = true, s
	for _, entry := range s.block {
		src.leaf(entry)
		p, ok := parsePrefix(entry.keyword())
		if !ok {
			src.note(entry, importer.Broken, "", "unicast_peer: %s is no IP address", strconv.Quote(entry.name()))
			continue
		}
		if len(in.peers) >= maxPeers {
			src.drop(entry, tooMany)
			continue
		}
		in.see(p.Addr())
		in.peers = append(in.peers, p.Addr())
		readTTL(src, in, entry)
	}
}

// readTTL reads what stands behind the address of a peer.
func readTTL(src *source, in *instance, entry *statement) {
	args := entry.args()
	for len(args) >= 2 && strings.HasSuffix(args[0], "_ttl") {
		n, err := strconv.Atoi(args[1])
		switch {
		case err != nil || n < 0 || n > 255:
			src.note(entry, importer.Broken, "", "%s is 0 to 255, not %s", args[0], clip(strconv.Quote(args[1])))
		case args[0] == "min_ttl" && n > 0 && (in.minTTL == 0 || n < in.minTTL):
			in.minTTL = n
		case args[0] == "max_ttl" && n < 255:
			src.note(entry, importer.Dropped, "aloft has a lower bound only", "%s: max_ttl %d", entry.keyword(), n)
		}
		args = args[2:]
	}
	src.spare(entry, args)
}
