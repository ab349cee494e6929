//go:build interop

package lab_test

import (
	"net"
	"net/netip"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/aloft-ha/aloft/internal/lab"
	"github.com/aloft-ha/aloft/internal/lab/labtest"
	"github.com/aloft-ha/aloft/vrrp"
)

// FRR, alone, becomes Active with both families, with the virtual MAC, and leaves with priority 0. It holds the addresses
// while its devices are not held down, in the eyes of the kernel and of the watcher, and nothing of the host is touched.
func TestFRRHoldsAddressesByItsDevices(t *testing.T) {
	t.Parallel()
	before := traces(t)
	c := labtest.Cluster(t, lab.ClusterOptions{
		Nodes: []lab.Software{lab.FRR}, Interval: 10, IPv6: true,
		Addresses: []netip.Addr{lab.DefaultAddress4, lab.DefaultAddress6},
	})
	tap, w := labtest.Tap(t, c.LAN, lab.TapOptions{}), labtest.Watcher(t, c.LAN)
	node := c.Nodes[0]
	held(t, c, w, "before the start")

	must(t, node.Start())
	for _, a := range c.Setup.Addresses {
		group, mac := vrrp.Group4, net.HardwareAddr{0, 0, 0x5e, 0, 1, lab.DefaultVRID}
		if a.Is6() {
			group, mac = vrrp.Group6, net.HardwareAddr{0, 0, 0x5e, 0, 2, lab.DefaultVRID}
		}
		f, err := tap.Await(labtest.Within(t, 10*time.Second), node.Process().Started, func(f *lab.Frame) bool {
			return lab.ActiveAdvert("www1", lab.DefaultVRID)(f) && f.Dst == group
		})
		must(t, err)
		if f.MAC.String() != mac.String() || f.Advert.Priority != 200 || f.Advert.Interval != 10 ||
			f.Form != vrrp.FormPseudo || !slices.Equal(f.Advert.Addresses, []netip.Addr{a}) {
			t.Errorf("the advert with %s is %+v", a, f)
		}
		announces := func(f *lab.Frame) bool { return f.Announces(a) }
		f, err = tap.Await(labtest.Within(t, 5*time.Second), node.Process().Started, announces)
		must(t, err)
		if f.HolderMAC.String() != mac.String() {
			t.Errorf("%s is announced at %s, not at %s", a, f.HolderMAC, mac)
		}
	}
	held(t, c, w, "as Active", "www1")

	left := time.Now()
	must(t, node.Signal(unix.SIGTERM))
	_, err := tap.Await(labtest.Within(t, 5*time.Second), left, func(f *lab.Frame) bool {
		return f.Kind == lab.KindAdvert && f.Advert.Priority == 0
	})
	must(t, err)
	_, err = node.Process().Wait(labtest.Within(t, 10*time.Second))
	must(t, err)
	held(t, c, w, "after the end")
	must(t, c.Close())
	if d := cmp.Diff(before, traces(t)); d != "" {
		t.Errorf("FRR has left something (-want +got)\n%s", d)
	}
}

// held waits until these hosts, and no others, hold every address.
func held(t *testing.T, c *lab.Cluster, w *lab.Watcher, when string, want ...string) {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		good, seen := true, map[string][]string{}
		for _, a := range c.Setup.Addresses {
			kernel, err := c.Holders(a)
			must(t, err)
			watched := lab.HoldersAt(w.Tenures(a), time.Now())
			seen[a.String()] = append(kernel, watched...)
			good = good && slices.Equal(kernel, want) && slices.Equal(watched, want)
		}
		if good {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s the holders by kernel and watcher are %v, not %v", when, seen, want)
		}
	}
}

// traces returns what stands where FRR has its files.
func traces(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, pattern := range []string{"/run/frr*", "/run/frr/*", "/var/tmp/frr*", "/etc/frr/*", "/var/lib/frr*"} {
		found, err := filepath.Glob(pattern)
		must(t, err)
		all = append(all, found...)
	}
	return all
}
