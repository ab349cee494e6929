//go:build privileged

package vip

import (
	"context"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// namespaceOf names the test that the process runs in a network namespace of its own.
const namespaceOf = "ALOFT_VIP_TEST_NAMESPACE_OF"

// inNamespace runs the calling test again, in a process of its own with a new network namespace, and is false in the
// first process: then the test returns. The namespace ends with the process, whatever happens to it.
func inNamespace(t *testing.T) bool {
	t.Helper()
	if os.Getenv(namespaceOf) == t.Name() {
		return true
	}
	t.Parallel()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v", "-test.count=1", "-test.timeout=60s")
	cmd.Env = append(os.Environ(), namespaceOf+"="+t.Name())
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL}
	out, err := cmd.CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Errorf("in its namespace: %v", err)
	}
	return false
}

// host is a link v0 with a real Manager.
type realHost struct {
	t       *testing.T
	link    netlink.Link
	kernel  Kernel
	m       *Manager
	file    string
	stop    func()
	resultC chan Result
	ears    Announcing // nil: announcements are only counted

	mu        sync.Mutex
	announced []netip.Addr
}

func newRealHost(t *testing.T) *realHost {
	t.Helper()
	h := &realHost{t: t, resultC: make(chan Result, 10000), file: filepath.Join(t.TempDir(), "addresses.json")}
	must(t, netlink.LinkAdd(&netlink.Veth{LinkAttrs: netlink.LinkAttrs{Name: "v0"}, PeerName: "v1"}))
	for _, name := range []string{"lo", "v0", "v1"} {
		l, err := netlink.LinkByName(name)
		must(t, err)
		must(t, netlink.LinkSetUp(l))
		if name == "v0" {
			h.link = l
		}
	}
	must(t, os.WriteFile("/proc/sys/net/ipv4/conf/all/promote_secondaries", []byte("0"), 0o644))
	must(t, os.WriteFile("/proc/sys/net/ipv4/conf/v0/promote_secondaries", []byte("0"), 0o644))
	h.start()
	return h
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// start runs a Manager.
func (h *realHost) start() {
	kernel, err := NewNetlink()
	must(h.t, err)
	h.kernel = kernel
	h.m = New(Options{Kernel: kernel, Announce: h, Report: func(r Result) { h.resultC <- r }, StateFile: h.file})
	ctx, cancel := context.WithCancel(context.Background())
	errC := make(chan error, 1)
	go func() { errC <- h.m.Run(ctx) }()
	h.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-errC; err != nil {
			h.t.Errorf("Run: %v", err)
		}
		if err := kernel.Close(); err != nil {
			h.t.Errorf("closing the kernel: %v", err)
		}
	})
	h.t.Cleanup(h.stop)
}

// Redirect implements Announcing.
func (h *realHost) Redirect([]Moved) error { return nil }

// Announce implements Announcing.
func (h *realHost) Announce(addrs []Address) error {
	h.mu.Lock()
	for _, a := range addrs {
		h.announced = append(h.announced, a.Prefix.Addr())
	}
	h.mu.Unlock()
	if h.ears != nil {
		return h.ears.Announce(addrs)
	}
	return nil
}

func (h *realHost) addresses(prefixes ...string) (all []Address) {
	for _, p := range prefixes {
		all = append(all, Address{Prefix: netip.MustParsePrefix(p), Ifindex: h.link.Attrs().Index})
	}
	return all
}

// claim claims the addresses and waits until they are held.
func (h *realHost) claim(lease time.Duration, prefixes ...string) Result {
	h.t.Helper()
	h.m.Configure(map[Owner][]Address{"web": h.addresses(prefixes...)})
	h.m.Set("web", Want{Addresses: h.addresses(prefixes...), Lease: lease})
	h.m.Announce("web")
	r := h.next()
	if r.Outcome != OutcomeHeld {
		h.t.Fatalf("claim: %v %v %v, want held", r.Outcome, r.Address, r.Err)
	}
	return r
}

func (h *realHost) next() Result {
	h.t.Helper()
	select {
	case r := <-h.resultC:
		return r
	case <-time.After(5 * time.Second):
		h.t.Fatal("no result within 5 s")
		panic("unreachable")
	}
}

func (h *realHost) flush() {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	must(h.t, h.m.Flush(ctx))
}

func (h *realHost) release() {
	h.t.Helper()
	h.m.Set("web", Want{})
	h.flush()
}

// hostAddress adds an address as the host's own, with 0 for no end.
func (h *realHost) hostAddress(prefix string, valid int) {
	h.t.Helper()
	must(h.t, netlink.AddrAdd(h.link, h.netlinkAddr(prefix, valid)))
}

func (h *realHost) deleteAddress(prefix string) {
	h.t.Helper()
	must(h.t, netlink.AddrDel(h.link, h.netlinkAddr(prefix, 0)))
}

func (h *realHost) netlinkAddr(prefix string, valid int) *netlink.Addr {
	p := netip.MustParsePrefix(prefix)
	a := &netlink.Addr{IPNet: &net.IPNet{IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())}, ValidLft: valid, PreferedLft: valid}
	if p.Addr().Is6() {
		a.Flags = unix.IFA_F_NODAD
	}
	return a
}

// present reads the addresses of v0 but the link-local one, through a socket of its own.
func (h *realHost) present() []Present {
	h.t.Helper()
	k, err := NewNetlink()
	must(h.t, err)
	all, err := k.Addresses()
	must(h.t, err)
	must(h.t, k.Close())
	return slices.DeleteFunc(all, func(p Present) bool {
		return p.Ifindex != h.link.Attrs().Index || p.Prefix.Addr().IsLinkLocalUnicast()
	})
}

func (h *realHost) find(prefix string) (Present, bool) {
	h.t.Helper()
	all := h.present()
	i := slices.IndexFunc(all, func(p Present) bool { return p.Prefix == netip.MustParsePrefix(prefix) })
	if i < 0 {
		return Present{}, false
	}
	return all[i], true
}

// wantText compares the addresses of v0, in the kernel's order.
func (h *realHost) wantText(why string, want ...string) {
	h.t.Helper()
	var got []string
	for _, p := range h.present() {
		s := p.Prefix.String()
		if p.Secondary {
			s += " secondary"
		}
		if p.Proto == Proto {
			s += " ours"
		}
		got = append(got, s)
	}
	if !slices.Equal(got, want) {
		h.t.Errorf("%s: addresses %q, want %q", why, got, want)
	}
}

// gone waits until the address has left the kernel, at most for the time given, and returns when that was seen.
func (h *realHost) gone(prefix string, within time.Duration) time.Time {
	h.t.Helper()
	for end := time.Now().Add(within); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		if _, ok := h.find(prefix); !ok {
			return time.Now()
		}
	}
	h.t.Fatalf("%s is still there after %v", prefix, within)
	panic("unreachable")
}

var expires = regexp.MustCompile(`expires (\d+)sec`)

// routes returns the routes of v0 as ip-route(8) prints them, without remaining lifetimes.
func (h *realHost) routes(family string) string {
	h.t.Helper()
	out, err := exec.Command("ip", family, "route", "show", "dev", "v0").Output()
	must(h.t, err)
	text := expires.ReplaceAllString(string(out), "expires")
	return strings.ReplaceAll(text, " \n", "\n")
}
