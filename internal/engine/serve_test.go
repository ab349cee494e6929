package engine

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/tracker"
	"github.com/aloft-ha/aloft/vip"
	"github.com/aloft-ha/aloft/vrrp"
)

// How long the services of a test take.
const (
	startTime = 100 * time.Millisecond
	stopTime  = 2 * time.Second
)

// servant is services without any: it answers each wish after a while, unless another has come.
type servant struct {
	host *host

	mu    sync.Mutex
	takes map[bool]time.Duration
	fails map[bool]error
	never map[string]error // of the starts of a router, whatever fails says
	last  map[string]int   // the number of the last wish for each router
	said  []string
}

// Want implements Services.
func (s *servant) Want(router string, up bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.last == nil {
		s.last = make(map[string]int)
	}
	s.last[router]++
	number := s.last[router]
	s.said = append(s.said, fmt.Sprintf("%s %v", router, up))
	time.AfterFunc(s.takes[up], func() {
		s.mu.Lock()
		stale, err := number != s.last[router], s.fails[up]
		if up && s.never[router] != nil {
			err = s.never[router]
		}
		s.mu.Unlock()
		if !stale {
			s.host.engine.Served(ServiceResult{Router: router, Up: up, Err: err})
		}
	})
}

// failing makes starts or stops fail, or succeed again.
func (s *servant) failing(up bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fails = map[bool]error{up: err}
}

// failRouter makes the starts of one router fail.
func (s *servant) failRouter(router string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.never = map[string]error{router: err}
}

// setTakes says how long starts or stops take.
func (s *servant) setTakes(up bool, d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.takes[up] = d
}

// wantWishes compares what was wished since the last time.
func (s *servant) wantWishes(why string, want ...string) {
	s.host.lan.t.Helper()
	synctest.Wait()
	s.mu.Lock()
	got := s.said
	s.said = nil
	s.mu.Unlock()
	wantEqual(s.host.lan.t, why, got, want)
}

func serves(names ...string) func(*config.Instance) {
	return func(i *config.Instance) {
		i.Services = nil
		for _, name := range names {
			i.Services = append(i.Services, config.Service{Name: name, Unit: name})
		}
	}
}

func TestServicesRunWhereTheRouterIsActive(t *testing.T) {
	simulate(t, func(t *testing.T, n *lan) {
		a, b := n.pair(serves("haproxy.service"), fast)
		n.wantHolders("the addresses come first", "192.0.2.100", a)
		a.services.wantWishes("down before it serves, up then", "web false", "web true")
		b.services.wantWishes("down on the other", "web false")
		n.pass(time.Second)

		stopped := time.Now()
		a.engine.Stop()
		a.services.wantWishes("they stop first", "web false")
		n.wantSend("adverts continue", time.Second, fromWith(a, 200))
		bye := n.wantSend("then it says farewell", 2*time.Second, fromWith(a, 0))
		wantAt(t, "when they have stopped", bye.at, stopped.Add(stopTime))
		n.wantHolders("the address is up all the time", "192.0.2.100", a)
		a.wantDone("handed over", time.Second)
		b.services.wantWishes("up on the other", "web true")
	})
}

func TestServicesWaitForTheAddresses(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		a := n.host("a", 1)
		a.addresses.setHung(true)
		a.start(web(200, serves("haproxy.service"), func(i *config.Instance) { i.LeaseOff = true }))
		n.wantSend("it is Active", 4*time.Second, from(a))
		n.pass(time.Second)
		a.services.wantWishes("nothing is up yet", "web false")
	})
}

func TestServicesOfBothFamiliesStartOnce(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		a := n.alone(web(200, dual, serves("haproxy.service")))
		n.pass(time.Minute)
		a.services.wantWishes("once", "web false", "web true")
	})
}

func TestAServiceThatDoesNotStartMakesTheRouterYieldOnce(t *testing.T) {
	simulate(t, func(t *testing.T, n *lan) {
		a, b := n.host("a", 1), n.host("b", 2)
		a.services.failing(true, errors.New("starting haproxy.service: job failed"))
		a.start(web(200, serves("haproxy.service"), fast))
		b.start(web(190, serves("haproxy.service"), fast))
		n.wantSend("it takes over", 4*time.Second, fromWith(a, 200))
		n.wantSend("and gives up", time.Second, fromWith(a, 0))
		n.wantSend("to the other", time.Second, fromWith(b, 190))
		n.pass(time.Second)
		n.wantHolders("where it runs", "192.0.2.100", b)
		a.wantTold("and says why", "web None->Backup startup", "web Backup->Active silence",
			"web Active->Fault fault service-failed (starting haproxy.service: job failed)")
		n.wantSilence("it does not try again while the other serves", 4*time.Minute, from(a))
		n.wantHolders("b serves", "192.0.2.100", b)
	})
}

