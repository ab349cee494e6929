package engine

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/vrrp"
)

// offsets returns the grids of instances as offsets in their interval, in milliseconds.
func offsets(instances []config.Instance, phase float64) (list []float64) {
	epoch := time.Unix(0, 0)
	for i, at := range grids(instances, epoch, phase) {
		list = append(list, float64(at.Sub(epoch)%instances[i].Interval.Duration())/float64(time.Millisecond))
	}
	return list
}

func several(n int, options ...func(*config.Instance)) []config.Instance {
	return slices.Repeat([]config.Instance{web(200, options...)}, n)
}

func TestGrids(t *testing.T) {
	three := unicast("192.0.2.2", "192.0.2.3", "192.0.2.4")
	for name, c := range map[string]struct {
		instances []config.Instance
		phase     float64
		want      map[float64]int // how many instances at an offset, in milliseconds
	}{
		"none":                          {nil, 0, map[float64]int{}},
		"one":                           {several(1), 0, map[float64]int{0: 1}},
		"one, with a phase":             {several(1), 0.25, map[float64]int{250: 1}},
		"64 share a tick":               {several(64), 0, map[float64]int{0: 64}},
		"65 need two":                   {several(65), 0, map[float64]int{0: 64, 500: 1}},
		"250 need four":                 {several(250, every(10)), 0, map[float64]int{0: 64, 25: 64, 50: 64, 75: 58}},
		"the phase shifts all":          {several(129, every(300)), 0.5, map[float64]int{1500: 64, 2500: 64, 500: 1}},
		"the shortest interval":         {several(250, every(1)), 0, map[float64]int{0: 64, 2.5: 64, 5: 64, 7.5: 58}},
		"each unicast peer counts":      {several(22, three), 0, map[float64]int{0: 21, 500: 1}},
		"unicast without peers":         {several(65, unicast()), 0, map[float64]int{0: 64, 500: 1}},
		"intervals are apart":           {append(several(64), several(64, every(10))...), 0, map[float64]int{0: 128}},
		"interfaces are apart":          {append(several(64), several(64, on("eth1"))...), 0, map[float64]int{0: 128}},
		"interfaces found by addresses": {append(several(64, local("192.0.2.1")), several(64, local("198.51.100.1"))...), 0, map[float64]int{0: 128}},
	} {
		t.Run(name, func(t *testing.T) {
			got := make(map[float64]int)
			for _, o := range offsets(c.instances, c.phase) {
				got[o]++
			}
			wantEqual(t, "instances at each offset", got, c.want)
		})
	}
}

func TestGridsNeverPutMoreThan64DatagramsIntoATick(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var instances []config.Instance
		for range rapid.IntRange(1, 300).Draw(t, "routers") {
			inst := web(200, every(rapid.SampledFrom([]vrrp.Centiseconds{1, 10, 100}).Draw(t, "interval")))
			if peers := rapid.IntRange(0, 5).Draw(t, "peers"); peers > 0 {
				inst.Transport, inst.Peers = config.Unicast, make([]config.Peer, peers)
				for i := range inst.Peers {
					inst.Peers[i].Addresses = addrs("192.0.2.9", "192.0.2.10", "2001:db8::9")
				}
			}
			instances = append(instances, inst)
		}
		count := make(map[string]int)
		for i, at := range grids(instances, time.Unix(0, 0), 0.3) {
			tick := fmt.Sprint(instances[i].Interval, at)
			if count[tick] += packets(&instances[i]); count[tick] > tickSize {
				t.Fatalf("%d datagrams at %s", count[tick], tick)
			}
		}
	})
}

func TestGridsOfTheFirstStayWhenOneIsAppended(t *testing.T) {
	// What is in the first tick never moves, and the others only when the ticks become more.
	for size := range 300 {
		before, after := offsets(several(size), 0.7), offsets(several(size+1), 0.7)
		for i := range before {
			if before[i] != after[i] && (i < tickSize || size%tickSize != 0) {
				t.Fatalf("%d routers become one more: the grid of router %d moves from %v to %v", size, i, before[i], after[i])
			}
		}
	}
}

func on(name string) func(*config.Instance) {
	return func(i *config.Instance) { i.Interface = name }
}

// local makes a router find its interface by this node's addresses.
func local(texts ...string) func(*config.Instance) {
	return func(i *config.Instance) {
		i.Interface, i.Local = "", nil
		for _, a := range addrs(texts...) {
			i.Local = append(i.Local, config.NodeAddress{Address: a})
		}
	}
}

