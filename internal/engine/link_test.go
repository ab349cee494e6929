package engine

import (
	"errors"
	"net/netip"
	"testing"
	"time"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/internal/link"
	"github.com/aloft-ha/aloft/vrrp"
)

func TestLinkFaultsAndRecovery(t *testing.T) {
	for name, c := range map[string]struct {
		breaks, heals func(*link.Link)
		fault         vrrp.Fault
		after         time.Duration
	}{
		"interface down":    {func(l *link.Link) { l.Up, l.Carrier = false, false }, func(l *link.Link) { l.Up, l.Carrier = true, true }, vrrp.FaultInterfaceDown, 0},
		"no carrier":        {func(l *link.Link) { l.Carrier = false }, func(l *link.Link) { l.Carrier = true }, vrrp.FaultNoCarrier, 0},
		"put into a bridge": {func(l *link.Link) { l.Port, l.Master = true, 9 }, func(l *link.Link) { l.Port, l.Master = false, 0 }, vrrp.FaultInterfacePort, 0},
		"no IPv4 address":   {func(l *link.Link) { l.Addresses = l.Addresses[1:] }, func(l *link.Link) { l.Addresses = []link.Address{{Prefix: netip.MustParsePrefix("192.0.2.1/24")}} }, vrrp.FaultNoSource, time.Second},
		"renamed":           {func(l *link.Link) { l.Name = "lan0" }, func(l *link.Link) { l.AltNames = []string{"eth0"} }, vrrp.FaultInterfaceMissing, time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			simulate(t, func(_ *testing.T, n *lan) {
				a, b := n.pair()
				a.changeLink(c.breaks)
				n.pass(c.after) // what blinks is believed for one interval
				broke := time.Now()
				a.wantFault("at once", "web", c.fault)
				n.pass(managerDelay)
				n.wantHolders("it has let go", "192.0.2.100")
				n.wantSilence("in fault", time.Second, func(adv advert) bool { return adv.from == a && adv.Priority > 0 })
				n.wantSend("b takes over", 4*time.Second, from(b))
				n.pass(10 * time.Second)
				if got := a.renewals(broke); got > 0 {
					n.t.Errorf("%d renewals in fault", got)
				}

				a.changeLink(c.heals)
				a.wantState("it heals by itself", "web", vrrp.Backup, vrrp.ReasonStartup)
				n.wantSend("and is Active again", 4*time.Second, from(a))
				n.pass(10 * time.Millisecond)
				n.wantHolders("as it was", "192.0.2.100", a)
			})
		})
	}
}

// A DHCP client that renews, or a network that is configured again, takes the host's address away for a moment.
func TestAHostAddressThatBlinksMovesNothing(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		a, b := n.pair()
		was := a.links.Links[0].Addresses
		for range 3 {
			a.changeLink(func(l *link.Link) { l.Addresses = nil })
			n.pass(900 * time.Millisecond)
			a.changeLink(func(l *link.Link) { l.Addresses = was })
			n.pass(300 * time.Millisecond)
		}
		a.wantState("it was not away for an interval", "web", vrrp.Active, vrrp.ReasonSilence)
		n.wantHolders("nothing moved", "192.0.2.100", a)
		n.wantSilence("b hears a", time.Minute, from(b))
	})
}

func TestLinkUpDelay(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		a := n.alone(web(200, linkUpDelay(5*time.Second)))
		a.changeLink(func(l *link.Link) { l.Carrier = false })
		n.pass(time.Second)
		a.changeLink(func(l *link.Link) { l.Carrier = true })
		n.pass(3 * time.Second)
		a.changeLink(func(l *link.Link) { l.Carrier = false })
		n.pass(time.Second)
		a.changeLink(func(l *link.Link) { l.Carrier = true })
		n.pass(time.Second)
		a.changeLink(func(l *link.Link) { l.MTU = 9000 }) // what does not matter does not begin it anew
		n.pass(4*time.Second - 1)
		a.wantFault("the switch may still block the port", "web", vrrp.FaultNoCarrier)
		n.pass(1)
		a.wantState("the delay counts from the last loss", "web", vrrp.Backup, vrrp.ReasonStartup)
	})
}

