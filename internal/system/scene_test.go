//go:build privileged

package system_test

import (
	"errors"
	"net/netip"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aloft-ha/aloft/internal/lab"
	"github.com/aloft-ha/aloft/internal/lab/labtest"
)

// onTheWay is how long a frame, an answer or a notification may still be on its way to an observer.
const onTheWay = 100 * time.Millisecond

// patience is how much longer than its timers something may take on a busy machine, where its result counts and not its
// time.
const patience = 5 * time.Second

// scene is a cluster under observation: by a tap, by a watcher, and by a client if the test asks for one.
type scene struct {
	*lab.Cluster
	t       *testing.T
	tap     *lab.Tap
	watcher *lab.Watcher
	probes  []*lab.Probe // of all addresses that a client can reach
}

// setScene builds a cluster and its observers but for the client. No daemon is started.
func setScene(t *testing.T, o lab.ClusterOptions) *scene {
	t.Helper()
	c := labtest.Cluster(t, o)
	return &scene{Cluster: c, t: t, tap: labtest.Tap(t, c.LAN, lab.TapOptions{}), watcher: labtest.Watcher(t, c.LAN)}
}

// withClient starts the client.
func (s *scene) withClient() *scene {
	s.t.Helper()
	for _, a := range s.Setup.Addresses {
		if !a.IsLinkLocalUnicast() {
			s.probes = append(s.probes, labtest.Probe(s.t, s.Client, lab.ProbeOptions{Target: a}))
		}
	}
	return s
}

// pair is the options of two nodes at the interval.
func pair(centiseconds int) lab.ClusterOptions {
	return lab.ClusterOptions{Nodes: make([]lab.Software, 2), Interval: interval(centiseconds)}
}

// raise starts all daemons and waits until the first node serves the client alone.
func (s *scene) raise() {
	s.t.Helper()
	began := time.Now()
	if first := s.Nodes[0]; s.Setup.NoFailback && first.Software == lab.Aloft {
		// Whoever is first stays: by a few milliseconds, which on a busy machine are a matter of chance.
		s.ok(first.Start())
		s.awaitBackup(first)
	}
	for _, n := range s.Nodes {
		if !n.Running() {
			s.ok(n.Start())
		}
	}
	s.awaitAlone(began, s.Nodes[0], s.down(0)+patience)
	time.Sleep(onTheWay) // another may be Active for a moment, where it was the quicker one to start
	s.awaitAlone(began, s.Nodes[0], patience)
	s.awaitAnswer(s.Nodes[0], 2*time.Second)
}

