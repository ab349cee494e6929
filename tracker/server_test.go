package tracker

import (
	"context"
	"net"
	"regexp"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

const (
	ample  = 10 * time.Second       // for a check that ends by itself
	little = 100 * time.Millisecond // for one that has to end by its deadline
)

// within is a context for one check.
func within(t testing.TB, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), d)
	t.Cleanup(cancel)
	return ctx
}

// serve runs a server for the time of the test, which handles each connection and then closes it. The context of a
// handler ends with the test.
func serve(t testing.TB, l net.Listener, handle func(context.Context, net.Conn)) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var handlers sync.WaitGroup
	handlers.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			handlers.Go(func() {
				defer conn.Close()
				handle(ctx, conn)
			})
		}
	})
	t.Cleanup(func() {
		cancel()
		_ = l.Close()
		handlers.Wait()
	})
}

// serveTCP is serve on a port of the host, which is an address, and returns the address with the port.
func serveTCP(t testing.TB, host string, handle func(context.Context, net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		t.Fatal(err)
	}
	serve(t, l, handle)
	return l.Addr().String()
}

// silent accepts and says nothing until the test ends.
func silent(ctx context.Context, _ net.Conn) { <-ctx.Done() }

// says writes a text and closes.
func says(text string) func(context.Context, net.Conn) {
	return func(_ context.Context, conn net.Conn) { _, _ = conn.Write([]byte(text)) }
}

// saysAndStays writes a text and then nothing more until the test ends.
func saysAndStays(text string) func(context.Context, net.Conn) {
	return func(ctx context.Context, conn net.Conn) {
		_, _ = conn.Write([]byte(text))
		<-ctx.Done()
	}
}

// nobody is an address of the loopback on which nobody listens.
func nobody(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// fullQueue listens on a socket, of which it accepts nothing, and fills its queue.
func fullQueue(t testing.TB, network string, listen unix.Sockaddr) (address string) {
	t.Helper()
	family := unix.AF_INET
	if network == "unix" {
		family = unix.AF_UNIX
	}
	fd, err := unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Close(fd) })
	if err := unix.Bind(fd, listen); err != nil {
		t.Fatal(err)
	}
	if err := unix.Listen(fd, 0); err != nil {
		t.Fatal(err)
	}
	bound, err := unix.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	switch b := bound.(type) {
	case *unix.SockaddrInet4:
		address = (&net.TCPAddr{IP: b.Addr[:], Port: b.Port}).String()
	case *unix.SockaddrUnix:
		address = b.Name
	}
	for {
		conn, err := net.DialTimeout(network, address, little)
		if err != nil {
			return address
		}
		t.Cleanup(func() { _ = conn.Close() })
	}
}

// TestFullQueue keeps the tests that use it honest.
func TestFullQueue(t *testing.T) {
	address := fullQueue(t, "tcp", &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}})
	if conn, err := net.DialTimeout("tcp", address, little); err == nil {
		conn.Close()
		t.Error("it takes one more")
	}
}

// aLittle is what a sentence makes of a deadline that is little away, or was when the test set it.
var aLittle = regexp.MustCompile(`within \d\dms$`)

// judge compares a result with what is wanted.
func (r Result) judge(t *testing.T, ok bool, text string) {
	t.Helper()
	r.Text = aLittle.ReplaceAllString(r.Text, "within 100ms")
	if r.OK != ok || r.Text != text || r.Numeric || r.Value != 0 {
		t.Errorf("got %+v, want OK %t and %q", r, ok, text)
	}
}

// TestNetworkKindsHaveTheirProbes asks for each kind of what nobody serves, so that the sentence tells which probe it was.
func TestNetworkKindsHaveTheirProbes(t *testing.T) {
	gone := nobody(t)
	m := New(Options{})
	for want, kind := range map[string]Kind{
		`unsupported protocol scheme ""`:              HTTP{URL: "x"},
		"connection refused by " + gone:               TCP{Address: gone},
		`"gateway" is not a numeric address`:          Ping{Targets: []string{"gateway"}},
		"no socket /nonexistent: is haproxy running?": HAProxy{Socket: "/nonexistent"},
	} {
		p := m.newProbe(kind, func() {})
		p.check(within(t, ample)).judge(t, false, want)
		p.close()
	}
}