func TestLinkUpDelayThatIsConfiguredLaterConcernsTheNextLoss(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		a := n.alone(web(200))
		a.changeLink(func(l *link.Link) { l.Carrier = false })
		a.changeLink(func(l *link.Link) { l.Carrier = true })
		n.wantSend("it has recovered", 4*time.Second, from(a))
		a.apply(web(200, linkUpDelay(5*time.Second)))
		a.wantState("its link is long up", "web", vrrp.Active, vrrp.ReasonSilence)
	})
}

func TestInterfaceRecreatedWithAnotherIndex(t *testing.T) {
	simulate(t, func(t *testing.T, n *lan) {
		a := n.alone(web(200))
		a.changeLink(func(l *link.Link) { l.Index = 7 })
		a.wantState("its addresses went with the interface", "web", vrrp.Backup, vrrp.ReasonStartup)
		adv := n.wantSend("by the new socket", 4*time.Second, func(adv advert) bool { return adv.Priority > 0 })
		wantEqual(t, "sockets opened", len(a.opened), 2)
		wantEqual(t, "sockets open", a.openSockets(), 1)
		wantEqual(t, "its addresses", a.addresses.configuredAddresses(), []string{"192.0.2.100/32 on 7"})
		wantEqual(t, "watched", a.watches(), true)
		a.wantOrders("they are put on the new one", adv.at, "51@eth0/ipv4: set 192.0.2.100/32 for 4s", "51@eth0/ipv4: announce")
	})
}

// The kernel has forgotten the groups of such a link, and its sockets would be deaf for ever.
func TestSocketsAreMadeAnewWithTheLink(t *testing.T) {
	simulate(t, func(t *testing.T, n *lan) {
		a, b := n.pair()
		a.changeLink(func(l *link.Link) { l.MTU = 1400 })
		wantEqual(t, "sockets opened for another MTU", len(a.opened), 1)
		a.changeLink(func(l *link.Link) { l.Incarnation++ })
		wantEqual(t, "sockets opened for a link made anew", len(a.opened), 2)
		wantEqual(t, "sockets open", a.openSockets(), 1)
		a.wantState("it goes on", "web", vrrp.Active, vrrp.ReasonSilence)
		n.wantSilence("b hears it", time.Minute, from(b))
	})
}

func TestUnicastSocketsOutliveTheirLinksGroups(t *testing.T) {
	simulate(t, func(t *testing.T, n *lan) {
		a := n.host("a", 1)
		n.host("b", 2)
		a.start(web(200, unicast("192.0.2.2")))
		a.changeLink(func(l *link.Link) { l.Incarnation++ })
		wantEqual(t, "sockets opened", len(a.opened), 1)
	})
}

func TestInterfaceGoneAndBack(t *testing.T) {
	simulate(t, func(t *testing.T, n *lan) {
		a := n.alone(web(200))
		a.loseLinks()
		a.wantFault("no interface", "web", vrrp.FaultInterfaceMissing)
		wantEqual(t, "sockets open", a.openSockets(), 0)
		a.changeLink(func(*link.Link) {})
		a.wantState("it is back", "web", vrrp.Backup, vrrp.ReasonStartup)
		n.wantSend("Active again", 4*time.Second, func(adv advert) bool { return adv.Priority == 200 })
	})
}

func TestCarrierLostTenTimesInARow(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		a, b := n.pair()
		for range 10 {
			a.changeLink(func(l *link.Link) { l.Carrier = false })
			a.setCut(true)
			n.wantSend("b takes over", 4*time.Second, from(b))
			n.pass(time.Second)
			n.wantHolders("b has it", "192.0.2.100", b)
			a.setCut(false)
			a.changeLink(func(l *link.Link) { l.Carrier = true })
			n.wantSend("a returns", 4*time.Second, fromWith(a, 200))
			n.pass(time.Second)
			n.wantHolders("a has it", "192.0.2.100", a)
		}
	})
}

func TestAddressOnAnotherInterfaceThatIsMissing(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		a := n.host("a", 1)
		a.start(web(200, func(i *config.Instance) { i.Addresses[0].Interface = "eth1" }))
		n.wantSilence("eth1 is not there", time.Minute, anything)
		a.wantLog("it says why nothing happens", 1, "cannot serve", "router=web", "fault=address-interface-missing", "detail=eth1")
	})
}

