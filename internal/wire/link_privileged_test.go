//go:build privileged

package wire

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
)

func TestOpenOfAnInterfaceThatIsNotThere(t *testing.T) {
	a, _ := newLAN(t)
	n := newNet(t)
	before := descriptors(t)
	for _, v6 := range []bool{false, true} {
		var err error
		a.do(t, func() error {
			err = n.Open(Key{Ifindex: 4711, IPv6: v6}, "ghost0", false)
			return nil
		})
		if err == nil || !strings.Contains(err.Error(), "ghost0") {
			t.Errorf("IPv6 %v: %v, want an error about ghost0", v6, err)
		}
	}
	if after := descriptors(t); after != before {
		t.Errorf("%d descriptors before, %d after", before, after)
	}
}

// comes polls with adverts until one is heard: after a link came up, the other side's membership takes a moment.
func comes(t *testing.T, from, to *Net, advert Outgoing) {
	t.Helper()
	dst := make([]Datagram, 1)
	within(t, "an advert is heard", func() bool {
		out := []Outgoing{advert}
		from.Send(out)
		return to.Receive(dst) == 1
	})
}

func TestSocketSurvivesItsLinkGoingDownAndUp(t *testing.T) {
	for _, v6 := range []bool{false, true} {
		t.Run(fmt.Sprintf("IPv6 %v", v6), func(t *testing.T) {
			a, b := newLAN(t)
			from, to := a.open(t, v6, true), b.open(t, v6, true)
			advert := Outgoing{Key: a.key(t, v6), Src: a.v4, Dst: group4, Payload: []byte("x")}
			if v6 {
				advert.Src, advert.Dst = a.v6, group6
			}
			for range 3 {
				comes(t, from, to, advert)
				b.set(t, false)
				b.set(t, true)
				b.address(t) // IPv6 addresses do not survive it
			}
			comes(t, from, to, advert)
		})
	}
}

func TestSendOnALinkThatIsDownIsAnErrorAndDoesNotWait(t *testing.T) {
	a, _ := newLAN(t)
	n := newNet(t)
	a.add(t, n, false, true)
	a.add(t, n, true, true)
	a.set(t, false)
	out := []Outgoing{
		{Key: a.key(t, false), Src: a.v4, Dst: group4, Payload: []byte("x")},
		{Key: a.key(t, true), Src: a.v6, Dst: group6, Payload: []byte("x")},
	}
	start := time.Now()
	n.Send(out)
	if took := time.Since(start); took > soon {
		t.Errorf("took %v", took)
	}
	for _, m := range out {
		if m.Err == nil {
			t.Errorf("the message to %v was taken", m.Dst)
		}
		t.Log(m.Err)
	}
	deadline := time.Now().Add(10 * time.Millisecond)
	n.wait(t, deadline)
	if time.Now().Before(deadline) {
		t.Error("a link that is down keeps waking the loop")
	}
}

func TestOpenOnALinkThatIsDownHearsWhenItComesUp(t *testing.T) {
	a, b := newLAN(t)
	from := a.open(t, false, true)
	b.set(t, false)
	to := b.open(t, false, true)
	b.set(t, true)
	comes(t, from, to, Outgoing{Key: a.key(t, false), Src: a.v4, Dst: group4, Payload: []byte("x")})
}

func TestInterfaceDeletedAndMadeAgain(t *testing.T) {
	a, b := newLAN(t)
	from, to := a.open(t, false, true), b.open(t, false, true)
	oldA, oldB := a.key(t, false), b.key(t, false)
	if err := a.nl.LinkDel(a.link(t)); err != nil {
		t.Fatal(err)
	}
	out := []Outgoing{{Key: oldA, Src: a.v4, Dst: group4, Payload: []byte("x")}}
	if from.Send(out); out[0].Err == nil {
		t.Error("an advert was sent on an interface that was deleted")
	}
	silence(t, to, 10*time.Millisecond) // and the wait is not disturbed
	shift(t, a)
	shift(t, b)
	connect(t, a, b)
	from.CloseSocket(oldA)
	to.CloseSocket(oldB)
	if a.key(t, false) == oldA || b.key(t, false) == oldB {
		t.Fatal("the interface has its old index, so the test shows nothing")
	}
	a.add(t, from, false, true)
	b.add(t, to, false, true)
	comes(t, from, to, Outgoing{Key: a.key(t, false), Src: a.v4, Dst: group4, Payload: []byte("x")})
}

