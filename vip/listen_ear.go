package vip

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
	"time"

	"github.com/mdlayher/packet"
	"golang.org/x/net/ipv6"
	"golang.org/x/sys/unix"
)

const (
	// earBuffer lets a socket hold the announcements of some thousand addresses while we do not get a processor.
	earBuffer = 2 << 20

	// downPoll is how often an interface that went down is looked at, to see whether it was deleted.
	downPoll = time.Second
)

// errGone says that the interface was deleted.
var errGone = errors.New("the interface is gone")

// openEars opens both ears on an interface. A host without IPv6 gets the ARP ear alone.
func openEars(ifindex int) ([]ear, error) {
	arp, err := openARPEar(ifindex)
	if err != nil {
		return nil, err
	}
	na, err := openNAEar(ifindex)
	if errors.Is(err, unix.EAFNOSUPPORT) {
		return []ear{arp}, nil
	}
	if err != nil {
		arp.close()
		return nil, err
	}
	return []ear{arp, na}, nil
}

// hostMACs returns the link-layer addresses of all interfaces.
func hostMACs() (map[[6]byte]bool, error) {
	interfaces, err := net.Interfaces()
	if err != nil {
		return nil, fmt.Errorf("reading the interfaces: %w", err)
	}
	macs := make(map[[6]byte]bool)
	for _, i := range interfaces {
		if len(i.HardwareAddr) == 6 {
			macs[[6]byte(i.HardwareAddr)] = true
		}
	}
	return macs, nil
}

// arpEar hears gratuitous ARP, through a packet socket whose filter is in place before it is bound.
type arpEar struct {
	conn *packet.Conn
	raw  syscall.RawConn
	down bool // the interface went down; owned by hear
	buf  [arpFrame]byte
}

func openARPEar(ifindex int) (*arpEar, error) {
	filter, err := assembleARPFilter()
	if err != nil {
		return nil, fmt.Errorf("assembling the ARP filter: %w", err)
	}
	conn, err := packet.Listen(&net.Interface{Index: ifindex}, packet.Raw, unix.ETH_P_ARP, &packet.Config{Filter: filter})
	if err != nil {
		return nil, fmt.Errorf("opening a packet socket: %w", err)
	}
	e := &arpEar{conn: conn}
	if e.raw, err = conn.SyscallConn(); err == nil {
		err = e.raw.Control(func(fd uintptr) { widen(int(fd)) })
	}
	if err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("reaching the packet socket: %w", err)
	}
	return e, nil
}

// hear outlives the interface going down and up. The kernel reports that it went down, but neither that it came back nor
// that it was deleted while down, so from then on the wait is cut into pieces until a frame arrives.
func (e *arpEar) hear() (announcement, Ignored, error) {
	for {
		if e.down {
			_ = e.conn.SetReadDeadline(time.Now().Add(downPoll))
		}
		n, _, err := e.conn.ReadFrom(e.buf[:])
		switch {
		case err == nil:
			if e.down {
				e.down = false
				_ = e.conn.SetReadDeadline(time.Time{})
			}
			a, why := parseARP(e.buf[:n])
			return a, why, nil
		case errors.Is(err, unix.ENETDOWN), errors.Is(err, os.ErrDeadlineExceeded):
			if !e.alive() {
				return announcement{}, 0, errGone
			}
			e.down = true
		default:
			return announcement{}, 0, err
		}
	}
}

func (e *arpEar) alive() (there bool) {
	err := e.raw.Control(func(fd uintptr) { _, there = boundHardware(int(fd)) })
	return err == nil && there
}

func (e *arpEar) close() { _ = e.conn.Close() }

// naEar hears neighbour advertisements, through a raw ICMPv6 socket (raw(7), RFC 3542) that is bound to the interface and
// gets no other message. It never notices that its interface was deleted; the ARP ear beside it does.
type naEar struct {
	conn net.PacketConn
	ip   *ipv6.PacketConn
	buf  [512]byte
}

func openNAEar(ifindex int) (*naEar, error) {
	config := net.ListenConfig{Control: func(_, _ string, raw syscall.RawConn) error {
		var err error
		return errors.Join(raw.Control(func(fd uintptr) { err = narrow(int(fd), ifindex) }), err)
	}}
	conn, err := config.ListenPacket(context.Background(), "ip6:ipv6-icmp", "::")
	if err != nil {
		return nil, fmt.Errorf("opening an ICMPv6 socket: %w", err)
	}
	e := &naEar{conn: conn, ip: ipv6.NewPacketConn(conn)}
	if err := e.ip.SetControlMessage(ipv6.FlagHopLimit, true); err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("asking for the hop limit of ICMPv6 messages: %w", err)
	}
	return e, nil
}

// narrow makes an ICMPv6 socket get neighbour advertisements of one interface only.
func narrow(fd, ifindex int) error {
	var filter unix.ICMPv6Filter // a set bit blocks its type
	for i := range filter.Data {
		filter.Data[i] = ^uint32(0)
	}
	filter.Data[typeNA/32] &^= 1 << (typeNA % 32)
	if err := unix.SetsockoptICMPv6Filter(fd, unix.IPPROTO_ICMPV6, unix.ICMPV6_FILTER, &filter); err != nil {
		return fmt.Errorf("setting the ICMPv6 filter: %w", err)
	}
	if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_BINDTOIFINDEX, ifindex); err != nil {
		return fmt.Errorf("binding to interface %d: %w", ifindex, err)
	}
	widen(fd)
	return nil
}

// widen enlarges a receive buffer; without the privilege the kernel's limit has to do.
func widen(fd int) {
	if unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, earBuffer) != nil {
		_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, earBuffer)
	}
}

func (e *naEar) hear() (announcement, Ignored, error) {
	n, control, _, err := e.ip.ReadFrom(e.buf[:])
	if err != nil {
		return announcement{}, 0, err
	}
	hopLimit := 0
	if control != nil {
		hopLimit = control.HopLimit
	}
	a, why := parseNA(e.buf[:n], hopLimit)
	return a, why, nil
}

func (e *naEar) alive() bool { return true }

func (e *naEar) close() { _ = e.conn.Close() }
