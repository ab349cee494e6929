//go:build privileged

package vip

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/mdlayher/packet"
	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
)

// liveListener runs a Listener in a namespace until the test ends.
type liveListener struct {
	*Listener
	t  *testing.T
	c  chan Sighting
	at chan time.Time
}

func listenIn(t *testing.T, ns netns.NsHandle, ifindexes ...int) *liveListener {
	t.Helper()
	s := &liveListener{t: t, c: make(chan Sighting, 1024), at: make(chan time.Time, 1024)}
	s.Listener = NewListener(func(seen Sighting) { s.at <- time.Now(); s.c <- seen }, slog.New(slog.DiscardHandler))
	opened := make(chan struct{}, 100)
	s.open = func(ifindex int) ([]ear, error) {
		ears, err := openEars(ifindex)
		opened <- struct{}{}
		return ears, err
	}
	s.Watch(ifindexes)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // for good: the thread dies with the goroutine
		if err := netns.Set(ns); err != nil {
			done <- err
			return
		}
		done <- s.Run(ctx)
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	for range ifindexes {
		<-opened
	}
	return s
}

func (s *liveListener) next(what string) Sighting {
	s.t.Helper()
	select {
	case seen := <-s.c:
		<-s.at
		return seen
	case <-time.After(kernelPatience):
		s.t.Fatalf("%s: no sighting", what)
		return Sighting{}
	}
}

// want expects exactly these sightings, in any order of the two families.
func (s *liveListener) want(what string, want ...Sighting) {
	s.t.Helper()
	for range len(want) {
		got := s.next(fmt.Sprintf("%s, missing %+v", what, want))
		i := slices.Index(want, got)
		if i < 0 {
			s.t.Fatalf("%s: want one of %+v, got %+v", what, want, got)
		}
		want = slices.Delete(want, i, i+1)
	}
}

func (s *liveListener) wantSilence(what string) {
	s.t.Helper()
	select {
	case got := <-s.c:
		s.t.Errorf("%s: want silence, got %+v", what, got)
	case <-time.After(100 * time.Millisecond):
	}
}

func sighting(far, near netlink.Link, addr string) Sighting {
	return Sighting{
		Ifindex: far.Attrs().Index, Address: netip.MustParseAddr(addr), MAC: [6]byte(near.Attrs().HardwareAddr),
	}
}

