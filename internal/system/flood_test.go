//go:build privileged

package system_test

import (
	"math/rand/v2"
	"net"
	"net/netip"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"golang.org/x/sys/unix"

	"github.com/aloft-ha/aloft/internal/lab"
	"github.com/aloft-ha/aloft/vrrp"
)

// A hostile is a kind of datagram that somebody on the link sends.
type hostile struct {
	reason  vrrp.DropReason // why a router drops it; DropNone: any reason, or none
	payload func(f *floodFamily) []byte
	ttl     uint8
	source  func(f *floodFamily) netip.Addr // nil: the stranger's own
}

// floodFamily is what a stranger knows of one family's virtual router.
type floodFamily struct {
	src, dst netip.Addr // its own address, and the group
	active   netip.Addr // that of the Active Router
	floating []netip.Addr
	vrid     uint8
	interval vrrp.Centiseconds
	priority uint8 // of the Active Router
	random   *rand.Rand
}

// evil is the advert that would depose any Active, if it were taken.
func (f *floodFamily) evil(change func(*vrrp.Packet)) []byte { return f.advert(f.src, change) }

// advert is evil from another source.
func (f *floodFamily) advert(src netip.Addr, change func(*vrrp.Packet)) []byte {
	p := vrrp.Packet{VRID: f.vrid, Priority: 255, Interval: 1, Addresses: f.floating}
	if change != nil {
		change(&p)
	}
	return p.AppendTo(nil, src, f.dst, vrrp.FormPseudo)
}

// damaged is evil with one of its bytes changed.
func (f *floodFamily) damaged(at int, value byte) []byte {
	b := f.evil(nil)
	b[at] = value
	return b
}

// nobody is the unspecified address.
func (f *floodFamily) nobody() netip.Addr {
	if f.dst.Is6() {
		return netip.IPv6Unspecified()
	}
	return netip.IPv4Unspecified()
}

// garbage is every kind that no router may take, and those that none but a Backup may take, for which it is as if the
// Active Router had said them.
var garbage = []hostile{
	{vrrp.DropTruncated, func(f *floodFamily) []byte { return f.evil(nil)[:7] }, 255, nil},
	{vrrp.DropTTL, func(f *floodFamily) []byte { return f.evil(nil) }, 254, nil},
	{vrrp.DropVersion, func(f *floodFamily) []byte { return f.damaged(0, 4<<4|1) }, 255, nil},
	{vrrp.DropType, func(f *floodFamily) []byte { return f.damaged(0, 3<<4|2) }, 255, nil},
	{vrrp.DropCount, func(f *floodFamily) []byte { return f.damaged(3, 0) }, 255, nil},
	{vrrp.DropLength, func(f *floodFamily) []byte { return f.damaged(3, 200) }, 255, nil},
	{vrrp.DropChecksum, func(f *floodFamily) []byte { return f.damaged(2, 254) }, 255, nil},
	{vrrp.DropInterval, func(f *floodFamily) []byte { return f.evil(func(p *vrrp.Packet) { p.Interval = 0 }) }, 255, nil},
	{vrrp.DropVRID, func(f *floodFamily) []byte { return f.evil(func(p *vrrp.Packet) { p.VRID++ }) }, 255, nil},
	{vrrp.DropNone, func(f *floodFamily) []byte {
		b := make([]byte, 1+f.random.IntN(300))
		for i := range b {
			b[i] = byte(f.random.Uint32())
		}
		return b
	}, 255, nil},
	{vrrp.DropPeer, func(f *floodFamily) []byte { return f.advert(f.nobody(), nil) }, 255, (*floodFamily).nobody},
	{vrrp.DropOwn, func(f *floodFamily) []byte { // a replay
		return f.advert(f.active, func(p *vrrp.Packet) { p.Priority, p.Interval = f.priority, f.interval })
	}, 255, func(f *floodFamily) netip.Addr { return f.active }},
	{vrrp.DropOwn, func(f *floodFamily) []byte { // the same, better
		return f.advert(f.active, func(p *vrrp.Packet) { p.Interval = f.interval })
	}, 255, func(f *floodFamily) netip.Addr { return f.active }},
}

