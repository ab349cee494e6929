package engine

import (
	"errors"
	"net/netip"
	"testing"
	"time"

	"github.com/aloft-ha/aloft/vip"
	"github.com/aloft-ha/aloft/vrrp"
)

const webOwner = vip.Owner("51@eth0/ipv4")

func TestRefusedAddressYields(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		a, b := n.host("a", 1), n.host("b", 2)
		a.addresses.refuse(errors.New("no space left on device"))
		a.start(web(200))
		b.start(web(190))
		n.wantSend("it advertises before it claims", 4*time.Second, fromWith(a, 200))
		n.wantSend("and takes it back", 2*managerDelay, fromWith(a, 0))
		a.wantFault("nothing is advertised that is not held", "web", vrrp.FaultClaim)
		a.wantLog("why", 1, "address refused", "router=web", "address=192.0.2.100", "error=no space left on device")
		n.wantSend("b serves", time.Second, from(b))
		a.addresses.refuse(nil)
		n.wantSilence("a leaves a healthy Active alone", 4*time.Minute, from(a))
		n.wantSend("and tries again later", 2*time.Minute, fromWith(a, 200))
		n.pass(time.Second)
		n.wantHolders("it can now", "192.0.2.100", a)
	})
}

func TestRefusedRenewalYields(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		a := n.alone(web(200))
		a.addresses.refuse(errors.New("no buffer space available"))
		n.wantSend("it yields", 4*time.Second, fromWith(a, 0))
		a.wantFault("what is not leased is not held", "web", vrrp.FaultClaim)
	})
}

func TestLateAnswerToAnOldOrderMeansNothing(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		a := n.alone(web(200))
		old := vip.Result{Owner: webOwner, Generation: 1, Outcome: vip.OutcomeFailed, Address: netip.MustParseAddr("192.0.2.100")}
		a.engine.Result(old)
		old.Outcome, old.Until = vip.OutcomeHeld, time.Now().Add(time.Hour)
		a.engine.Result(old)
		stranger := vip.Result{Owner: "99@eth0/ipv4", Outcome: vip.OutcomeFailed}
		a.engine.Result(stranger)
		n.pass(0)
		a.wantState("it goes on", "web", vrrp.Active, vrrp.ReasonSilence)
		a.wantLog("nor to the reader", 0, "address refused")
		a.addresses.setHung(true)
		n.pass(5500 * time.Millisecond)
		a.wantLog("the lease is as long as it was", 1, "state", "from=Active", "fault=claim-failed")
	})
}

func TestForeignAddressIsAFaultUntilItIsClear(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		a, b := n.pair()
		a.addresses.report(webOwner, vip.OutcomeForeign, "192.0.2.100")
		n.wantSend("it says farewell", 1, fromWith(a, 0))
		n.wantSend("b takes over", time.Second, from(b))
		n.pass(10 * time.Millisecond)
		a.wantFault("somebody else configured it", "web", vrrp.FaultAddressForeign)
		a.addresses.report(webOwner, vip.OutcomeForeign, "192.0.2.100")
		a.wantLog("once", 1, "address is on this host already, and not ours", "address=192.0.2.100")
		n.wantSilence("in fault", time.Minute, from(a))
		a.addresses.report(webOwner, vip.OutcomeClear, "")
		a.wantState("the cure", "web", vrrp.Backup, vrrp.ReasonStartup)
		n.wantSend("all is well", 4*time.Second, from(a))
		a.addresses.report(webOwner, vip.OutcomeForeign, "192.0.2.100")
		a.wantLog("it is news again", 2, "address is on this host already, and not ours")
	})
}

func TestAddressesThatAreRemovedByOthersAreLogged(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		a := n.alone(web(200))
		a.addresses.report(webOwner, vip.OutcomeRestored, "192.0.2.100")
		a.addresses.report(webOwner, vip.OutcomeBackoff, "192.0.2.100")
		a.wantLog("put back", 1, "address was removed by somebody, and is back", "address=192.0.2.100")
		a.wantLog("in vain", 1, "address is removed again and again", "address=192.0.2.100")
		a.wantState("that is no reason to move", "web", vrrp.Active, vrrp.ReasonSilence)
	})
}

func TestAnotherHolderIsNamedOnce(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		a, b := n.pair()
		s := vip.Sighting{Ifindex: eth0, Address: netip.MustParseAddr("192.0.2.100"), MAC: [6]byte{2, 0, 0, 0, 0, 0x66}}
		for range 100 {
			a.engine.Sighted(s)
			b.engine.Sighted(s)
		}
		s.Address = netip.MustParseAddr("192.0.2.222") // nobody's
		a.engine.Sighted(s)
		n.pass(time.Second)
		const message = "another machine announces our address"
		a.wantLog("named", 1, message, "address=192.0.2.100", "mac=02:00:00:00:00:66")
		b.wantLog("a Backup has none", 0, message)
		a.wantState("hearsay moves nothing", "web", vrrp.Active, vrrp.ReasonSilence)
		n.pass(logPause)
		s.Address = netip.MustParseAddr("192.0.2.100")
		a.engine.Sighted(s)
		n.pass(0)
		a.wantLog("still there", 2, message)
	})
}

func TestFloodOfSightingsDoesNotFillTheMemory(t *testing.T) {
	simulate(t, func(t *testing.T, n *lan) {
		a := n.host("a", 1) // its engine does not run, so nothing is taken out
		for range 2 * mostSightings {
			a.engine.Sighted(vip.Sighting{})
		}
		wantEqual(t, "sightings that wait", len(a.engine.mail.sightings), mostSightings)
	})
}

// announced lets a host announce an address, and everyone act on it.
func (n *lan) announced(by *host, addr string) {
	n.announce(by, netip.MustParseAddr(addr))
	n.pass(latency + managerDelay)
}

func TestEachAddressGoesWhenItIsAnnounced(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		a, b := n.pair(with("192.0.2.100/32", "192.0.2.101/32"))
		b.addresses.setHung(true) // it announces nothing by itself
		a.engine.Stop()
		n.wantSend("the successor", time.Second, from(b))
		n.pass(100 * time.Millisecond)
		n.wantHolders("not announced yet", "192.0.2.100", a)
		n.announced(b, "192.0.2.100")
		n.wantHolders("announced", "192.0.2.100")
		n.wantHolders("not announced yet", "192.0.2.101", a)
		a.wantRunning("one is left")
		n.announced(b, "192.0.2.101")
		a.wantDone("none is left", time.Millisecond)
	})
}

func TestAddressIsReleasedAfterTwoSecondsAtTheLatest(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		a, b := n.pair()
		b.addresses.setHung(true)
		a.engine.Stop()
		n.wantSend("the successor", time.Second, from(b))
		n.pass(latency + 2*time.Second - time.Nanosecond)
		n.wantHolders("its announcement may still come", "192.0.2.100", a)
		a.wantDone("it will not", time.Nanosecond)
	})
}
