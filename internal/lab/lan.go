package lab

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"sync"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// Options say what a LAN consists of.
type Options struct {
	Hosts  []HostOptions
	NoIPv6 bool // switches IPv6 off on every host; without it New waits for duplicate address detection, 1 to 3 s
}

// LAN is a switch with hosts. Its methods may be called from any goroutine. Close it.
type LAN struct {
	id     name // with an empty Host
	opts   Options
	sw     *namespace
	bridge netlink.Link
	start  *starter
	dated  int // the socket of keepReceiveTimes

	mu      sync.Mutex
	hosts   []*Host
	procs   []*Process
	closers []func() error // of observers, run in reverse order
}

// New builds a LAN. It first removes what crashed laboratories left behind. Without root the error wraps
// [os.ErrPermission].
func New(o Options) (*LAN, error) {
	if os.Geteuid() != 0 {
		return nil, fmt.Errorf("building network namespaces: %w: it needs root", os.ErrPermission)
	}
	if err := Sweep(); err != nil {
		return nil, err
	}
	who, err := self()
	if err != nil {
		return nil, err
	}
	dated, err := keepReceiveTimes()
	if err != nil {
		return nil, err
	}
	l := &LAN{dated: dated, id: name{Owner: who, Serial: int(serials.Add(1))}, opts: o, start: newStarter()}
	if err := l.build(); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// build makes the switch and the hosts.
func (l *LAN) build() error {
	if err := l.addSwitch(); err != nil {
		return fmt.Errorf("building the switch: %w", err)
	}
	for _, h := range l.opts.Hosts {
		if _, err := l.addHost(h); err != nil {
			return err
		}
	}
	return l.waitUsable(l.Hosts())
}

// addSwitch makes the bridge: no spanning tree, so that a port forwards at once; no multicast snooping, so that it
// behaves like a plain switch; and no IPv6 of its own, so that nothing on the wire is the switch's.
func (l *LAN) addSwitch() (err error) {
	if l.sw, err = newNamespace(l.namespaceName(switchName)); err != nil {
		return err
	}
	for _, s := range []string{"all", "default"} {
		if err := l.sw.sysctl("ipv6/conf/"+s+"/disable_ipv6", "1"); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	off := false
	br := &netlink.Bridge{LinkAttrs: netlink.LinkAttrs{Name: "br0"}, MulticastSnooping: &off}
	if err := l.sw.route.LinkAdd(br); err != nil {
		return err
	}
	if l.bridge, err = l.sw.route.LinkByName("br0"); err != nil {
		return err
	}
	return l.sw.route.LinkSetUp(l.bridge)
}

// namespaceName returns the name of a host's namespace.
func (l *LAN) namespaceName(host string) string {
	n := l.id
	n.Host = host
	return n.String()
}

// SwitchNamespace returns the name of the switch's namespace in /run/netns.
func (l *LAN) SwitchNamespace() string { return l.sw.name }

// AddHost adds a host to a running LAN and waits until its addresses can be used.
func (l *LAN) AddHost(o HostOptions) (*Host, error) {
	h, err := l.addHost(o)
	if err != nil {
		return nil, err
	}
	return h, l.waitUsable([]*Host{h})
}

// Hosts returns the hosts in the order in which they were added.
func (l *LAN) Hosts() []*Host {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.hosts)
}

// Host returns the host of a name. It panics if there is none: a name is a constant of the test that uses it.
func (l *LAN) Host(name string) *Host {
	for _, h := range l.Hosts() {
		if h.Name == name {
			return h
		}
	}
	panic("lab: no host " + name)
}

// Holders returns the names of the hosts that have the address now, on any interface, as their kernels say; in the
// order of the hosts.
func (l *LAN) Holders(a netip.Addr) ([]string, error) {
	var names []string
	for _, h := range l.Hosts() {
		has, err := h.Has(a)
		if err != nil {
			return nil, err
		}
		if has {
			names = append(names, h.Name)
		}
	}
	return names, nil
}

// waitUsable waits until the hosts have a carrier and duplicate address detection has passed on them.
func (l *LAN) waitUsable(hosts []*Host) error {
	ctx, cancel := context.WithTimeout(context.Background(), usablePatience)
	defer cancel()
	for _, h := range hosts {
		if err := h.waitUsable(ctx); err != nil {
			return fmt.Errorf("waiting for the addresses of %s: %w", h.Name, err)
		}
	}
	return nil
}

// onClose registers what Close has to do before it removes the hosts.
func (l *LAN) onClose(f func() error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closers = append(l.closers, f)
}

// Close ends every process, stops every observer and removes every namespace. It may be called again.
func (l *LAN) Close() error {
	l.mu.Lock()
	procs, closers, hosts := l.procs, l.closers, l.hosts
	l.procs, l.closers, l.hosts = nil, nil, nil
	l.mu.Unlock()

	var errs []error
	for _, p := range procs {
		errs = append(errs, p.kill())
	}
	for _, f := range slices.Backward(closers) {
		errs = append(errs, f())
	}
	for _, h := range slices.Backward(hosts) {
		errs = append(errs, h.remove())
	}
	if l.dated >= 0 {
		errs = append(errs, unix.Close(l.dated))
		l.dated = -1
	}
	if l.sw != nil {
		errs = append(errs, killAllIn(l.sw.handle), l.sw.delete())
		l.sw = nil
	}
	l.start.stop()
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("removing the laboratory: %w", err)
	}
	return nil
}
