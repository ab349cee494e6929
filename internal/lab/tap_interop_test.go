//go:build interop

package lab_test

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/aloft-ha/aloft/internal/lab"
	"github.com/aloft-ha/aloft/internal/lab/labtest"
	"github.com/aloft-ha/aloft/vrrp"
)

// keepalived, alone, becomes Active with both families, announces itself and leaves with priority 0: the tap has to see
// all of it.
func TestTapDecodesKeepalived(t *testing.T) {
	c := labtest.Cluster(t, lab.ClusterOptions{Nodes: []lab.Software{lab.Keepalived}, Interval: 10, IPv6: true})
	tap := labtest.Tap(t, c.LAN, lab.TapOptions{})
	w := labtest.Watcher(t, c.LAN)
	must(t, c.Start())
	node := c.Nodes[0]

	advert4 := func(f *lab.Frame) bool { return lab.ActiveAdvert("www1", lab.DefaultVRID)(f) && f.Src.Is4() }
	f, err := tap.Await(labtest.Within(t, 10*time.Second), node.Process().Started, advert4)
	must(t, err)
	if f.Advert.Priority != 200 || f.Advert.Interval != 10 || f.Form != vrrp.FormPseudo || f.Dst != vrrp.Group4 ||
		f.HopLimit != 255 || f.Class != 0xc0 || !slices.Equal(f.Advert.Addresses, []netip.Addr{lab.DefaultAddress4}) {
		t.Errorf("the IPv4 advert is %+v", f)
	}
	f, err = tap.Await(labtest.Within(t, 10*time.Second), node.Process().Started, func(f *lab.Frame) bool {
		return f.Advertises() && f.Src.Is6()
	})
	must(t, err)
	if f.Dst != vrrp.Group6 || !f.Src.IsLinkLocalUnicast() || f.HopLimit != 255 ||
		!slices.Equal(f.Advert.Addresses, []netip.Addr{lab.DefaultLinkLocal, lab.DefaultAddress6}) {
		t.Errorf("the IPv6 advert is %+v", f)
	}
	for _, a := range c.Setup.Addresses {
		f, err := tap.Await(labtest.Within(t, 5*time.Second), node.Process().Started, func(f *lab.Frame) bool { return f.Announces(a) })
		if err != nil {
			t.Errorf("no announcement of %s: %v", a, err)
		} else if f.HolderMAC.String() != node.MAC.String() {
			t.Errorf("%s is announced at %s", a, f.HolderMAC)
		}
		if holders, err := c.Holders(a); err != nil || !slices.Equal(holders, []string{"www1"}) {
			t.Errorf("%s is held by %v, %v", a, holders, err)
		}
	}

	left := time.Now()
	must(t, node.Signal(unix.SIGTERM))
	if _, err := tap.Await(labtest.Within(t, 5*time.Second), left, func(f *lab.Frame) bool {
		return f.Kind == lab.KindAdvert && f.Advert.Priority == 0
	}); err != nil {
		t.Errorf("no farewell: %v", err)
	}
	if _, err := w.Await(labtest.Within(t, 5*time.Second), left, func(c lab.AddressChange) bool {
		return c.Address == lab.DefaultAddress4 && c.Change == lab.Removed
	}); err != nil {
		t.Errorf("the address stays: %v", err)
	}
	if refused := tap.Frames(func(f *lab.Frame) bool { return f.Kind == lab.KindRefused }); len(refused) > 0 {
		t.Errorf("refused: %v", &refused[0])
	}
	if lost, err := tap.Lost(); lost > 0 || err != nil {
		t.Errorf("%d frames were lost, %v", lost, err)
	}
}

// kill -9 must hit keepalived as a whole: if its parent alone died, the child would leave in good order.
func TestKillGivesKeepalivedNoTimeToLeave(t *testing.T) {
	c := labtest.Cluster(t, lab.ClusterOptions{Nodes: []lab.Software{lab.Keepalived}, Interval: 10})
	tap := labtest.Tap(t, c.LAN, lab.TapOptions{})
	must(t, c.Start())
	_, err := tap.Await(labtest.Within(t, 10*time.Second), time.Time{}, lab.ActiveAdvert("www1", lab.DefaultVRID))
	must(t, err)
	eventually(t, "the address", func() bool { has, _ := c.Nodes[0].Has(c.Address()); return has })
	killed := time.Now()
	must(t, c.Nodes[0].Kill())
	spin(500 * time.Millisecond) // five intervals, in which a living child would send
	if f, ok := tap.Last(time.Now(), func(f *lab.Frame) bool { return f.Kind == lab.KindAdvert && f.At.After(killed) }); ok {
		t.Errorf("it still sent, %s after it was killed: %s", f.At.Sub(killed), &f)
	}
	if has, err := c.Nodes[0].Has(c.Address()); !has || err != nil {
		t.Errorf("keepalived's orphaned address is gone (%v): the death was no sudden one", err)
	}
}
