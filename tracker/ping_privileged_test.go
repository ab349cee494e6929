//go:build privileged

package tracker

import (
	"context"
	"net/netip"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestPingOnTheLoopback(t *testing.T) {
	for _, c := range []struct {
		kind Ping
		text string
	}{
		{Ping{Targets: []string{"127.0.0.1"}}, "127.0.0.1 answers"},
		{Ping{Targets: []string{"::1"}}, "::1 answers"},
		{Ping{Targets: []string{"::ffff:127.0.0.1"}}, "127.0.0.1 answers"},
		{Ping{Targets: []string{"127.0.0.1", "127.0.0.2", "::1"}}, "all 3 answer"},
		{Ping{Targets: []string{"127.0.0.1", "127.0.0.1"}}, "all 2 answer"},
	} {
		p := newPingProbe(c.kind)
		defer p.close()
		for range 3 {
			p.check(within(t, ample)).judge(t, true, c.text)
		}
	}
}

// TestPingsAtOnceKeepApart: each raw socket could hear the answers of all checks.
func TestPingsAtOnceKeepApart(t *testing.T) {
	const checks = 200
	results := make(chan Result, checks)
	for i := range checks {
		p := newPingProbe(Ping{Targets: []string{"127.0.1." + strconv.Itoa(i%8+1), "127.0.0.1"}})
		go func() { results <- p.check(within(t, ample)) }()
	}
	for range checks {
		(<-results).judge(t, true, "all 2 answer")
	}
}

// lan is a namespace, where the test runs, with a cable to another one, which has 192.0.2.1 and 2001:db8::1.
type lan struct {
	t         *testing.T
	farNS     netns.NsHandle
	far       *netlink.Handle
	near      netlink.Link
	farLink   netlink.Link
	linkLocal netip.Addr // of the far end, without a zone
}

func newLAN(t *testing.T) *lan {
	t.Helper()
	runtime.LockOSThread()
	home, err := netns.Get()
	must(t, err)
	far, err := netns.New()
	must(t, err)
	skipDAD(t)
	near, err := netns.New()
	must(t, err)
	skipDAD(t)
	handle, err := netlink.NewHandleAt(far, unix.NETLINK_ROUTE)
	must(t, err)
	t.Cleanup(func() {
		handle.Close()
		// If the thread cannot go back it stays locked, and the runtime discards it.
		if netns.Set(home) == nil {
			runtime.UnlockOSThread()
		}
		for _, ns := range []netns.NsHandle{home, near, far} {
			_ = ns.Close()
		}
	})
	l := &lan{t: t, farNS: far, far: handle}
	l.plug()
	return l
}

// skipDAD spares the addresses of this thread's namespace two seconds of duplicate address detection.
func skipDAD(t *testing.T) {
	t.Helper()
	must(t, os.WriteFile("/proc/sys/net/ipv6/conf/default/accept_dad", []byte("0"), 0))
}

// plug makes a cable, with all addresses.
func (l *lan) plug() {
	l.t.Helper()
	l.linkLocal = netip.Addr{}
	attrs := netlink.NewLinkAttrs()
	attrs.Name = "lan0"
	must(l.t, netlink.LinkAdd(&netlink.Veth{LinkAttrs: attrs, PeerName: "lan0", PeerNamespace: netlink.NsFd(l.farNS)}))
	var err error
	l.near, err = netlink.LinkByName("lan0")
	must(l.t, err)
	l.farLink, err = l.far.LinkByName("lan0")
	must(l.t, err)
	must(l.t, netlink.LinkSetUp(l.near))
	must(l.t, l.far.LinkSetUp(l.farLink))
	must(l.t, netlink.AddrAdd(l.near, address(l.t, "192.0.2.254/24")))
	must(l.t, netlink.AddrAdd(l.near, address(l.t, "2001:db8::254/64")))
	must(l.t, l.far.AddrAdd(l.farLink, address(l.t, "192.0.2.1/24")))
	must(l.t, l.far.AddrAdd(l.farLink, address(l.t, "2001:db8::1/64")))
	waitFor(l.t, "link-local addresses that are usable", func() bool {
		list, err := l.far.AddrList(l.farLink, unix.AF_INET6)
		must(l.t, err)
		for _, a := range list {
			if a.IP.IsLinkLocalUnicast() && a.Flags&unix.IFA_F_TENTATIVE == 0 {
				l.linkLocal, _ = netip.AddrFromSlice(a.IP)
			}
		}
		list, err = netlink.AddrList(l.near, unix.AF_INET6)
		must(l.t, err)
		for _, a := range list {
			if a.Flags&unix.IFA_F_TENTATIVE != 0 {
				return false
			}
		}
		return l.linkLocal.IsValid() && len(list) == 2
	})
}

func address(t *testing.T, s string) *netlink.Addr {
	t.Helper()
	a, err := netlink.ParseAddr(s)
	must(t, err)
	return a
}

// ping checks once, which has to take as long as it may, or less.
func (l *lan) ping(patience time.Duration, ok bool, text string, need int, targets ...string) {
	l.t.Helper()
	start := time.Now()
	newPingProbe(Ping{Targets: targets, Need: need}).check(within(l.t, patience)).judge(l.t, ok, text)
	if d := time.Since(start); patience == ample && d > ample/2 {
		l.t.Errorf("the outcome was certain, and the check took %v", d)
	}
}

func TestPingAcrossACable(t *testing.T) {
	l := newLAN(t)
	named := l.linkLocal.WithZone("lan0").String()
	numbered := l.linkLocal.WithZone(strconv.Itoa(l.near.Attrs().Index)).String()
	l.ping(ample, true, "192.0.2.1 answers", 0, "192.0.2.1")
	l.ping(ample, true, "2001:db8::1 answers", 0, "2001:db8::1")
	l.ping(ample, true, named+" answers", 0, named)
	l.ping(ample, true, numbered+" answers", 0, numbered)
	l.ping(ample, true, "all 3 answer", 0, "192.0.2.1", "2001:db8::1", named)

	l.ping(little, false, "no answer from 192.0.2.9", 0, "192.0.2.9")
	l.ping(little, false, "no answer from 2001:db8::9", 0, "2001:db8::9")
	l.ping(little, false, "2 of 3 answer, 3 are needed: none from 192.0.2.9", 0, "192.0.2.1", "192.0.2.9", "2001:db8::1")
	l.ping(ample, true, "2 of 3 answer, 2 are needed", 2, "192.0.2.1", "192.0.2.9", "2001:db8::1")
	l.ping(ample, true, "1 of 2 answer, 1 are needed", 1, "192.0.2.9", "192.0.2.1")

	l.ping(ample, false, "no route to 198.51.100.1", 0, "198.51.100.1")
	l.ping(ample, false, "no route to 2001:db8:1::1", 0, "2001:db8:1::1")
	l.ping(ample, false, "no route to 198.51.100.1, and 2 of 2 have to answer", 0, "192.0.2.9", "198.51.100.1")
	l.ping(ample, true, "1 of 2 answer, 1 are needed", 1, "198.51.100.1", "192.0.2.1")
	l.ping(ample, false, "there is no interface nic9", 0, "fe80::1%nic9")
}

// TestPingFollowsAnInterfaceThatIsMadeAnew: its name is another interface then, and package net would not know.
func TestPingFollowsAnInterfaceThatIsMadeAnew(t *testing.T) {
	l := newLAN(t)
	before := l.near.Attrs().Index
	named := l.linkLocal.WithZone("lan0").String()
	l.ping(ample, true, named+" answers", 0, named)
	must(t, netlink.LinkDel(l.near))
	l.plug()
	if l.near.Attrs().Index == before {
		t.Fatal("the interface has its old index: this shows nothing")
	}
	named = l.linkLocal.WithZone("lan0").String()
	l.ping(ample, true, named+" answers", 0, named)
}

// TestPingHearsOnlyItsOwn floods the socket's namespace with the answers of another check, while one waits.
func TestPingHearsOnlyItsOwn(t *testing.T) {
	targets := addresses("127.0.0.1")
	e, other := newEcho(targets), newEcho(targets)
	for other.id == e.id {
		other = newEcho(targets)
	}
	findings := make(chan finding, 10)
	conn, err := e.open(icmp4)
	must(t, err)
	defer conn.Close()
	noise, err := other.send(icmp4, findings)
	must(t, err)
	defer noise.Close()
	must(t, noise.SetReadDeadline(time.Now().Add(ample)))
	if _, _, err := noise.ReadFromIP(make([]byte, maxReply)); err != nil {
		t.Fatalf("the noise itself: %v", err)
	}
	must(t, conn.SetReadDeadline(time.Now().Add(little)))
	if n, from, err := conn.ReadFromIP(make([]byte, maxReply)); err == nil {
		t.Errorf("it hears %d bytes from %v", n, from)
	}
	must(t, e.sendTo(icmp4, conn, 0))
	must(t, conn.SetReadDeadline(time.Now().Add(ample)))
	if _, _, err := conn.ReadFromIP(make([]byte, maxReply)); err != nil {
		t.Errorf("it does not hear its own: %v", err)
	}
}

func TestPingEndsWithItsContext(t *testing.T) {
	l := newLAN(t)
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(little, cancel)
	start := time.Now()
	newPingProbe(Ping{Targets: []string{"192.0.2.9"}}).check(ctx).judge(l.t, false, "no answer from 192.0.2.9")
	if d := time.Since(start); d > ample/2 {
		t.Errorf("it took %v", d)
	}
}

func BenchmarkPing(b *testing.B) {
	for _, targets := range []string{"127.0.0.1", "127.0.0.1 127.0.0.2 127.0.0.3 127.0.0.4", "127.0.0.1 ::1"} {
		b.Run(strings.ReplaceAll(targets, " ", "+"), func(b *testing.B) {
			benchmarkCheck(b, newPingProbe(Ping{Targets: strings.Fields(targets)}).check)
		})
	}
}
