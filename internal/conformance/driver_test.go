package conformance

import (
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aloft-ha/aloft/internal/config"
)

// configured is a setup with all that one may have.
func configured(p Profile) Setup {
	s := Setup{
		Profile: p, Name: subject, PeerName: tester, Interface: "eth0",
		Self: netip.MustParseAddr("192.0.2.2"), Peer: netip.MustParseAddr("192.0.2.1"),
		Routers: []Router{
			{VRID: 51, Priority: 255, Interval: time.Second, Addresses: addrs("192.0.2.100")},
			{VRID: 52, Priority: 50, Interval: 2 * time.Second, Addresses: addrs("192.0.2.200", "192.0.2.201"), NoPreempt: true, Unicast: true},
		},
	}
	if p.Version == 2 {
		s.Routers[0].Password = "secret"
	}
	return s
}

func TestAloftTakesItsFile(t *testing.T) {
	for _, p := range Profiles() {
		s := configured(p)
		if p.IPv6 {
			s.Self, s.Peer = netip.MustParseAddr("fe80::2"), netip.MustParseAddr("fe80::1")
			s.Routers[0].Addresses, s.Routers[1].Addresses = addrs("fe80::51"), addrs("fe80::52", "2001:db8::1")
		}
		text := aloftFile(s)
		cfg, problems := config.Parse("aloft.yaml", []byte(text))
		if cfg == nil {
			t.Fatalf("%s: %v\n%s", p, problems, text)
		}
		instances := cfg.Instances(subject)
		if len(instances) != len(s.Routers) {
			t.Errorf("%s: %d instances", p, len(instances))
		}
		for _, i := range instances {
			if want := s.Routers[i.VRID-51].Priority; i.Priority != want {
				t.Errorf("%s: priority %d, want %d", p, i.Priority, want)
			}
		}
	}
}

func TestKeepalivedFile(t *testing.T) {
	const want = `global_defs {
    router_id subject
    vrrp_version 2
}
vrrp_instance router51 {
    state MASTER
    interface eth0
    virtual_router_id 51
    priority 255
    advert_int 1
    authentication {
        auth_type PASS
        auth_pass secret
    }
    virtual_ipaddress {
        192.0.2.100/32 dev eth0
    }
}
vrrp_instance router52 {
    state BACKUP
    interface eth0
    virtual_router_id 52
    priority 50
    advert_int 2
    nopreempt
    unicast_src_ip 192.0.2.2
    unicast_peer {
        192.0.2.1
    }
    virtual_ipaddress {
        192.0.2.200/32 dev eth0
        192.0.2.201/32 dev eth0
    }
}
`
	if d := cmp.Diff(want, keepalivedFile(configured(V2IPv4))); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

func TestFRRFile(t *testing.T) {
	const want = `hostname subject
interface eth0
 vrrp 51 version 3
 vrrp 51 priority 255
 vrrp 51 advertisement-interval 1000
 vrrp 51 ip 192.0.2.100
 vrrp 52 version 3
 vrrp 52 priority 50
 vrrp 52 advertisement-interval 2000
 no vrrp 52 preempt
 vrrp 52 ip 192.0.2.200
 vrrp 52 ip 192.0.2.201
`
	if d := cmp.Diff(want, frrFile(configured(V3IPv4))); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

func TestWhatFRRCannot(t *testing.T) {
	for want, r := range map[string]Router{
		"": {Priority: 254},
		"it has no owner: its priorities end at 254": {Priority: 255},
		"it has no unicast":                          {Unicast: true},
		"it has no authentication":                   {Password: "secret"},
	} {
		if got := (frr{}).Cannot(Setup{Routers: []Router{r}}); got != want {
			t.Errorf("%+v: %q, want %q", r, got, want)
		}
	}
}