// ok ends the test on an error.
func (s *scene) ok(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// down is Active_Down_Interval of the i-th node, RFC 9568 section 6.1: three intervals and Skew_Time. The product has the
// same formula, and a test of it does not ask the product.
func (s *scene) down(i int) time.Duration {
	every := s.Setup.Interval.Duration()
	return 3*every + time.Duration(256-int(s.Setup.Priority(i)))*every/256
}

// longestDown is a time after which every Backup would have taken over that wanted to.
func (s *scene) longestDown() time.Duration { return s.down(len(s.Nodes)-1) + onTheWay }

// holders returns who holds any of the addresses now, as the kernels say.
func (s *scene) holders() []string {
	s.t.Helper()
	var names []string
	for _, a := range s.Setup.Addresses {
		all, err := s.Holders(a)
		s.ok(err)
		names = append(names, all...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// awaitAlone waits until the node holds every address and no other holds any, and returns since when.
func (s *scene) awaitAlone(since time.Time, n *lab.Node, within time.Duration) time.Time {
	s.t.Helper()
	deadline := since.Add(within)
	for {
		if at, ok := s.aloneSince(n); ok && slices.Equal(s.holders(), []string{n.Name}) {
			return later(at, since)
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("%s does not hold the addresses alone %s after: %v do", n.Name, within, s.holders())
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// aloneSince returns since when the node holds all addresses and no other any.
func (s *scene) aloneSince(n *lab.Node) (since time.Time, ok bool) {
	for _, a := range s.Setup.Addresses {
		held := false
		for _, tenure := range s.watcher.Tenures(a) {
			switch {
			case tenure.Host != n.Name && tenure.To.IsZero():
				return time.Time{}, false
			case tenure.Host != n.Name:
				since = later(since, tenure.To)
			case tenure.To.IsZero():
				held, since = true, later(since, tenure.From)
			}
		}
		if !held {
			return time.Time{}, false
		}
	}
	return since, true
}

// awaitAnswer waits until the node answers the client for every address.
func (s *scene) awaitAnswer(n *lab.Node, within time.Duration) {
	s.t.Helper()
	ctx := labtest.Within(s.t, within)
	for _, p := range s.probes {
		if _, err := p.Await(ctx, time.Now().Add(-onTheWay), n.Name); err != nil {
			s.t.Fatalf("%s does not answer for %s: %v", n.Name, p.Target, err)
		}
	}
}

// awaitBackup waits until a daemon that was just started is Backup in each family. A Backup is silent, so that it is one can
// only be heard from itself.
func (s *scene) awaitBackup(n *lab.Node) {
	s.t.Helper()
	families := make(map[bool]bool)
	for _, a := range s.Setup.Addresses {
		families[a.Is6()] = true
	}
	for deadline := time.Now().Add(patience); strings.Count(n.Process().Output.String(), "to=Backup") < len(families); {
		if time.Now().After(deadline) {
			s.t.Fatalf("%s is not Backup within %s:\n%s", n.Name, patience, n.Process().Output.String())
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// heldAlone asserts that the node alone held every address from from until to.
func (s *scene) heldAlone(n *lab.Node, from, to time.Time) {
	s.t.Helper()
	for _, a := range s.Setup.Addresses {
		if host, ok := lab.SoleHolder(s.watcher.Tenures(a), from, to); !ok || host != n.Name {
			s.t.Errorf("%s was not all the time held by %s alone; its tenures: %s", a, n.Name, s.tenures(a, from))
		}
	}
}

// tenures describes who held an address, in seconds from a time on.
func (s *scene) tenures(a netip.Addr, from time.Time) string {
	var words []string
	for _, x := range s.watcher.Tenures(a) {
		to := "now"
		if !x.To.IsZero() {
			to = x.To.Sub(from).String()
		}
		words = append(words, x.Host+" from "+x.From.Sub(from).String()+" to "+to)
	}
	return strings.Join(words, ", ")
}

// advertisers returns which nodes advertised themselves as Active from from until to, in the order of their first adverts.
func (s *scene) advertisers(from, to time.Time) []string {
	nodes := make(map[string]bool)
	for _, n := range s.Nodes {
		nodes[n.Name] = true
	}
	var names []string
	for _, f := range s.tap.Frames((*lab.Frame).Advertises) {
		if nodes[f.Port] && !f.At.Before(from) && !f.At.After(to) && !slices.Contains(names, f.Port) {
			names = append(names, f.Port)
		}
	}
	return names
}

// advertised asserts that exactly these nodes advertised themselves as Active from from until to, and began in this order.
func (s *scene) advertised(from, to time.Time, nodes ...*lab.Node) {
	s.t.Helper()
	var want []string
	for _, n := range nodes {
		want = append(want, n.Name)
	}
	if got := s.advertisers(from, to); !slices.Equal(got, want) {
		s.t.Errorf("%v advertised, not %v", got, want)
	}
}

// advertsOf returns the adverts of a node from from until to that match; nil matches all.
func (s *scene) advertsOf(n *lab.Node, from, to time.Time, match func(*lab.Frame) bool) []lab.Frame {
	return s.tap.Frames(func(f *lab.Frame) bool {
		return f.Kind == lab.KindAdvert && f.Port == n.Name && !f.At.Before(from) && !f.At.After(to) &&
			(match == nil || match(f))
	})
}

// gap returns the worst that a client of any address saw from from until to.
func (s *scene) gap(from, to time.Time) (worst lab.Gap) {
	for _, p := range s.probes {
		if g := p.Gap(from, to); g.Outage() >= worst.Outage() {
			worst = g
		}
	}
	return worst
}

// exitCode returns how the last daemon of a node ended, after its end.
func (s *scene) exitCode(n *lab.Node) int {
	s.t.Helper()
	_, err := n.Process().Wait(labtest.Within(s.t, patience))
	var status interface{ ExitCode() int }
	if errors.As(err, &status) {
		return status.ExitCode()
	}
	s.ok(err)
	return 0
}

// rewrite gives all nodes a configuration with these lines of the router more, as an operator does with a file that is
// the same everywhere. Nobody is told yet.
func (s *scene) rewrite(lines ...string) {
	s.t.Helper()
	changed := s.Setup
	changed.Extra = append(slices.Clone(changed.Extra), lines...)
	s.ok(os.WriteFile(s.File, []byte(changed.YAML()), 0o644))
}

// reload makes nodes read the file again, one after the other.
func (s *scene) reload(nodes ...*lab.Node) {
	s.t.Helper()
	for _, n := range nodes {
		s.ok(n.Signal(syscall.SIGHUP))
	}
}

// later returns the later of two times.
func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
