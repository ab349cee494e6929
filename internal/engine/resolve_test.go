package engine

import (
	"net/netip"
	"slices"
	"testing"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/internal/link"
	"github.com/aloft-ha/aloft/vip"
	"github.com/aloft-ha/aloft/vrrp"
)

// nic is a link that is up, with these addresses.
func nic(index int, name string, prefixes ...string) link.Link {
	l := link.Link{Index: index, Name: name, Up: true, Carrier: true}
	for _, p := range prefixes {
		l.Addresses = append(l.Addresses, link.Address{Prefix: netip.MustParsePrefix(p)})
	}
	return l
}

func changed(l link.Link, change func(*link.Link)) link.Link {
	l.Addresses = slices.Clone(l.Addresses)
	change(&l)
	return l
}

func source(addr string) func(*config.Instance) {
	return func(i *config.Instance) { i.SourceAddress = netip.MustParseAddr(addr) }
}

func TestResolve(t *testing.T) {
	plain := nic(2, "eth0", "192.0.2.1/24", "192.0.2.7/24", "fe80::1/64", "2001:db8::1/64")
	other := nic(3, "eth1", "198.51.100.1/24", "fe80::2/64")
	floats := changed(plain, func(l *link.Link) { l.Addresses[0].Prefix = netip.MustParsePrefix("192.0.2.100/32") })
	tentative := changed(plain, func(l *link.Link) { l.Addresses[2].Tentative, l.Addresses[3].Tentative = true, true })
	at := func(source string) place {
		return place{ifindex: 2, ifname: "eth0", source: netip.MustParseAddr(source)}
	}
	broken := func(f vrrp.Fault) place { return place{ifindex: 2, ifname: "eth0", fault: f} }
	missing := func(what string) place { return place{fault: vrrp.FaultInterfaceMissing, missing: what} }
	sourceless := func(what string) place {
		return place{ifindex: 2, ifname: "eth0", fault: vrrp.FaultNoSource, missing: what}
	}
	six := unicast("2001:db8::2")

	for name, c := range map[string]struct {
		inst  config.Instance
		ipv6  bool
		links []link.Link
		want  place
	}{
		"by name":                                                {web(200), false, []link.Link{plain, other}, at("192.0.2.1")},
		"by alternative name":                                    {web(200, on("lan")), false, []link.Link{changed(plain, func(l *link.Link) { l.AltNames = []string{"lan"} })}, at("192.0.2.1")},
		"by this node's address":                                 {web(200, local("192.0.2.7")), false, []link.Link{other, plain}, at("192.0.2.7")},
		"by this node's second address":                          {web(200, local("203.0.113.9", "192.0.2.7")), false, []link.Link{plain}, at("192.0.2.7")},
		"by the interface that the node's address names":         {web(200, local("192.0.2.1"), localOn("eth0")), false, []link.Link{plain, other}, at("192.0.2.1")},
		"the interface that the node's address names is missing": {web(200, local("192.0.2.1"), localOn("eth9")), false, []link.Link{plain}, missing("eth9")},

		"no such interface":                         {web(200), false, []link.Link{other}, missing("eth0")},
		"no interface has the node's address":       {web(200, local("203.0.113.9")), false, []link.Link{plain}, missing("the interface with 203.0.113.9")},
		"neither interface nor address":             {web(200, on("")), false, []link.Link{plain}, missing("")},
		"down":                                      {web(200), false, []link.Link{changed(plain, func(l *link.Link) { l.Up, l.Carrier = false, false })}, broken(vrrp.FaultInterfaceDown)},
		"no carrier":                                {web(200), false, []link.Link{changed(plain, func(l *link.Link) { l.Carrier = false })}, broken(vrrp.FaultNoCarrier)},
		"a port of a bridge":                        {web(200), false, []link.Link{changed(plain, func(l *link.Link) { l.Port = true })}, broken(vrrp.FaultInterfacePort)},
		"no carrier matters more than being a port": {web(200), false, []link.Link{changed(plain, func(l *link.Link) { l.Carrier, l.Port = false, true })}, broken(vrrp.FaultNoCarrier)},
		"no address at all":                         {web(200), false, []link.Link{nic(2, "eth0")}, sourceless("an ipv4 address")},
		"no IPv6 address":                           {web(200), true, []link.Link{nic(2, "eth0", "192.0.2.1/24")}, sourceless("an ipv6 address")},

		"a floating address is no source":      {web(200), false, []link.Link{floats}, at("192.0.2.7")},
		"nothing but a floating address":       {web(200), false, []link.Link{nic(2, "eth0", "192.0.2.100/32")}, sourceless("an ipv4 address")},
		"source_address":                       {web(200, source("192.0.2.7")), false, []link.Link{plain}, at("192.0.2.7")},
		"source_address that is absent":        {web(200, source("192.0.2.8")), false, []link.Link{plain}, sourceless("192.0.2.8")},
		"source_address of the other family":   {web(200, source("2001:db8::1")), false, []link.Link{plain}, at("192.0.2.1")},
		"source_address that is tentative":     {web(200, source("2001:db8::1")), true, []link.Link{tentative}, sourceless("2001:db8::1")},
		"source_address of IPv6":               {web(200, source("2001:db8::1")), true, []link.Link{plain}, at("2001:db8::1")},
		"IPv6 multicast from link-local":       {web(200), true, []link.Link{plain}, at("fe80::1")},
		"whatever address the node has":        {web(200, local("2001:db8::1")), true, []link.Link{plain}, at("fe80::1")},
		"link-local is tentative":              {web(200), true, []link.Link{tentative}, sourceless("an ipv6 address")},
		"IPv6 unicast from the node's address": {web(200, six, local("192.0.2.1", "2001:db8::1")), true, []link.Link{plain}, at("2001:db8::1")},
		"IPv6 unicast while it is tentative":   {web(200, six, local("192.0.2.1", "2001:db8::1")), true, []link.Link{tentative}, sourceless("an ipv6 address")},
		"IPv6 unicast without one":             {web(200, six), true, []link.Link{plain}, at("fe80::1")},
		"the node's address is elsewhere":      {web(200, local("198.51.100.1"), on("eth0")), false, []link.Link{plain, other}, at("192.0.2.1")},
	} {
		t.Run(name, func(t *testing.T) {
			floating := func(addr netip.Addr) bool { return addr == netip.MustParseAddr("192.0.2.100") }
			slices.SortFunc(c.links, func(a, b link.Link) int { return a.Index - b.Index })
			got := resolve(&c.inst, c.ipv6, link.Snapshot{Links: c.links}, floating)
			if got != c.want {
				t.Errorf("got %+v (%v), want %+v (%v)", got, got.fault, c.want, c.want.fault)
			}
		})
	}
}