// rawPort sends frames of any making.
func rawPort(t *testing.T, ifindex int) *packet.Conn {
	t.Helper()
	conn, err := packet.Listen(&net.Interface{Index: ifindex}, packet.Raw, 0, nil)
	check(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func TestListenerIsDeafToEverythingElse(t *testing.T) {
	c := newCable(t)
	near, far := c.plug("v0", 0)
	s := listenIn(t, c.far, far.Attrs().Index)
	conn := rawPort(t, near.Attrs().Index)
	mac := [6]byte(near.Attrs().HardwareAddr)
	addr4, addr6 := netip.MustParseAddr("192.0.2.100"), netip.MustParseAddr("2001:db8::100")
	arp, na := appendGratuitousARP(nil, mac, addr4, false), appendUnsolicitedNA(nil, mac, addr6, false)
	resum := func(frame []byte) []byte {
		frame[56], frame[57] = 0, 0
		sum := checksumICMPv6([16]byte(frame[22:38]), [16]byte(frame[38:54]), frame[54:])
		frame[56], frame[57] = byte(sum>>8), byte(sum)
		return frame
	}
	vlan := slices.Concat(arp[:12], []byte{0x81, 0, 0, 10}, arp[12:])
	otherHost := changed(arp, 0, 2, 0, 0, 0, 0, 0x99)
	silent := map[string][]byte{
		"who has?":                              changed(arp, 38, 192, 0, 2, 1),
		"of a VLAN that is not configured here": vlan,
		"for another host":                      otherHost,
		"a wrong checksum":                      changed(na, 56, 0, 0),
		"solicited":                             resum(changed(na, 58, 0x60)),
		"from behind a router":                  changed(na, 21, 64),
		"a solicitation":                        resum(changed(na, 54, 135)),
	}
	check(t, c.handle.SetPromiscOn(far))
	for name, frame := range silent {
		_, err := conn.WriteTo(frame, &packet.Addr{HardwareAddr: frame[:6]})
		check(t, err)
		s.wantSilence(name)
	}
	for _, frame := range [][]byte{arp, na} {
		_, err := conn.WriteTo(frame, &packet.Addr{HardwareAddr: frame[:6]})
		check(t, err)
	}
	s.want("and after that", sighting(far, near, "192.0.2.100"), sighting(far, near, "2001:db8::100"))
	want := map[Ignored]uint64{IgnoredNotGratuitous: 1, IgnoredHopLimit: 1}
	got := s.Ignored()
	if len(got) != len(want) || got[IgnoredNotGratuitous] != 1 || got[IgnoredHopLimit] != 1 {
		t.Errorf("want the filters to drop all but %v, got %v", want, got)
	}
}

func TestOurOwnAnnouncementsAreNotReported(t *testing.T) {
	c := newCable(t)
	attrs := netlink.NewLinkAttrs()
	attrs.Name = "w0"
	check(t, netlink.LinkAdd(&netlink.Veth{LinkAttrs: attrs, PeerName: "w1"})) // both ends are ours
	w0, err := netlink.LinkByName("w0")
	check(t, err)
	w1, err := netlink.LinkByName("w1")
	check(t, err)
	check(t, netlink.LinkSetUp(w1))
	check(t, netlink.LinkSetUp(w0))
	c.eventually("both ends up", func() bool { return operational(netlink.LinkByName("w0")) && operational(netlink.LinkByName("w1")) })
	s := listenIn(t, c.near, w0.Attrs().Index, w1.Attrs().Index)
	check(t, freshAnnouncer(t).Announce(on(w0.Attrs().Index, "192.0.2.100", "2001:db8::100")))
	c.eventually("they are heard and ignored", func() bool { return s.Ignored()[IgnoredOwn] == 3 })
	s.wantSilence("our own")
}

func TestListenerSurvivesDownAndUp(t *testing.T) {
	c := newCable(t)
	near, far := c.plug("v0", 0)
	s := listenIn(t, c.far, far.Attrs().Index)
	a := freshAnnouncer(t)
	for range 3 {
		check(t, c.handle.LinkSetDown(far))
		check(t, c.handle.LinkSetUp(far))
		c.ready("v0")
		check(t, a.Announce(on(near.Attrs().Index, "192.0.2.100", "2001:db8::100")))
		v4, v6 := sighting(far, near, "192.0.2.100"), sighting(far, near, "2001:db8::100")
		s.want("after down and up", v4, v4, v6)
	}
}

func TestListenerFollowsDeletionAndRecreation(t *testing.T) {
	c := newCable(t)
	near, far := c.plug("v0", 0)
	s := listenIn(t, c.far, far.Attrs().Index)
	a := freshAnnouncer(t)
	for range 3 {
		check(t, a.Announce(on(near.Attrs().Index, "192.0.2.100", "2001:db8::100")))
		v4, v6 := sighting(far, near, "192.0.2.100"), sighting(far, near, "2001:db8::100")
		s.want("heard", v4, v4, v6)
		check(t, netlink.LinkDel(near))
		near, far = c.plug("v0", 0)
		s.Watch([]int{far.Attrs().Index})
		// Until Run has taken the order in.
		c.eventually("the new interface is heard", func() bool {
			check(t, a.Announce(on(near.Attrs().Index, "2001:db8::1")))
			select {
			case <-s.c:
				return true
			case <-time.After(10 * time.Millisecond):
				return false
			}
		})
		time.Sleep(20 * time.Millisecond) // what was sent for the order to be heard is on its way no longer
		for len(s.c) > 0 {
			<-s.c
		}
		for len(s.at) > 0 {
			<-s.at
		}
	}
}
