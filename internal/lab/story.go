package lab

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/aloft-ha/aloft/vrrp"
)

// StoryOptions say what story is told.
type StoryOptions struct {
	Nodes    []Software        // what each node runs, the most preferred first; 2 to MaxNodes
	Interval vrrp.Centiseconds // 0: a second
	IPv6     bool              // a floating IPv6 address beside the IPv4 one
	Binary   string            // aloft
	Proxies  bool              // tell of proxies that die, and not of daemons

	Out   io.Writer // where the timeline goes
	Color bool      // in colour
	Live  bool      // Out is a terminal
	Keep  bool      // leave the laboratory running at the end, until the context is done
}

// The limits of the story. The client's are those that aloft promises; lateTolerance leaves room for a busy machine.
const (
	gapOfTwo      = 20 * time.Millisecond // a planned move between two nodes
	gapOfMore     = 50 * time.Millisecond // and among more
	lateTolerance = 50 * time.Millisecond // how late a takeover may be after Active_Down_Interval
	bootTime      = 3 * time.Second       // of a daemon
	orphanTime    = 5 * time.Second       // how long an address may outlive its daemon, at adverts of a second
	partingTime   = 2 * time.Second       // how long one that left may still hold it
	exitTime      = 20 * time.Second      // how long a daemon may take to end on SIGTERM
)

// Play tells the story: start; planned stop of the Active; its return and failback; kill -9; its return; the cable cut
// and healed. Or that of the proxies: start; the Active's dies and returns; all die, one after the other, and return. An
// expectation that failed is in the report and no error; the error is the context's, or says why the
// laboratory could not be built.
func Play(ctx context.Context, o StoryOptions) (r *Report, err error) {
	if n := len(o.Nodes); n < 2 || n > MaxNodes {
		return nil, fmt.Errorf("a story needs 2 to %d nodes, not %d", MaxNodes, n)
	}
	if o.Proxies {
		if _, err := FindHAProxy(); err != nil {
			return nil, err
		}
	}
	c, err := NewCluster(o.cluster())
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	s, err := newStory(c, o)
	if err != nil {
		return nil, err
	}
	s.out.Head(s.title())
	if err := s.play(ctx); err != nil {
		return s.report, err
	}
	s.end()
	if o.Keep {
		s.keep(ctx)
	}
	return s.report, nil
}

// cluster returns the options of the cluster that the story needs.
func (o StoryOptions) cluster() ClusterOptions {
	c := ClusterOptions{Nodes: o.Nodes, Interval: o.Interval, IPv6: o.IPv6, Binary: o.Binary}
	if o.Proxies {
		c.Addresses = ProxyAddresses()
		c.Extra, c.Trackers = []string{"track: [proxy]"}, []string{ProxyTracker}
	}
	return c
}

// story is a story being told. It belongs to one goroutine.
type story struct {
	*stage
	options StoryOptions
	report  *Report
	proxies []*Proxy       // one for each node, where it tells of proxies
	wanted  map[*Node]bool // whose daemon is meant to run
}

// newStory starts the observers.
func newStory(c *Cluster, o StoryOptions) (*story, error) {
	var names []string
	r := &Report{Interval: Millis(c.Setup.Interval.Duration()), Proxies: o.Proxies, OK: true}
	for _, n := range c.Nodes {
		names = append(names, n.Name)
		r.Nodes, r.Software = append(r.Nodes, n.Name), append(r.Software, n.Software.String())
	}
	st, err := newStage(c, NewTimeline(o.Out, names, o.Color, o.Live))
	if err != nil {
		return nil, err
	}
	s := &story{stage: st, options: o, report: r, wanted: make(map[*Node]bool)}
	if o.Proxies {
		return s, s.addProxies()
	}
	return s, s.startProbes()
}

