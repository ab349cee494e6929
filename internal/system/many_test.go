//go:build privileged

package system_test

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vishvananda/netlink"

	"github.com/aloft-ha/aloft/internal/lab"
	"github.com/aloft-ha/aloft/internal/lab/labtest"
	"github.com/aloft-ha/aloft/vrrp"
)

const (
	// crowdSize is how many virtual routers there are on one interface.
	crowdSize     = 250
	crowdInterval = vrrp.Centiseconds(10)

	// crowdLate is how much later than Active_Down_Interval the median of them may be taken over.
	crowdLate = 10 * time.Millisecond
)

// crowdAddress is the address of a virtual router of the crowd.
func crowdAddress(vrid int) netip.Addr { return netip.AddrFrom4([4]byte{198, 18, 0, byte(vrid)}) }

// setCrowd builds two nodes with hundreds of virtual routers.
func setCrowd(t *testing.T) *scene {
	t.Helper()
	var file strings.Builder
	file.WriteString("nodes:\n  - {name: www1, addresses: [192.0.2.1]}\n  - {name: www2, addresses: [192.0.2.2]}\n")
	fmt.Fprintf(&file, "defaults: {advert_interval: %s}\nvirtual_routers:\n", crowdInterval)
	o := lab.ClusterOptions{Nodes: make([]lab.Software, 2), Interval: crowdInterval}
	for vrid := 1; vrid <= crowdSize; vrid++ {
		fmt.Fprintf(&file, "  r%d: {vrid: %d, addresses: [%s]}\n", vrid, vrid, crowdAddress(vrid))
	}
	o.File = file.String()
	return setScene(t, o)
}

// Hundreds of virtual routers on one interface: all up, none taken over without a reason, all taken over in time when the
// Active is cut off, and all handed over in a planned stop.
func TestHundredsOfRouters(t *testing.T) {
	s := setCrowd(t)
	www1 := s.Nodes[0]
	s.ok(s.Start())
	s.crowdHeld(www1, crowdSize, patience)
	time.Sleep(time.Second) // the announcements of the start are over
	steady := time.Now()
	time.Sleep(4 * time.Second) // what is judged: forty intervals of each router
	s.advertised(steady, time.Now(), www1)
	s.crowdPunctual(steady, time.Now())
	s.crowdSpread(steady, time.Now())

	bestOf(t, 3, func(t *testing.T) bool {
		late := s.crowdCut()
		t.Logf("taken over after Active_Down_Interval: median %s, worst %s, best %s", median(late),
			slices.Max(late), slices.Min(late))
		return median(late) <= crowdLate
	})
	s.crowdClients(1, crowdSize/2, crowdSize)
	repeatUnder(t, "the client's gap of the planned stop of all", plannedGap, func() time.Duration {
		gap := s.crowdStop()
		s.ok(www1.Start())
		s.crowdHeld(www1, crowdSize, patience)
		time.Sleep(time.Second) // until the announcements of the return are over
		return gap
	})
}

