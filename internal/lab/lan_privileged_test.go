//go:build privileged

package lab_test

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/aloft-ha/aloft/internal/lab"
	"github.com/aloft-ha/aloft/internal/lab/labtest"
)

func TestLANLeavesNothingBehind(t *testing.T) {
	threads := func() int { d, _ := os.ReadDir("/proc/self/task"); return len(d) }
	links := func() []string {
		all, err := net.Interfaces()
		must(t, err)
		var names []string
		for _, i := range all {
			names = append(names, i.Name)
		}
		return names
	}
	before, linksBefore := mine(t), links()
	l, err := lab.New(lab.Options{Hosts: []lab.HostOptions{{Name: "a"}, {Name: "b"}}})
	must(t, err)
	defer l.Close()
	// A child that leaves its process group still ends with the laboratory.
	p, err := l.Host("a").Start(exec.Command("sh", "-c", "setsid sleep 1000 & echo child $!; exec sleep 1000"))
	must(t, err)
	line, err := p.Output.Await(labtest.Within(t, 5*time.Second), "child")
	must(t, err)
	if got := len(mine(t)) - len(before); got != 3 {
		t.Errorf("there are %d namespaces more, want 3", got)
	}
	must(t, l.Close())
	must(t, l.Close()) // again: nothing

	if d := cmp.Diff(before, mine(t)); d != "" {
		t.Errorf("namespaces are left (-want +got)\n%s", d)
	}
	if d := cmp.Diff(linksBefore, links()); d != "" {
		t.Errorf("links are left, or gone (-want +got)\n%s", d)
	}
	if p.Running() {
		t.Error("the process still runs")
	}
	if child := strings.TrimPrefix(line.Text, "child "); exists("/proc/" + child + "/ns/net") {
		t.Errorf("its child %s still runs", child)
	}
	if n := threads(); n > 100 {
		t.Errorf("%d threads are left", n)
	}
}

// exists says whether the file is there; that of a zombie's namespace is not.
func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func TestHostsHaveTheirAddressesAndIPv6IsUsable(t *testing.T) {
	l := labtest.LAN(t, lab.Options{Hosts: []lab.HostOptions{{Name: "a"}, {Name: "b"}}})
	for i, h := range l.Hosts() {
		all, err := h.Addresses()
		must(t, err)
		var got []string
		for _, a := range all {
			if a.Tentative || a.DADFailed {
				t.Errorf("%s: %s", h.Name, a)
			}
			got = append(got, a.Prefix.String())
		}
		want := []string{
			"127.0.0.1/8", fmt.Sprintf("192.0.2.%d/24", i+1), "::1/128", fmt.Sprintf("2001:db8::%d/64", i+1),
			fmt.Sprintf("fe80::ff:fe00:%d/64", i+1),
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s (-want +got)\n%s", h.Name, d)
		}
	}
	p := labtest.Probe(t, l.Host("a"), lab.ProbeOptions{Target: netip.MustParseAddr("2001:db8::2")})
	if _, err := p.Await(labtest.Within(t, 2*time.Second), time.Time{}, "b"); err != nil {
		t.Errorf("over IPv6: %v", err)
	}
}

func TestSwitchSaysNothingItself(t *testing.T) {
	l := pair(t)
	tap := labtest.Tap(t, l, lab.TapOptions{Everything: true})
	p := labtest.Probe(t, l.Host("a"), lab.ProbeOptions{Target: addr2})
	_, err := p.Await(labtest.Within(t, 2*time.Second), time.Time{}, "b")
	must(t, err)
	must(t, tap.Stop())
	ports := map[string]int{}
	for _, f := range tap.Frames(nil) {
		ports[f.Port]++
		if want := []byte(l.Host(f.Port).MAC); string(f.MAC) != string(want) {
			t.Errorf("at port %s there is a frame of %s", f.Port, f.MAC)
		}
	}
	if ports["a"] == 0 || ports["b"] == 0 || len(ports) != 2 {
		t.Errorf("frames by port: %v", ports)
	}
}

