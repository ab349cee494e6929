package wire

import (
	"encoding/binary"
	"net/netip"

	"golang.org/x/sys/unix"
)

// sockaddrSize holds either family's address; IPv6's is the longer.
const sockaddrSize = unix.SizeofSockaddrInet6

// sendControlSize and receiveControlSize hold the control messages of one message. Received are at most the timestamp,
// the loss counter, and for IPv6 destination and hop limit.
var (
	sendControlSize    = unix.CmsgSpace(unix.SizeofInet6Pktinfo)
	receiveControlSize = unix.CmsgSpace(timespecSize) + unix.CmsgSpace(4) +
		unix.CmsgSpace(unix.SizeofInet6Pktinfo) + unix.CmsgSpace(4)
)

// timespecSize is the size of struct __kernel_timespec: two 64-bit numbers everywhere.
const timespecSize = 16

// putSockaddr writes the socket address of dst and returns its length. The port of a raw socket has to be 0, and the
// scope is read for link-local addresses only.
func putSockaddr(b []byte, dst netip.Addr, ifindex int) int {
	clear(b)
	if dst.Is4() {
		a := dst.As4()
		binary.NativeEndian.PutUint16(b, unix.AF_INET)
		copy(b[4:], a[:])
		return unix.SizeofSockaddrInet4
	}
	a := dst.As16()
	binary.NativeEndian.PutUint16(b, unix.AF_INET6)
	copy(b[8:], a[:])
	binary.NativeEndian.PutUint32(b[24:], uint32(ifindex))
	return unix.SizeofSockaddrInet6
}

// sourceOf reads the address of a struct sockaddr_in6, without its scope.
func sourceOf(b []byte) netip.Addr {
	if len(b) < unix.SizeofSockaddrInet6 || binary.NativeEndian.Uint16(b) != unix.AF_INET6 {
		return netip.Addr{}
	}
	return netip.AddrFrom16([16]byte(b[8:24]))
}

// putSource writes the control message that chooses source address and interface (IP_PKTINFO in ip(7), IPV6_PKTINFO in
// RFC 3542 section 6.2) and returns its length. The kernel refuses an address that the host does not have, so an advert
// never leaves with another source than the one that is meant.
func putSource(b []byte, src netip.Addr, ifindex int) int {
	clear(b)
	if src.Is4() {
		a := src.As4()
		data := putHeader(b, unix.IPPROTO_IP, unix.IP_PKTINFO, unix.SizeofInet4Pktinfo)
		binary.NativeEndian.PutUint32(data, uint32(ifindex)) // ipi_ifindex
		copy(data[4:], a[:])                                 // ipi_spec_dst
		return unix.CmsgSpace(unix.SizeofInet4Pktinfo)
	}
	a := src.As16()
	data := putHeader(b, unix.IPPROTO_IPV6, unix.IPV6_PKTINFO, unix.SizeofInet6Pktinfo)
	copy(data, a[:])                                          // ipi6_addr
	binary.NativeEndian.PutUint32(data[16:], uint32(ifindex)) // ipi6_ifindex
	return unix.CmsgSpace(unix.SizeofInet6Pktinfo)
}

// putHeader writes a struct cmsghdr, whose length is a size_t, and returns the space for the data.
func putHeader(b []byte, level, kind, size int) []byte {
	word := unix.SizeofCmsghdr - 8
	if word == 8 {
		binary.NativeEndian.PutUint64(b, uint64(unix.CmsgLen(size)))
	} else {
		binary.NativeEndian.PutUint32(b, uint32(unix.CmsgLen(size)))
	}
	binary.NativeEndian.PutUint32(b[word:], uint32(level))
	binary.NativeEndian.PutUint32(b[word+4:], uint32(kind))
	return b[unix.CmsgLen(0):unix.CmsgLen(size)]
}

// control is what the kernel says about a received datagram. A field that it does not mention is zero.
type control struct {
	stamp    int64 // CLOCK_REALTIME in nanoseconds
	lost     uint32
	hasLost  bool
	dst      netip.Addr
	hopLimit uint8
}

// parseControl reads the control messages. It stops at what it cannot read.
func parseControl(b []byte) control {
	var c control
	for len(b) >= unix.SizeofCmsghdr {
		header, data, rest, err := unix.ParseOneSocketControlMessage(b)
		if err != nil {
			break
		}
		c.take(int(header.Level), int(header.Type), data)
		b = rest
	}
	return c
}

func (c *control) take(level, kind int, data []byte) {
	switch {
	case level == unix.SOL_SOCKET && kind == unix.SO_TIMESTAMPNS_NEW && len(data) >= timespecSize:
		sec, nsec := binary.NativeEndian.Uint64(data), binary.NativeEndian.Uint64(data[8:])
		c.stamp = int64(sec)*1e9 + int64(nsec)
	case level == unix.SOL_SOCKET && kind == unix.SO_RXQ_OVFL && len(data) >= 4:
		c.lost, c.hasLost = binary.NativeEndian.Uint32(data), true
	case level == unix.IPPROTO_IPV6 && kind == unix.IPV6_PKTINFO && len(data) >= unix.SizeofInet6Pktinfo:
		c.dst = netip.AddrFrom16([16]byte(data[:16]))
	case level == unix.IPPROTO_IPV6 && kind == unix.IPV6_HOPLIMIT && len(data) >= 4:
		c.hopLimit = uint8(binary.NativeEndian.Uint32(data))
	}
}
