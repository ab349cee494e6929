//go:build interop

package system_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aloft-ha/aloft/internal/lab"
)

// proxyMove is how much longer than the detection of a proxy's death a client of two nodes may be without a page.
const proxyMove = 80 * time.Millisecond

// proxyMoveOfMore is the same among three nodes.
const proxyMoveOfMore = 180 * time.Millisecond

// How often each client asks. Every millisecond is what is promised about, and keeps half a processor busy: such a test runs
// alone. At the other rate tests run beside each other.
const (
	often  = time.Millisecond
	seldom = 5 * time.Millisecond
)

// webScene is a scene with a proxy on every node, and with clients that ask each floating address for a page.
type webScene struct {
	*scene
	proxies []*lab.Proxy
	webs    []*lab.WebClient
	every   time.Duration // between two requests of a client
	moved   time.Time     // when the last heir began to advertise
}

// proxied is the options of a cluster whose router tracks its proxies and shares two addresses.
func proxied(nodes, centiseconds int, noFailback bool) lab.ClusterOptions {
	return lab.ClusterOptions{
		Nodes: make([]lab.Software, nodes), Interval: interval(centiseconds), NoFailback: noFailback,
		Addresses: lab.ProxyAddresses(), Extra: []string{"track: [proxy]"}, Trackers: []string{lab.ProxyTracker},
	}
}

// setWebScene builds it. The proxies are started before any daemon, when no host has a floating address.
func setWebScene(t *testing.T, o lab.ClusterOptions, every time.Duration) *webScene {
	t.Helper()
	s := &webScene{scene: setScene(t, o), every: every}
	for _, n := range s.Nodes {
		p, err := s.AddProxy(n)
		s.ok(err)
		s.proxies = append(s.proxies, p)
		s.boot(p)
	}
	for _, a := range s.Setup.Addresses {
		s.webs = append(s.webs, s.Client.StartWebClient(lab.ProbeOptions{Target: a, Interval: every}))
	}
	return s
}

// boot starts a proxy and waits until it takes connections.
func (s *webScene) boot(p *lab.Proxy) {
	s.t.Helper()
	s.ok(p.Start())
	for deadline := time.Now().Add(patience); !p.Listens(); time.Sleep(5 * time.Millisecond) {
		if !p.Running() || time.Now().After(deadline) {
			s.t.Fatalf("the proxy of %s does not start", p.Node.Name)
		}
	}
}

// raise starts the daemons, the first node's before the others: each waits for the first result of its tracker, and without
// auto_failback whoever has it first stays Active.
func (s *webScene) raise() {
	s.t.Helper()
	s.ok(s.Nodes[0].Start())
	s.awaitAlone(time.Now(), s.Nodes[0], s.down(0)+patience)
	for _, n := range s.Nodes[1:] {
		s.ok(n.Start())
		s.awaitBackup(n)
	}
	s.served(s.Nodes[0])
}

// seen is what the clients of all addresses saw.
type seen struct {
	gap    time.Duration // the longest time without a page, without that in which a client itself did not run
	failed int
	span   time.Duration // from the first request that failed to the last
}

// saw returns what the clients saw from a time on.
func (s *webScene) saw(from time.Time) (v seen) {
	s.t.Helper()
	to := time.Now().Add(-onTheWay)
	var first, last time.Time
	for _, c := range s.webs {
		v.gap = max(v.gap, c.Gap(from, to).Outage())
		for _, r := range c.Failed(from, to) {
			if v.failed == 0 || r.Sent.Before(first) {
				first = r.Sent
			}
			last = later(last, r.Sent)
			v.failed++
		}
	}
	v.span = last.Sub(first)
	return v
}

// String describes it for a log.
func (v seen) String() string {
	return fmt.Sprintf("gap %s, %d requests failed within %s", v.gap, v.failed, v.span)
}

// served asserts that the clients' pages come from the node alone, from now on.
func (s *webScene) served(n *lab.Node) {
	s.t.Helper()
	const enough = 20 // pages of each address
	now := time.Now()
	for _, c := range s.webs {
		var from []string
		for len(from) < enough {
			if time.Since(now) > patience {
				s.t.Fatalf("%d pages of %s came within %s", len(from), c.Target, patience)
			}
			time.Sleep(enough * s.every)
			from = nil
			for _, r := range c.Requests() {
				if r.Host != "" && r.Sent.After(now) {
					from = append(from, r.Host)
				}
			}
		}
		if all := slices.Compact(from); !slices.Equal(all, []string{n.Name}) {
			s.t.Errorf("the pages of %s come from %v, not from %s", c.Target, all, n.Name)
		}
	}
}

