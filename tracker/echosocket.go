package tracker

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"

	"golang.org/x/net/bpf"
	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"
	"golang.org/x/sys/unix"
)

// maxReply is the size of a read. What is longer than our requests is not an answer to them.
const maxReply = 128

// send asks all targets of a family, and reports those to which nothing can be sent. The socket is nil if there are none.
func (e *echo) send(f *icmpFamily, findings chan<- finding) (*net.IPConn, error) {
	if !slices.ContainsFunc(e.targets, f.has) {
		return nil, nil
	}
	conn, err := e.open(f)
	if err != nil {
		return nil, err
	}
	for i, a := range e.targets {
		if !f.has(a) {
			continue
		}
		if err := e.sendTo(f, conn, i); err != nil {
			findings <- finding{target: i, err: err}
		}
	}
	return conn, nil
}

// giveUp reports all targets of a family.
func (e *echo) giveUp(f *icmpFamily, err error, findings chan<- finding) {
	for i, a := range e.targets {
		if f.has(a) {
			findings <- finding{target: i, err: err}
		}
	}
}

// open returns a raw socket that hears only echo replies with the identifier.
func (e *echo) open(f *icmpFamily) (*net.IPConn, error) {
	packets, err := net.ListenPacket(f.network, "")
	switch {
	case errors.Is(err, unix.EPERM), errors.Is(err, unix.EACCES):
		return nil, errors.New("no permission to ping: that needs the capability CAP_NET_RAW")
	case errors.Is(err, unix.EAFNOSUPPORT):
		return nil, errors.New("this host has no IPv6")
	case err != nil:
		return nil, fmt.Errorf("opening a raw socket: %w", err)
	}
	conn := packets.(*net.IPConn)
	if err := errors.Join(e.narrow(f, conn), drain(conn)); err != nil {
		return nil, errors.Join(fmt.Errorf("preparing a raw socket: %w", err), conn.Close())
	}
	return conn, nil
}

// drain throws away what came before the filters were there. On a busy host that may be enough to leave no room for an
// answer.
func drain(conn *net.IPConn) error {
	raw, err := conn.SyscallConn()
	if err != nil {
		return err
	}
	return raw.Control(func(fd uintptr) {
		var b [1]byte
		for {
			_, _, err := unix.Recvfrom(int(fd), b[:], unix.MSG_DONTWAIT)
			if err != nil && err != unix.EINTR {
				return
			}
		}
	})
}

// narrow spares this process the ICMP traffic of the rest of the host, raw(7).
func (e *echo) narrow(f *icmpFamily, conn *net.IPConn) error {
	program, err := bpf.Assemble(e.filter(f))
	if err != nil {
		return err
	}
	if f.is6 {
		p := ipv6.NewPacketConn(conn)
		var types ipv6.ICMPFilter
		types.SetAll(true)
		types.Accept(ipv6.ICMPTypeEchoReply)
		return errors.Join(p.SetBPF(program), p.SetICMPFilter(&types))
	}
	p := ipv4.NewPacketConn(conn)
	var types ipv4.ICMPFilter
	types.SetAll(true)
	types.Accept(ipv4.ICMPTypeEchoReply)
	return errors.Join(p.SetBPF(program), p.SetICMPFilter(&types))
}

// sendTo asks one target.
func (e *echo) sendTo(f *icmpFamily, conn *net.IPConn, target int) error {
	a := e.targets[target]
	message, err := e.message(f, target)
	if err != nil {
		return err
	}
	to := &net.IPAddr{IP: a.AsSlice()}
	if a.Zone() == "" {
		_, err = conn.WriteToIP(message, to)
	} else {
		var index int
		if index, err = interfaceIndex(conn, a.Zone()); err != nil {
			return err
		}
		_, err = ipv6.NewPacketConn(conn).WriteTo(message, &ipv6.ControlMessage{IfIndex: index}, to)
	}
	switch {
	case errors.Is(err, unix.ENETUNREACH), errors.Is(err, unix.EHOSTUNREACH):
		return fmt.Errorf("no route to %s", a)
	case errors.Is(err, unix.EPERM):
		return fmt.Errorf("the firewall of this host forbids to ping %s", a)
	case err != nil:
		return fmt.Errorf("no echo request to %s: %w", a, err)
	}
	return nil
}

// interfaceIndex asks the kernel which interface a zone is. Package net would know too, but for up to a minute believes
// what it knew of an interface that has been made anew since.
func interfaceIndex(conn *net.IPConn, zone string) (int, error) {
	request, err := unix.NewIfreq(zone)
	if err == nil {
		err = ioctl(conn, unix.SIOCGIFINDEX, request)
	}
	if err == nil {
		return int(request.Uint32()), nil
	}
	if index, notNumber := strconv.Atoi(zone); notNumber == nil {
		return index, nil
	}
	return 0, fmt.Errorf("there is no interface %s", zone)
}

func ioctl(conn *net.IPConn, what uint, request *unix.Ifreq) error {
	raw, err := conn.SyscallConn()
	if err != nil {
		return err
	}
	var failure error
	err = raw.Control(func(fd uintptr) { failure = unix.IoctlIfreq(int(fd), what, request) })
	return errors.Join(err, failure)
}

// listen reports each target that answers, once, until the socket is closed.
func (e *echo) listen(f *icmpFamily, conn *net.IPConn, findings chan<- finding) {
	buf := make([]byte, maxReply)
	reported := make([]bool, len(e.targets))
	for {
		n, from, err := conn.ReadFromIP(buf)
		if err != nil {
			return
		}
		source, _ := netip.AddrFromSlice(from.IP)
		if target, ok := e.answered(f, buf[:n], source); ok && !reported[target] {
			reported[target] = true
			findings <- finding{target: target}
		}
	}
}
