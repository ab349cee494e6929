package wire

import (
	"fmt"
	"maps"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// feeder writes to a socket of a Net.
type feeder struct {
	conn net.Conn
	fd   int // the socket
}

// feed adds a socket that needs no privilege to n: UDP on the loopback, which speaks of its datagrams with the same
// control messages as a raw IPv6 socket.
func feed(t *testing.T, n *Net, key Key) feeder {
	t.Helper()
	fd, err := unix.Socket(unix.AF_INET6, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	s := &socket{key: key, ifname: "test", family: familyOf(key), fd: fd}
	if err := n.watch(fd); err != nil {
		t.Fatal(err)
	}
	n.sockets = append(n.sockets, s) // closed with n
	if err := unix.Bind(fd, &unix.SockaddrInet6{Addr: netip.IPv6Loopback().As16()}); err != nil {
		t.Fatal(err)
	}
	for _, options := range [][]option{common, ipv6.options} {
		if err := setOptions(fd, options); err != nil {
			t.Fatal(err)
		}
	}
	sa, err := unix.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("udp6", fmt.Sprintf("[::1]:%d", sa.(*unix.SockaddrInet6).Port))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return feeder{conn, fd}
}

// write returns when the datagram is in the socket's queue, which under load may be after the system call: the kernel
// then leaves the receiving half to a thread.
func (f feeder) write(t *testing.T, payload string) {
	t.Helper()
	before := f.queued(t)
	if _, err := f.conn.Write([]byte(payload)); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(soon); f.queued(t) <= before; {
		if time.Now().After(end) {
			t.Fatal("the datagram did not arrive")
		}
	}
}

// queued returns the memory that the socket's queue takes, the first word of SO_MEMINFO.
func (f feeder) queued(t *testing.T) int {
	t.Helper()
	memory, err := unix.GetsockoptInt(f.fd, unix.SOL_SOCKET, unix.SO_MEMINFO)
	if err != nil {
		t.Fatal(err)
	}
	return memory
}

var feed6 = Key{Ifindex: 1, IPv6: true}

func TestReceiveSaysWhereFromAndWhen(t *testing.T) {
	n := newNet(t)
	from := feed(t, n, feed6)
	before := time.Now()
	from.write(t, "hello")
	n.wait(t, time.Now().Add(soon))
	dst := make([]Datagram, 2)
	if got := n.Receive(dst); got != 1 {
		t.Fatalf("received %d datagrams, want 1", got)
	}
	d := dst[0]
	if d.Key != feed6 || d.Src != netip.IPv6Loopback() || d.Dst != netip.IPv6Loopback() || string(d.Payload) != "hello" || d.Truncated {
		t.Errorf("got %+v", d)
	}
	if d.HopLimit == 0 {
		t.Error("no hop limit")
	}
	if d.At.After(time.Now()) || d.At.Before(before.Add(-time.Millisecond)) || !hasMonotonic(d.At) {
		t.Errorf("received at %v, written at %v", d.At, before)
	}
	if got := n.Receive(dst); got != 0 {
		t.Errorf("received %d datagrams more", got)
	}
}

func TestReceiveNeedsNoWait(t *testing.T) {
	n := newNet(t)
	from := feed(t, n, feed6)
	dst := make([]Datagram, 2)
	for range 3 {
		if got := n.Receive(dst); got != 0 {
			t.Fatalf("received %d datagrams before any was sent", got)
		}
		from.write(t, "x")
		if got := n.Receive(dst); got != 1 {
			t.Fatalf("received %d datagrams, want 1", got)
		}
	}
}

func TestReceiveTakesABacklogInOrder(t *testing.T) {
	n := newNet(t)
	from := feed(t, n, feed6)
	const sent = 100
	for i := range sent {
		from.write(t, fmt.Sprint(i))
	}
	dst := make([]Datagram, 7) // no divisor of 100
	next := 0
	for got := n.Receive(dst); got > 0; got = n.Receive(dst) {
		for _, d := range dst[:got] {
			if string(d.Payload) != fmt.Sprint(next) {
				t.Fatalf("got %s in place %d", d.Payload, next)
			}
			next++
		}
		if got < len(dst) && next < sent {
			t.Fatalf("only %d of %d places filled, with %d datagrams left", got, len(dst), sent-next)
		}
	}
	if next != sent {
		t.Errorf("received %d datagrams, want %d", next, sent)
	}
}

// What a bounded Receive left behind ends the next Wait.
func TestWaitReturnsForWhatWasLeft(t *testing.T) {
	n := newNet(t)
	from := feed(t, n, feed6)
	from.write(t, "1")
	from.write(t, "2")
	dst := make([]Datagram, 1)
	for range 2 {
		if took := n.wait(t, time.Now().Add(soon)); took >= soon {
			t.Fatal("a datagram was left, and the wait went on")
		}
		if got := n.Receive(dst); got != 1 {
			t.Fatalf("received %d datagrams, want 1", got)
		}
	}
	deadline := time.Now().Add(10 * time.Millisecond)
	n.wait(t, deadline)
	if time.Now().Before(deadline) {
		t.Error("nothing was left, and the wait ended early")
	}
}

func TestReceiveIsFairToAllSockets(t *testing.T) {
	n := newNet(t)
	flooded := Key{Ifindex: 2, IPv6: true}
	quiet := []Key{{Ifindex: 1, IPv6: true}, {Ifindex: 3, IPv6: true}, {Ifindex: 4, IPv6: true}}
	conns := map[Key]feeder{}
	// The flooded one has the first turn.
	for _, key := range append([]Key{flooded}, quiet...) {
		conns[key] = feed(t, n, key)
	}
	for range 60 {
		conns[flooded].write(t, "flood")
	}
	for _, key := range quiet {
		conns[key].write(t, "advert")
	}
	// Room for one datagram at a time: after as many calls as there are sockets, everyone was heard.
	dst := make([]Datagram, 1)
	heard := map[Key]int{}
	for range len(conns) {
		if n.Receive(dst) != 1 {
			t.Fatal("nothing received")
		}
		heard[dst[0].Key]++
	}
	want := map[Key]int{flooded: 1, quiet[0]: 1, quiet[1]: 1, quiet[2]: 1}
	if !maps.Equal(heard, want) {
		t.Errorf("heard %v, want %v", heard, want)
	}
	// The room that the quiet ones do not need is the flooded one's.
	conns[quiet[0]].write(t, "advert")
	dst = make([]Datagram, 40)
	if got := n.Receive(dst); got != len(dst) {
		t.Errorf("received %d, want all %d places filled", got, len(dst))
	}
	clear(heard)
	for _, d := range dst {
		heard[d.Key]++
	}
	if heard[quiet[0]] != 1 || heard[flooded] != 39 {
		t.Errorf("heard %v, want 1 and 39", heard)
	}
	if n.readable != 1 {
		t.Errorf("%d sockets are marked as readable, want the flooded one", n.readable)
	}
}

func TestReceiveSaysWhatWasCut(t *testing.T) {
	n := newNet(t)
	from := feed(t, n, feed6)
	for _, length := range []int{sizeLimit, sizeLimit + 1, 9000} {
		from.write(t, strings.Repeat("x", length))
		dst := make([]Datagram, 1)
		if n.Receive(dst) != 1 {
			t.Fatal("nothing received")
		}
		if want := length > sizeLimit; dst[0].Truncated != want {
			t.Errorf("%d bytes: truncated is %v, want %v", length, dst[0].Truncated, want)
		}
		if want := min(length, sizeLimit); len(dst[0].Payload) != want {
			t.Errorf("%d bytes: %d arrived, want %d", length, len(dst[0].Payload), want)
		}
	}
}

// A socket whose IPv4 datagrams do not even begin with an IPv4 header: counted by the reader, no panic here.
func TestReceiveTakesGarbage(t *testing.T) {
	n := newNet(t)
	key := Key{Ifindex: 1}
	from := feed(t, n, key)
	for _, payload := range []string{"", "E", strings.Repeat("\xFF", 20), strings.Repeat("E", 40)} {
		from.write(t, payload)
		dst := make([]Datagram, 1)
		if n.Receive(dst) != 1 {
			t.Fatalf("%q was not received", payload)
		}
		if !dst[0].Truncated {
			t.Errorf("%q passes for whole: %+v", payload, dst[0])
		}
	}
}

func TestReceiveGoesOnAfterASocketIsClosed(t *testing.T) {
	n := newNet(t)
	first, second := Key{Ifindex: 1, IPv6: true}, Key{Ifindex: 2, IPv6: true}
	conns := map[Key]feeder{first: feed(t, n, first), second: feed(t, n, second)}
	conns[first].write(t, "1")
	conns[second].write(t, "2")
	n.wait(t, time.Now().Add(soon)) // both are marked as readable now
	n.CloseSocket(first)
	dst := make([]Datagram, 4)
	if got := n.Receive(dst); got != 1 || dst[0].Key != second {
		t.Errorf("received %d datagrams, the first from %v; want one from %v", got, dst[0].Key, second)
	}
	if got := n.Receive(dst); got != 0 {
		t.Errorf("received %d datagrams more", got)
	}
	if n.readable != 0 {
		t.Errorf("%d sockets are marked as readable, want none", n.readable)
	}
}

// The lower bound of receive times moves only when everything has been read.
func TestReceiveNotesWhenAllWasRead(t *testing.T) {
	n := newNet(t)
	from := feed(t, n, feed6)
	start := n.emptyAt
	from.write(t, "1")
	from.write(t, "2")
	dst := make([]Datagram, 1)
	n.Receive(dst)
	n.Receive(dst)
	if n.emptyAt != start {
		t.Error("the sockets were not found empty yet")
	}
	before := time.Now()
	n.Receive(dst)
	if n.emptyAt.Before(before) {
		t.Error("the sockets were found empty, and that was not noted")
	}
}

func TestReceiveAllocatesNothing(t *testing.T) {
	n := newNet(t)
	from := feed(t, n, feed6)
	dst := make([]Datagram, 16)
	payload := make([]byte, 40)
	const burst = 8
	allocs := testing.AllocsPerRun(100, func() {
		for range burst {
			_, _ = from.conn.Write(payload)
		}
		for got := 0; got < burst; got += n.Receive(dst) {
			if err := n.Wait(time.Time{}); err != nil {
				t.Error(err)
			}
		}
	})
	if allocs != 0 {
		t.Errorf("%v allocations for %d datagrams", allocs, burst)
	}
}
