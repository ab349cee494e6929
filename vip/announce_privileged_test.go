//go:build privileged

package vip

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

// kernelPatience bounds every wait for the kernel. It is far above what a loaded machine needs.
const kernelPatience = 10 * time.Second

// cable is two network namespaces with a veth pair between them. The test's thread is in the near one.
type cable struct {
	t         *testing.T
	near, far netns.NsHandle
	handle    *netlink.Handle // of the far namespace
}

// newCable makes the namespaces. They end with the test, and all interfaces with them.
func newCable(t *testing.T) *cable {
	t.Helper()
	runtime.LockOSThread()
	before, err := netns.Get()
	check(t, err)
	far, err := netns.New()
	check(t, err)
	near, err := netns.New()
	check(t, err)
	handle, err := netlink.NewHandleAt(far, unix.NETLINK_ROUTE)
	check(t, err)
	t.Cleanup(func() {
		handle.Close()
		// If the thread cannot go back it stays locked, and the runtime discards it.
		if netns.Set(before) == nil {
			runtime.UnlockOSThread()
		}
		for _, ns := range []netns.NsHandle{before, near, far} {
			_ = ns.Close()
		}
	})
	return &cable{t: t, near: near, far: far, handle: handle}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// plug puts a veth pair between the namespaces, both ends up and ready. A near index of 0 is any.
func (c *cable) plug(name string, nearIndex int) (near, far netlink.Link) {
	c.t.Helper()
	attrs := netlink.NewLinkAttrs()
	attrs.Name, attrs.Index = name, nearIndex
	check(c.t, netlink.LinkAdd(&netlink.Veth{LinkAttrs: attrs, PeerName: name, PeerNamespace: netlink.NsFd(c.far)}))
	near, err := netlink.LinkByName(name)
	check(c.t, err)
	far, err = c.handle.LinkByName(name)
	check(c.t, err)
	check(c.t, c.handle.LinkSetUp(far))
	check(c.t, netlink.LinkSetUp(near))
	c.ready(name)
	return near, far
}

// ready waits until both ends are operational. IPv6 hears nothing before: it joins its groups then.
func (c *cable) ready(name string) {
	c.t.Helper()
	c.eventually("both ends up", func() bool {
		return operational(netlink.LinkByName(name)) && operational(c.handle.LinkByName(name))
	})
}

// operational says that a link was found and carries frames.
func operational(l netlink.Link, err error) bool {
	return err == nil && l.Attrs().OperState == netlink.OperUp
}

// giveAddress gives the far end an address: a host without any does not tell gratuitous ARP from other.
func (c *cable) giveAddress(far netlink.Link) {
	c.t.Helper()
	a, err := netlink.ParseAddr("192.0.2.9/24")
	check(c.t, err)
	check(c.t, c.handle.AddrAdd(far, a))
}

func (c *cable) eventually(what string, ok func() bool) {
	c.t.Helper()
	for start := time.Now(); !ok(); time.Sleep(time.Millisecond) {
		if time.Since(start) > kernelPatience {
			c.t.Fatalf("%s: not in %v", what, kernelPatience)
		}
	}
}

func freshAnnouncer(t *testing.T) *Announcer {
	a := NewAnnouncer()
	t.Cleanup(a.Close)
	return a
}

func TestAnnouncementsAreSighted(t *testing.T) {
	c := newCable(t)
	near, far := c.plug("v0", 0)
	s := listenIn(t, c.far, far.Attrs().Index)
	a := freshAnnouncer(t)
	check(t, a.Announce(on(near.Attrs().Index, "192.0.2.100", "2001:db8::100", "fe80::100")))
	v4, v6, local := sighting(far, near, "192.0.2.100"), sighting(far, near, "2001:db8::100"), sighting(far, near, "fe80::100")
	s.want("the request, the reply, two advertisements", v4, v4, v6, local)
	s.wantSilence("that is all")
	if n := s.Ignored(); len(n) != 0 {
		t.Errorf("want nothing ignored, got %v", n)
	}
}

func TestAnnouncementsMoveTheNeighboursEntries(t *testing.T) {
	c := newCable(t)
	near, far := c.plug("v0", 0)
	farIndex := far.Attrs().Index
	c.giveAddress(far)
	old := net.HardwareAddr{2, 0, 0, 0, 0, 0xaa}
	addrs := []string{"192.0.2.100", "2001:db8::100"}
	for _, addr := range addrs {
		check(t, c.handle.NeighSet(&netlink.Neigh{
			LinkIndex: farIndex, IP: net.ParseIP(addr), HardwareAddr: old, State: netlink.NUD_REACHABLE,
		}))
	}
	check(t, freshAnnouncer(t).Announce(on(near.Attrs().Index, addrs...)))
	for _, addr := range addrs {
		c.eventually(addr+" moves to the announcer", func() bool {
			list, err := c.handle.NeighList(farIndex, 0)
			check(t, err)
			return slices.ContainsFunc(list, func(n netlink.Neigh) bool {
				return n.IP.Equal(net.ParseIP(addr)) && slices.Equal(n.HardwareAddr, near.Attrs().HardwareAddr)
			})
		})
	}
}

// Linux keeps a fresh neighbour entry for a second (locktime) against all but gratuitous ARP, and it does not take a reply
// for gratuitous unless its target is its sender.
func TestTheReplyAloneMovesALockedEntry(t *testing.T) {
	c := newCable(t)
	near, far := c.plug("v0", 0)
	c.giveAddress(far)
	check(t, c.handle.NeighSet(&netlink.Neigh{
		LinkIndex: far.Attrs().Index, IP: net.ParseIP("192.0.2.100"), State: netlink.NUD_REACHABLE,
		HardwareAddr: net.HardwareAddr{2, 0, 0, 0, 0, 0xaa},
	}))
	p, err := openAnnouncePort(near.Attrs().Index)
	check(t, err)
	defer p.close()
	p.patience(time.Now().Add(kernelPatience))
	mac := [6]byte(near.Attrs().HardwareAddr)
	check(t, p.send(appendGratuitousARP(nil, mac, netip.MustParseAddr("192.0.2.100"), true)))
	c.eventually("the entry moves", func() bool {
		list, err := c.handle.NeighList(far.Attrs().Index, netlink.FAMILY_V4)
		check(t, err)
		return len(list) == 1 && slices.Equal(list[0].HardwareAddr, near.Attrs().HardwareAddr)
	})
}

func TestForwardsIPv6(t *testing.T) {
	c := newCable(t)
	near, _ := c.plug("v0", 0)
	index := near.Attrs().Index
	for _, on := range []bool{true, false} {
		value := map[bool]string{false: "0", true: "1"}[on]
		check(t, os.WriteFile("/proc/sys/net/ipv6/conf/v0/forwarding", []byte(value), 0))
		if got := forwardsIPv6(index); got != on {
			t.Errorf("forwarding %s: want %v, got %v", value, on, got)
		}
	}
	if forwardsIPv6(index + 100) {
		t.Error("an interface that does not exist: want false")
	}
}

func TestAnnouncerSurvivesWhatHappensToTheInterface(t *testing.T) {
	c := newCable(t)
	near, far := c.plug("v0", 0)
	index := near.Attrs().Index
	s := listenIn(t, c.far, far.Attrs().Index)
	a := freshAnnouncer(t)
	announce := func() error { return a.Announce(on(index, "192.0.2.100")) }
	twice := func(what string) {
		t.Helper()
		v4 := sighting(far, near, "192.0.2.100")
		s.want(what, v4, v4)
	}
	check(t, announce())
	twice("at first")

	check(t, netlink.LinkSetDown(near))
	if err := announce(); !errors.Is(err, unix.ENETDOWN) {
		t.Errorf("down: want ENETDOWN, got %v", err)
	}
	check(t, netlink.LinkSetUp(near))
	check(t, announce())
	twice("up again, at the first attempt")
	check(t, netlink.LinkSetDown(near))
	check(t, netlink.LinkSetUp(near))
	check(t, announce())
	twice("down and up between two announcements")

	mac := net.HardwareAddr{2, 0, 0, 0, 0, 0x77}
	check(t, netlink.LinkSetHardwareAddr(near, mac))
	near.Attrs().HardwareAddr = mac
	check(t, announce())
	twice("with another link-layer address")

	check(t, netlink.LinkDel(near))
	if err := announce(); !errors.Is(err, unix.ENODEV) {
		t.Errorf("deleted: want ENODEV, got %v", err)
	}
	near, far = c.plug("v0", index)
	s.Watch([]int{far.Attrs().Index})
	c.eventually("the listener hears the new interface", func() bool {
		check(t, announce())
		select {
		case got := <-s.c:
			return got == sighting(far, near, "192.0.2.100")
		case <-time.After(10 * time.Millisecond):
			return false
		}
	})
}

func TestAnAbsentInterfaceDoesNotSilenceTheOthers(t *testing.T) {
	c := newCable(t)
	near, far := c.plug("v0", 0)
	s := listenIn(t, c.far, far.Attrs().Index)
	addrs := append(on(near.Attrs().Index+100, "192.0.2.1"), on(near.Attrs().Index, "192.0.2.100")...)
	if err := freshAnnouncer(t).Announce(addrs); !errors.Is(err, unix.ENODEV) {
		t.Errorf("want ENODEV, got %v", err)
	}
	s.want("the other one", sighting(far, near, "192.0.2.100"), sighting(far, near, "192.0.2.100"))
}

func TestTheLoopbackIsPassedOver(t *testing.T) {
	newCable(t)
	if err := freshAnnouncer(t).Announce(on(1, "192.0.2.100", "2001:db8::100")); err != nil {
		t.Error(err)
	}
}

func TestAnnouncementsAreQuick(t *testing.T) {
	c := newCable(t)
	near, far := c.plug("v0", 0)
	s := listenIn(t, c.far, far.Attrs().Index)
	var opening, sending, seeing []time.Duration
	for i := range 100 {
		a := NewAnnouncer()
		for round := range 2 {
			start := time.Now()
			check(t, a.Announce(on(near.Attrs().Index, fmt.Sprintf("192.0.2.%d", i))))
			sent := time.Since(start)
			if round == 0 {
				opening = append(opening, sent)
			} else {
				sending = append(sending, sent)
			}
			for range 2 {
				at := <-s.at
				<-s.c
				seeing = append(seeing, at.Sub(start))
			}
		}
		a.Close()
	}
	median := func(ds []time.Duration) time.Duration { slices.Sort(ds); return ds[len(ds)/2] }
	t.Logf("medians: both ARP forms sent in %v (socket opened: %v), seen by the other side %v after the order",
		median(sending), median(opening), median(seeing))
	if m := median(seeing); m > time.Millisecond {
		t.Errorf("want an announcement seen within 1 ms, got a median of %v", m)
	}
}

func TestHundredsAreHeardCompletely(t *testing.T) {
	c := newCable(t)
	near, far := c.plug("v0", 0)
	s := listenIn(t, c.far, far.Attrs().Index)
	var addrs []Address
	for i := range 250 {
		addrs = append(addrs, on(near.Attrs().Index, fmt.Sprintf("198.51.100.%d", i), fmt.Sprintf("2001:db8::%x", i+1))...)
	}
	check(t, freshAnnouncer(t).Announce(addrs))
	seen := make(map[netip.Addr]int)
	for range 250*2 + 250 {
		seen[s.next("an announcement").Address]++
	}
	if len(seen) != 500 {
		t.Errorf("want 500 addresses, got %d", len(seen))
	}
	s.wantSilence("no more than that")
}