// title says in a sentence what is to be seen.
func (s *story) title() string {
	var who []string
	for i, n := range s.report.Nodes {
		who = append(who, fmt.Sprintf("%s (%s)", n, s.report.Software[i]))
	}
	var what []string
	for _, a := range s.cluster.Setup.Addresses {
		what = append(what, a.String())
	}
	asks := "a client asks every millisecond"
	if s.options.Proxies {
		asks = "a client asks the haproxy behind each for a page every millisecond"
	}
	return fmt.Sprintf("%s share %s and advertise every %s; %s.", strings.Join(who, ", "), strings.Join(what, " and "),
		s.cluster.Setup.Interval, asks)
}

// play plays all steps, to the first that leaves nothing to go on with.
func (s *story) play(ctx context.Context) error {
	for _, st := range s.steps() {
		result, err := s.perform(ctx, st)
		if err != nil {
			return fmt.Errorf("%s: %w", st.name, err)
		}
		s.report.Steps = append(s.report.Steps, result)
		s.report.OK = s.report.OK && result.OK
		if result.Active == "" {
			s.say(ToneBad, "nobody is Active: the story ends here")
			return nil
		}
	}
	return nil
}

// steps returns what the story tells, in order.
func (s *story) steps() []step {
	if s.options.Proxies {
		return s.proxySteps()
	}
	first, next := s.cluster.Nodes[0], s.cluster.Nodes[1]
	return []step{
		s.stepStart(),
		s.stepStop(first, next),
		s.stepReturn(first, next),
		s.stepKill(first, next),
		s.stepReturn(first, next),
		s.stepCut(first, next),
		s.stepHeal(first, next),
	}
}

// stepStart starts all daemons.
func (s *story) stepStart() step {
	first := s.cluster.Nodes[0]
	limit := s.cluster.Setup.DownInterval(0) + bootTime
	return step{
		name: "start", deed: "start the daemons, all with one file", do: s.cluster.Start,
		successor: first, limit: limit, alone: limit, starts: s.cluster.Nodes,
		expect: fmt.Sprintf("%s, in %s", first.Name, Millis(limit)), tookLimit: limit, noClient: true,
	}
}

// gapLimit returns what the client may see of a planned move.
func (s *story) gapLimit() time.Duration {
	if len(s.cluster.Nodes) > 2 {
		return gapOfMore
	}
	return gapOfTwo
}

// stepStop stops the Active as an operator would.
func (s *story) stepStop(active, successor *Node) step {
	return step{
		name: "planned stop", deed: fmt.Sprintf("stop %s (SIGTERM)", active.Name),
		do: func() error { return active.Signal(unix.SIGTERM) }, stops: active,
		successor: successor, departing: active, limit: s.down(successor), alone: partingTime,
		expect: fmt.Sprintf("%s, gap < %d ms", successor.Name, s.gapLimit().Milliseconds()), gapLimit: s.gapLimit(),
	}
}

// stepReturn starts a node again, which takes over from the one that stood in for it.
func (s *story) stepReturn(returning, active *Node) step {
	limit := s.cluster.Setup.DownInterval(returning.Index) + bootTime
	return step{
		name: "return", deed: fmt.Sprintf("start %s again", returning.Name), do: returning.Start, starts: []*Node{returning},
		successor: returning, departing: active, limit: limit, alone: partingTime,
		expect: fmt.Sprintf("%s, gap < %d ms", returning.Name, s.gapLimit().Milliseconds()), gapLimit: s.gapLimit(),
	}
}

// stepKill kills the Active's daemon, which cannot say or do anything any more.
func (s *story) stepKill(active, successor *Node) step {
	orphan := max(orphanTime, s.down(successor)+partingTime)
	return step{
		name: "kill -9", deed: fmt.Sprintf("kill -9 on %s", active.Name), do: active.Kill, stops: active,
		successor: successor, departing: active, limit: s.down(successor) + bootTime, silence: s.down(successor),
		alone: orphan, aloneFromDeed: true,
		expect: fmt.Sprintf("%s, %s after the last advert; alone in %.1f s", successor.Name,
			Millis(s.down(successor)), orphan.Seconds()),
	}
}