func TestAServiceThatDoesNotStartIsTriedAgainWhereNobodyElseServes(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		a := n.host("a", 1)
		a.services.failing(true, errors.New("starting haproxy.service: job failed"))
		a.start(web(200, serves("haproxy.service")))
		n.wantSend("it takes over", 4*time.Second, fromWith(a, 200))
		n.wantSend("and gives up", time.Second, fromWith(a, 0))
		n.pass(10 * time.Second)
		a.services.failing(true, nil)
		n.wantSend("it tries again", time.Minute, fromWith(a, 200))
		n.pass(time.Minute)
		n.wantHolders("and stays", "192.0.2.100", a)
	})
}

func TestAServiceThatDoesNotStopKeepsNobody(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		a, b := n.pair(serves("haproxy.service"), fast)
		a.services.failing(false, errors.New("stopping haproxy.service: timed out"))
		a.engine.Stop()
		a.wantDone("all the same", 3*time.Second)
		n.pass(time.Millisecond)
		n.wantHolders("moved", "192.0.2.100", b)
		a.wantLog("it is said", 1, "service not stopped", "error=stopping haproxy.service: timed out")
	})
}

func TestTheSecondStopDoesNotWaitForServices(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		a, _ := n.pair(serves("haproxy.service"))
		a.engine.Stop()
		n.pass(100 * time.Millisecond)
		a.wantRunning("it waits for them")
		a.engine.Stop()
		a.wantDone("at once", time.Millisecond)
	})
}

func TestAFaultStopsServicesFirst(t *testing.T) {
	simulate(t, func(t *testing.T, n *lan) {
		a, b := n.trackedPair([]tracker.Effect{fatal("uplink")}, fast, serves("haproxy.service"))
		n.pass(time.Second)
		failed := time.Now()
		a.track("uplink", tracker.Down)
		bye := n.wantSend("farewell", 3*time.Second, fromWith(a, 0))
		wantAt(t, "when they have stopped", bye.at, failed.Add(stopTime))
		n.pass(time.Second)
		n.wantHolders("moved", "192.0.2.100", b)
	})
}

func TestAFaultThatPassesWhileServicesStopIsNone(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		a, b := n.trackedPair([]tracker.Effect{fatal("uplink")}, fast, serves("haproxy.service"))
		n.pass(time.Second)
		a.services.wantWishes("up", "web false", "web true")
		a.track("uplink", tracker.Down)
		n.pass(time.Second)
		a.track("uplink", tracker.Up)
		n.wantSilence("nothing is said", time.Minute, fromWith(a, 0))
		a.services.wantWishes("they start again", "web false", "web true")
		n.wantSilence("nobody takes over", time.Second, from(b))
	})
}

func TestALostLinkStopsServicesWithoutWaiting(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		a, _ := n.pair(serves("haproxy.service"))
		a.services.wantWishes("up", "web false", "web true")
		a.changeLink(flap)
		a.services.wantWishes("down", "web false")
		a.wantFault("at once", "web", vrrp.FaultNoCarrier)
	})
}

func TestABetterRouterStopsServices(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		b := n.host("b", 2)
		b.start(web(190, serves("haproxy.service")))
		n.pass(5 * time.Second)
		b.services.wantWishes("alone", "web false", "web true")
		a := n.host("a", 1)
		a.start(web(200, serves("haproxy.service")))
		n.wantSend("the better one", 5*time.Second, from(a))
		n.pass(time.Millisecond)
		b.services.wantWishes("down", "web false")
	})
}

func TestServicesOfAGroupStopBeforeAnyOfItLeaves(t *testing.T) {
	simulate(t, func(t *testing.T, n *lan) {
		a, b := n.frontPair(fast, func(i *config.Instance) { serves(i.Router + ".service")(i) })
		n.pass(time.Second)
		a.services.wantWishes("up", "web false", "mail false", "web true", "mail true")
		a.addresses.report(mailOwner, vip.OutcomeForeign, "192.0.2.101")
		n.pass(time.Second)
		a.services.wantWishes("both stop", "web false", "mail false")
		n.wantFront("while adverts continue", a)
		n.pass(2 * time.Second)
		n.wantFront("and move", b)
	})
}