// The kernel then knows nothing of the groups on the link, while the socket's own list still has its group: to join again
// is refused. A socket made anew hears.
func TestGroupIsHeardByANewSocketWhereTheLinkForgotIt(t *testing.T) {
	forget := map[string]func(t *testing.T, b *node){
		"an MTU too small for IPv6": func(t *testing.T, b *node) {
			for _, mtu := range []int{1200, 1500} {
				if err := b.nl.LinkSetMTU(b.link(t), mtu); err != nil {
					t.Fatal(err)
				}
			}
		},
		"moved away and back": func(t *testing.T, b *node) {
			c := newNode(t, 3)
			if err := b.nl.LinkSetNsFd(b.link(t), int(c.ns)); err != nil {
				t.Fatal(err)
			}
			l, err := c.nl.LinkByName(b.ifname)
			if err != nil {
				t.Fatal(err)
			}
			if err := c.nl.LinkSetNsFd(l, int(b.ns)); err != nil {
				t.Fatal(err)
			}
			b.set(t, true)
		},
	}
	for _, tt := range []struct {
		name string
		v6   bool
	}{{"an MTU too small for IPv6", true}, {"moved away and back", true}, {"moved away and back", false}} {
		t.Run(fmt.Sprintf("%s, IPv6 %v", tt.name, tt.v6), func(t *testing.T) {
			a, b := newLAN(t)
			from, to := a.open(t, tt.v6, true), b.open(t, tt.v6, true)
			advert := Outgoing{Key: a.key(t, tt.v6), Src: a.v4, Dst: group4, Payload: []byte("x")}
			if tt.v6 {
				advert.Src, advert.Dst = a.v6, group6
			}
			comes(t, from, to, advert)
			key := b.key(t, tt.v6)
			forget[tt.name](t, b)
			if b.key(t, tt.v6) != key {
				t.Fatal("the interface has another index, so the test shows nothing")
			}
			b.address(t)
			to.CloseSocket(key)
			b.add(t, to, tt.v6, true)
			comes(t, from, to, advert)
		})
	}
}

// shift takes an interface index, so that the next interface gets another one than the last.
func shift(t *testing.T, n *node) {
	t.Helper()
	if err := n.nl.LinkAdd(&netlink.Veth{LinkAttrs: netlink.LinkAttrs{Name: "shift1"}, PeerName: "shift2"}); err != nil {
		t.Fatal(err)
	}
}

func TestSocketSurvivesItsInterfaceBeingRenamed(t *testing.T) {
	a, b := newLAN(t)
	from, to := a.open(t, false, true), b.open(t, false, true)
	advert := Outgoing{Key: a.key(t, false), Src: a.v4, Dst: group4, Payload: []byte("x")}
	b.set(t, false)
	if err := b.nl.LinkSetName(b.link(t), "renamed"); err != nil {
		t.Fatal(err)
	}
	b.ifname = "renamed"
	b.set(t, true)
	b.add(t, to, false, true) // the same key under another name is the same socket
	if len(to.sockets) != 1 {
		t.Errorf("%d sockets, want 1", len(to.sockets))
	}
	comes(t, from, to, advert)
}

func TestWaitEndsForAnAdvert(t *testing.T) {
	a, b := newLAN(t)
	from, to := a.open(t, false, true), b.open(t, false, true)
	key := a.key(t, false)
	var sent time.Time
	var sender sync.WaitGroup
	sender.Go(func() {
		time.Sleep(20 * time.Millisecond) // so that the other waits already
		sent = time.Now()
		from.Send([]Outgoing{{Key: key, Src: a.v4, Dst: group4, Payload: []byte("x")}})
	})
	to.wait(t, time.Now().Add(soon))
	woken := time.Now()
	sender.Wait()
	if late := woken.Sub(sent); late > soon/2 || late < 0 {
		t.Errorf("ended %v after the advert was sent", late)
	} else {
		t.Logf("ended %v after the advert was sent", late)
	}
	take(t, to)
}
