//go:build privileged

package system_test

import (
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
	// garbageRate is how many datagrams a second a stranger sends.
	garbageRate = 10_000

	// punctual is how far from the interval the time between two adverts may be, for 19 of 20 of them.
	punctual = 5 * time.Millisecond
)

// Whatever a stranger sends, nobody changes his state, the adverts leave on time, the client is served, and every
// datagram is counted by the reason why it was not taken.
func TestGarbage(t *testing.T) {
	lasting := 2 * time.Second
	if long {
		lasting = 30 * time.Second
	}
	o := pair(10)
	o.IPv6 = true
	s := setScene(t, o).withClient()
	families := s.stranger()
	s.raise()
	sent := make(map[vrrp.DropReason]int)
	bestOf(t, 3, func(t *testing.T) bool {
		before := time.Now()
		s.stays(s.Nodes[0], func() {
			now, err := flood(families, garbageRate, lasting)
			s.ok(err)
			for reason, n := range now {
				sent[reason] += n
			}
		})
		return s.onTime(before, before.Add(lasting))
	})
	lost, err := s.tap.Lost()
	s.ok(err)
	t.Logf("sent: %v; the tap lost %d frames", sent, lost)
	for _, n := range slices.Backward(s.Nodes) {
		s.leave(n)
		s.counted(n, sent)
	}
}

// stranger adds a host that sends to the groups of both families.
func (s *scene) stranger() (families []*floodFamily) {
	s.t.Helper()
	h, err := s.AddHost(lab.HostOptions{Name: "stranger"})
	s.ok(err)
	all, err := h.Addresses()
	s.ok(err)
	for _, a := range all {
		src := a.Prefix.Addr()
		dst, mine := vrrp.Group4, s.Setup.Addresses[:1]
		if src.Is6() {
			dst, mine = vrrp.Group6, s.Setup.Addresses[1:]
		}
		if src.IsLoopback() || src.Is6() && !src.IsLinkLocalUnicast() {
			continue
		}
		f, err := newFloodFamily(h, src, dst, mine, s.Setup.VRID)
		s.ok(err)
		s.t.Cleanup(f.close)
		families = append(families, f)
	}
	if len(families) != 2 {
		s.t.Fatalf("the stranger has the addresses %v", all)
	}
	return families
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
		if got := counts[reason.String()]; reason != vrrp.DropNone && got < want*9/10 {
			s.t.Errorf("%s counted %d as %s, of %d sent", n.Name, got, reason, want)
		}
	}
	if total > sentTotal || total < sentTotal*9/10 {
		s.t.Errorf("%s counted %d in total, of %d sent", n.Name, total, sentTotal)
	}
}
