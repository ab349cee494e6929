//go:build privileged

package wire

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/sys/unix"
)

// datagrams compares datagrams but for their time.
var datagrams = cmp.Options{cmpopts.EquateComparable(netip.Addr{}), cmpopts.IgnoreFields(Datagram{}, "At")}

func TestAdvertsCrossTheCable(t *testing.T) {
	a, b := newLAN(t)
	tests := []struct {
		name      string
		v6        bool
		multicast bool
		src, dst  netip.Addr
	}{
		{"IPv4 multicast", false, true, a.v4, group4},
		{"IPv4 multicast from the second address", false, true, a.other4, group4},
		{"IPv6 multicast from the link-local address", true, true, a.v6, group6},
		{"IPv4 unicast", false, false, a.v4, b.v4},
		{"IPv4 unicast from the second address", false, false, a.other4, b.v4},
		{"IPv4 unicast while a member", false, true, a.v4, b.other4},
		{"IPv6 unicast from the wide address", true, false, a.wide6, b.wide6},
		{"IPv6 unicast from the link-local address", true, false, a.v6, b.v6},
		{"IPv6 unicast from the link-local address to the wide one", true, false, a.v6, b.wide6},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			from, to := a.open(t, tt.v6, tt.multicast), b.open(t, tt.v6, tt.multicast)
			start := time.Now()
			send(t, from, Outgoing{Key: a.key(t, tt.v6), Src: tt.src, Dst: tt.dst, Payload: []byte(tt.name)})
			got := take(t, to)
			want := Datagram{Key: b.key(t, tt.v6), Src: tt.src, Dst: tt.dst, HopLimit: 255, Payload: []byte(tt.name)}
			if diff := cmp.Diff(want, got, datagrams); diff != "" {
				t.Errorf("datagram (-want +got):\n%s", diff)
			}
			// The clocks of two processors may differ by a little, and the floor is the sockets' last emptiness.
			if age := got.At.Sub(start); age < -time.Millisecond || age > soon || got.At.After(time.Now()) || !hasMonotonic(got.At) {
				t.Errorf("received %v after it was sent", age)
			} else {
				t.Logf("received %v after the call of Send began", age)
			}
			silence(t, from, 5*time.Millisecond) // our own multicasts do not come back
		})
	}
}

// The kernel's stamp is the moment of arrival, however late the datagram is read.
func TestReceiveTimeIsTheKernels(t *testing.T) {
	a, b := newLAN(t)
	from, to := a.open(t, false, true), b.open(t, false, true)
	advert := Outgoing{Key: a.key(t, false), Src: a.v4, Dst: group4, Payload: []byte("x")}
	// The first socket of a host that wants stamps makes the kernel take them, a moment later.
	within(t, "datagrams are stamped when they arrive", func() bool {
		send(t, from, advert)
		sent := time.Now()
		time.Sleep(100 * time.Millisecond) // long enough to tell the arrival from the reading
		late := take(t, to).At.Sub(sent)
		return late < 50*time.Millisecond && late > -50*time.Millisecond
	})
}

func TestUnicastSocketIsDeafToTheGroupUntilItJoins(t *testing.T) {
	for _, v6 := range []bool{false, true} {
		t.Run(fmt.Sprintf("IPv6 %v", v6), func(t *testing.T) {
			a, b := newLAN(t)
			src, group := a.v4, group4
			if v6 {
				src, group = a.v6, group6
			}
			from, to := a.open(t, v6, true), b.open(t, v6, false)
			advert := func(payload string) {
				t.Helper()
				send(t, from, Outgoing{Key: a.key(t, v6), Src: src, Dst: group, Payload: []byte(payload)})
			}
			expect := func(payload string) {
				t.Helper()
				if got := take(t, to); string(got.Payload) != payload {
					t.Errorf("got %q, want %q", got.Payload, payload)
				}
			}
			advert("unheard")
			silence(t, to, 10*time.Millisecond)
			b.add(t, to, v6, true) // the same socket joins
			advert("joined")
			expect("joined")
			b.add(t, to, v6, true) // no change
			advert("still there")
			expect("still there")
			b.add(t, to, v6, false)
			advert("unheard again")
			silence(t, to, 10*time.Millisecond)
		})
	}
}

// A membership of another socket of the host does not let the group's datagrams in (IP_MULTICAST_ALL).
func TestUnicastSocketIsDeafToTheGroupThatOthersJoined(t *testing.T) {
	a, b := newLAN(t)
	from, member, unicast := a.open(t, false, true), b.open(t, false, true), b.open(t, false, false)
	send(t, from, Outgoing{Key: a.key(t, false), Src: a.v4, Dst: group4, Payload: []byte("x")})
	take(t, member)
	silence(t, unicast, 10*time.Millisecond)
}

// IPv6 raw sockets have no such choice, so the reader has to look at the destination.
func TestUnicastSocketOfIPv6HearsTheGroupThatOthersJoined(t *testing.T) {
	a, b := newLAN(t)
	from, member, unicast := a.open(t, true, true), b.open(t, true, true), b.open(t, true, false)
	send(t, from, Outgoing{Key: a.key(t, true), Src: a.v6, Dst: group6, Payload: []byte("x")})
	take(t, member)
	if got := take(t, unicast); got.Dst != group6 {
		t.Errorf("came to %v, want %v", got.Dst, group6)
	}
}

