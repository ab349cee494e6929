package importer

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aloft-ha/aloft/internal/config"
)

func floating(list ...string) []Address {
	var addresses []Address
	for _, s := range list {
		if !strings.Contains(s, "/") {
			a := netip.MustParseAddr(s)
			addresses = append(addresses, Address{Prefix: netip.PrefixFrom(a, a.BitLen())})
			continue
		}
		addresses = append(addresses, Address{Prefix: netip.MustParsePrefix(s)})
	}
	return addresses
}

func node(name string, list ...string) Node {
	n := Node{Name: name}
	for _, s := range list {
		link, a, found := strings.Cut(s, " ")
		if !found {
			link, a = "", s
		}
		n.Addresses = append(n.Addresses, NodeAddress{Interface: link, Address: netip.MustParseAddr(a)})
	}
	return n
}

var pair = []Node{node("www1", "192.0.2.1"), node("www2", "192.0.2.2")}

// both returns the parts of two nodes that have the same settings but for what differ changes on www2.
func both(s Settings, differ func(*Settings)) []Part {
	other := s
	if differ != nil {
		differ(&other)
	}
	return []Part{{Node: "www1", Settings: s}, {Node: "www2", Settings: other}}
}

func TestYAML(t *testing.T) {
	web := Settings{Addresses: floating("192.0.2.100"), Interface: "eth0"}
	tests := []struct {
		name    string
		cluster Cluster
		want    string
	}{
		{"what the nodes have in common is the router's", Cluster{
			Head:    []string{"Two nodes.", "", "a\nb: [\x1b"},
			Nodes:   pair,
			Routers: []Router{{Name: "web", VRID: 51, Comment: []string{"from a.conf:1"}, Parts: both(web, nil)}},
		}, `# Two nodes.
#
# a` + "\uFFFDb: [\uFFFD" + `

nodes:
  - {name: www1, addresses: [192.0.2.1]}
  - {name: www2, addresses: [192.0.2.2]}

virtual_routers:
  # from a.conf:1
  web:
    vrid: 51
    addresses: [192.0.2.100]
    interface: eth0
`},
		{"what differs is per node", Cluster{
			Nodes: pair,
			Routers: []Router{{Name: "web", VRID: 51, Parts: both(web, func(s *Settings) {
				s.Interface, s.NoFailback = "ens192", true
			})}},
		}, `nodes:
  - {name: www1, addresses: [192.0.2.1]}
  - {name: www2, addresses: [192.0.2.2]}

virtual_routers:
  web:
    vrid: 51
    addresses: [192.0.2.100]
    interface: eth0
    per_node:
      www2: {interface: ens192, auto_failback: false}
`},
		{"a node that is at the default says so where the others are not", Cluster{
			Nodes: []Node{node("www1"), node("www2"), node("www3")},
			Routers: []Router{{Name: "web", VRID: 51, Parts: append(
				both(Settings{Addresses: web.Addresses, NoFailback: true, AdvertInterval: 90 * time.Second / 100, Interface: "eth0"}, nil),
				Part{Node: "www3", Settings: web})}},
		}, `nodes:
  - www1
  - www2
  - www3

virtual_routers:
  web:
    vrid: 51
    addresses: [192.0.2.100]
    interface: eth0
    auto_failback: false
    advert_interval: 900ms
    per_node:
      www3: {auto_failback: true, advert_interval: 1s}
`},
		{"an interface that one node leaves open is the others' own", Cluster{
			Nodes: []Node{node("www1", "192.0.2.1"), node("www2"), node("www3")},
			Routers: []Router{{Name: "web", VRID: 51, Parts: []Part{
				{Node: "www1", Settings: Settings{Addresses: web.Addresses}}, {Node: "www2", Settings: web}, {Node: "www3", Settings: web},
			}}},
		}, `nodes:
  - {name: www1, addresses: [192.0.2.1]}
  - www2
  - www3

virtual_routers:
  web:
    vrid: 51
    addresses: [192.0.2.100]
    per_node:
      www2: {interface: eth0}
      www3: {interface: eth0}
`},
		{"what all routers say is a default", Cluster{
			Nodes: pair,
			Routers: []Router{
				{Name: "web", VRID: 51, Parts: both(web, func(s *Settings) { s.Interface = "ens192" })},
				{Name: "mail", VRID: 52, Parts: []Part{
					{Node: "www2", Settings: Settings{Addresses: floating("192.0.2.101"), Interface: "ens192"}},
					{Node: "www1", Settings: Settings{Addresses: floating("192.0.2.101"), Interface: "eth0"}},
				}},
				{Name: "db", VRID: 53, Parts: both(Settings{Addresses: floating("192.0.2.102"), Interface: "eth0"}, func(s *Settings) { s.Interface = "ens192" })},
			},
		}, `nodes:
  - {name: www1, addresses: [192.0.2.1]}
  - {name: www2, addresses: [192.0.2.2]}

virtual_routers:
  web:
    vrid: 51
    addresses: [192.0.2.100]
    interface: eth0
    per_node:
      www2: {interface: ens192}
  mail:
    vrid: 52
    nodes: [www2, www1]
    addresses: [192.0.2.101]
    interface: ens192
    per_node:
      www1: {interface: eth0}
  db:
    vrid: 53
    addresses: [192.0.2.102]
    interface: eth0
    per_node:
      www2: {interface: ens192}
`},
		{"defaults for single nodes", Cluster{
			Nodes: pair,
			Routers: []Router{
				{Name: "web", VRID: 51, Parts: both(web, func(s *Settings) { s.Interface = "ens192" })},
				{Name: "db", VRID: 52, Parts: both(Settings{Addresses: floating("192.0.2.102"), Interface: "eth0"}, func(s *Settings) { s.Interface = "ens192" })},
			},
		}, `nodes:
  - {name: www1, addresses: [192.0.2.1]}
  - {name: www2, addresses: [192.0.2.2]}

defaults:
  interface: eth0
  per_node:
    www2: {interface: ens192}

virtual_routers:
  web:
    vrid: 51
    addresses: [192.0.2.100]
  db:
    vrid: 52
    addresses: [192.0.2.102]
`},
		{"priorities that the order does not give, and addresses with keys", Cluster{
			Nodes: []Node{node("www1", "eth0 192.0.2.1", "eth1 2001:db8::1"), node("51")},
			Routers: []Router{{Name: "yes", VRID: 51, Parts: []Part{
				{Node: "51", Priority: 150, Settings: Settings{Interface: "eth0.100", Addresses: []Address{
					{Prefix: netip.MustParsePrefix("192.0.2.100/24"), Label: "eth0:1", Scope: "link", Interface: "eth1"},
					{Prefix: netip.MustParsePrefix("2001:db8::/128"), Silent: true, Source: true},
				}}},
				{Node: "www1", Priority: 100, Settings: Settings{Interface: "eth0", Addresses: floating("192.0.2.100/24", "2001:db8::/128")}},
			}}},
		}, `nodes:
  - {name: www1, addresses: {eth0: [192.0.2.1], eth1: ["2001:db8::1"]}}
  - "51"

virtual_routers:
  "yes":
    vrid: 51
    nodes: ["51", www1]
    priority: {"51": 150, www1: 100}
    addresses:
      - {address: 192.0.2.100/24, interface: eth1, label: "eth0:1", scope: link}
      - {address: "2001:db8::", advertise: false, source: true}
    interface: eth0.100
    per_node:
      www1: {addresses: [192.0.2.100/24, "2001:db8::"], interface: eth0}
`},
		{"every key", Cluster{
			Nodes: pair,
			Routers: []Router{{Name: "web", VRID: 51, Parts: []Part{{Node: "www1", Priority: 200, Settings: Settings{
				Addresses: floating("192.0.2.100"), AdvertInterval: 2 * time.Second, DownAdverts: 4, Transport: config.Unicast,
				SourceAddress: netip.MustParseAddr("192.0.2.1"), MinTTL: 250, Checksum: config.ChecksumRFC5798,
				PreemptDelay: 90 * time.Second, StartupDelay: time.Hour, LinkUpDelay: 10 * time.Minute,
			}}}}},
		}, `nodes:
  - {name: www1, addresses: [192.0.2.1]}
  - {name: www2, addresses: [192.0.2.2]}

virtual_routers:
  web:
    vrid: 51
    nodes: [www1]
    addresses: [192.0.2.100]
    advert_interval: 2s
    down_adverts: 4
    transport: unicast
    source_address: 192.0.2.1
    min_ttl: 250
    checksum: rfc5798
    preempt_delay: 1m30s
    startup_delay: 1h
    link_up_delay: 10m
`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := string(test.cluster.YAML())
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("YAML (-want +got):\n%s", diff)
			}
			checkRoundTrip(t, &test.cluster)
		})
	}
}

