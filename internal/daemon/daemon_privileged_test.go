//go:build privileged

package daemon

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"github.com/aloft-ha/aloft/internal/logbook"
)

// inNamespace runs the calling test again, in a process that has a network of its own and no host name. It returns true
// in that process, and false when it has ended.
func inNamespace(t *testing.T) bool {
	t.Helper()
	const mark = "ALOFT_TEST_NAMESPACE"
	if os.Getenv(mark) != "" {
		if err := unix.Sethostname([]byte("localhost")); err != nil {
			t.Fatal(err)
		}
		return true
	}
	cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v", "-test.timeout=60s")
	cmd.Env = append(os.Environ(), mark+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNET | unix.CLONE_NEWUTS, Pdeathsig: unix.SIGKILL}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	if err != nil || !strings.Contains(out.String(), "--- PASS: "+t.Name()) {
		t.Errorf("in the namespace: %v\n%s", err, out.String())
	}
	return false
}

// start runs a daemon; what Run returns comes out of the channel.
func start(o Options) <-chan error {
	runC := make(chan error, 1)
	go func() { runC <- Run(context.Background(), o) }()
	return runC
}

func TestSecondDaemonNamesTheFirst(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	first, err := lock()
	if err != nil {
		t.Fatal(err)
	}
	_, err = lock()
	if want := fmt.Sprintf("pid %d", os.Getpid()); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("the second: %v, want %q", err, want)
	}
	err = Run(t.Context(), Options{Config: write(t, good), Node: "www1", RuntimeDir: t.TempDir(), Log: &logbook.Book{}})
	if err == nil || !strings.Contains(err.Error(), "another aloft runs") {
		t.Errorf("Run: %v, want that another runs", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := lock()
	if err != nil {
		t.Fatalf("after the first has ended: %v", err)
	}
	_ = again.Close()
}

func TestStopWhileItWaitsToLearnWhichNodeItIs(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	r, stop := &logbook.Book{}, make(chan struct{})
	runC := start(Options{
		Config: write(t, good), RuntimeDir: filepath.Join(t.TempDir(), "made"), Log: r, Stop: stop,
	})
	within(t, "it waits", func() bool { return containsLine(r.Lines(), "WARN waiting to learn which node this is") })
	stop <- struct{}{}
	if err := <-runC; err != nil {
		t.Errorf("Run: %v", err)
	}
}

func TestEndOfContextWhileItWaitsToLearnWhichNodeItIs(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	err := Run(ctx, Options{Config: write(t, good), RuntimeDir: t.TempDir(), Log: &logbook.Book{}})
	if !errors.Is(err, ErrWho) {
		t.Errorf("Run: %v, want ErrWho", err)
	}
}

// TestDaemonFromStartToStop is the whole assembly on a real network: it learns its name from an address that comes late,
// puts the floating address up, keeps it over a refused reload, puts it back, and takes it down in the end.
func TestDaemonFromStartToStop(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	eth0 := addInterface(t)
	path := write(t, strings.Replace(good, "vrid: 51", "vrid: 51, advert_interval: 50ms", 1))
	r, stop, reload := &logbook.Book{}, make(chan struct{}), make(chan struct{})
	runC := start(Options{Config: path, RuntimeDir: t.TempDir(), Log: r, Stop: stop, Reload: reload})
	within(t, "it waits for an address", func() bool { return containsLine(r.Lines(), "WARN waiting to learn") })
	addAddress(t, eth0, "192.0.2.1/24")
	within(t, "the floating address is up", func() bool { return has(t, eth0, "192.0.2.100") })

	rewrite(t, path, "nodes: [")
	reload <- struct{}{}
	within(t, "the reload is refused", func() bool {
		return containsLine(r.Lines(), "ERROR reload refused, the old configuration stays")
	})
	if !has(t, eth0, "192.0.2.100") {
		t.Error("the refused reload took the address down")
	}

	removeAddress(t, eth0, "192.0.2.100/32")
	within(t, "it is put back", func() bool { return has(t, eth0, "192.0.2.100") })

	rewrite(t, path, strings.Replace(good, ".100]", ".100, 192.0.2.101]", 1))
	reload <- struct{}{}
	within(t, "the new one is up", func() bool { return has(t, eth0, "192.0.2.101") })

	stop <- struct{}{}
	stop <- struct{}{}
	if err := <-runC; err != nil {
		t.Errorf("Run: %v", err)
	}
	for _, addr := range []string{"192.0.2.100", "192.0.2.101"} {
		if has(t, eth0, addr) {
			t.Errorf("%s is left behind", addr)
		}
	}
	if !has(t, eth0, "192.0.2.1") {
		t.Error("the host's own address is gone")
	}
	if t.Failed() {
		t.Log(strings.Join(r.Lines(), "\n"))
	}
}

// addInterface makes a pair of interfaces, both up; what is sent goes nowhere.
func addInterface(t *testing.T) netlink.Link {
	t.Helper()
	attrs := netlink.NewLinkAttrs()
	attrs.Name = "eth0"
	veth := &netlink.Veth{LinkAttrs: attrs, PeerName: "peer"}
	if err := netlink.LinkAdd(veth); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"lo", "eth0", "peer"} {
		l, err := netlink.LinkByName(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := netlink.LinkSetUp(l); err != nil {
			t.Fatal(err)
		}
	}
	l, err := netlink.LinkByName("eth0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func addAddress(t *testing.T, l netlink.Link, prefix string) {
	t.Helper()
	a, err := netlink.ParseAddr(prefix)
	if err != nil {
		t.Fatal(err)
	}
	if err := netlink.AddrAdd(l, a); err != nil {
		t.Fatal(err)
	}
}

func removeAddress(t *testing.T, l netlink.Link, prefix string) {
	t.Helper()
	a, err := netlink.ParseAddr(prefix)
	if err != nil {
		t.Fatal(err)
	}
	if err := netlink.AddrDel(l, a); err != nil {
		t.Fatal(err)
	}
}

// has says that the kernel has the address on the interface.
func has(t *testing.T, l netlink.Link, addr string) bool {
	t.Helper()
	list, err := netlink.AddrList(l, netlink.FAMILY_ALL)
	if err != nil {
		t.Fatal(err)
	}
	want := netip.MustParseAddr(addr)
	return slices.ContainsFunc(list, func(a netlink.Addr) bool {
		got, _ := netip.AddrFromSlice(a.IP)
		return got.Unmap() == want
	})
}

// within polls until ok, at most for a few seconds: a real kernel and a real daemon take real time.
func within(t *testing.T, why string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("%s: not within 10 s", why)
}

func containsLine(lines []string, prefix string) bool {
	return slices.ContainsFunc(lines, func(l string) bool { return strings.HasPrefix(l, prefix) })
}
