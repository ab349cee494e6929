package vip

import (
	"encoding/binary"
	"fmt"
	"net"
	"syscall"
	"time"

	"github.com/mdlayher/netlink"
	"github.com/mdlayher/packet"
	"golang.org/x/sys/unix"
)

// packetPort is an announcePort on an AF_PACKET socket (packet(7)).
type packetPort struct {
	conn *packet.Conn
	raw  syscall.RawConn
}

// openAnnouncePort opens a socket with protocol 0: it receives nothing, and no error is left on it for the next send when
// its interface goes down.
func openAnnouncePort(ifindex int) (announcePort, error) {
	conn, err := packet.Listen(&net.Interface{Index: ifindex}, packet.Raw, 0, nil)
	if err != nil {
		return nil, fmt.Errorf("opening a packet socket: %w", err)
	}
	raw, err := conn.SyscallConn()
	if err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("reaching the packet socket: %w", err)
	}
	return &packetPort{conn: conn, raw: raw}, nil
}

func (p *packetPort) mac() (hardware, bool) {
	var h hardware
	var there bool
	err := p.raw.Control(func(fd uintptr) { h, there = boundHardware(int(fd)) })
	return h, err == nil && there
}

// boundHardware asks the interface a packet socket is bound to for its present address. It costs one system call and no
// look-up by name or index. It is false once the interface was deleted: the kernel then unbinds the socket for good.
func boundHardware(fd int) (hardware, bool) {
	name, err := unix.Getsockname(fd)
	if err != nil {
		return hardware{}, false
	}
	bound, ok := name.(*unix.SockaddrLinklayer)
	if !ok || bound.Ifindex <= 0 {
		return hardware{}, false
	}
	h := hardware{ethernet: bound.Hatype == unix.ARPHRD_ETHER && bound.Halen == 6}
	copy(h.address[:], bound.Addr[:])
	return h, true
}

func (p *packetPort) patience(until time.Time) { _ = p.conn.SetWriteDeadline(until) }

func (p *packetPort) send(frame []byte) error {
	_, err := p.conn.WriteTo(frame, &packet.Addr{HardwareAddr: frame[:6]})
	return err
}

func (p *packetPort) close() { _ = p.conn.Close() }

// Of linux/netconf.h.
const (
	netconfIfindex    = 1
	netconfForwarding = 2
)

// forwardsIPv6 says whether net.ipv6.conf.IF.forwarding is on. It asks over netlink, by index: the file in /proc goes by
// a name, which may have changed. An interface without IPv6 does not forward it.
func forwardsIPv6(ifindex int) bool {
	conn, err := netlink.Dial(unix.NETLINK_ROUTE, nil)
	if err != nil {
		return false
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(sendPatience))

	attrs := netlink.NewAttributeEncoder()
	attrs.Int32(netconfIfindex, int32(ifindex))
	body, err := attrs.Encode()
	if err != nil {
		return false
	}
	answers, err := conn.Execute(netlink.Message{
		Header: netlink.Header{Type: unix.RTM_GETNETCONF, Flags: netlink.Request},
		Data:   append([]byte{unix.AF_INET6, 0, 0, 0}, body...), // struct netconfmsg, padded
	})
	if err != nil || len(answers) == 0 {
		return false
	}
	return parseForwarding(answers[0].Data)
}

// parseForwarding reads the body of an RTM_NEWNETCONF message.
func parseForwarding(body []byte) bool {
	if len(body) < 4 {
		return false
	}
	attrs, err := netlink.NewAttributeDecoder(body[4:])
	if err != nil {
		return false
	}
	for attrs.Next() {
		if attrs.Type() == netconfForwarding && len(attrs.Bytes()) == 4 {
			return binary.NativeEndian.Uint32(attrs.Bytes()) != 0
		}
	}
	return false
}