// losers is what a router takes, and what moves nothing.
var losers = []hostile{
	{vrrp.DropNone, func(f *floodFamily) []byte { return f.evil(func(p *vrrp.Packet) { p.Priority = 1 }) }, 255, nil},
	{vrrp.DropNone, func(f *floodFamily) []byte {
		return f.evil(func(p *vrrp.Packet) { p.Priority, p.Interval = 100, vrrp.MaxInterval })
	}, 255, nil},
	{vrrp.DropNone, func(f *floodFamily) []byte {
		return f.evil(func(p *vrrp.Packet) { p.Priority, p.Addresses = 1, []netip.Addr{f.src} })
	}, 255, nil},
}

// frame is a datagram on its way to the group's MAC address.
func (h hostile) frame(f *floodFamily, from net.HardwareAddr) ([]byte, error) {
	src := f.src
	if h.source != nil {
		src = h.source(f)
	}
	group := f.dst.AsSlice()
	eth := layers.Ethernet{SrcMAC: from, EthernetType: layers.EthernetTypeIPv4}
	var ip gopacket.SerializableLayer
	if f.dst.Is6() {
		eth.EthernetType = layers.EthernetTypeIPv6
		eth.DstMAC = append(net.HardwareAddr{0x33, 0x33}, group[12:]...)
		ip = &layers.IPv6{Version: 6, NextHeader: vrrp.Protocol, HopLimit: h.ttl, SrcIP: src.AsSlice(), DstIP: group}
	} else {
		eth.DstMAC = append(net.HardwareAddr{0x01, 0x00, 0x5e, group[1] & 0x7f}, group[2:]...)
		ip = &layers.IPv4{Version: 4, IHL: 5, Protocol: vrrp.Protocol, TTL: h.ttl, SrcIP: src.AsSlice(), DstIP: group}
	}
	b := gopacket.NewSerializeBuffer()
	options := gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}
	err := gopacket.SerializeLayers(b, options, &eth, ip, gopacket.Payload(h.payload(f)))
	return b.Bytes(), err
}

// A flood is the frames that a host sends in turn.
type flood struct {
	fd      int
	to      unix.SockaddrLinklayer
	frames  [][]byte
	reasons []vrrp.DropReason // of each
}

// newFlood makes the frames of all kinds and families, some of each, since there is chance in them.
func newFlood(h *lab.Host, kinds []hostile, families []*floodFamily) (*flood, error) {
	const some = 16
	l := &flood{fd: -1}
	for range some {
		for _, k := range kinds {
			for _, f := range families {
				b, err := k.frame(f, h.MAC)
				if err != nil {
					return nil, err
				}
				l.frames, l.reasons = append(l.frames, b), append(l.reasons, k.reason)
			}
		}
	}
	link, err := h.Route().LinkByName(lab.HostInterface)
	if err != nil {
		return nil, err
	}
	l.to.Ifindex = link.Attrs().Index
	return l, h.Do(func() (err error) {
		l.fd, err = unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
		return err
	})
}

// close closes the socket.
func (l *flood) close() { _ = unix.Close(l.fd) }

// run sends the frames in turn, at a rate a second for a time, and returns how many of each reason. What a busy machine does
// not let it send in time it does not send at all: a burst that overflows the sockets is another test.
func (l *flood) run(rate int, d time.Duration) (map[vrrp.DropReason]int, error) {
	sent := make(map[vrrp.DropReason]int)
	const most = 5 * time.Millisecond // what is sent at once
	last := time.Now()
	for n, end := 0, last.Add(d); last.Before(end); {
		time.Sleep(time.Millisecond)
		now := time.Now()
		for range int(float64(rate) * min(now.Sub(last), most).Seconds()) {
			i := n % len(l.frames)
			if err := unix.Sendto(l.fd, l.frames[i], 0, &l.to); err != nil {
				return sent, err
			}
			sent[l.reasons[i]]++
			n++
		}
		last = now
	}
	return sent, nil
}
