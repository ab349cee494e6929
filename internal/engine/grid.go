package engine

import (
	"time"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/vrrp"
)

// tickSize is how many adverts of one interval, interface and family share a tick. A raw socket of a peer with default
// settings holds 256 datagrams: larger bursts of many routers overflow it, and are taken for silence.
const tickSize = 64

// grids spreads the adverts of routers over their intervals: the routers of one interval on one interface share ticks
// of at most 64, the ticks stand evenly in the interval, and phase (0 to 1) shifts them all, so that hosts do not send
// in step. The result is, for each instance, an instant on its grid.
func grids(instances []config.Instance, epoch time.Time, phase float64) []time.Time {
	type track struct {
		interval vrrp.Centiseconds
		iface    string
	}
	type filling struct{ ticks, last int } // how many ticks there are, and how full the last one is
	fill := make(map[track]filling)
	tick := make([]int, len(instances))
	key := func(inst *config.Instance) track {
		iface := inst.Interface
		if iface == "" && len(inst.Local) > 0 {
			iface = inst.Local[0].Address.String()
		}
		return track{inst.Interval, iface}
	}
	for i := range instances {
		k := key(&instances[i])
		f, n := fill[k], packets(&instances[i]) // each peer of a unicast router is a datagram of its own
		if f.ticks == 0 || f.last+n > tickSize {
			f.ticks, f.last = f.ticks+1, 0
		}
		f.last += n
		fill[k], tick[i] = f, f.ticks-1
	}
	out := make([]time.Time, len(instances))
	for i := range instances {
		k := key(&instances[i])
		step := k.interval.Duration() / time.Duration(fill[k].ticks)
		shift := time.Duration(phase * float64(k.interval.Duration()))
		out[i] = epoch.Add(shift + time.Duration(tick[i])*step)
	}
	return out
}

// onGrid says whether an advert that was due at a time stands on the grid of its router.
func onGrid(at time.Time, cfg vrrp.Config) bool { return at.Sub(cfg.Grid)%cfg.Interval.Duration() == 0 }

// quickestFor is the shortest interval at which a socket's routers can all send, in windows of 64 datagrams, where one
// advert of each is so many datagrams. The others must not be made quicker: they would miss adverts that wait here. A
// quarter of the windows is left for what else is to be said.
func quickestFor(datagrams int) vrrp.Centiseconds {
	inCentisecond := windowSize * int(vrrp.MinInterval.Duration()/window) * 3 / 4
	quickest := (datagrams + inCentisecond - 1) / inCentisecond
	return vrrp.Centiseconds(min(max(quickest, 1), int(vrrp.MaxInterval)))
}

// packets is how many datagrams one advert of a router is, in the family that has more.
func packets(inst *config.Instance) int {
	versions := 1
	if inst.Version == vrrp.Version2And3 {
		versions = 2
	}
	if inst.Transport != config.Unicast {
		return versions
	}
	ipv4, ipv6 := 0, 0
	for _, p := range inst.Peers {
		for _, addr := range p.Addresses {
			if addr.Is6() {
				ipv6++
			} else {
				ipv4++
			}
		}
	}
	return max(versions*ipv4, ipv6, 1)
}

// shortestLease is the least that the kernel, which counts whole seconds, lets be renewed in time.
const shortestLease = 2 * time.Second

// leaseFor is the valid lifetime of a router's addresses: not shorter than what the others need to take over, and long
// enough that all addresses of the host (total) renewed at a third of it are at most 200 renewals a second, since each
// is a netlink message to every listener.
func leaseFor(inst *config.Instance, total int) time.Duration {
	if inst.LeaseOff {
		return 0
	}
	down := inst.Version.ActiveDownInterval(inst.Priority, inst.Interval, inst.DownAdverts)
	paced := config.PacedLease(total)
	lease := max(shortestLease, down, paced)
	if inst.Lease > 0 {
		lease = max(inst.Lease, paced) // a shorter one could not be renewed in time
	}
	return (lease + time.Second - 1).Truncate(time.Second)
}

// leasable says whether leases of a family are affordable: changes of IPv6 addresses cost the kernel time in proportion
// to their number.
func leasable(instances []config.Instance) (ipv6 bool) {
	n := 0
	for i := range instances {
		for j := range instances[i].Addresses {
			if instances[i].Addresses[j].Prefix.Addr().Is6() {
				n++
			}
		}
	}
	return n <= config.MaxLeasedIPv6
}

// The bounds of the periodic announcements.
const (
	shortestRefresh    = 2 * time.Second
	refreshesPerSecond = 20
)

// refreshFor is how often an Active announces again when nothing happens, where the host has total addresses. After a
// split the loser may give way without a word, as keepalived does: then this is what brings back the neighbours that
// followed it.
func refreshFor(total int) time.Duration {
	return max(shortestRefresh, time.Duration(total)*time.Second/refreshesPerSecond)
}
