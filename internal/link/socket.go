package link

import (
	"fmt"
	"syscall"
	"time"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

const (
	// receiveBuffer holds some thousand notifications; the kernel charges each about a kilobyte.
	receiveBuffer = 4 << 20

	// drainLimit bounds how many datagrams one wake takes in, so that a flood cannot keep the Monitor from reading.
	drainLimit = 4096
)

// socket is the real kernel: one netlink socket for notifications and one for dumps.
type socket struct {
	*reader
	conn *netlink.Conn
	raw  syscall.RawConn
	buf  []byte
}

func openKernel() (kernel, error) { return openSocket(receiveBuffer) }

// openSocket joins the groups as it binds, so the socket misses nothing from then on.
func openSocket(buffer int) (*socket, error) {
	conn, err := netlink.Dial(unix.NETLINK_ROUTE, &netlink.Config{
		Groups: unix.RTMGRP_LINK | unix.RTMGRP_IPV4_IFADDR | unix.RTMGRP_IPV6_IFADDR,
	})
	if err != nil {
		return nil, fmt.Errorf("opening a netlink socket for notifications: %w", err)
	}
	s := &socket{conn: conn, buf: make([]byte, 64<<10)}
	if err := s.setUp(buffer); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return s, nil
}

func (s *socket) setUp(buffer int) (err error) {
	if err := s.conn.SetReadBuffer(buffer); err != nil {
		return fmt.Errorf("setting the netlink receive buffer to %d bytes: %w", buffer, err)
	}
	if s.raw, err = s.conn.SyscallConn(); err != nil {
		return fmt.Errorf("reaching the netlink socket: %w", err)
	}
	s.reader, err = newReader()
	return err
}

// receive reads the socket directly: a datagram a system call and none allocated, and as many as there are without
// waiting again, where Conn.Receive peeks at each first and cannot say that there are no more.
func (s *socket) receive(until time.Time, each func(datagram []byte)) error {
	if err := s.conn.SetReadDeadline(until); err != nil {
		return err
	}
	var failed error
	err := s.raw.Read(func(fd uintptr) bool {
		for i := range drainLimit {
			n, err := readRetry(int(fd), s.buf)
			switch err {
			case nil:
				each(s.buf[:n])
			case unix.EAGAIN:
				return i > 0 || failed != nil
			default:
				// ENOBUFS is reported once, in between; what is in the buffer is still good.
				failed = err
				if err != unix.ENOBUFS {
					return true
				}
			}
		}
		return true
	})
	if err != nil {
		return err
	}
	return failed
}

func readRetry(fd int, b []byte) (int, error) {
	for {
		n, err := unix.Read(fd, b)
		if err != unix.EINTR {
			return n, err
		}
	}
}

func (s *socket) interrupt() { _ = s.conn.Close() }

func (s *socket) close() {
	s.interrupt()
	s.reader.close()
}
