package lab

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/mdlayher/packet"
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// captureBuffer is the receive buffer of a capture, large enough for some 30,000 adverts.
const captureBuffer = 64 << 20

// capture is a packet socket that reads frames with the kernel's receive time, packet(7).
type capture struct {
	conn *packet.Conn
	raw  syscall.RawConn
	buf  []byte
	oob  []byte

	finished atomic.Bool
}

// captured is a frame as the kernel received it. Its bytes are valid until the next read.
type captured struct {
	bytes   []byte
	ifindex int
	at      time.Time
}

// openCapture opens a capture in a namespace, on one interface or, with ifindex 0, on all.
func openCapture(n *namespace, ifindex int, filter []bpf.Instruction) (*capture, error) {
	c := &capture{buf: make([]byte, 1<<16), oob: make([]byte, 256)}
	program, err := bpf.Assemble(filter)
	if err != nil {
		return nil, fmt.Errorf("assembling a packet filter: %w", err)
	}
	err = n.do(func() (err error) {
		// Unlike its documentation the package takes interface 0, which packet(7) has for all of them.
		c.conn, err = packet.Listen(&net.Interface{Index: ifindex}, packet.Raw, unix.ETH_P_ALL,
			&packet.Config{Filter: program})
		return err
	})
	if err == nil {
		err = c.setUp()
	}
	if err != nil {
		return nil, fmt.Errorf("opening a packet socket in %s: %w", n.name, err)
	}
	return c, nil
}

// setUp switches receive times on and enlarges the buffer.
func (c *capture) setUp() (err error) {
	if c.raw, err = c.conn.SyscallConn(); err != nil {
		return errors.Join(err, c.conn.Close())
	}
	var optErr error
	err = c.raw.Control(func(fd uintptr) {
		optErr = errors.Join(
			unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_TIMESTAMPNS_NEW, 1),
			unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, captureBuffer),
		)
	})
	if err = errors.Join(err, optErr); err != nil {
		return errors.Join(err, c.conn.Close())
	}
	return nil
}

// read waits for the next frame. After finish it returns those that came before it, and then [os.ErrClosed].
func (c *capture) read() (captured, error) {
	r := received{err: unix.EAGAIN}
	err := c.raw.Read(func(fd uintptr) bool {
		r = c.receive(int(fd))
		return r.err != unix.EAGAIN
	})
	if err != nil && c.finished.Load() {
		// The poller does not read any more, but what the kernel has is still there.
		if err := c.raw.Control(func(fd uintptr) { r = c.receive(int(fd)) }); err != nil {
			return captured{}, err
		}
		if r.err == unix.EAGAIN {
			return captured{}, os.ErrClosed
		}
		err = nil
	}
	switch {
	case err != nil:
		return captured{}, err
	case r.err != nil:
		return captured{}, os.NewSyscallError("recvmsg", r.err)
	}
	f := captured{bytes: c.buf[:r.n], at: receiveTime(c.oob[:r.oobn], time.Now())}
	if sa, ok := r.from.(*unix.SockaddrLinklayer); ok {
		f.ifindex = sa.Ifindex
	}
	return f, nil
}

// received is the result of recvmsg(2).
type received struct {
	n, oobn int
	from    unix.Sockaddr
	err     error
}

// receive takes a frame from the socket, if there is one.
func (c *capture) receive(fd int) (r received) {
	for {
		r.n, r.oobn, _, r.from, r.err = unix.Recvmsg(fd, c.buf, c.oob, unix.MSG_DONTWAIT)
		if r.err != unix.EINTR {
			return r
		}
	}
}

// receiveTime returns the time in the control message of SO_TIMESTAMPNS_NEW (Linux 5.1), seconds and nanoseconds of 64
// bits each on every architecture; now, if there is none.
func receiveTime(oob []byte, now time.Time) time.Time {
	msgs, err := unix.ParseSocketControlMessage(oob)
	if err != nil {
		return now
	}
	for _, m := range msgs {
		isTime := m.Header.Level == unix.SOL_SOCKET && m.Header.Type == unix.SO_TIMESTAMPNS_NEW
		if isTime && len(m.Data) >= 16 {
			sec, nsec := binary.NativeEndian.Uint64(m.Data), binary.NativeEndian.Uint64(m.Data[8:])
			return fromWall(time.Unix(int64(sec), int64(nsec)), now)
		}
	}
	return now
}

// lost returns how many frames the kernel had no room for since the last call.
func (c *capture) lost() (int, error) {
	s, err := c.conn.Stats()
	if err != nil {
		return 0, err
	}
	return int(s.Drops), nil
}

// finish ends the reads, once they have returned what came until now. From then on the kernel keeps nothing more.
func (c *capture) finish() error {
	c.finished.Store(true)
	nothing, err := bpf.Assemble([]bpf.Instruction{drop})
	if err != nil {
		return err
	}
	return errors.Join(c.conn.SetBPF(nothing), c.conn.SetReadDeadline(time.Unix(1, 0))) // long past: it wakes the reader
}

// close closes the capture, which nobody may read any more.
func (c *capture) close() error { return c.conn.Close() }