// stepCut takes the Active off the switch, which neither of the two can notice but by silence.
func (s *story) stepCut(active, successor *Node) step {
	return step{
		name: "cable cut", deed: fmt.Sprintf("take %s off the switch", active.Name), do: active.Cut,
		successor: successor, departing: active, limit: s.down(successor) + bootTime, silence: s.down(successor),
		alone: partingTime, quiet: 10 * lateTolerance,
		expect: fmt.Sprintf("%s, %s after the last advert", successor.Name, Millis(s.down(successor))),
	}
}

// stepHeal puts it back; now there are two Active Routers, and the less preferred yields.
//
// That the client then finds the winner is expected between aloft nodes only. A keepalived that loses is silent from the
// first better advert on, so the winner may never learn that it had a rival, and announces nothing.
func (s *story) stepHeal(back, active *Node) step {
	limit := s.cluster.Setup.Interval.Duration() + lateTolerance
	st := step{
		name: "healed", deed: fmt.Sprintf("put %s back on the switch", back.Name), do: back.Heal,
		successor: back, departing: active, limit: limit, alone: limit, aloneFromDeed: true,
		tookAlone: true, tookLimit: limit, expect: fmt.Sprintf("%s alone, in %s", back.Name, Millis(limit)),
	}
	if active.Software == Aloft {
		st.gapLimit = limit
		st.expect = fmt.Sprintf("%s alone and reached, in %s", back.Name, Millis(limit))
	}
	return st
}

// down returns Active_Down_Interval of a node.
func (s *story) down(n *Node) time.Duration { return s.cluster.Setup.DownInterval(n.Index) }

// end prints the table, and what the daemons said where something failed.
func (s *story) end() {
	s.out.Blank()
	_, _ = io.WriteString(s.options.Out, s.report.Table(s.options.Color))
	if s.report.OK {
		return
	}
	const tail = 15
	for _, n := range s.cluster.Nodes {
		for i, p := range n.Runs() {
			s.out.printf("\n%s, %s, run %d:\n", n.Name, n.Software, i+1)
			for _, l := range p.Output.Tail(tail) {
				s.out.printf("%10.3f s  %s\n", l.At.Sub(s.began).Seconds(), l.Text)
			}
		}
	}
}

// keep says how to enter the laboratory and waits until the context is done.
func (s *story) keep(ctx context.Context) {
	s.out.printf("\nThe laboratory keeps running, until Ctrl-C. One file for all nodes: %s\n", s.cluster.File)
	for _, h := range s.cluster.Hosts() {
		s.out.printf("  %-8s ip netns exec %s sh\n", h.Name, h.Namespace())
	}
	s.out.printf("  %-8s ip netns exec %s sh\n", "switch", s.cluster.SwitchNamespace())
	for _, n := range s.cluster.Nodes {
		if n.Software == Aloft {
			s.out.printf("  %s's state is in %s\n", n.Name, n.Dir)
		}
	}
	<-ctx.Done()
}

// connected returns the nodes on the switch, by name.
func (s *stage) connected() []string {
	var names []string
	for _, n := range s.cluster.Nodes {
		if !n.cut() {
			names = append(names, n.Name)
		}
	}
	return names
}

// tenuresOn returns who held an address and when, of the nodes that are on the switch now.
func (s *stage) tenuresOn(a netip.Addr) []Tenure {
	connected := s.connected()
	return slices.DeleteFunc(s.watcher.Tenures(a), func(t Tenure) bool {
		return !slices.Contains(connected, t.Host)
	})
}

// aloneSince returns since when the host has been the only one to hold every audited address, see [aloneSince].
func (s *stage) aloneSince(host string, from time.Time) (since time.Time) {
	for _, a := range s.audited {
		at := aloneSince(s.tenuresOn(a), host, from)
		if at.IsZero() {
			return at
		}
		since = latest(since, at)
	}
	return since
}

// heldAlone says whether the host held every audited address from a time until another, and nobody else any.
func (s *stage) heldAlone(host string, from, until time.Time) bool {
	for _, a := range s.audited {
		if holder, ok := SoleHolder(s.tenuresOn(a), from, until); !ok || holder != host {
			return false
		}
	}
	return true
}