// crowdHeld waits until the node holds the addresses of all routers of the crowd and the others none.
func (s *scene) crowdHeld(n *lab.Node, routers int, within time.Duration) {
	s.t.Helper()
	deadline := time.Now().Add(within)
	for {
		counts := make(map[string]int)
		for _, other := range s.Nodes {
			all, err := other.Addresses()
			s.ok(err)
			for _, a := range all {
				if a.Prefix.Bits() == 32 && a.Prefix.Addr().As4()[0] == 198 {
					counts[other.Name]++
				}
			}
		}
		if len(counts) == 1 && counts[n.Name] == routers {
			return
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("%s within %s: the addresses are held as %v", n.Name, within, counts)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// crowdAdverts returns the adverts of a node by virtual router.
func (s *scene) crowdAdverts(n *lab.Node, from, to time.Time) map[uint8][]lab.Frame {
	by := make(map[uint8][]lab.Frame)
	for _, f := range s.advertsOf(n, from, to, (*lab.Frame).Advertises) {
		by[f.Advert.VRID] = append(by[f.Advert.VRID], f)
	}
	return by
}

// crowdPunctual asserts that each virtual router advertised at its interval: never more often, and seldom less, for an
// advert that a busy machine misses is not made up for.
func (s *scene) crowdPunctual(from, to time.Time) {
	s.t.Helper()
	want := int(to.Sub(from) / crowdInterval.Duration())
	var gaps []time.Duration
	by := s.crowdAdverts(s.Nodes[0], from, to)
	for vrid, all := range by {
		if len(all) > want+1 {
			s.t.Errorf("virtual router %d sent %d adverts, not %d", vrid, len(all), want)
		}
		for i := 1; i < len(all); i++ {
			gaps = append(gaps, all[i].At.Sub(all[i-1].At))
		}
	}
	if len(by) != crowdSize || len(gaps) < crowdSize*(want-1)*9/10 {
		s.t.Errorf("%d virtual routers advertise %d times", len(by), len(gaps)+len(by))
	}
	s.t.Logf("%d adverts, the times between two of a router: median %s, worst %s", len(gaps), median(gaps), slices.Max(gaps))
}

// crowdSpread asserts that the adverts come in bursts of 64 at most, which any socket of a peer holds; on a busy machine
// two of them may fall together now and then.
func (s *scene) crowdSpread(from, to time.Time) {
	s.t.Helper()
	const burst, together = 64, 5 * time.Millisecond
	all := s.advertsOf(s.Nodes[0], from, to, nil)
	crowded := 0
	for i := burst; i < len(all); i++ {
		if all[i].At.Sub(all[i-burst].At) < together {
			crowded++
		}
	}
	if crowded > len(all)/10 {
		s.t.Errorf("%d of %d adverts came in bursts of more than %d", crowded, len(all), burst)
	}
}

// crowdCut takes the Active off the switch, measures how late each virtual router is taken over, and heals.
func (s *scene) crowdCut() (late []time.Duration) {
	s.t.Helper()
	www1, www2 := s.Nodes[0], s.Nodes[1]
	before := time.Now()
	s.ok(www1.Cut())
	after := time.Now()
	time.Sleep(s.down(1) + 500*time.Millisecond) // until every router's Active_Down_Interval is over
	heard := s.crowdAdverts(www1, before.Add(-2*crowdInterval.Duration()), before)
	unsure := s.crowdAdverts(www1, before, after)
	taken := s.crowdAdverts(www2, before, time.Now())
	for vrid := range uint8(crowdSize + 1) {
		switch {
		case vrid == 0 || len(unsure[vrid]) > 0: // sent while the cable was being cut
		case len(heard[vrid]) == 0 || len(taken[vrid]) == 0:
			s.t.Errorf("virtual router %d was not taken over", vrid)
		default:
			last := heard[vrid][len(heard[vrid])-1]
			late = append(late, taken[vrid][0].At.Sub(last.At.Add(s.down(1))))
		}
	}
	if len(late) < crowdSize/2 {
		s.t.Fatalf("only %d virtual routers can be judged", len(late))
	}
	s.ok(www1.Heal())
	s.crowdHeld(www1, crowdSize, patience)
	time.Sleep(1500 * time.Millisecond) // until the announcements of the healing are over
	settled := time.Now()
	time.Sleep(s.longestDown()) // until every Backup would have taken over
	s.advertised(settled, time.Now(), www1)
	return late
}

// crowdClients starts clients of these virtual routers' addresses.
func (s *scene) crowdClients(vrids ...int) {
	s.t.Helper()
	s.ok(s.Client.Route().RouteReplace(crowdRoute(s)))
	for _, vrid := range vrids {
		s.probes = append(s.probes, labtest.Probe(s.t, s.Client, lab.ProbeOptions{Target: crowdAddress(vrid)}))
	}
	s.awaitAnswer(s.Nodes[0], 2*time.Second)
}

// crowdStop stops the Active; the other takes everything over. It returns the worst that a client saw.
func (s *scene) crowdStop() time.Duration {
	s.t.Helper()
	www1, www2 := s.Nodes[0], s.Nodes[1]
	deed := time.Now()
	s.leave(www1)
	ended := time.Now()
	s.crowdHeld(www2, crowdSize, patience)
	time.Sleep(s.longestDown()) // until every Backup would have taken over
	var took []time.Duration
	for _, all := range s.crowdAdverts(www2, deed, time.Now()) {
		took = append(took, all[0].At.Sub(deed))
	}
	if len(took) != crowdSize {
		s.t.Fatalf("%d virtual routers were handed over", len(took))
	}
	g := s.gap(deed, time.Now().Add(-onTheWay))
	s.t.Logf("planned stop of all: over after %s, taken over after %s (median), %s (worst); %s", ended.Sub(deed), median(took),
		slices.Max(took), g)
	return g.Outage()
}

// crowdRoute is the client's way to the addresses of the crowd: they are on its link.
func crowdRoute(s *scene) *netlink.Route {
	s.t.Helper()
	eth0, err := s.Client.Route().LinkByName(lab.HostInterface)
	s.ok(err)
	return &netlink.Route{
		LinkIndex: eth0.Attrs().Index, Scope: netlink.SCOPE_LINK,
		Dst: &net.IPNet{IP: net.IPv4(198, 18, 0, 0).To4(), Mask: net.CIDRMask(16, 32)},
	}
}
