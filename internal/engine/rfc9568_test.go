package engine

import (
	"testing"
	"time"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/vrrp"
)

// 7.2: "Fill in the VRRP packet fields with the appropriate Virtual Router configuration state", from the interface's
// primary IPv4 address or its link-local IPv6 address, to the group; in the order of the file, 5.2.9.
func TestRFC9568_7_2_AdvertsSayWhatIsConfigured(t *testing.T) {
	simulate(t, func(t *testing.T, n *lan) {
		inst := web(123, vrid(77), every(80), with("192.0.2.102/32", "2001:db8::102/128", "192.0.2.101/24", "fe80::77/128"))
		a := n.alone(inst)
		for _, c := range []struct {
			name string
			got  advert
			want advert
		}{
			{"IPv4", n.wantSend("IPv4", 5*time.Second, fourOf(a)), advert{
				src: a.addr4, dst: vrrp.Group4, form: vrrp.FormPseudo,
				Packet: vrrp.Packet{VRID: 77, Priority: 123, Interval: 80, Addresses: addrs("192.0.2.102", "192.0.2.101")},
			}},
			{"IPv6", n.wantSend("IPv6", 5*time.Second, sixOf(a)), advert{
				src: a.addr6, dst: vrrp.Group6, form: vrrp.FormPseudo,
				Packet: vrrp.Packet{VRID: 77, Priority: 123, Interval: 80, Addresses: addrs("2001:db8::102", "fe80::77")},
			}},
		} {
			wantEqual(t, c.name+": source", c.got.src, c.want.src)
			wantEqual(t, c.name+": destination", c.got.dst, c.want.dst)
			wantEqual(t, c.name+": checksum", c.got.form, c.want.form)
			wantEqual(t, c.name+": fields", c.got.Packet, c.want.Packet)
		}
	})
}

// 5.2.9: "The address family of the addresses, IPv4 or IPv6 but not both, MUST be the same as the VRRP packet's IPvX
// header address family", whatever moves along.
func TestRFC9568_5_2_9_NoAdvertHasAnAddressOfTheOtherFamily(t *testing.T) {
	for name, options := range map[string][]func(*config.Instance){
		"both":             {dual},
		"IPv6 rides along": {dual, hidden(1)},
		"IPv4 rides along": {dual, hidden(0)},
	} {
		t.Run(name, func(t *testing.T) {
			simulate(t, func(t *testing.T, n *lan) {
				began := time.Now()
				a, b := n.pair(options...)
				a.stop()
				n.wantSend("both have said something", 5*time.Second, from(b))
				n.pass(2 * time.Second)
				for _, adv := range n.sent(began, anything) {
					if len(adv.Addresses) == 0 {
						t.Error("an advert of nothing")
					}
					for _, addr := range adv.Addresses {
						if addr.Is6() != adv.src.Is6() {
							t.Errorf("%s advertises %s from %s", adv.from.name, addr, adv.src)
						}
					}
				}
			})
		})
	}
}