// checkRoundTrip reads the file back, and demands of each node what the cluster says of it.
func checkRoundTrip(t *testing.T, c *Cluster) {
	t.Helper()
	file, problems := (&Result{Cluster: c}).Checked("aloft.yaml")
	for _, p := range problems {
		if p.Severity == config.Error {
			t.Errorf("refused: %v\n%s", p, file)
		}
	}
	read, _ := config.Parse("aloft.yaml", file)
	if read == nil {
		return
	}
	checkWhole(t, c, read)
	for i, r := range c.Routers {
		var got []string
		for j, part := range r.Parts {
			instance := read.Routers[i].PerNode[j]
			got = append(got, instance.Node)
			want := part.Settings
			if want.AdvertInterval == 0 {
				want.AdvertInterval = time.Second
			}
			if diff := cmp.Diff(want, back(instance, want), cmp.Comparer(func(a, b netip.Addr) bool { return a == b }),
				cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })); diff != "" {
				t.Errorf("%s on %s (-want +got):\n%s", r.Name, part.Node, diff)
			}
			if part.Priority != 0 && int(instance.Priority) != part.Priority {
				t.Errorf("%s on %s: want priority %d, got %d", r.Name, part.Node, part.Priority, instance.Priority)
			}
		}
		for j, part := range r.Parts {
			if got[j] != part.Node {
				t.Errorf("%s: want the nodes' order of %v, got %v", r.Name, r.Parts, got)
			}
		}
	}
}