// What has come through the switch is in the record of a tap that is stopped then, however busy the machine is.
func TestStoppedTapHasAllThatCameBefore(t *testing.T) {
	l := pair(t)
	const packets = 50
	c := listenMulticast(t, l.Host("b"))
	for range 20 {
		tap := labtest.Tap(t, l, lab.TapOptions{Everything: true})
		for range packets {
			sendMulticast(t, l.Host("a"), "x")
		}
		must(t, c.SetReadDeadline(time.Now().Add(2*time.Second)))
		for range packets {
			_, _, err := c.ReadFromUDP(make([]byte, 1))
			must(t, err)
		}
		must(t, tap.Stop())
		sent := tap.Frames(func(f *lab.Frame) bool { return f.Port == "a" && f.Dst == group.AddrPort().Addr().Unmap() })
		if len(sent) != packets {
			t.Fatalf("of %d packets the tap has %d", packets, len(sent))
		}
	}
}

// A switch that forwards is not enough: the tap must hear what nobody else hears.
func TestCutPortReachesTheTapAlone(t *testing.T) {
	l := pair(t)
	tap := labtest.Tap(t, l, lab.TapOptions{Everything: true})
	must(t, l.Host("a").Port.Cut())
	cut := time.Now()
	p := labtest.Probe(t, l.Host("a"), lab.ProbeOptions{Target: addr2})
	fromA := func(f *lab.Frame) bool { return f.Port == "a" && f.Kind == lab.KindARP }
	if _, err := tap.Await(labtest.Within(t, 2*time.Second), cut, fromA); err != nil {
		t.Errorf("nothing from the cut port: %v", err)
	}
	spin(50 * time.Millisecond) // some 50 requests, which must not be answered
	if n := len(p.Replies()); n > 0 {
		t.Errorf("%d answers through a cut port", n)
	}
	eth0, err := l.Host("a").Route().LinkByName(lab.HostInterface)
	must(t, err)
	if eth0.Attrs().RawFlags&unix.IFF_LOWER_UP == 0 {
		t.Error("the host lost its carrier")
	}
	healed := time.Now()
	must(t, l.Host("a").Port.Heal())
	if _, err := p.Await(labtest.Within(t, 5*time.Second), healed, "b"); err != nil {
		t.Errorf("after healing: %v", err)
	}
}

func TestCarrierGoesAndComes(t *testing.T) {
	l := pair(t)
	h := l.Host("a")
	carrier := func() bool {
		eth0, err := h.Route().LinkByName(lab.HostInterface)
		must(t, err)
		return eth0.Attrs().RawFlags&unix.IFF_LOWER_UP != 0
	}
	eventually(t, "a carrier", carrier)
	for range 3 {
		must(t, h.Port.CarrierDown())
		eventually(t, "no carrier", func() bool { return !carrier() })
		must(t, h.Port.CarrierUp())
		eventually(t, "a carrier", carrier)
	}
}

// group is a multicast group of the tests.
var group = &net.UDPAddr{IP: net.IPv4(224, 0, 0, 99), Port: 9999}

// listenMulticast joins the group on a host.
func listenMulticast(t *testing.T, h *lab.Host) (c *net.UDPConn) {
	t.Helper()
	must(t, h.Do(func() error {
		eth0, err := net.InterfaceByName(lab.HostInterface)
		if err != nil {
			return err
		}
		c, err = net.ListenMulticastUDP("udp4", eth0, group)
		return err
	}))
	t.Cleanup(func() { c.Close() })
	return c
}

// sendMulticast sends to the group from a host.
func sendMulticast(t *testing.T, from *lab.Host, text string) {
	t.Helper()
	must(t, from.Do(func() error {
		c, err := net.DialUDP("udp4", &net.UDPAddr{IP: from.FirstAddress().AsSlice()}, group)
		if err != nil {
			return err
		}
		defer c.Close()
		_, err = c.Write([]byte(text))
		return err
	}))
}

