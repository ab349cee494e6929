package lab

import (
	"encoding/binary"
	"fmt"
	"net/netip"

	"golang.org/x/sys/unix"
)

// echoMagic begins the data of an echo request of this package, so that nothing else is taken for an answer.
const echoMagic = 0x616c6f66742d6c62 // "aloft-lb"

// echoLen is the length of an echo request: the header, the magic, and the number of the probe in full, since the
// header's own sequence number repeats after a minute.
const echoLen = 8 + 8 + 8

// appendEcho appends an echo request. Its ICMP checksum is filled in; that of ICMPv6 is the kernel's.
func appendEcho(b []byte, ipv6 bool, id uint16, seq uint64) []byte {
	const request4, request6 = 8, 128
	start := len(b)
	be := binary.BigEndian
	kind := byte(request4)
	if ipv6 {
		kind = request6
	}
	b = append(b, kind, 0, 0, 0)
	b = be.AppendUint16(b, id)
	b = be.AppendUint16(b, uint16(seq))
	b = be.AppendUint64(b, echoMagic)
	b = be.AppendUint64(b, seq)
	if !ipv6 {
		be.PutUint16(b[start+2:], internetChecksum(b[start:]))
	}
	return b
}

// parseEchoReply reads the probe's number out of a frame that [echoReplies] took.
func parseEchoReply(frame []byte, ipv6 bool) (seq uint64, ok bool) {
	offset := offsetICMP4
	if ipv6 {
		offset = offsetICMP6
	}
	if len(frame) < offset+echoLen || binary.BigEndian.Uint64(frame[offset+8:]) != echoMagic {
		return 0, false
	}
	return binary.BigEndian.Uint64(frame[offset+16:]), true
}

// internetChecksum is that of RFC 1071, over an even number of bytes.
func internetChecksum(b []byte) uint16 {
	var sum uint32
	for i := 0; i+1 < len(b); i += 2 {
		sum += uint32(binary.BigEndian.Uint16(b[i:]))
	}
	for sum>>16 != 0 {
		sum = sum&0xffff + sum>>16
	}
	return ^uint16(sum)
}

// openEcho opens a raw socket of the namespace that sends echo requests to the target. What it would receive is
// blocked: the answers are read elsewhere.
func openEcho(n *namespace, target netip.Addr) (fd int, err error) {
	err = n.do(func() (err error) {
		const icmp6Filter, icmpFilter = 1, 1 // linux/icmpv6.h, linux/icmp.h
		const flags = unix.SOCK_RAW | unix.SOCK_CLOEXEC | unix.SOCK_NONBLOCK
		if target.Is6() {
			if fd, err = unix.Socket(unix.AF_INET6, flags, unix.IPPROTO_ICMPV6); err != nil {
				return err
			}
			block := unix.ICMPv6Filter{}
			for i := range block.Data {
				block.Data[i] = ^uint32(0)
			}
			if err := unix.SetsockoptICMPv6Filter(fd, unix.IPPROTO_ICMPV6, icmp6Filter, &block); err != nil {
				return closeAfter(fd, err)
			}
			return closeAfter(fd, unix.Connect(fd, &unix.SockaddrInet6{Addr: target.As16()}))
		}
		if fd, err = unix.Socket(unix.AF_INET, flags, unix.IPPROTO_ICMP); err != nil {
			return err
		}
		if err := unix.SetsockoptInt(fd, unix.SOL_RAW, icmpFilter, -1); err != nil {
			return closeAfter(fd, err)
		}
		return closeAfter(fd, unix.Connect(fd, &unix.SockaddrInet4{Addr: target.As4()}))
	})
	if err != nil {
		return -1, fmt.Errorf("opening a raw socket in %s to %s: %w", n.name, target, err)
	}
	return fd, nil
}

// closeAfter closes the descriptor if there was an error, which it returns.
func closeAfter(fd int, err error) error {
	if err != nil {
		_ = unix.Close(fd)
	}
	return err
}