// back makes settings of an instance. What is at its default is left out as want leaves it out.
func back(i config.Instance, want Settings) Settings {
	s := Settings{
		Interface: i.Interface, NoFailback: !i.AutoFailback, AdvertInterval: i.Interval.Duration(), Transport: i.Transport,
		SourceAddress: i.SourceAddress, Checksum: i.Checksum, PreemptDelay: i.PreemptDelay, StartupDelay: i.StartupDelay,
		LinkUpDelay: i.LinkUpDelay, DownAdverts: i.DownAdverts, MinTTL: int(i.MinTTL),
		Track: i.Track, Notify: i.Notify, Services: services(i.Services, want.Services),
	}
	if want.DownAdverts == 0 && s.DownAdverts == 3 {
		s.DownAdverts = 0
	}
	for _, a := range i.Addresses {
		scope := a.Scope.String()
		if a.Scope == config.ScopeGlobal {
			scope = ""
		}
		s.Addresses = append(s.Addresses, Address{
			Prefix: a.Prefix, Interface: a.Interface, Label: a.Label, Scope: scope, Silent: !a.Advertise, Source: a.Source,
		})
	}
	return s
}

func TestYAMLBreaksLongListsIntoLines(t *testing.T) {
	var list []string
	for i := range 20 {
		list = append(list, netip.AddrFrom4([4]byte{192, 0, 2, byte(100 + i)}).String())
	}
	c := &Cluster{Nodes: pair, Routers: []Router{{Name: "web", VRID: 51, Parts: both(Settings{Addresses: floating(list...)}, func(s *Settings) {
		s.Addresses = floating(list[:19]...)
	})}}}
	checkRoundTrip(t, c)
	for line := range strings.SplitSeq(string(c.YAML()), "\n") {
		if len(line) > lineWidth {
			t.Errorf("a line of %d letters: %s", len(line), line)
		}
	}
}

func TestYAMLIsTheSameEachTime(t *testing.T) {
	c := &Cluster{Nodes: pair, Routers: []Router{{Name: "web", VRID: 51, Parts: both(Settings{
		Addresses: floating("192.0.2.100"), Interface: "eth0", NoFailback: true, MinTTL: 1, DownAdverts: 5,
	}, func(s *Settings) { *s = Settings{Addresses: floating("192.0.2.100")} })}}}
	want := string(c.YAML())
	for range 50 {
		if got := string(c.YAML()); got != want {
			t.Fatalf("want %s, got %s", want, got)
		}
	}
}
