package engine

import (
	"testing"
	"time"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/internal/link"
	"github.com/aloft-ha/aloft/vrrp"
)

func TestStartsAsBackupAndIsActiveAfterActiveDownInterval(t *testing.T) {
	simulate(t, func(t *testing.T, n *lan) {
		a := n.host("a", 1)
		began := time.Now()
		a.start(web(200))
		a.wantState("started", "web", vrrp.Backup, vrrp.ReasonStartup)
		a.wantOrders("a start leaves the leftovers of an earlier run alone", began, "51@eth0/ipv4: keep")
		n.wantSilence("before Active_Down_Interval", downAfter(200)-time.Nanosecond, anything)

		adv := n.wantSend("the interval has ended", time.Nanosecond, from(a))
		wantAt(t, "first advert", adv.at, began.Add(downAfter(200)))
		a.wantState("nobody answered", "web", vrrp.Active, vrrp.ReasonSilence)
		if adv.Priority != 200 || adv.Interval != 100 || adv.dst != vrrp.Group4 || adv.src != a.addr4 {
			t.Errorf("first advert %+v", adv)
		}
		a.wantOrders("a promotion", adv.at, "51@eth0/ipv4: set 192.0.2.100/32 for 4s", "51@eth0/ipv4: announce")
		n.pass(managerDelay)
		n.wantHolders("it is Active", "192.0.2.100", a)

		for i := range 5 { // the grid began with the engine
			next := n.wantSend("regular", time.Second, from(a))
			wantAt(t, "on the grid", next.at, began.Add(time.Duration(4+i)*time.Second))
		}
	})
}

func TestOwnerIsActiveAtOnce(t *testing.T) {
	simulate(t, func(t *testing.T, n *lan) {
		a := n.host("a", 1)
		began := time.Now()
		a.start(web(255))
		a.wantState("started", "web", vrrp.Active, vrrp.ReasonStartup)
		if got := n.sent(began, fromWith(a, 255)); len(got) != 1 {
			t.Fatalf("%d adverts at the start, want 1", len(got))
		}
	})
}

func TestStartupDelayIsSilent(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		a := n.host("a", 1)
		a.start(web(200, func(i *config.Instance) { i.StartupDelay = 20 * time.Second }))
		n.wantSilence("startup_delay and then Active_Down_Interval", 20*time.Second+downAfter(200)-1, anything)
		n.wantSend("after both", 1, from(a))
	})
}

func TestTwoNodesHaveOneActive(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		a, b := n.host("a", 1), n.host("b", 2)
		b.start(web(190))
		a.start(web(200))
		n.wantSend("the better one is the first", 4*time.Second, from(a))
		n.wantSilence("the other hears it", time.Minute, from(b))
		b.wantState("all the time", "web", vrrp.Backup, vrrp.ReasonStartup)
		n.wantHolders("one node has it", "192.0.2.100", a)
	})
}

func TestNothingRunsBeforeTheLinksAreKnown(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		a := n.host("a", 1)
		began := time.Now()
		a.engine.Apply([]config.Instance{web(255)})
		a.launch()
		n.wantSilence("no snapshot yet", time.Hour, anything)
		a.wantOrders("no snapshot yet", began)
		a.engine.Links(a.links)
		n.wantSend("now there is one", 1, from(a))
	})
}

func TestStartWithoutCarrierWaitsForIt(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		a := n.host("a", 1)
		a.links.Links[0].Carrier = false
		a.start(web(255, linkUpDelay(time.Minute)))
		n.wantSilence("no carrier", time.Hour, anything)
		a.changeLink(func(l *link.Link) { l.Carrier = true })
		a.wantState("the first carrier since the start needs no link_up_delay", "web", vrrp.Active, vrrp.ReasonStartup)
	})
}