func TestReloadOfServices(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		a := n.alone(web(200))
		n.pass(time.Second)
		a.services.wantWishes("it has none")
		a.engine.Apply([]config.Instance{web(200, serves("haproxy.service"))})
		n.pass(time.Second)
		a.services.wantWishes("they start where it is Active", "web true")
		a.engine.Apply([]config.Instance{web(200, serves("haproxy.service", "b.service"))})
		n.pass(time.Second)
		a.services.wantWishes("which ones is the manager's business")
		a.engine.Apply([]config.Instance{web(200)})
		n.pass(time.Second)
		a.services.wantWishes("that there are none, too")
		a.engine.Stop()
		n.wantSend("and nobody waits for them", 1, fromWith(a, 0))
		if slices.Contains(a.services.said, "web false") {
			t.Error("a wish for a router without services")
		}
	})
}

func TestAFamilyThatLeavesKeepsTheServices(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		a := n.alone(web(200, dual, serves("haproxy.service")))
		n.pass(time.Second)
		a.services.wantWishes("up", "web false", "web true")
		a.apply(web(200, serves("haproxy.service")))
		n.pass(20 * time.Second)
		a.services.wantWishes("they run on")
		n.wantHolders("the family has gone", "2001:db8::100")
		n.wantHolders("the other serves", "192.0.2.100", a)
		a.engine.Stop()
		a.wantDone("it ends", 10*time.Second)
	})
}

func TestAnotherVRIDForARouterWithServices(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		a := n.alone(web(200, serves("haproxy.service")))
		n.pass(time.Second)
		a.services.setTakes(false, 10*time.Second)
		a.services.wantWishes("up", "web false", "web true")
		a.wantTold("serves", "web None->Backup startup", "web Backup->Active silence")
		a.apply(web(200, vrid(52), serves("haproxy.service")))
		n.pass(time.Minute)
		n.wantSilence("the old one has gone", time.Minute, ofVRID(a, 51))
		a.services.wantWishes("down for the one, up for the other", "web false", "web true")
		a.engine.Stop()
		a.wantDone("it ends", 20*time.Second)
	})
}

func TestAServiceThatDoesNotStartStopsTheOthersOfTheGroupFirst(t *testing.T) {
	simulate(t, func(t *testing.T, n *lan) {
		a, b := n.host("a", 1), n.host("b", 2)
		a.services.failRouter("mail", errors.New("starting postfix.service: job failed"))
		option := func(i *config.Instance) { serves(i.Router + ".service")(i) }
		a.start(front(200, fast, option)...)
		b.start(front(190, fast, option)...)
		n.wantSend("it takes over", 4*time.Second, fromWith(a, 200))
		taken := time.Now()
		bye := n.wantSend("and gives up", 5*time.Second, fromWith(a, 0))
		if took := bye.at.Sub(taken); took < stopTime {
			t.Errorf("farewell %v after the takeover: the service of web takes %v to stop", took, stopTime)
		}
		n.pass(2 * time.Second)
		n.wantFront("where they run", b)
	})
}

func TestARouterThatTakesTheNameOfOneThatLeaves(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		shop := web(200, named("shop"), vrid(52), with("192.0.2.101/32"), serves("shop.service"))
		a := n.alone(web(200, serves("haproxy.service")), shop)
		n.pass(time.Second)
		a.services.wantWishes("up", "web false", "shop false", "web true", "shop true")
		a.services.setTakes(false, 5*time.Second)
		a.apply(web(200, serves("haproxy.service")))
		a.apply(web(200, named("shop"), serves("haproxy.service")))
		n.pass(time.Second)
		a.services.wantWishes("the other is stopped first", "shop false")
		a.engine.Stop()
		a.wantDone("it ends", 20*time.Second)
	})
}

func TestTheEndWaitsForServicesThatStop(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		a := n.alone(web(190, serves("haproxy.service")))
		n.pass(time.Second)
		b := n.host("b", 2)
		b.start(web(200, serves("haproxy.service")))
		n.wantSend("a better one", 5*time.Second, from(b))
		n.pass(time.Millisecond)
		a.engine.Stop()
		n.pass(time.Second)
		a.wantRunning("a Backup has nothing to hand over, and something to stop")
		a.wantDone("it has stopped", time.Second)
	})
}

func TestALostLinkWhileServicesStopEndsInAStop(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		routers := front(200)
		serves("postfix.service")(&routers[1])
		a := n.alone(routers...)
		n.pass(time.Second)
		a.drained()
		a.engine.Stop()
		n.pass(100 * time.Millisecond)
		a.changeLink(flap)
		a.wantDone("it ends when they have stopped", stopTime)
		a.wantToldInAnyOrder("in fault, and then stopped",
			"web Active->Fault fault no-carrier", "mail Active->Fault fault no-carrier", "group front Active->Fault fault no-carrier",
			"web Fault->Stopped none", "mail Fault->Stopped none", "group front Fault->Stopped none")
	})
}
