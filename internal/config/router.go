package config

import (
	"fmt"
	"net/netip"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/aloft-ha/aloft/vrrp"
)

// The bounds of what a file may ask for. Every router has a part for each of its nodes, and each part a list of the
// others: without bounds a small file could fill the memory.
const (
	maxRouters = 2048
	MaxNodes   = 32
)

// settings are the keys of a router, as one layer of the file has them: defaults, a router, or per_node of either.
type settings struct {
	vrid          setting[uint8]
	addresses     setting[[]floating]
	iface         setting[string]
	nodes         setting[[]reference]
	priorities    setting[[]nodePriority] // of a router: by node
	priority      setting[uint8]          // of per_node: the number
	autoFailback  setting[bool]
	interval      setting[time.Duration]
	transport     setting[Transport]
	sourceAddress setting[netip.Addr]
	checksum      setting[Checksum]
	version       setting[vrrp.Version]
	auth          setting[authDraft]
	preemptDelay  setting[time.Duration]
	startupDelay  setting[time.Duration]
	linkUpDelay   setting[time.Duration]
	downAdverts   setting[int]
	lease         setting[lease]
	farewell      setting[vrrp.Farewell]
	minTTL        setting[uint8]
	track         setting[[]tracked]
	notify        setting[Notify]
	services      setting[[]serviceDraft]
	perNode       setting[[]nodeSettings]
}

// reference is a name of a node, a router, a tracker or a group, and where it stands.
type reference struct {
	name string
	at   value
}

// nodeSettings is one entry of per_node.
type nodeSettings struct {
	node     reference
	settings *settings
}

// lease is the value of the key lease.
type lease struct {
	off      bool
	duration time.Duration
}

// The bounds of down_adverts. With 1 every single advert that is lost would be a takeover; the upper one is
// keepalived's.
const (
	MinDownAdverts = 2
	MaxDownAdverts = 100
)

// longDelay bounds the delays.
const longDelay = time.Hour

func routerFields() []field[settings] {
	type S = settings
	return []field[S]{
		key("vrid", number[uint8](1, 255), func(s *S) *setting[uint8] { return &s.vrid },
			"the virtual router's number on its link, the same on all nodes", must[S], only[S](inRouter), example[S]("51", inRouter)),
		key("addresses", addressList(), func(s *S) *setting[[]floating] { return &s.addresses },
			"the floating addresses, of either family", must[S], example[S]("[192.0.2.100]", inRouter)),
		key("interface", linkName(), func(s *S) *setting[string] { return &s.iface },
			"the interface, by name or altname; without it the link that carries the node's address",
			example[S]("eth0", inRouter)),
		key("nodes", nodeList(), func(s *S) *setting[[]reference] { return &s.nodes },
			"which nodes may serve, the preferred first; without it all nodes in their order", only[S](inRouter),
			example[S]("[www1, www2]", inRouter)),
		key("priority", priorityMap(), func(s *S) *setting[[]nodePriority] { return &s.priorities },
			"the priority of each node; without it the order of the nodes gives 200, 190, 180 and so on", only[S](inRouter),
			example[S]("{www1: 210, www2: 190}", inRouter)),
		key("priority", number[uint8](1, 255), func(s *S) *setting[uint8] { return &s.priority },
			"the priority of this node; 255 says that it owns the addresses", only[S](inNode), example[S]("185", inNode)),
		key("auto_failback", truth(), func(s *S) *setting[bool] { return &s.autoFailback },
			"whether a node that comes back takes over from a less preferred one", fallback[S]("true")),
		key("advert_interval", duration(vrrp.MinInterval.Duration(), vrrp.MaxInterval.Duration(), vrrp.MinInterval.Duration()),
			func(s *S) *setting[time.Duration] { return &s.interval },
			"how often the Active Router advertises", fallback[S]("1s")),
		key("transport", oneOf(Multicast, Unicast), func(s *S) *setting[Transport] { return &s.transport },
			"how adverts travel; unicast goes to the addresses of the other nodes", fallback[S]("multicast")),
		key("source_address", plainAddress(), func(s *S) *setting[netip.Addr] { return &s.sourceAddress },
			"the address that adverts are sent from; without it the interface's own", example[S]("192.0.2.2", inNode)),
		key("checksum", oneOf(ChecksumAuto, ChecksumRFC9568, ChecksumRFC5798), func(s *S) *setting[Checksum] { return &s.checksum },
			"which IPv4 checksum is sent; auto sends what the peers were heard to use", fallback[S]("auto")),
		key("version", version(), func(s *S) *setting[vrrp.Version] { return &s.version },
			"the version of VRRP: 2 for what speaks nothing else, and 2+3 while a cluster changes to 3", fallback[S]("3")),
		key("authentication", authKind(), func(s *S) *setting[authDraft] { return &s.auth },
			"how adverts are known to come from the other nodes; without it anybody on the link is believed",
			example[S]("{keys: {1: file:/etc/aloft/keys/web}}", inRouter)),
		key("preempt_delay", duration(0, longDelay, 1), func(s *S) *setting[time.Duration] { return &s.preemptDelay },
			"how long a less preferred Active Router is suffered before auto_failback acts", fallback[S]("0s")),
		key("startup_delay", duration(0, longDelay, 1), func(s *S) *setting[time.Duration] { return &s.startupDelay },
			"how long the router waits after the daemon's start", fallback[S]("0s")),
		key("link_up_delay", duration(0, longDelay, 1), func(s *S) *setting[time.Duration] { return &s.linkUpDelay },
			"how long a link has to be up again before it is used, for switches that block a fresh port", fallback[S]("0s")),
		key("down_adverts", number(MinDownAdverts, MaxDownAdverts), func(s *S) *setting[int] { return &s.downAdverts },
			"how many adverts are missed before a takeover; the RFC's is 3", fallback[S]("3")),
		key("lease", leaseKind(), func(s *S) *setting[lease] { return &s.lease },
			"how long the kernel keeps the addresses of a dead daemon; without it as long as a takeover lasts; off keeps them for ever",
			example[S]("10s", inRouter)),
		key("farewell", oneOf(vrrp.FarewellFast, vrrp.FarewellPlain), func(s *S) *setting[vrrp.Farewell] { return &s.farewell },
			"how a router departs; fast makes the successor quick, and is the default with two nodes", example[S]("fast", inRouter)),
		key("min_ttl", number[uint8](1, 255), func(s *S) *setting[uint8] { return &s.minTTL },
			"the least TTL or hop limit of a unicast advert; without it 255 from IPv4 peers on the link, else any",
			example[S]("250", inRouter)),
		key("track", trackList(), func(s *S) *setting[[]tracked] { return &s.track },
			"the trackers that decide: failing, a bare name costs 101 once for all of them, a weight is added to the priority as in keepalived, and fault takes the router out",
			example[S]("[haproxy, {gateway: -30}, {uplink: fault}]", inRouter)),
		key("notify", notifyKind(), func(s *S) *setting[Notify] { return &s.notify },
			"what is run when the state changes", example[S]("{any: /usr/local/bin/notify}", inRouter)),
		key("services", serviceList(), func(s *S) *setting[[]serviceDraft] { return &s.services },
			"what runs where the router is Active: units of systemd, or commands, started in this order", example[S]("[haproxy.service]", inRouter)),
		key("per_node", perNode(), func(s *S) *setting[[]nodeSettings] { return &s.perNode },
			"any of these keys for one node", only[S](inRouter), example[S]("{www2: {interface: ens192}}", inRouter)),
	}
}

