package tracker

import (
	"context"
	"fmt"
	"io"
	"net"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// tcpProbe opens a connection for each check.
//
// Where nothing is to be said, the connection is given up before it is complete for the server: the acknowledgement of
// its SYN is held back (TCP_QUICKACK, tcp(7)) and a reset goes out in its place. The server's kernel has said that it takes
// connections, which is all that connecting ever shows; the server itself is not bothered. A whole connection would
// have HAProxy in TCP mode connect to one of its servers for each check, and others log it. Nor does a reset connection
// keep a port in TIME_WAIT for a minute. If the reset comes late (the kernel waits some 40 ms), the server sees a connection
// that was reset, and the outcome is the same. Where something was sent the close is an orderly one, or it could overtake
// that.
type tcpProbe struct {
	kind   TCP
	dialer net.Dialer
}

func newTCPProbe(k TCP) *tcpProbe {
	p := &tcpProbe{kind: k, dialer: net.Dialer{KeepAlive: -1}}
	if p.silent() {
		p.dialer.Control = holdBackACK
	}
	return p
}

// silent says that no word is spoken.
func (p *tcpProbe) silent() bool { return p.kind.Send == "" && p.kind.Expect == "" }

// holdBackACK is for a socket that is not connected yet.
func holdBackACK(_, _ string, raw syscall.RawConn) error {
	// Where this cannot be had, the connection is a whole one.
	return raw.Control(func(fd uintptr) { _ = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_QUICKACK, 0) })
}

// check connects, and reads at most 64 KiB where a text is expected.
func (p *tcpProbe) check(ctx context.Context) Result {
	start := time.Now()
	conn, err := p.dialer.DialContext(ctx, "tcp", p.kind.Address)
	if err != nil {
		return Result{Text: explain(ctx, start, err)}
	}
	defer conn.Close()
	if p.silent() {
		if c, ok := conn.(*net.TCPConn); ok {
			_ = c.SetLinger(0) // close resets
		}
		return Result{OK: true, Text: p.kind.Address + " accepts connections"}
	}
	defer interrupt(ctx, conn)()
	return p.converse(ctx, start, conn)
}

// converse sends and reads what is wanted.
func (p *tcpProbe) converse(ctx context.Context, start time.Time, conn net.Conn) Result {
	if p.kind.Send != "" {
		if _, err := io.WriteString(conn, p.kind.Send); err != nil {
			return Result{Text: explain(ctx, start, err)}
		}
	}
	if p.kind.Expect == "" {
		return Result{OK: true, Text: p.kind.Address + " accepts what is sent"}
	}
	found, n, err := find(conn, p.kind.Expect)
	switch {
	case found:
		return Result{OK: true, Text: fmt.Sprintf("%s answers %s", p.kind.Address, quoted(p.kind.Expect))}
	case n == 0 && err == nil:
		return Result{Text: p.kind.Address + " closed the connection without an answer"}
	case n == 0, err != nil && ctx.Err() == nil:
		return Result{Text: explain(ctx, start, err)}
	}
	return Result{Text: fmt.Sprintf("the answer of %s does not contain %s", p.kind.Address, quoted(p.kind.Expect))}
}

func (p *tcpProbe) close() {}
