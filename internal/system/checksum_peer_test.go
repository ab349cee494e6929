//go:build privileged

package system_test

import (
	"errors"
	"net/netip"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/aloft-ha/aloft/internal/lab"
	"github.com/aloft-ha/aloft/vrrp"
)

// strictPeer is a router of another make, as far as IPv4 checksums go: it sends adverts in one of the two forms, and does
// not take those in the other. It holds no addresses. Otherwise it does what RFC 9568 section 6.4 says, with preemption.
type strictPeer struct {
	host     *lab.Host
	form     vrrp.ChecksumForm
	advert   vrrp.Packet // but for its priority
	priority atomic.Uint32
	fd       int
	silent   chan struct{} // closed to end it
	doneC    chan error    // how it ended
}

// addStrictPeer adds a host with such a router for the scene's addresses.
func (s *scene) addStrictPeer(name string, form vrrp.ChecksumForm, priority uint8) *strictPeer {
	s.t.Helper()
	h, err := s.AddHost(lab.HostOptions{Name: name})
	s.ok(err)
	p := &strictPeer{
		host: h, form: form, silent: make(chan struct{}), doneC: make(chan error, 1),
		advert: vrrp.Packet{VRID: s.Setup.VRID, Interval: s.Setup.Interval, Addresses: s.Setup.Addresses},
	}
	p.priority.Store(uint32(priority))
	link, err := h.Route().LinkByName(lab.HostInterface)
	s.ok(err)
	s.ok(h.Do(func() error {
		return p.open(link.Attrs().Index)
	}))
	go func() { p.doneC <- p.run() }()
	s.t.Cleanup(func() { p.leave(s.t) })
	return p
}

// open opens a raw socket that sends to the group and hears it on an interface, and waits for it no longer than a few
// milliseconds.
func (p *strictPeer) open(ifindex int) (err error) {
	p.fd, err = unix.Socket(unix.AF_INET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, vrrp.Protocol)
	if err != nil {
		return err
	}
	return errors.Join(
		unix.SetsockoptIPMreqn(p.fd, unix.IPPROTO_IP, unix.IP_MULTICAST_IF, &unix.IPMreqn{Ifindex: int32(ifindex)}),
		unix.SetsockoptInt(p.fd, unix.IPPROTO_IP, unix.IP_MULTICAST_TTL, vrrp.HopLimit),
		unix.SetsockoptIPMreqn(p.fd, unix.IPPROTO_IP, unix.IP_ADD_MEMBERSHIP,
			&unix.IPMreqn{Multiaddr: vrrp.Group4.As4(), Ifindex: int32(ifindex)}),
		unix.SetsockoptInt(p.fd, unix.IPPROTO_IP, unix.IP_MULTICAST_LOOP, 0),
		unix.SetsockoptTimeval(p.fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Usec: 2000}))
}

// leave ends it, with a farewell if it is Active. It may be called again.
func (p *strictPeer) leave(t *testing.T) {
	t.Helper()
	select {
	case <-p.silent:
		return
	default:
	}
	close(p.silent)
	if err := errors.Join(<-p.doneC, unix.Close(p.fd)); err != nil {
		t.Error(err)
	}
}

// run is its goroutine.
func (p *strictPeer) run() error {
	active, every := false, p.advert.Interval.Duration()
	due := time.Now().Add(p.downInterval(every))
	for {
		select {
		case <-p.silent:
			if active {
				return p.send(0)
			}
			return nil
		default:
		}
		heard, ok, err := p.receive()
		if err != nil {
			return err
		}
		now, own := time.Now(), uint8(p.priority.Load())
		switch {
		case ok && heard.Priority == 0 && !active:
			due = now.Add(p.downInterval(every) - 3*every)
		case ok && heard.Priority > own:
			active, every = false, heard.Interval.Duration()
			due = now.Add(p.downInterval(every))
		case !now.Before(due):
			active = true
			due = now.Add(p.advert.Interval.Duration())
			if err := p.send(own); err != nil {
				return err
			}
		}
	}
}

// downInterval is Active_Down_Interval at the interval of the Active.
func (p *strictPeer) downInterval(every time.Duration) time.Duration {
	return 3*every + time.Duration(256-p.priority.Load())*every/256
}

// send sends an advert.
func (p *strictPeer) send(priority uint8) error {
	a := p.advert
	a.Priority = priority
	return unix.Sendto(p.fd, a.AppendTo(nil, p.host.FirstAddress(), vrrp.Group4, p.form), 0,
		&unix.SockaddrInet4{Addr: vrrp.Group4.As4()})
}

// receive waits a moment for an advert, and is not ok if there is none whose checksum this router takes.
func (p *strictPeer) receive() (a vrrp.Packet, ok bool, err error) {
	b := make([]byte, 2048)
	n, from, err := unix.Recvfrom(p.fd, b, 0)
	if errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EINTR) {
		return a, false, nil
	}
	in, is4 := from.(*unix.SockaddrInet4)
	if err != nil || !is4 {
		return a, false, err
	}
	header := int(b[0]&0xf) * 4 // a raw socket gives the IPv4 header too, raw(7)
	form, drop := a.Parse(b[header:n], netip.AddrFrom4(in.Addr), vrrp.Group4)
	return a, drop == vrrp.DropNone && form == p.form && a.VRID == p.advert.VRID, nil
}
