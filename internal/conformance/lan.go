package conformance

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/mdlayher/packet"
	"golang.org/x/sys/unix"

	"github.com/aloft-ha/aloft/internal/lab"
)

// stopPatience is how long a daemon may take to end.
const stopPatience = 30 * time.Second

// lan is a rig of network namespaces and real daemons.
type lan struct {
	*lab.LAN
	tap     *lab.Tap
	conn    *packet.Conn
	dir     string
	drivers map[string]Driver
	daemons map[string]*daemon
	sources map[string]netip.Addr
}

// daemon is the programs of one host.
type daemon struct {
	setup     Setup
	processes []*lab.Process
}

// newLAN builds a rig for a profile. The drivers say which host runs what; a host without one is not built.
func newLAN(p Profile, drivers map[string]Driver) (_ *lan, err error) {
	o := lab.Options{NoIPv6: !p.IPv6, Hosts: []lab.HostOptions{{Name: tester}}}
	for _, h := range []string{subject, partner} {
		if drivers[h] != nil {
			o.Hosts = append(o.Hosts, lab.HostOptions{Name: h})
		}
	}
	l := &lan{drivers: drivers, daemons: make(map[string]*daemon), sources: make(map[string]netip.Addr)}
	if l.dir, err = os.MkdirTemp("", "aloft-conformance-"); err != nil {
		return nil, err
	}
	if l.LAN, err = lab.New(o); err == nil {
		err = l.setUp(p)
	}
	if err != nil {
		return nil, errors.Join(err, l.close())
	}
	return l, nil
}

// setUp opens the tap and the tester's socket, and finds the addresses.
func (l *lan) setUp(p Profile) (err error) {
	for _, h := range l.Hosts() {
		if l.sources[h.Name], err = sourceOf(h, p.IPv6); err != nil {
			return err
		}
		// VRRP routers are routers: an IPv6 one says so in its neighbour advertisements if it forwards.
		if p.IPv6 && h.Name != tester {
			if err := h.Sysctl("ipv6/conf/all/forwarding", "1"); err != nil {
				return err
			}
		}
	}
	if l.tap, err = l.StartTap(lab.TapOptions{Everything: true}); err != nil {
		return err
	}
	h := l.Host(tester)
	return h.Do(func() error {
		ifi, err := net.InterfaceByName(lab.HostInterface)
		if err != nil {
			return err
		}
		// It only sends: a protocol that nobody uses keeps its queue empty.
		l.conn, err = packet.Listen(ifi, packet.Raw, unix.ETH_P_LOOP, nil)
		return err
	})
}

// sourceOf returns the address that a host's adverts come from, RFC 9568 section 7.2.
func sourceOf(h *lab.Host, ipv6 bool) (netip.Addr, error) {
	all, err := h.Addresses()
	if err != nil {
		return netip.Addr{}, err
	}
	for _, a := range all {
		ip := a.Prefix.Addr()
		if !ip.IsLoopback() && ip.Is6() == ipv6 && (!ipv6 || ip.IsLinkLocalUnicast()) {
			return ip, nil
		}
	}
	return netip.Addr{}, fmt.Errorf("%s has no address to send from: %v", h.Name, all)
}

// mac implements [rig].
func (l *lan) mac(host string) net.HardwareAddr { return l.Host(host).MAC }

// source implements [rig].
func (l *lan) source(host string) netip.Addr { return l.sources[host] }

// global implements [rig].
func (l *lan) global(host string) netip.Addr {
	ipv6 := l.sources[host].Is6()
	all := lab.DefaultAddresses(l.Host(host).Number, ipv6) // IPv4 first
	return all[len(all)-1].Addr()
}

// configure implements [rig].
func (l *lan) configure(host string, s Setup) error {
	l.daemons[host] = &daemon{setup: s}
	return nil
}

// start implements [rig].
func (l *lan) start(host string) error {
	d := l.daemons[host]
	dir := filepath.Join(l.dir, host)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	// FRR's daemons are of a user of their own, who has to get there.
	if err := os.Chmod(l.dir, 0o755); err != nil {
		return err
	}
	commands, err := l.drivers[host].Configure(l.Host(host), dir, d.setup)
	if err != nil {
		return fmt.Errorf("configuring %s: %w", l.drivers[host].Traits().Name, err)
	}
	for _, c := range commands {
		if err := l.run(host, d, c); err != nil {
			return err
		}
	}
	return nil
}

// run starts one program of a daemon.
func (l *lan) run(host string, d *daemon, c *exec.Cmd) error {
	p, err := l.Host(host).Start(c)
	if err != nil {
		return err
	}
	d.processes = append(d.processes, p)
	return nil
}

// stop implements [rig].
func (l *lan) stop(ctx context.Context, host string) error {
	ctx, cancel := context.WithTimeout(ctx, stopPatience)
	defer cancel()
	d := l.daemons[host]
	var errs []error
	for _, p := range slices.Backward(d.processes) {
		errs = append(errs, p.Stop(ctx))
	}
	d.processes = nil
	return errors.Join(errs...)
}

// dead implements [rig]: the programs that ended by themselves, with their last words.
func (l *lan) dead(host string) string {
	var words []string
	if d := l.daemons[host]; d != nil {
		for _, p := range d.processes {
			if p.Running() {
				continue
			}
			words = append(words, p.Name+" ended")
			for _, line := range p.Output.Tail(3) {
				words = append(words, line.Text)
			}
		}
	}
	return strings.Join(words, ": ")
}

// cut implements [rig].
func (l *lan) cut(host string) error { return l.Host(host).Port.Cut() }

// heal implements [rig].
func (l *lan) heal(host string) error { return l.Host(host).Port.Heal() }

// send implements [rig].
func (l *lan) send(frame []byte) error {
	_, err := l.conn.WriteTo(frame, &packet.Addr{HardwareAddr: frame[:6]})
	return err
}

// await implements [rig].
func (l *lan) await(ctx context.Context, since time.Time, match func(*Frame) bool) (Frame, error) {
	var found Frame
	_, err := l.tap.Await(ctx, since, func(raw *lab.Frame) bool {
		found = decode(raw.Bytes, raw.Port, raw.At)
		return match(&found)
	})
	return found, err
}

// frames implements [rig].
func (l *lan) frames(since time.Time, match func(*Frame) bool) []Frame {
	var list []Frame
	for _, raw := range l.tap.Frames(func(f *lab.Frame) bool { return !f.At.Before(since) }) {
		if f := decode(raw.Bytes, raw.Port, raw.At); match(&f) {
			list = append(list, f)
		}
	}
	return list
}

// close implements [rig].
func (l *lan) close() error {
	var errs []error
	if l.conn != nil {
		errs = append(errs, l.conn.Close())
	}
	if l.LAN != nil {
		errs = append(errs, l.LAN.Close())
	}
	return errors.Join(append(errs, os.RemoveAll(l.dir))...)
}
