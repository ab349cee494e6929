package wire

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// socket is one raw socket, bound to one interface.
type socket struct {
	key      Key
	ifname   string // for error texts
	family   *family
	fd       int
	member   bool   // of the VRRP group
	readable bool   // as the kernel said last, and not drained since
	overflow uint32 // the kernel's counter of datagrams lost, as last seen; it wraps
}

func openSocket(key Key, ifname string, multicast bool) (*socket, error) {
	f := familyOf(key)
	fd, err := unix.Socket(f.domain, unix.SOCK_RAW|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, protocol)
	if err != nil {
		return nil, fmt.Errorf("opening an %s socket for %s: %w", f.name, ifname, err)
	}
	s := &socket{key: key, ifname: ifname, family: f, fd: fd}
	if err := s.prepare(multicast); err != nil {
		return nil, errors.Join(fmt.Errorf("opening an %s socket for %s: %w", f.name, ifname, err), unix.Close(fd))
	}
	return s, nil
}

// prepare turns a fresh socket into one that hears its interface and nothing else. The order matters: see dropAll.
func (s *socket) prepare(multicast bool) error {
	if err := attach(s.fd, dropAll()); err != nil {
		return err
	}
	if err := s.bind(); err != nil {
		return err
	}
	for _, options := range [][]option{s.family.options, common} {
		if err := setOptions(s.fd, options); err != nil {
			return err
		}
	}
	if err := setBuffers(s.fd); err != nil {
		return err
	}
	if err := s.setMember(multicast); err != nil {
		return err
	}
	// While nothing can come in, so that this ends however busy the network is.
	drain(s.fd)
	return attach(s.fd, keepWhole())
}

// bind ties the socket to its interface, for receiving and sending. By index (Linux 5.0) and not by name: names may
// change hands between the caller's look at the interfaces and now. The kernel takes any number here; the interface of
// multicasts, asked for by index as well, is what fails for one that does not exist.
func (s *socket) bind() error {
	if err := unix.SetsockoptInt(s.fd, unix.SOL_SOCKET, unix.SO_BINDTOIFINDEX, s.key.Ifindex); err != nil {
		return fmt.Errorf("binding to interface %d: %w", s.key.Ifindex, err)
	}
	if err := s.family.egress(s.fd, s.key.Ifindex); err != nil {
		return fmt.Errorf("sending multicasts on interface %d: %w", s.key.Ifindex, err)
	}
	return nil
}

// setMember joins or leaves the group, if that is a change.
func (s *socket) setMember(join bool) error {
	if s.member == join {
		return nil
	}
	opt, doing := s.family.leave, "leaving"
	if join {
		opt, doing = s.family.join, "joining"
	}
	if err := s.family.member(s.fd, opt, s.key.Ifindex); err != nil {
		return fmt.Errorf("%s the VRRP group: %w", doing, err)
	}
	s.member = join
	return nil
}

func setOptions(fd int, options []option) error {
	for _, o := range options {
		if err := unix.SetsockoptInt(fd, o.level, o.opt, o.value); err != nil {
			return fmt.Errorf("setting %s to %d: %w", o.name, o.value, err)
		}
	}
	return nil
}

// setBuffers asks for large buffers, and without CAP_NET_ADMIN is content with what the sysctls
// net.core.rmem_max and wmem_max allow.
func setBuffers(fd int) error {
	for _, b := range []struct {
		name               string
		force, plain, size int
	}{
		{"SO_RCVBUF", unix.SO_RCVBUFFORCE, unix.SO_RCVBUF, receiveBuffer},
		{"SO_SNDBUF", unix.SO_SNDBUFFORCE, unix.SO_SNDBUF, sendBuffer},
	} {
		if unix.SetsockoptInt(fd, unix.SOL_SOCKET, b.force, b.size) == nil {
			continue
		}
		if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, b.plain, b.size); err != nil {
			return fmt.Errorf("setting %s to %d: %w", b.name, b.size, err)
		}
	}
	return nil
}

// drain throws away what is queued. Any error but an interruption ends it: EAGAIN is the usual one.
func drain(fd int) {
	var b [1]byte
	for {
		_, _, err := unix.Recvfrom(fd, b[:], unix.MSG_TRUNC)
		if err != nil && !errors.Is(err, unix.EINTR) {
			return
		}
	}
}