func TestDeafHostHearsNoMulticastAndIsHeard(t *testing.T) {
	l := pair(t)
	hears := func(c *net.UDPConn, text string) bool {
		b := make([]byte, 100)
		for {
			must(t, c.SetReadDeadline(time.Now().Add(100*time.Millisecond)))
			n, _, err := c.ReadFromUDP(b)
			if err != nil {
				return false
			}
			if string(b[:n]) == text {
				return true
			}
		}
	}
	a, b := l.Host("a"), l.Host("b")
	atA, atB := listenMulticast(t, a), listenMulticast(t, b)
	must(t, a.Port.Deafen())
	sendMulticast(t, b, "b while a is deaf")
	sendMulticast(t, a, "a while a is deaf")
	if hears(atA, "b while a is deaf") {
		t.Error("the deaf host hears")
	}
	if !hears(atB, "a while a is deaf") {
		t.Error("the deaf host is not heard")
	}
	must(t, a.Port.Undeafen())
	sendMulticast(t, b, "b again")
	if !hears(atA, "b again") {
		t.Error("the host is still deaf")
	}
}

func TestHoldersAndWatcherAgreeWithTheKernel(t *testing.T) {
	l := pair(t)
	w := labtest.Watcher(t, l)
	a, b := l.Host("a"), l.Host("b")
	began := time.Now()
	holders := func(want ...string) {
		t.Helper()
		got, err := l.Holders(vip)
		must(t, err)
		if !slices.Equal(got, want) {
			t.Errorf("it is held by %v, want %v", got, want)
		}
	}
	// Each change is awaited before the next: what two kernels say has no order but that of the reading.
	seen := func(host string, change lab.Change) lab.AddressChange {
		t.Helper()
		c, err := w.Await(labtest.Within(t, 4*time.Second), began, func(c lab.AddressChange) bool {
			return c.Host == host && c.Address == vip && c.Change == change
		})
		must(t, err)
		return c
	}
	holders()
	addAddress(t, a, vip, 0)
	holders("a")
	seen("a", lab.Added)
	addAddress(t, b, vip, 1) // a lease of a second: the kernel itself takes it away
	holders("a", "b")
	leased := seen("b", lab.Added)
	removeAddress(t, a, vip)
	holders("b")
	seen("a", lab.Removed)
	gone := seen("b", lab.Removed)
	holders()

	want := []string{"a added", "b added", "a removed", "b removed"}
	var got []string
	for _, c := range w.Changes(vip) {
		got = append(got, c.Host+" "+c.Change.String())
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	if lease := gone.At.Sub(leased.At); lease < 900*time.Millisecond || lease > 2500*time.Millisecond {
		t.Errorf("a lease of a second lasted %s", lease)
	}
	tenures := w.Tenures(vip)
	if d := lab.LongestShared(tenures, began, time.Now()); d <= 0 || d > time.Second {
		t.Errorf("they held it together for %s", d)
	}
	if _, ok := lab.SoleHolder(tenures, began, time.Now()); ok {
		t.Error("somebody held it alone all the time")
	}
	if initial := w.Changes(addr1); len(initial) != 1 || initial[0].Change != lab.Added {
		t.Errorf("an address that was there before the watcher: %v", initial)
	}
}

func TestHostAddedLater(t *testing.T) {
	l := pair(t)
	tap := labtest.Tap(t, l, lab.TapOptions{})
	c, err := l.AddHost(lab.HostOptions{Name: "c", Addresses: []netip.Prefix{netip.MustParsePrefix("192.0.2.77/24")}})
	must(t, err)
	p := labtest.Probe(t, c, lab.ProbeOptions{Target: addr1})
	if _, err := p.Await(labtest.Within(t, 2*time.Second), time.Time{}, "a"); err != nil {
		t.Error(err)
	}
	fromC := func(f *lab.Frame) bool { return f.Port == "c" && f.Kind == lab.KindARP && f.Target == addr1 }
	if _, err := tap.Await(labtest.Within(t, 2*time.Second), time.Time{}, fromC); err != nil {
		t.Errorf("the tap does not know its port: %v", err)
	}
}

func TestBadHostsLeaveNothingBehind(t *testing.T) {
	before := mine(t)
	for _, hosts := range [][]lab.HostOptions{
		{{Name: "a"}, {Name: "longer-than-an-interface-name"}},
		{{Name: "a"}, {Name: "a"}},
		{{Name: "a"}, {Name: "b/c"}},
	} {
		l, err := lab.New(lab.Options{Hosts: hosts, NoIPv6: true})
		if err == nil {
			l.Close()
			t.Errorf("%v: a LAN was built", hosts)
		}
		if d := cmp.Diff(before, mine(t)); d != "" {
			t.Errorf("%v: namespaces are left (-want +got)\n%s", hosts, d)
		}
	}
}

// A laboratory whose owner was killed is recognised and removed, with the processes in it; that of a running one is not.
func TestSweepRemovesWhatACrashLeft(t *testing.T) {
	if os.Getenv("LAB_TEST_CRASH") == "1" {
		crash(t)
	}
	l := pair(t) // ours stays
	before := mine(t)
	cmd := exec.Command(os.Args[0], "-test.run=^TestSweepRemovesWhatACrashLeft$", "-test.v")
	cmd.Env = append(os.Environ(), "LAB_TEST_CRASH=1")
	out, err := cmd.CombinedOutput()
	if err == nil {
		t.Fatalf("the other process did not crash\n%s", out)
	}
	pid := cmd.Process.Pid
	leftovers := func() []string {
		all, err := filepath.Glob(fmt.Sprintf("/run/netns/aloft-%d-*", pid))
		must(t, err)
		files, err := filepath.Glob(filepath.Join(os.TempDir(), fmt.Sprintf("aloft-%d-*", pid)))
		must(t, err)
		return append(all, files...)
	}
	if n := len(leftovers()); n != 4 {
		t.Fatalf("the crash left %d namespaces and directories, want 4\n%s", n, out)
	}
	_, rest, _ := strings.Cut(string(out), "process ")
	var child, orphan int
	if n, err := fmt.Sscanf(rest, "%d orphan %d", &child, &orphan); n != 2 {
		t.Fatalf("no process numbers: %v in\n%s", err, out)
	}
	// Its own child dies with it, by the death signal; what that had started does not.
	eventually(t, "the end of the child", func() bool { return !exists(fmt.Sprintf("/proc/%d/ns/net", child)) })
	if !exists(fmt.Sprintf("/proc/%d/ns/net", orphan)) {
		t.Error("there is no orphan to sweep: the test does not test that")
	}
	must(t, lab.Sweep())
	if left := leftovers(); len(left) > 0 {
		t.Errorf("after the sweep there are %v", left)
	}
	if exists(fmt.Sprintf("/proc/%d/ns/net", orphan)) {
		t.Errorf("the orphan %d still runs", orphan)
	}
	if d := cmp.Diff(before, mine(t)); d != "" {
		t.Errorf("the sweep took what is ours (-want +got)\n%s", d)
	}
	if got, err := l.Holders(addr2); err != nil || !slices.Equal(got, []string{"b"}) {
		t.Errorf("our LAN no longer works: %v, %v", got, err)
	}
}

// crash builds a cluster with a process and dies as kill -9 would have it.
func crash(t *testing.T) {
	c, err := lab.NewCluster(lab.ClusterOptions{Nodes: make([]lab.Software, 1)})
	must(t, err)
	p, err := c.Client.Start(exec.Command("sh", "-c", "sleep 1000 & echo orphan $!; exec sleep 1000"))
	must(t, err)
	line, err := p.Output.Await(t.Context(), "orphan")
	must(t, err)
	fmt.Printf("process %d %s\n", p.PID(), line.Text)
	must(t, unix.Kill(os.Getpid(), unix.SIGKILL))
	<-t.Context().Done()
}

func TestProcessesAreSignalledAndWaitedFor(t *testing.T) {
	l := pair(t)
	h := l.Host("a")
	p, err := h.Start(exec.Command("sh", "-c", "trap 'echo caught; exit 7' TERM; echo ready >&2; while :; do sleep 0.01; done"))
	must(t, err)
	_, err = p.Output.Await(labtest.Within(t, 2*time.Second), "ready")
	must(t, err)
	must(t, p.Stop(labtest.Within(t, 2*time.Second)))
	ended, err := p.Wait(t.Context())
	if exit, ok := err.(*exec.ExitError); !ok || exit.ExitCode() != 7 || ended.Before(p.Started) {
		t.Errorf("it ended %s after its start with %v", ended.Sub(p.Started), err)
	}
	if !p.Output.Contains("caught") {
		t.Errorf("it wrote %q", p.Output)
	}
	if err := p.Signal(unix.SIGKILL); err == nil || p.Running() {
		t.Errorf("a signal to what has ended: %v", err)
	}

	stubborn, err := h.Start(exec.Command("sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.01; done"))
	must(t, err)
	_, err = stubborn.Output.Await(labtest.Within(t, 2*time.Second), "ready")
	must(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := stubborn.Stop(ctx); err == nil || stubborn.Running() {
		t.Errorf("stopping what ignores SIGTERM: %v, running %t", err, stubborn.Running())
	}
	if _, err := h.Start(exec.Command("/does/not/exist")); err == nil || !strings.Contains(err.Error(), "exist on a") {
		t.Errorf("starting what is not there: %v", err)
	}
}

// A stopped process has to be stopped with its children, and go on with them.
func TestStopAndContinueHitTheWholeGroup(t *testing.T) {
	l := pair(t)
	p, err := l.Host("a").Start(exec.Command("sh", "-c", "sleep 1000 & echo child $!; wait"))
	must(t, err)
	line, err := p.Output.Await(labtest.Within(t, 2*time.Second), "child")
	must(t, err)
	child := strings.TrimPrefix(line.Text, "child ")
	state := func(want string) func() bool {
		return func() bool {
			for _, pid := range []string{child, fmt.Sprint(p.PID())} {
				b, err := os.ReadFile("/proc/" + pid + "/stat")
				if err != nil || !strings.Contains(string(b), ") "+want+" ") {
					return false
				}
			}
			return true
		}
	}
	must(t, p.Signal(unix.SIGSTOP))
	eventually(t, "stopped", state("T"))
	must(t, p.Signal(unix.SIGCONT))
	eventually(t, "sleeping", state("S"))
	must(t, p.Signal(unix.SIGKILL))
	if _, err := p.Wait(labtest.Within(t, 2*time.Second)); err == nil {
		t.Error("a killed process ended well")
	}
}

func TestSysctlIsTheHostsOwn(t *testing.T) {
	l := pair(t)
	must(t, l.Host("a").Sysctl("ipv4/ip_forward", "1"))
	for name, want := range map[string]string{"a": "1\n", "b": "0\n"} {
		must(t, l.Host(name).Do(func() error {
			b, err := os.ReadFile("/proc/sys/net/ipv4/ip_forward")
			if string(b) != want {
				t.Errorf("%s has %q, want %q", name, b, want)
			}
			return err
		}))
	}
	if err := l.Host("a").Sysctl("ipv4/no_such_thing", "1"); err == nil || !strings.Contains(err.Error(), "no_such_thing of a") {
		t.Errorf("a parameter that is not there: %v", err)
	}
}