// localOn says on which interface the node's addresses are.
func localOn(name string) func(*config.Instance) {
	return func(i *config.Instance) {
		for j := range i.Local {
			i.Local[j].Interface = name
		}
	}
}

// hidden makes the n-th address unadvertised.
func hidden(n int) func(*config.Instance) {
	return func(i *config.Instance) { i.Addresses[n].Advertise = false }
}

func TestFamiliesAndShares(t *testing.T) {
	for name, c := range map[string]struct {
		inst     config.Instance
		families []bool
		four     []string
		six      []string
	}{
		"IPv4":                       {web(200), []bool{false}, []string{"192.0.2.100/32"}, nil},
		"IPv6":                       {web(200, with("2001:db8::1/128")), []bool{true}, nil, []string{"2001:db8::1/128"}},
		"both":                       {web(200, dual), []bool{false, true}, []string{"192.0.2.100/32"}, []string{"2001:db8::100/128"}},
		"both, IPv6 listed first":    {web(200, with("2001:db8::1/128", "192.0.2.1/32")), []bool{false, true}, []string{"192.0.2.1/32"}, []string{"2001:db8::1/128"}},
		"IPv6 rides along":           {web(200, dual, hidden(1)), []bool{false}, []string{"192.0.2.100/32", "2001:db8::100/128"}, nil},
		"IPv4 rides along":           {web(200, dual, hidden(0)), []bool{true}, nil, []string{"192.0.2.100/32", "2001:db8::100/128"}},
		"unadvertised of its family": {web(200, with("192.0.2.1/32", "192.0.2.2/32", "2001:db8::1/128"), hidden(1)), []bool{false, true}, []string{"192.0.2.1/32", "192.0.2.2/32"}, []string{"2001:db8::1/128"}},
	} {
		t.Run(name, func(t *testing.T) {
			got := families(&c.inst)
			wantEqual(t, "families", got, c.families)
			for _, ipv6 := range got {
				want := c.four
				if ipv6 {
					want = c.six
				}
				var mine []string
				for _, a := range share(&c.inst, ipv6) {
					mine = append(mine, a.Prefix.String())
				}
				wantEqual(t, "share of "+familyName(ipv6), mine, want)
			}
		})
	}
}