// moves does something that makes the addresses move to the heir, once and to nobody else, and returns what the clients saw.
func (s *webScene) moves(what string, active, heir *lab.Node, do func()) seen {
	s.t.Helper()
	s.awaitAdvert(active)
	deed := time.Now()
	do()
	alone := s.awaitAlone(deed, heir, s.down(heir.Index)+patience)
	s.quiet(heir, alone)
	s.advertised(deed, time.Now(), active, heir)
	s.served(heir)
	if first, ok := s.firstAdvert(heir, deed); ok {
		s.moved = first.At
	}
	v := s.saw(deed)
	s.t.Logf("%s: %s alone after %s, %s", what, heir.Name, alone.Sub(deed), v)
	return v
}

// dies kills the proxy of the Active.
func (s *webScene) dies(active, heir *lab.Node) seen {
	s.t.Helper()
	return s.moves("its proxy dies", active, heir, func() { s.ok(s.proxies[active.Index].Stop()) })
}

// returns starts the proxy of a better node.
func (s *webScene) returns(better, active *lab.Node) seen {
	s.t.Helper()
	return s.moves("it returns", active, better, func() { s.ok(s.proxies[better.Index].Start()) })
}

// unmoved asserts that something done to a proxy moves nothing, for longer than its detection and any Backup's wait.
func (s *webScene) unmoved(active *lab.Node, do func()) seen {
	s.t.Helper()
	deed := time.Now()
	do()
	until := time.Now().Add(lab.ProxyDetection + s.longestDown() + time.Second)
	time.Sleep(time.Until(until)) // until whoever wanted to would have taken over
	s.heldAlone(active, deed, until)
	s.advertised(deed, until, active)
	return s.saw(deed)
}

// rounds is how often a move is measured.
func rounds() int {
	if long {
		return 25
	}
	return 3
}

// judge asserts that the clients' gaps, and the time in which requests failed, were under the limit: their medians, since the
// machine may be busy with something else.
func judge(t *testing.T, what string, limit time.Duration, all []seen) {
	t.Helper()
	var gaps, spans []time.Duration
	var failed []int
	for _, v := range all {
		gaps, spans, failed = append(gaps, v.gap), append(spans, v.span), append(failed, v.failed)
	}
	slices.Sort(failed)
	t.Logf("%s: gap median %s, worst %s; requests failed median %d, worst %d", what, median(gaps), slices.Max(gaps),
		failed[len(failed)/2], failed[len(failed)-1])
	medianUnder(t, what+": the client's gap", limit, gaps)
	medianUnder(t, what+": the time in which requests failed", limit, spans)
}

// The setup of a floating address in front of two proxies: the Active's dies, and the other node serves both addresses; it
// returns, and they come back.
func TestProxyDiesAndReturns(t *testing.T) {
	s := setWebScene(t, proxied(2, 100, false), often)
	s.raise()
	first, second := s.Nodes[0], s.Nodes[1]
	var deaths, returns []seen
	for range rounds() {
		deaths = append(deaths, s.dies(first, second))
		returns = append(returns, s.returns(first, second))
	}
	judge(t, "the proxy dies", lab.ProxyDetection+proxyMove, deaths)
	judge(t, "it returns", plannedGap, returns)
}

// Without auto_failback the addresses stay where they are when the proxy returns, and come back only when the other dies.
func TestProxyReturnsWithoutFailback(t *testing.T) {
	t.Parallel()
	s := setWebScene(t, proxied(2, 100, true), seldom)
	s.raise()
	active, other := s.Nodes[0], s.Nodes[1]
	var deaths []seen
	for range rounds() {
		deaths = append(deaths, s.dies(active, other))
		if v := s.unmoved(other, func() { s.boot(s.proxies[active.Index]) }); v.failed > 0 {
			t.Errorf("a proxy returned, nothing was to move, and the clients saw: %s", v)
		}
		active, other = other, active
	}
	judge(t, "the proxy dies", lab.ProxyDetection+proxyMove, deaths)
}

// All proxies die, one after the other, and return. The addresses move when the order demands it, and never else: whose
// proxy is dead loses to each that is well, and among the dead the order is as it was.
func TestAllProxiesDie(t *testing.T) {
	t.Parallel()
	for name, noFailback := range map[string]bool{"auto_failback": false, "without auto_failback": true} {
		for _, nodes := range []int{2, 3} {
			t.Run(fmt.Sprintf("%d nodes, %s", nodes, name), func(t *testing.T) {
				t.Parallel()
				s := setWebScene(t, proxied(nodes, 20, noFailback), seldom)
				s.raise()
				first, last := s.Nodes[0], s.Nodes[nodes-1]
				for _, n := range s.Nodes[1:] {
					if v := s.unmoved(first, func() { s.ok(s.proxies[n.Index].Stop()) }); v.failed > 0 {
						t.Errorf("the proxy of a standby died, and the clients saw: %s", v)
					}
				}
				s.unmoved(first, func() { s.ok(s.proxies[0].Stop()) })
				s.moves("the least preferred returns", first, last, func() { s.ok(s.proxies[last.Index].Start()) })
				if noFailback {
					s.unmoved(last, func() { s.boot(s.proxies[0]) })
					return
				}
				s.returns(first, last)
			})
		}
	}
}