func TestSocketHearsItsInterfaceOnly(t *testing.T) {
	a, b := newLAN(t)
	// A second cable between the same nodes.
	a2, b2 := *a, *b
	a2.ifname, b2.ifname = "second1", "second2"
	a2.v4, b2.v4 = netip.MustParseAddr("198.51.100.1"), netip.MustParseAddr("198.51.100.2")
	a2.other4, b2.other4 = netip.MustParseAddr("198.51.100.101"), netip.MustParseAddr("198.51.100.102")
	connect(t, &a2, &b2)
	for _, v6 := range []bool{false, true} {
		src, group := a2.v4, group4
		if v6 {
			src, group = a2.v6, group6
		}
		from := a2.open(t, v6, true)
		first, second := b.open(t, v6, true), b2.open(t, v6, true)
		send(t, from, Outgoing{Key: a2.key(t, v6), Src: src, Dst: group, Payload: []byte("x")})
		if got := take(t, second); got.Key != b2.key(t, v6) {
			t.Errorf("came in by %v, want %v", got.Key, b2.key(t, v6))
		}
		silence(t, first, 10*time.Millisecond)
	}
}

// What the host received while the socket was being made is not heard, and neither is what came from elsewhere.
func TestOpenWhileAnotherInterfaceIsBusy(t *testing.T) {
	a, b := newLAN(t)
	a2, b2 := *a, *b
	a2.ifname, b2.ifname = "second1", "second2"
	a2.v4, b2.v4 = netip.MustParseAddr("198.51.100.1"), netip.MustParseAddr("198.51.100.2")
	a2.other4, b2.other4 = netip.MustParseAddr("198.51.100.101"), netip.MustParseAddr("198.51.100.102")
	connect(t, &a2, &b2)
	from, member := a2.open(t, false, true), b2.open(t, false, true)
	stop, stopped := make(chan struct{}), make(chan struct{})
	key := a2.key(t, false)
	go func() {
		defer close(stopped)
		out := []Outgoing{{Key: key, Src: a2.v4, Dst: b2.v4, Payload: []byte("elsewhere")}}
		for {
			select {
			case <-stop:
				return
			default:
				from.Send(out)
			}
		}
	}()
	defer func() { close(stop); <-stopped }()
	take(t, member) // it is flowing
	for range 100 {
		n := b.open(t, false, true)
		if got := n.Receive(make([]Datagram, 1)); got != 0 {
			t.Fatal("a fresh socket heard another interface")
		}
		n.CloseSocket(b.key(t, false))
	}
}

// Whatever it is, it reaches the reader, who counts it: wrong checksums over IPv6 above all, which the kernel drops where
// IPV6_CHECKSUM is set.
func TestGarbageIsDelivered(t *testing.T) {
	a, b := newLAN(t)
	for _, v6 := range []bool{false, true} {
		src, dst := a.v4, b.v4
		if v6 {
			src, dst = a.wide6, b.wide6
		}
		from, to := a.open(t, v6, true), b.open(t, v6, true)
		for _, payload := range []string{"", "\x31", "\x31\x01\x64\x01\x00\x64\xBA\xD0\xC0\x00\x02\x64", "\x21\x00", strings.Repeat("\xFF", 1400)} {
			send(t, from, Outgoing{Key: a.key(t, v6), Src: src, Dst: dst, Payload: []byte(payload)})
			if got := take(t, to); string(got.Payload) != payload || got.Truncated {
				t.Errorf("sent %q, got %+v", payload, got)
			}
		}
	}
}

// A stranger's huge datagram, put together from fragments, arrives as a small one that is marked.
func TestHugeDatagramsAreCut(t *testing.T) {
	a, b := newLAN(t)
	for _, tt := range []struct {
		v6       bool
		src, dst netip.Addr
		want     int
	}{
		{false, a.v4, b.v4, sizeLimit - 20},
		{true, a.wide6, b.wide6, sizeLimit},
	} {
		from, to := a.open(t, tt.v6, false), b.open(t, tt.v6, false)
		if err := fragment(from.sockets[0]); err != nil {
			t.Fatal(err)
		}
		send(t, from, Outgoing{Key: a.key(t, tt.v6), Src: tt.src, Dst: tt.dst, Payload: make([]byte, 20_000)})
		got := take(t, to)
		if !got.Truncated || len(got.Payload) != tt.want || got.Src != tt.src {
			t.Errorf("got %d bytes from %v, truncated %v; want %d, true", len(got.Payload), got.Src, got.Truncated, tt.want)
		}
	}
}

// fragment lets a socket send what its own options forbid.
func fragment(s *socket) error {
	if s.key.IPv6 {
		return unix.SetsockoptInt(s.fd, unix.IPPROTO_IPV6, unix.IPV6_MTU_DISCOVER, unix.IPV6_PMTUDISC_DONT)
	}
	return unix.SetsockoptInt(s.fd, unix.IPPROTO_IP, unix.IP_MTU_DISCOVER, unix.IP_PMTUDISC_DONT)
}