func TestLeaseFor(t *testing.T) {
	for name, c := range map[string]struct {
		inst  config.Instance
		total int
		want  time.Duration
	}{
		"the shortest":                              {web(200, every(1)), 1, 2 * time.Second},
		"Active_Down_Interval, in whole seconds":    {web(200), 1, 4 * time.Second}, // 3.21875 s
		"exactly whole seconds":                     {web(0, every(25)), 1, 2 * time.Second},
		"the longest interval":                      {web(1, every(4095)), 1, 164 * time.Second},
		"many down adverts":                         {web(200, func(i *config.Instance) { i.DownAdverts = 10 }), 1, 11 * time.Second},
		"133 addresses are renewed fast enough":     {web(200, every(1)), 133, 2 * time.Second},
		"134 are not":                               {web(200, every(1)), 134, 3 * time.Second},
		"250 routers of 60 addresses":               {web(200, every(10)), 15000, 225 * time.Second},
		"configured":                                {web(200, func(i *config.Instance) { i.Lease = 9 * time.Second }), 1, 9 * time.Second},
		"configured, but not to be renewed in time": {web(200, func(i *config.Instance) { i.Lease = 9 * time.Second }), 15000, 225 * time.Second},
		"off":                    {web(200, func(i *config.Instance) { i.LeaseOff = true }), 1, 0},
		"off wins over a length": {web(200, func(i *config.Instance) { i.LeaseOff, i.Lease = true, time.Minute }), 1, 0},
	} {
		t.Run(name, func(t *testing.T) { wantEqual(t, "lease", leaseFor(&c.inst, c.total), c.want) })
	}
}

// A client that followed the silent loser of a split is to be right again within 3 s; but a host with many addresses
// must not fill the link.
func TestRefreshFor(t *testing.T) {
	for total, want := range map[int]time.Duration{
		1: 2 * time.Second, 40: 2 * time.Second, 41: 2050 * time.Millisecond, 15000: 750 * time.Second,
	} {
		wantEqual(t, "refresh", refreshFor(total), want)
	}
}

func TestRenewalsOfAHostAreBounded(t *testing.T) {
	for total := 1; total < 20000; total += 7 {
		inst := web(200, every(1))
		lease := leaseFor(&inst, total)
		if perSecond := float64(total) / (lease / 3).Seconds(); perSecond > config.MaxRenewals {
			t.Fatalf("%d addresses: %v renewals a second", total, perSecond)
		}
		if lease%time.Second != 0 {
			t.Fatalf("%d addresses: a lease of %v, which the kernel would cut", total, lease)
		}
	}
}

func TestLeasable(t *testing.T) {
	many := func(six, four int) []config.Instance {
		inst := web(200)
		inst.Addresses = append(slices.Repeat(addresses("2001:db8::1/128"), six), slices.Repeat(addresses("192.0.2.9/32"), four)...)
		return []config.Instance{inst, web(200)}
	}
	wantEqual(t, "500 IPv6 addresses", leasable(many(500, 0)), true)
	wantEqual(t, "501", leasable(many(501, 0)), false)
	wantEqual(t, "IPv4 does not count", leasable(many(500, 5000)), true)
	wantEqual(t, "none", leasable(nil), true)
}

func TestTooManyIPv6AddressesHaveNoLeaseAndIPv4OnesDo(t *testing.T) {
	e := &Engine{}
	inst := web(200)
	inst.Addresses = append(addresses("192.0.2.100/32"), slices.Repeat(addresses("2001:db8::1/128"), 501)...)
	build := e.builders([]config.Instance{inst})[0]
	wantEqual(t, "IPv6", build(&inst, true).Lease, 0)
	if build(&inst, false).Lease == 0 {
		t.Error("IPv4 has no lease")
	}
}

func TestPacketsOfAnAdvert(t *testing.T) {
	for name, c := range map[string]struct {
		option func(*config.Instance)
		want   int
	}{
		"multicast":           {func(*config.Instance) {}, 1},
		"two unicast peers":   {unicast("192.0.2.2", "192.0.2.3"), 2},
		"the larger family":   {unicast("192.0.2.2", "2001:db8::2", "2001:db8::3", "2001:db8::4"), 3},
		"unicast, nobody yet": {unicast(), 1},
	} {
		inst := web(200, c.option)
		wantEqual(t, name, packets(&inst), c.want)
	}
}
