//go:build privileged

package system_test

import (
	"errors"
	"math/rand/v2"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"

	"github.com/aloft-ha/aloft/internal/lab"
	"github.com/aloft-ha/aloft/vrrp"
)

// garbage is one kind of datagram that no router may take.
type garbage struct {
	reason  vrrp.DropReason // DropNone: any
	payload func(f *floodFamily) []byte
	ttl     int
}

// floodFamily is how a stranger sends to one family's group.
type floodFamily struct {
	src, dst netip.Addr
	floating []netip.Addr
	vrid     uint8
	fds      map[int]int // raw sockets by the TTL of what they send
	random   *rand.Rand
}

// evil is the advert that would depose any Active, if it were taken.
func (f *floodFamily) evil(change func(*vrrp.Packet)) []byte {
	p := vrrp.Packet{VRID: f.vrid, Priority: 255, Interval: 1, Addresses: f.floating}
	if change != nil {
		change(&p)
	}
	return p.AppendTo(nil, f.src, f.dst, vrrp.FormPseudo)
}

// damaged is evil with one of its bytes changed.
func (f *floodFamily) damaged(at int, value byte) []byte {
	b := f.evil(nil)
	b[at] = value
	return b
}

// allGarbage is every kind of it.
var allGarbage = []garbage{
	{vrrp.DropTruncated, func(f *floodFamily) []byte { return f.evil(nil)[:7] }, 255},
	{vrrp.DropTTL, func(f *floodFamily) []byte { return f.evil(nil) }, 254},
	{vrrp.DropVersion, func(f *floodFamily) []byte { return f.damaged(0, 2<<4|1) }, 255},
	{vrrp.DropType, func(f *floodFamily) []byte { return f.damaged(0, 3<<4|2) }, 255},
	{vrrp.DropCount, func(f *floodFamily) []byte { return f.damaged(3, 0) }, 255},
	{vrrp.DropLength, func(f *floodFamily) []byte { return f.damaged(3, 200) }, 255},
	{vrrp.DropChecksum, func(f *floodFamily) []byte { return f.damaged(2, 254) }, 255},
	{vrrp.DropInterval, func(f *floodFamily) []byte { return f.evil(func(p *vrrp.Packet) { p.Interval = 0 }) }, 255},
	{vrrp.DropVRID, func(f *floodFamily) []byte { return f.evil(func(p *vrrp.Packet) { p.VRID++ }) }, 255},
	{vrrp.DropNone, func(f *floodFamily) []byte {
		b := make([]byte, 1+f.random.IntN(300))
		for i := range b {
			b[i] = byte(f.random.Uint32())
		}
		return b
	}, 255},
}

// newFloodFamily opens the stranger's sockets for one family.
func newFloodFamily(h *lab.Host, src, dst netip.Addr, floating []netip.Addr, vrid uint8) (*floodFamily, error) {
	f := &floodFamily{
		src: src, dst: dst, floating: floating, vrid: vrid, fds: make(map[int]int), random: rand.New(rand.NewPCG(1, 2)),
	}
	link, err := h.Route().LinkByName(lab.HostInterface)
	if err != nil {
		return nil, err
	}
	return f, h.Do(func() (err error) {
		for _, ttl := range []int{254, 255} {
			if f.fds[ttl], err = openFlood(dst.Is6(), link.Attrs().Index, ttl); err != nil {
				return err
			}
		}
		return nil
	})
}

// openFlood opens a raw socket that sends VRRP multicast through an interface.
func openFlood(ipv6 bool, ifindex, ttl int) (int, error) {
	family := unix.AF_INET
	if ipv6 {
		family = unix.AF_INET6
	}
	fd, err := unix.Socket(family, unix.SOCK_RAW|unix.SOCK_CLOEXEC, vrrp.Protocol)
	if err != nil {
		return -1, err
	}
	if ipv6 {
		return fd, errors.Join(
			unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_MULTICAST_IF, ifindex),
			unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_MULTICAST_HOPS, ttl))
	}
	return fd, errors.Join(
		unix.SetsockoptIPMreqn(fd, unix.IPPROTO_IP, unix.IP_MULTICAST_IF, &unix.IPMreqn{Ifindex: int32(ifindex)}),
		unix.SetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_MULTICAST_TTL, ttl))
}

// send sends one datagram of a kind.
func (f *floodFamily) send(g garbage) error {
	var to unix.Sockaddr = &unix.SockaddrInet4{Addr: [4]byte(f.dst.AsSlice()[:4])}
	if f.dst.Is6() {
		to = &unix.SockaddrInet6{Addr: f.dst.As16()}
	}
	return unix.Sendto(f.fds[g.ttl], g.payload(f), 0, to)
}

// close closes the sockets.
func (f *floodFamily) close() {
	for _, fd := range f.fds {
		_ = unix.Close(fd)
	}
}

// flood sends all kinds in turn, to both families, at a rate a second for a time, and returns how many of each reason.
func flood(families []*floodFamily, rate int, d time.Duration) (map[vrrp.DropReason]int, error) {
	sent := make(map[vrrp.DropReason]int)
	began := time.Now()
	for n := 0; ; {
		passed := time.Since(began)
		if passed >= d {
			return sent, nil
		}
		for due := int(passed.Seconds() * float64(rate)); n < due; n++ {
			g := allGarbage[n%len(allGarbage)]
			if err := families[n/len(allGarbage)%len(families)].send(g); err != nil {
				return sent, err
			}
			sent[g.reason]++
		}
		time.Sleep(time.Millisecond) // sends what is due once a millisecond
	}
}