// Among three nodes the second is the heir, and the third leaves it alone.
//
// The Skew_Times of the two Backups are 5 ms apart, so it does not run beside the other tests: they share two processors.
func TestProxyDiesAmongThree(t *testing.T) {
	for name, o := range map[string]struct {
		centiseconds int
		limit        time.Duration
	}{
		"adverts of a second": {100, lab.ProxyDetection + proxyMoveOfMore},
		"adverts of 100 ms":   {10, lab.ProxyDetection + proxyMoveOfMore},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := setWebScene(t, proxied(3, o.centiseconds, false), seldom)
			s.raise()
			var deaths, returns []seen
			for range rounds() {
				deaths = append(deaths, s.dies(s.Nodes[0], s.Nodes[1]))
				returns = append(returns, s.returns(s.Nodes[0], s.Nodes[1]))
			}
			judge(t, "the proxy dies", o.limit, deaths)
			judge(t, "it returns", 50*time.Millisecond, returns)
		})
	}
}

// A proxy that hangs accepts connections and answers none. That is known when the last of its checks has run out of time,
// which may be as late as the next one is due.
func TestProxyHangs(t *testing.T) {
	t.Parallel()
	for _, timeout := range []time.Duration{100 * time.Millisecond, 200 * time.Millisecond} {
		t.Run(fmt.Sprint("timeout ", timeout), func(t *testing.T) {
			t.Parallel()
			o := proxied(2, 100, false)
			o.Trackers = []string{strings.Replace(lab.ProxyTracker, "fall: 2", fmt.Sprint("fall: 2, timeout: ", timeout), 1)}
			s := setWebScene(t, o, seldom)
			s.raise()
			first, second := s.Nodes[0], s.Nodes[1]
			var hangs, returns []seen
			for range rounds() {
				hangs = append(hangs, s.moves("its proxy hangs", first, second, func() { s.ok(s.proxies[0].Pause()) }))
				s.moves("it goes on", second, first, func() { s.ok(s.proxies[0].Resume()) })
				// What it had let wait meanwhile, thousands of connections, it answers at once when it goes on, and the
				// machine has time for nothing else. That is long over when the addresses move.
				returns = append(returns, s.saw(s.moved.Add(-onTheWay)))
			}
			judge(t, "the proxy hangs", lab.ProxyDetection+timeout+proxyMove, hangs)
			judge(t, "it goes on", plannedGap, returns)
		})
	}
}

// nonlocalWarning is what `run` says where a proxy could not be started on a standby.
const nonlocalWarning = "a proxy that binds to the floating addresses cannot start while another node has them"

// The proxy of a standby starts at boot without the addresses if the kernel lets it; if not, it does not, and the daemon
// warns of that.
func TestProxyOfAStandbyAtBoot(t *testing.T) {
	t.Parallel()
	for _, allowed := range []bool{true, false} {
		t.Run(fmt.Sprintf("ip_nonlocal_bind %t", allowed), func(t *testing.T) {
			t.Parallel()
			o := proxied(2, 20, false)
			// The daemon looks at the name of what is tracked.
			o.Trackers = []string{"proxy: {process: haproxy, interval: 200ms}"}
			s := setScene(t, o)
			standby := s.Nodes[1]
			p, err := s.AddProxy(standby)
			s.ok(err)
			if !allowed {
				s.ok(standby.Sysctl("ipv4/ip_nonlocal_bind", "0"))
			}
			s.ok(s.Nodes[0].Start())
			s.awaitAlone(time.Now(), s.Nodes[0], s.down(0)+patience)
			s.ok(standby.Start())
			s.awaitBackup(standby)
			if warned := standby.Process().Output.Contains(nonlocalWarning); warned == allowed {
				t.Errorf("it warned: %t\n%s", warned, standby.Process().Output)
			}
			s.ok(p.Start())
			starts := s.startsUp(p)
			if starts != allowed {
				t.Errorf("the proxy starts: %t", starts)
			}
			s.heldAlone(s.Nodes[0], time.Now().Add(-time.Millisecond), time.Now())
		})
	}
}

// startsUp says whether a proxy takes connections in the end; else it has ended.
func (s *scene) startsUp(p *lab.Proxy) bool {
	s.t.Helper()
	for deadline := time.Now().Add(patience); p.Running(); time.Sleep(5 * time.Millisecond) {
		if p.Listens() {
			time.Sleep(300 * time.Millisecond) // until one that can bind some of its addresses only has ended
			return p.Running()
		}
		if time.Now().After(deadline) {
			s.t.Fatal("the proxy neither takes connections nor ends")
		}
	}
	return false
}
