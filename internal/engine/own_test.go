package engine

import (
	"testing"
	"time"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/vip"
	"github.com/aloft-ha/aloft/vrrp"
)

// wantOwn says whether the last order for the router treats its addresses as the host's own.
func (h *host) wantOwn(why string, want bool) {
	h.lan.t.Helper()
	h.lan.pass(2 * managerDelay)
	h.addresses.mu.Lock()
	defer h.addresses.mu.Unlock()
	if got := h.addresses.owners[webOwner].want; got.Own != want {
		h.lan.t.Errorf("%s: the order is %+v, want Own %v", why, got, want)
	}
}

// The addresses of an owner are the host's own from the first order on: that it has them is no fault.
func TestOwnersAddressesAreItsOwnBeforeItServes(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		a := n.host("a", 1)
		a.links.Links[0].Carrier = false
		a.start(web(255))
		n.pass(time.Second)
		a.wantOwn("waiting for the carrier", true)
		a.changeLink(unflap)
		a.wantState("it is there", "web", vrrp.Active, vrrp.ReasonStartup)
		a.wantOwn("serving", true)
	})
}

func TestReloadDecidesWhoseTheAddressesAre(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		a := n.alone(web(200))
		a.wantOwn("a floating address", false)
		a.engine.Apply([]config.Instance{web(255)})
		a.wantOwn("the owner's, while Active", true)
		a.addresses.report(webOwner, vip.OutcomeForeign, "192.0.2.100")
		n.pass(10 * time.Second)
		a.engine.Apply([]config.Instance{web(200)})
		a.wantOwn("not any more, while in fault", false)
	})
}
