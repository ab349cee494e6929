//go:build privileged

package system_test

import (
	"math/rand/v2"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aloft-ha/aloft/internal/lab"
	"github.com/aloft-ha/aloft/vrrp"
)

const (
	// floodRate is how many datagrams a second a stranger sends.
	floodRate = 50_000

	// punctual is how far from the interval the time between two adverts may be, for 19 of 20 of them.
	punctual = 5 * time.Millisecond

	// answers is how many adverts a second an Active Router may say to those that lose, and one more in a window.
	answers = 100
)

// Whatever a stranger sends, damaged, forged, replayed or in the name of the Active Router itself, nobody changes his
// state, the adverts leave on time, the client is served, and every datagram is counted by the reason why it was not
// taken. What is taken and loses is answered within bounds.
func TestFlood(t *testing.T) {
	lasting := 2 * time.Second
	if long {
		lasting = 30 * time.Second
	}
	o := pair(25)
	o.IPv6 = true
	s := setScene(t, o).withClient()
	h, families := s.stranger()
	s.raise()
	sent := make(map[vrrp.DropReason]int)
	refused := s.flood(h, garbage, families)
	bestOf(t, 3, func(t *testing.T) bool {
		before := time.Now()
		s.stays(s.Nodes[0], func() {
			for reason, n := range s.pour(refused, lasting) {
				sent[reason] += n
			}
		})
		return s.onTime(before, before.Add(lasting))
	})
	taken := s.flood(h, losers, families)
	before := time.Now()
	s.stays(s.Nodes[0], func() { s.pour(taken, lasting) })
	s.answered(before, before.Add(lasting))
	lost, err := s.tap.Lost()
	s.ok(err)
	t.Logf("sent: %v; the tap lost %d frames", sent, lost)
	for _, n := range slices.Backward(s.Nodes) {
		s.leave(n)
		s.counted(n, sent)
	}
}

// flood makes a flood that ends with the test.
func (s *scene) flood(h *lab.Host, kinds []hostile, families []*floodFamily) *flood {
	s.t.Helper()
	l, err := newFlood(h, kinds, families)
	s.ok(err)
	s.t.Cleanup(l.close)
	return l
}

// pour runs a flood, and says what it costs the daemons.
func (s *scene) pour(l *flood, lasting time.Duration) map[vrrp.DropReason]int {
	s.t.Helper()
	var used []time.Duration
	for _, n := range s.Nodes {
		used = append(used, -s.cpu(n))
	}
	sent, err := l.run(floodRate, lasting)
	s.ok(err)
	total := 0
	for _, n := range sent {
		total += n
	}
	for i, n := range s.Nodes {
		used[i] += s.cpu(n)
	}
	s.t.Logf("%.0f datagrams a second for %s; the daemons used %v of processor time", float64(total)/lasting.Seconds(), lasting, used)
	return sent
}

// stranger adds a host that sends to the groups of both families.
func (s *scene) stranger() (h *lab.Host, families []*floodFamily) {
	s.t.Helper()
	h, err := s.AddHost(lab.HostOptions{Name: "stranger"})
	s.ok(err)
	for _, ipv6 := range []bool{false, true} {
		f := &floodFamily{
			src: s.sender(h, ipv6), active: s.sender(s.Nodes[0].Host, ipv6), dst: vrrp.Group4, floating: s.Setup.Addresses[:1],
			vrid: s.Setup.VRID, interval: s.Setup.Interval, priority: s.Setup.Priority(0), random: rand.New(rand.NewPCG(1, 2)),
		}
		if ipv6 {
			f.dst, f.floating = vrrp.Group6, s.Setup.Addresses[1:]
		}
		families = append(families, f)
	}
	return h, families
}

// sender returns the address that a host sends adverts from.
func (s *scene) sender(h *lab.Host, ipv6 bool) netip.Addr {
	s.t.Helper()
	all, err := h.Addresses()
	s.ok(err)
	for _, a := range all {
		addr := a.Prefix.Addr()
		if addr.Is6() == ipv6 && !addr.IsLoopback() && (!ipv6 || addr.IsLinkLocalUnicast()) {
			return addr
		}
	}
	s.t.Fatalf("%s has the addresses %v", h.Name, all)
	panic("unreachable")
}

// answered asserts that the Active Router answered what lost, and no more often than it may, in both families.
func (s *scene) answered(from, to time.Time) {
	s.t.Helper()
	for _, ipv6 := range []bool{false, true} {
		all := s.advertsOf(s.Nodes[0], from, to, func(f *lab.Frame) bool { return f.Src.Is6() == ipv6 })
		most := answers * int(to.Sub(from)/(time.Second/answers)) / answers
		most += int(to.Sub(from)/s.Setup.Interval.Duration()) + 1 // and those that were due anyway
		s.t.Logf("%d adverts, ipv6 %t, of %d at most", len(all), ipv6, most)
		if len(all) < most/4 || len(all) > most {
			s.t.Errorf("%d adverts to those that lose, ipv6 %t: want up to %d", len(all), ipv6, most)
		}
	}
}

// onTime says whether the adverts of both families came at their interval.
func (s *scene) onTime(from, to time.Time) bool {
	s.t.Helper()
	good := true
	for _, ipv6 := range []bool{false, true} {
		all := s.advertsOf(s.Nodes[0], from, to, func(f *lab.Frame) bool { return f.Src.Is6() == ipv6 })
		var off []time.Duration
		for i := 1; i < len(all); i++ {
			off = append(off, (all[i].At.Sub(all[i-1].At) - s.Setup.Interval.Duration()).Abs())
		}
		if len(off) == 0 {
			s.t.Fatal("no adverts")
		}
		slices.Sort(off)
		s.t.Logf("%d adverts, ipv6 %t: off their interval by %s (median), %s (19 of 20), %s (worst)", len(all), ipv6,
			median(off), off[len(off)*19/20], slices.Max(off))
		good = good && off[len(off)*19/20] <= punctual
	}
	return good
}

var droppedCount = regexp.MustCompile(`dropped_(\S+)=(\d+)`)

// counted asserts that a node's last line counts what was sent: each kind by its reason, and not one more in total. A
// machine that was busy may have lost some in a socket that was full.
func (s *scene) counted(n *lab.Node, sent map[vrrp.DropReason]int) {
	s.t.Helper()
	counts := make(map[string]int)
	total, sentTotal := 0, 0
	for _, l := range n.Process().Output.Lines() {
		if !strings.Contains(l.Text, "msg=stopped") {
			continue
		}
		for _, m := range droppedCount.FindAllStringSubmatch(l.Text, -1) {
			counts[m[1]], _ = strconv.Atoi(m[2])
			total += counts[m[1]]
		}
	}
	s.t.Logf("%s counted %v", n.Name, counts)
	for reason, want := range sent {
		sentTotal += want
		if reason == vrrp.DropOwn {
			want = s.ownCounted(n, want)
		}
		if got := counts[reason.String()]; reason != vrrp.DropNone && got < want*9/10 {
			s.t.Errorf("%s counted %d as %s, of %d sent", n.Name, got, reason, want)
		}
	}
	if total > sentTotal {
		s.t.Errorf("%s counted %d in total, of %d sent", n.Name, total, sentTotal)
	}
}

// ownCounted is how many of the datagrams in the Active Router's name a node counts. The Active drops those of IPv6 for
// what they are; its kernel keeps those of IPv4 from it. Another node believes them.
func (s *scene) ownCounted(n *lab.Node, sent int) int {
	if n == s.Nodes[0] {
		return sent / 2
	}
	return 0
}