// The router's own interface is well: the others are told, and do not have to wait for a silence.
func TestLostInterfaceOfAnAddressIsAFarewell(t *testing.T) {
	simulate(t, func(t *testing.T, n *lan) {
		a, b := n.host("a", 1), n.host("b", 2)
		for _, h := range []*host{a, b} {
			h.links.Links = append(h.links.Links, link.Link{Index: 3, Name: "eth1", Up: true, Carrier: true})
		}
		option := func(i *config.Instance) {
			fast(i)
			i.Addresses = append(i.Addresses, config.Address{Prefix: addresses("198.51.100.1/32")[0].Prefix, Interface: "eth1"})
		}
		a.start(web(200, option))
		b.start(web(190, option))
		n.wantSend("a", 4*time.Second, from(a))
		n.pass(3100 * time.Millisecond)
		a.changeLink(func(*link.Link) {}) // eth1 is gone
		n.wantSend("its farewell", time.Millisecond, fromWith(a, 0))
		n.wantSend("its successor", 60*time.Millisecond, from(b))
	})
}

func TestFaultNamesWhatIsMissing(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		a := n.host("a", 1)
		a.start(web(200, source("192.0.2.9")))
		a.wantLog("no such address", 1, "cannot serve", "fault=no-source-address", "detail=192.0.2.9")
		b := n.host("b", 2)
		b.start(web(190, on("eth7")))
		b.wantLog("no such interface", 1, "cannot serve", "fault=interface-missing", "detail=eth7")
	})
}

func TestFaultAtTheStartIsLoggedOnce(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		a := n.host("a", 1)
		a.links.Links[0].Carrier = false
		a.start(web(200))
		a.wantLog("why it does not start", 1, "cannot serve", "router=web", "fault=no-carrier")
		a.changeLink(func(l *link.Link) { l.MTU = 9000 })
		a.wantLog("still the same", 1, "cannot serve")
		a.changeLink(func(l *link.Link) { l.Up = false })
		a.wantLog("another fault", 1, "cannot serve", "router=web", "fault=interface-down")
		a.changeLink(func(l *link.Link) { l.Up, l.Carrier = true, true })
		a.wantState("no fault", "web", vrrp.Backup, vrrp.ReasonStartup)
		a.changeLink(func(l *link.Link) { l.Carrier = false })
		a.wantLog("a change of state says it already", 1, "cannot serve", "fault=no-carrier")
	})
}

func TestSocketRefusedIsAFaultAndTriedAgain(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		a := n.host("a", 1)
		a.refuseSockets(errors.New("operation not permitted"))
		a.start(web(200))
		a.wantLog("why", 1, "socket refused", "interface=eth0", "family=ipv4")
		a.wantLog("why", 1, "cannot serve", "router=web", "fault=send-failed")
		n.wantSilence("no socket", time.Minute, anything)
		a.wantLog("not again and again", 1, "socket refused")
		a.refuseSockets(nil)
		n.pass(socketRetry)
		a.wantState("it is tried every second", "web", vrrp.Backup, vrrp.ReasonStartup)
		n.wantSend("all is well", 4*time.Second, from(a))
	})
}

func TestSourceAddressChanges(t *testing.T) {
	simulate(t, func(t *testing.T, n *lan) {
		a := n.alone(web(200))
		a.changeLink(func(l *link.Link) { l.Addresses[0].Prefix = netip.MustParsePrefix("192.0.2.77/24") })
		adv := n.wantSend("regular", time.Second, from(a))
		wantEqual(t, "source", adv.src.String(), "192.0.2.77")
		wantEqual(t, "whatever the checksum covers", adv.form, vrrp.FormPseudo)
		a.wantState("it goes on", "web", vrrp.Active, vrrp.ReasonSilence)
	})
}

func TestRefusedAdvertsAreAFault(t *testing.T) {
	simulate(t, func(t *testing.T, n *lan) {
		a := n.alone(web(200))
		a.refuseSends(errNoBuffer)
		n.pass(2 * time.Second)
		a.wantState("two may fail", "web", vrrp.Active, vrrp.ReasonSilence)
		n.pass(time.Second)
		n.pass(managerDelay)
		a.wantFault("the third does not", "web", vrrp.FaultSend)
		n.wantHolders("what cannot be advertised is not held", "192.0.2.100")
		a.wantLog("one line, not three", 1, "advert refused", "error=no buffer space available")
		a.refuseSends(nil)
		n.wantSend("it heals by itself", 5*time.Second, fromWith(a, 200))
	})
}
