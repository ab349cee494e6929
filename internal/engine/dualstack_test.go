package engine

import (
	"net/netip"
	"testing"
	"time"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/internal/link"
	"github.com/aloft-ha/aloft/vrrp"
)

// dual gives a router an address of each family.
func dual(i *config.Instance) { i.Addresses = addresses("192.0.2.100/32", "2001:db8::100/128") }

func sixOf(h *host) func(advert) bool {
	return func(a advert) bool { return a.from == h && a.ipv6() }
}

func fourOf(h *host) func(advert) bool {
	return func(a advert) bool { return a.from == h && !a.ipv6() }
}

func TestDualStackMovesTogether(t *testing.T) {
	simulate(t, func(t *testing.T, n *lan) {
		a, b := n.pair(dual)
		six := n.wantSend("IPv6", time.Second, sixOf(a))
		wantEqual(t, "from the link-local address", six.src, a.addr6)
		wantEqual(t, "to the group", six.dst, vrrp.Group6)
		wantEqual(t, "with the IPv6 addresses", six.Addresses, addrs("2001:db8::100"))
		n.wantHolders("IPv4", "192.0.2.100", a)
		n.wantHolders("IPv6", "2001:db8::100", a)

		a.changeLink(func(l *link.Link) { l.Addresses = l.Addresses[:1] })
		n.wantSend("IPv4 leaves with it, after one interval", time.Second, func(adv advert) bool {
			return fourOf(a)(adv) && adv.Priority == 0
		})
		a.wantFault("no link-local address", "web/ipv6", vrrp.FaultNoSource)
		n.wantSend("b serves IPv4", 4*time.Second, fourOf(b))
		n.pass(4 * time.Second)
		a.wantFault("the other family", "web/ipv4", vrrp.FaultGroup)
		n.wantHolders("together", "192.0.2.100", b)
		n.wantHolders("together", "2001:db8::100", b)

		a.changeLink(func(l *link.Link) {
			l.Addresses = append(l.Addresses, link.Address{Prefix: netip.PrefixFrom(a.addr6, 64)})
		})
		n.pass(10 * time.Second)
		n.wantHolders("together again", "192.0.2.100", a)
		n.wantHolders("together again", "2001:db8::100", a)
	})
}

func TestDualStackOneFamilyLostAloneTearsNothing(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		a, b := n.pair(dual)
		n.lossOf(func(f frame) bool { return f.ipv6 })
		n.wantSilence("IPv4 still hears a", time.Minute, from(b))
		n.wantHolders("a serves both", "2001:db8::100", a)
	})
}

func TestDualStackStop(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		a, b := n.pair(dual, fast)
		a.engine.Stop()
		n.wantSend("IPv4", 20*time.Millisecond, fourOf(b))
		n.wantSend("IPv6", 20*time.Millisecond, sixOf(b))
		a.wantDone("handed over", 50*time.Millisecond)
		n.pass(time.Millisecond)
		n.wantHolders("IPv4", "192.0.2.100", b)
		n.wantHolders("IPv6", "2001:db8::100", b)
	})
}

func TestUnadvertisedAddressOfTheOtherFamilyRidesAlong(t *testing.T) {
	simulate(t, func(t *testing.T, n *lan) {
		a := n.alone(web(200, dual, func(i *config.Instance) { i.Addresses[1].Advertise = false }))
		n.wantHolders("held", "2001:db8::100", a)
		adv := n.wantSend("regular", time.Second, from(a))
		wantEqual(t, "advertised", adv.Addresses, addrs("192.0.2.100"))
		n.wantSilence("no router of its own", time.Minute, sixOf(a))
		a.wantState("one member needs no family in its name", "web", vrrp.Active, vrrp.ReasonSilence)
	})
}
