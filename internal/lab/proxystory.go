package lab

import (
	"fmt"
	"net/netip"
	"time"
)

// How much longer than the detection of a proxy's death the client may be without a page. Among more than two nodes the
// better of two backups has to be first, so they are less quick.
const (
	proxyMarginOfTwo  = 80 * time.Millisecond
	proxyMarginOfMore = 180 * time.Millisecond
)

// proxyBoot is how long a proxy may take to start.
const proxyBoot = 2 * time.Second

// ProxyAddresses returns the floating addresses of the story of the proxies.
func ProxyAddresses() []netip.Addr { return []netip.Addr{DefaultAddress4, DefaultAddress4.Next()} }

// addProxies configures a proxy on every node and starts the client.
func (s *story) addProxies() error {
	for _, n := range s.cluster.Nodes {
		p, err := s.cluster.AddProxy(n)
		if err != nil {
			return err
		}
		s.proxies = append(s.proxies, p)
	}
	s.startWebClients()
	return nil
}

// proxySteps tells of the proxies: the Active's dies and returns; then all die, the Active's last, and return in the order
// from the least preferred to the first.
func (s *story) proxySteps() []step {
	first, last := s.cluster.Nodes[0], len(s.cluster.Nodes)-1
	steps := []step{s.stepStartProxies(), s.stepProxyDies(first, s.cluster.Nodes[1]), s.stepProxyReturns(first, s.cluster.Nodes[1])}
	for i := last; i > 0; i-- {
		steps = append(steps, s.stepProxyInVain(s.cluster.Nodes[i], first))
	}
	all := s.stepProxyInVain(first, first)
	all.noClient, all.gapLimit = true, 0 // nobody is left to answer
	steps = append(steps, all)
	active := first
	for i := last; i >= 0; i-- {
		n := s.cluster.Nodes[i]
		st := s.stepProxyReturns(n, active)
		if i == last {
			st.noClient, st.gapLimit, st.expect = true, 0, n.Name
		}
		steps, active = append(steps, st), n
	}
	return steps
}

// stepStartProxies starts the proxies, on hosts that have no floating address yet, and then the daemons.
func (s *story) stepStartProxies() step {
	st := s.stepStart()
	st.deed = "start the proxies, then the daemons, all with one file"
	st.do = func() error {
		for _, p := range s.proxies {
			if err := p.Start(); err != nil {
				return err
			}
		}
		for _, p := range s.proxies {
			if err := s.awaitProxy(p); err != nil {
				return err
			}
		}
		return s.cluster.Start()
	}
	// Each daemon waits for the first result of its tracker. The next one may have it first and stand in for a moment.
	st.departing = s.cluster.Nodes[1]
	st.limit += proxyBoot
	st.tookLimit += proxyBoot
	st.expect = fmt.Sprintf("%s, in %s", st.successor.Name, Millis(st.limit))
	return st
}

// awaitProxy waits until a proxy that was started takes connections.
func (s *story) awaitProxy(p *Proxy) error {
	for deadline := time.Now().Add(proxyBoot); !p.Listens(); time.Sleep(pollInterval) {
		if !p.Running() || time.Now().After(deadline) {
			return fmt.Errorf("haproxy does not start on %s: %s", p.Node.Name, p.process.Output)
		}
	}
	return nil
}

// stepProxyDies ends the proxy of the Active, whose tracker fails and makes it yield.
func (s *story) stepProxyDies(active, successor *Node) step {
	gap := ProxyDetection + s.proxyMargin()
	return step{
		name: fmt.Sprintf("%s's proxy dies", active.Name), deed: fmt.Sprintf("kill haproxy on %s", active.Name),
		do: s.proxies[active.Index].Stop, successor: successor, departing: active,
		limit: gap + bootTime, alone: partingTime, quiet: s.proxyQuiet(), countFailed: true,
		expect: fmt.Sprintf("%s, gap < %d ms", successor.Name, gap.Milliseconds()), gapLimit: gap,
	}
}

// stepProxyReturns starts a proxy again; its node takes over.
func (s *story) stepProxyReturns(returning, active *Node) step {
	return step{
		name: fmt.Sprintf("%s's proxy returns", returning.Name), deed: fmt.Sprintf("start haproxy on %s again", returning.Name),
		do: s.proxies[returning.Index].Start, successor: returning, departing: active,
		limit: s.down(returning) + proxyBoot, alone: partingTime, quiet: s.proxyQuiet(), countFailed: true,
		expect: fmt.Sprintf("%s, gap < %d ms", returning.Name, s.gapLimit().Milliseconds()), gapLimit: s.gapLimit(),
	}
}

// stepProxyInVain ends a proxy that decides nothing: its node stands by, or no other is better.
func (s *story) stepProxyInVain(dying, active *Node) step {
	return step{
		name: fmt.Sprintf("%s's proxy dies", dying.Name), deed: fmt.Sprintf("kill haproxy on %s", dying.Name),
		do: s.proxies[dying.Index].Stop, successor: active, stays: true,
		limit: s.down(active) + lateTolerance, alone: lateTolerance, quiet: s.proxyQuiet(), countFailed: true,
		expect: fmt.Sprintf("%s stays", active.Name), gapLimit: s.gapLimit(),
	}
}

// proxyQuiet is a time after which whoever wanted to take over would have done so, and each request has come to its end.
func (s *story) proxyQuiet() time.Duration {
	return ProxyDetection + s.down(s.cluster.Nodes[len(s.cluster.Nodes)-1]) + webTimeout
}

// proxyMargin returns what the move may take after the detection.
func (s *story) proxyMargin() time.Duration {
	if len(s.cluster.Nodes) == 2 {
		return proxyMarginOfTwo
	}
	return proxyMarginOfMore
}