func TestMachineConfigTellsAdvertisedFromOthers(t *testing.T) {
	inst := web(200, with("192.0.2.1/24", "192.0.2.2/24", "2001:db8::1/64"), hidden(1), hidden(2), fast)
	inst.Gap = 7
	got := testConfig(&inst, false)
	wantEqual(t, "advertised", got.Addresses, addrs("192.0.2.1"))
	wantEqual(t, "not advertised", got.Unadvertised, addrs("192.0.2.2", "2001:db8::1"))
	wantEqual(t, "others", got.Others, 1)
	wantEqual(t, "gap", got.Gap, 7)
	wantEqual(t, "farewell", got.Farewell, vrrp.FarewellFast)
	wantEqual(t, "preempt", got.Preempt, true)
}

func TestFloatingAddresses(t *testing.T) {
	s := link.Snapshot{Links: []link.Link{nic(2, "eth0"), nic(3, "eth1")}}
	list := []config.Address{
		{Prefix: netip.MustParsePrefix("192.0.2.100/24"), Label: "eth0:v", Scope: 253},
		{Prefix: netip.MustParsePrefix("2001:db8::1/128"), Interface: "eth1", Source: true},
	}
	got, missing := floatingAddresses(list, 2, s)
	wantEqual(t, "missing", missing, "")
	wantEqual(t, "as they are to stand in the kernel", got, []vip.Address{
		{Prefix: netip.MustParsePrefix("192.0.2.100/24"), Ifindex: 2, Label: "eth0:v", Scope: 253},
		{Prefix: netip.MustParsePrefix("2001:db8::1/128"), Ifindex: 3, Source: true},
	})
	list[1].Interface = "eth2"
	_, missing = floatingAddresses(list, 2, s)
	wantEqual(t, "an interface is missing", missing, "eth2")
}

func TestResolvePeersTakesThoseOfTheFamily(t *testing.T) {
	m := newRouter(web(200), testConfig).members[0]
	m.place.ifindex = 2
	m.router.inst.Peers = []config.Peer{
		{Addresses: addrs("192.0.2.2", "2001:db8::2")},
		{Addresses: addrs("203.0.113.3")},
		{},
	}
	s := link.Snapshot{Links: []link.Link{nic(2, "eth0", "192.0.2.1/24", "2001:db8::1/64")}}
	peers, list := resolvePeers(m, s)
	wantEqual(t, "addresses", list, addrs("192.0.2.2", "203.0.113.3"))
	wantEqual(t, "on the link", []bool{peers[0].onLink, peers[1].onLink}, []bool{true, false})
	m.ipv6 = true
	_, list = resolvePeers(m, s)
	wantEqual(t, "IPv6", list, addrs("2001:db8::2"))
}

func TestFloatingAddressIsNoSourceUnlessWeOwnIt(t *testing.T) {
	e := &Engine{}
	e.want([]config.Instance{web(200), web(255, with("192.0.2.5/32"))})
	check := func(want map[string]bool) {
		t.Helper()
		for addr, floats := range want {
			wantEqual(t, addr, e.floating(netip.MustParseAddr(addr)), floats)
		}
	}
	check(map[string]bool{"192.0.2.100": true, "192.0.2.5": false, "192.0.2.1": false})
	e.want([]config.Instance{web(200, with("192.0.2.101/32")), web(200, with("192.0.2.5/32"))})
	check(map[string]bool{"192.0.2.100": true, "192.0.2.101": true, "192.0.2.5": true})
	e.want(nil)
	check(map[string]bool{"192.0.2.100": false, "192.0.2.101": true, "192.0.2.5": true})
}
