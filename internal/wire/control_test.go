package wire

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/sys/unix"
)

var (
	host4 = netip.MustParseAddr("192.0.2.1")
	host6 = netip.MustParseAddr("2001:db8::1")
)

// The oracle is the control message that x/sys builds from the C structures.
func TestPutSource(t *testing.T) {
	tests := []struct {
		name string
		src  netip.Addr
		want []byte
	}{
		{"IPv4", host4, unix.PktInfo4(&unix.Inet4Pktinfo{Ifindex: 7, Spec_dst: host4.As4()})},
		{"IPv6", host6, unix.PktInfo6(&unix.Inet6Pktinfo{Ifindex: 7, Addr: host6.As16()})},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := bytes.Repeat([]byte{0xFF}, sendControlSize) // a slot that was used before
			length := putSource(b, tt.src, 7)
			if diff := cmp.Diff(tt.want, b[:length]); diff != "" {
				t.Errorf("control message (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPutSockaddr(t *testing.T) {
	af4, af6 := binary.NativeEndian.AppendUint16(nil, unix.AF_INET), binary.NativeEndian.AppendUint16(nil, unix.AF_INET6)
	group := group6.As16()
	tests := []struct {
		name string
		dst  netip.Addr
		want [][]byte
	}{
		{"IPv4", group4, [][]byte{af4, {0, 0}, {224, 0, 0, 18}, make([]byte, 8)}},
		{"IPv6", group6, [][]byte{af6, {0, 0}, {0, 0, 0, 0}, group[:], binary.NativeEndian.AppendUint32(nil, 7)}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := bytes.Repeat([]byte{0xFF}, sockaddrSize)
			length := putSockaddr(b, tt.dst, 7)
			if diff := cmp.Diff(slices.Concat(tt.want...), b[:length]); diff != "" {
				t.Errorf("socket address (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSourceOf(t *testing.T) {
	b := make([]byte, sockaddrSize)
	putSockaddr(b, netip.MustParseAddr("fe80::1"), 7)
	if got := sourceOf(b); got != netip.MustParseAddr("fe80::1") {
		t.Errorf("got %v, want fe80::1 without a zone", got)
	}
	if got := sourceOf(b[:16]); got.IsValid() {
		t.Errorf("an address that is too short gives %v", got)
	}
	putSockaddr(b, host4, 7)
	if got := sourceOf(b); got.IsValid() {
		t.Errorf("an address of another family gives %v", got)
	}
}

// message is one control message as the kernel lays it out.
func message(level, kind int, data []byte) []byte {
	b := make([]byte, unix.CmsgSpace(len(data)))
	copy(putHeader(b, level, kind, len(data)), data)
	return b
}

func word32(v uint32) []byte { return binary.NativeEndian.AppendUint32(nil, v) }

func timespec(sec, nsec uint64) []byte {
	return binary.NativeEndian.AppendUint64(binary.NativeEndian.AppendUint64(nil, sec), nsec)
}

func TestParseControl(t *testing.T) {
	stamp := message(unix.SOL_SOCKET, unix.SO_TIMESTAMPNS_NEW, timespec(1_700_000_000, 42))
	lost := message(unix.SOL_SOCKET, unix.SO_RXQ_OVFL, word32(9))
	dst := unix.PktInfo6(&unix.Inet6Pktinfo{Ifindex: 3, Addr: group6.As16()})
	hopLimit := message(unix.IPPROTO_IPV6, unix.IPV6_HOPLIMIT, word32(255))
	other := message(unix.SOL_SOCKET, unix.SO_MARK, word32(1))
	all := control{stamp: 1_700_000_000_000_000_042, lost: 9, hasLost: true, dst: group6, hopLimit: 255}
	tests := []struct {
		name string
		in   []byte
		want control
	}{
		{"nothing", nil, control{}},
		{"all that is asked for", slices.Concat(stamp, lost, dst, hopLimit), all},
		{"in another order, and something unknown", slices.Concat(hopLimit, other, dst, lost, stamp), all},
		{"only the timestamp, as for IPv4", stamp, control{stamp: all.stamp}},
		{"a stamp beyond 2038", message(unix.SOL_SOCKET, unix.SO_TIMESTAMPNS_NEW, timespec(5_000_000_000, 1)), control{stamp: 5_000_000_000_000_000_001}},
		{"a timestamp that is too short", message(unix.SOL_SOCKET, unix.SO_TIMESTAMPNS_NEW, word32(1)), control{}},
		{"a hop limit that is too short", message(unix.IPPROTO_IPV6, unix.IPV6_HOPLIMIT, []byte{255}), control{}},
		{"cut in the second message", slices.Concat(hopLimit, dst[:unix.SizeofCmsghdr+3]), control{hopLimit: 255}},
		{"a length of zero", make([]byte, 64), control{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := parseControl(tt.in)
			if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(control{}), cmpopts.EquateComparable(netip.Addr{})); diff != "" {
				t.Errorf("control (-want +got):\n%s", diff)
			}
		})
	}
	if room := len(slices.Concat(stamp, lost, dst, hopLimit)); room != receiveControlSize {
		t.Errorf("the kernel may send %d bytes of control messages, and there is room for %d", room, receiveControlSize)
	}
}

func TestLossFollowsTheKernelsCounter(t *testing.T) {
	s, lost := &socket{}, uint64(0)
	for _, step := range []struct {
		said control
		want uint64
	}{
		{control{}, 0},
		{control{lost: 5, hasLost: true}, 5},
		{control{}, 5},
		{control{lost: 5, hasLost: true}, 5},
		{control{lost: 1<<32 - 1, hasLost: true}, 1<<32 - 1},
		{control{lost: 2, hasLost: true}, 1<<32 + 2}, // it wraps
	} {
		if lost += s.newlyLost(step.said); lost != step.want {
			t.Errorf("after %v: %d lost, want %d", step.said, lost, step.want)
		}
	}
}