// nodeList reads a router's list of nodes.
func nodeList() kind[[]reference] {
	names := listOf(schema{Type: types{"string"}}, 1, MaxNodes)
	names.UniqueItems = true
	return kind[[]reference]{typ: "a list of nodes", limits: fmt.Sprintf("1 to %d", MaxNodes), schema: names, read: func(w *walker, v value) ([]reference, bool) {
		list, ok := w.names(v, "node", MaxNodes)
		if ok && len(list) == 0 {
			w.report(v, "", "%s is empty", v.name)
			return nil, false
		}
		return list, ok
	}}
}

// names reads a list of names of nodes or routers. A name that stands twice is reported, and kept once.
func (w *walker) names(v value, what string, most int) ([]reference, bool) {
	items, ok := w.items(v, "a list of "+what+"s", most)
	var list []reference
	first := make(map[string]value)
	for _, item := range items {
		name, good := w.text(item, "the name of a "+what)
		if earlier, twice := first[name]; good && twice {
			w.report(item, "it is already in "+lineOf(earlier), "the %s %s stands twice", what, quote(name))
			continue
		}
		ok = ok && good
		if good {
			first[name] = item
			list = append(list, reference{name, item})
		}
	}
	return list, ok
}

// leaseKind reads a lease: off, or a duration in whole seconds, the kernel's unit.
func leaseKind() kind[lease] {
	const shortest, longest = 2 * time.Second, 24 * time.Hour
	return kind[lease]{typ: "a duration", limits: "2s to 24h in whole seconds, or off", schema: spanOrOff(), read: func(w *walker, v value) (lease, bool) {
		if v.node.Kind == yaml.ScalarNode {
			switch v.node.Value {
			case "off":
				return lease{off: true}, true
			case "false", "no", "none", "never", "0":
				w.report(v, "write off", "lease is a duration or off, not %s", v.describe())
				return lease{}, false
			}
		}
		d, ok := w.span(v)
		switch {
		case !ok:
			return lease{}, false
		case d < shortest:
			w.report(v, "write 2s, or off to do without", "the kernel counts whole seconds: a lease shorter than 2s cannot be renewed in time")
			return lease{}, false
		}
		d, ok = duration(shortest, longest, time.Second).read(w, v)
		return lease{duration: d}, ok
	}}
}

// perNode reads the settings that differ by node.
func perNode() kind[[]nodeSettings] {
	return kind[[]nodeSettings]{typ: "a mapping from node to keys", schema: byName(nil, schema{Ref: refPerNode}), read: func(w *walker, v value) ([]nodeSettings, bool) {
		entries, ok := w.entries(v, "a mapping from node to keys")
		var list []nodeSettings
		for _, e := range entries {
			s := new(settings)
			ok = w.fillNode(e.value, s) && ok
			list = append(list, nodeSettings{reference{e.name, e.key}, s})
		}
		return list, ok
	}}
}

// fillNode reads the keys of one node.
func (w *walker) fillNode(v value, s *settings) bool {
	if v.node.Kind == yaml.MappingNode {
		return fill(w, v, w.tables.node, s)
	}
	w.report(v, "write {priority: 150}, for example", "%s has keys here, not %s", v.name, v.describe())
	return false
}
