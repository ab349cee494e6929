package conformance

import (
	"context"
	"net"
	"net/netip"
	"os/exec"
	"slices"
	"sync"
	"time"

	"github.com/aloft-ha/aloft/internal/lab"
)

// network is a rig in the virtual time of testing/synctest, whose daemons are fakes.
type network struct {
	Profile
	flaw string // of the subject; the partner has none

	mu     sync.Mutex
	record []Frame
	grownC chan struct{}
	fakes  map[string]*fake
	setups map[string]Setup
	apart  map[string]bool // who is cut off
}

// newNetwork returns a network whose subject has a flaw; "": none.
func newNetwork(p Profile, flaw string) *network {
	return &network{
		Profile: p, flaw: flaw, grownC: make(chan struct{}),
		fakes: make(map[string]*fake), setups: make(map[string]Setup), apart: make(map[string]bool),
	}
}

// number is the last part of a host's addresses.
func number(host string) byte {
	return byte(1 + slices.Index([]string{tester, subject, partner}, host))
}

func (n *network) mac(host string) net.HardwareAddr {
	return net.HardwareAddr{2, 0, 0, 0, 0, number(host)}
}

func (n *network) source(host string) netip.Addr {
	if n.IPv6 {
		a := netip.MustParseAddr("fe80::ff:fe00:0").As16()
		a[15] = number(host)
		return netip.AddrFrom16(a)
	}
	return netip.AddrFrom4([4]byte{192, 0, 2, number(host)})
}

func (n *network) global(host string) netip.Addr {
	if n.IPv6 {
		a := netip.MustParseAddr("2001:db8::").As16()
		a[15] = number(host)
		return netip.AddrFrom16(a)
	}
	return n.source(host)
}

func (n *network) configure(host string, s Setup) error {
	n.setups[host] = s
	return nil
}

func (n *network) start(host string) error {
	f := newFake(n, host, n.setups[host])
	if host == subject {
		f.flaw = n.flaw
	}
	n.mu.Lock()
	n.fakes[host] = f
	n.mu.Unlock()
	go f.run()
	return nil
}

func (n *network) stop(_ context.Context, host string) error {
	n.mu.Lock()
	f := n.fakes[host]
	delete(n.fakes, host)
	n.mu.Unlock()
	close(f.stopC)
	<-f.doneC
	return nil
}

func (n *network) cut(host string) error  { return n.setApart(host, true) }
func (n *network) heal(host string) error { return n.setApart(host, false) }

func (n *network) setApart(host string, apart bool) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.apart[host] = apart
	return nil
}

func (n *network) send(frame []byte) error {
	n.deliver(tester, frame)
	return nil
}

// deliver records a frame and gives it to all others that can hear it.
func (n *network) deliver(from string, frame []byte) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.record = append(n.record, decode(frame, from, time.Now()))
	close(n.grownC)
	n.grownC = make(chan struct{})
	for host, f := range n.fakes {
		if host != from && !n.apart[host] && !n.apart[from] {
			f.inC <- frame
		}
	}
}

func (n *network) await(ctx context.Context, since time.Time, match func(*Frame) bool) (Frame, error) {
	for {
		n.mu.Lock()
		grownC := n.grownC
		n.mu.Unlock()
		if all := n.frames(since, match); len(all) > 0 {
			return all[0], nil
		}
		select {
		case <-grownC:
		case <-ctx.Done():
			return Frame{}, ctx.Err()
		}
	}
}

func (n *network) frames(since time.Time, match func(*Frame) bool) (list []Frame) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, f := range n.record {
		if !f.At.Before(since) && match(&f) {
			list = append(list, f)
		}
	}
	return list
}

func (n *network) dead(host string) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	if f := n.fakes[host]; f != nil && f.crashed.Load() {
		return "fake ended"
	}
	return ""
}

func (n *network) close() error {
	for host := range n.fakes {
		if err := n.stop(context.Background(), host); err != nil {
			return err
		}
	}
	return nil
}

// fakeDriver is the driver of the fakes.
type fakeDriver struct {
	differs map[Deviation]string
	cannot  string
}

func (d fakeDriver) Traits() Traits {
	return Traits{Name: "fake", Form: FormMessage, Differs: d.differs}
}
func (d fakeDriver) Version() (string, error) { return "1", nil }
func (d fakeDriver) Cannot(Setup) string      { return d.cannot }
func (d fakeDriver) Configure(*lab.Host, string, Setup) ([]*exec.Cmd, error) {
	return nil, nil
}
