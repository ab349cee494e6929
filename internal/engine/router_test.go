package engine

import (
	"testing"
	"time"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/vip"
	"github.com/aloft-ha/aloft/vrrp"
)

func TestSameRouter(t *testing.T) {
	base := web(200)
	byLocal := web(200, local("192.0.2.1"))
	home := func(inst *config.Instance) int {
		if inst.Interface == "eth0" || inst.Interface == "" && inst.Local[0].Address == addrs("192.0.2.1")[0] {
			return 1
		}
		return 0
	}
	for name, c := range map[string]struct {
		from, to config.Instance
		same     bool
	}{
		"unchanged":         {base, web(200), true},
		"renamed":           {base, web(200, named("shop")), true},
		"another priority":  {base, web(100), true},
		"other addresses":   {base, web(200, with("192.0.2.7/32")), true},
		"another transport": {base, web(200, unicast("192.0.2.2")), true},
		"this node has more addresses, and the interface is named": {base, web(200, func(i *config.Instance) {
			i.Local = []config.NodeAddress{{Address: addrs("192.0.2.9")[0]}}
		}), true},
		"another VRID":              {base, web(200, vrid(52)), false},
		"another interface":         {base, web(200, on("eth1")), false},
		"a family more":             {base, web(200, dual), true},
		"another family":            {base, web(200, with("2001:db8::1/128")), false},
		"found by another address":  {byLocal, web(200, local("192.0.2.2")), false},
		"one address more":          {byLocal, web(200, local("192.0.2.1", "192.0.2.9")), true},
		"the interface is written":  {byLocal, web(200), true},
		"found by the same address": {byLocal, web(200, local("192.0.2.1")), true},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRouter(c.from, testConfig)
			wantEqual(t, "same", r.same(&c.to, home, families(&c.to)...), c.same)
		})
	}
}

func TestOwnersAreUnique(t *testing.T) {
	seen := make(map[vip.Owner]string)
	for name, inst := range map[string]config.Instance{
		"one":                 web(200),
		"another VRID":        web(200, vrid(52)),
		"another interface":   web(200, on("eth1")),
		"found by an address": web(200, local("192.0.2.1")),
		"found by another":    web(200, local("192.0.2.2")),
		"found by nothing":    web(200, on("")),
	} {
		for _, ipv6 := range []bool{false, true} {
			o := ownerOf(&inst, ipv6)
			if other, taken := seen[o]; taken {
				t.Errorf("%s and %s are both %s", name, other, o)
			}
			seen[o] = name
		}
	}
	renamed := web(200, named("shop"))
	one := web(200)
	wantEqual(t, "a new name is the same owner", ownerOf(&renamed, false), ownerOf(&one, false))
}

func TestFaultOfAMember(t *testing.T) {
	m := newRouter(web(200), testConfig).members[0]
	wantEqual(t, "healthy", m.fault(), vrrp.FaultNone)
	m.foreign = addrs("192.0.2.100")[0]
	wantEqual(t, "foreign", m.fault(), vrrp.FaultAddressForeign)
	m.router.settledAt = time.Unix(1, 0)
	wantEqual(t, "settling comes first", m.fault(), vrrp.FaultLinkSettling)
	m.place.fault = vrrp.FaultNoCarrier
	wantEqual(t, "its place before all", m.fault(), vrrp.FaultNoCarrier)
}

func TestSettle(t *testing.T) {
	now := time.Unix(100, 0)
	r := &router{inst: config.Instance{LinkUpDelay: 5 * time.Second}}
	settled := func(why string, now time.Time, carrier bool, want time.Time) {
		t.Helper()
		r.settle(now, carrier)
		wantEqual(t, why, r.settledAt, want)
	}
	var never time.Time
	settled("no carrier at the start", now, false, never)
	settled("the first carrier", now, true, never)
	settled("it stays", now, true, never)
	settled("lost", now, false, never)
	settled("back", now, true, now.Add(5*time.Second))
	settled("it stays", now.Add(time.Second), true, now.Add(5*time.Second))
	settled("lost while it settles", now.Add(2*time.Second), false, never)
	settled("back again", now.Add(3*time.Second), true, now.Add(8*time.Second))
	settled("over", now.Add(8*time.Second), true, never)
	settled("it stays", now.Add(9*time.Second), true, never)
	r.inst.LinkUpDelay = 0
	settled("lost without a delay", now, false, never)
	settled("back without a delay", now, true, never)
	r.inst.LinkUpDelay = 5 * time.Second
	settled("a delay that was configured later", now, true, never)
}

func TestDescribe(t *testing.T) {
	wantEqual(t, "one family", newRouter(web(200), testConfig).members[0].describe(), "web")
	both := newRouter(web(200, dual), testConfig)
	wantEqual(t, "first of two", both.members[0].describe(), "web/ipv4")
	wantEqual(t, "second of two", both.members[1].describe(), "web/ipv6")
}

func TestSameAddresses(t *testing.T) {
	for name, c := range map[string]struct {
		a, b []string
		want bool
	}{
		"both empty":      {nil, nil, true},
		"equal":           {[]string{"192.0.2.1", "192.0.2.2"}, []string{"192.0.2.1", "192.0.2.2"}, true},
		"another order":   {[]string{"192.0.2.1", "192.0.2.2"}, []string{"192.0.2.2", "192.0.2.1"}, true},
		"one more":        {[]string{"192.0.2.1", "192.0.2.2"}, []string{"192.0.2.1"}, false},
		"one other":       {[]string{"192.0.2.1", "192.0.2.2"}, []string{"192.0.2.1", "192.0.2.3"}, false},
		"one twice":       {[]string{"192.0.2.1", "192.0.2.1"}, []string{"192.0.2.1", "192.0.2.2"}, false},
		"the other twice": {[]string{"192.0.2.1", "192.0.2.2"}, []string{"192.0.2.1", "192.0.2.1"}, false},
	} {
		t.Run(name, func(t *testing.T) { wantEqual(t, "same", sameAddresses(addrs(c.a...), addrs(c.b...)), c.want) })
	}
}
