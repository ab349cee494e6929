//go:build privileged

package wire

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"testing"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/mdlayher/packet"
	"golang.org/x/sys/unix"
)

// tap listens to all that a node's interface receives, below IP.
func (n *node) tap(t *testing.T) *packet.Conn {
	t.Helper()
	var conn *packet.Conn
	n.do(t, func() error {
		ifi, err := net.InterfaceByName(n.ifname)
		if err != nil {
			return err
		}
		conn, err = packet.Listen(ifi, packet.Raw, unix.ETH_P_ALL, nil)
		return err
	})
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// vrrpFrame returns the next frame that carries VRRP, decoded.
func vrrpFrame(t *testing.T, conn *packet.Conn) gopacket.Packet {
	t.Helper()
	if err := conn.SetReadDeadline(time.Now().Add(soon)); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 2000)
	for {
		length, _, err := conn.ReadFrom(b)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatal("no VRRP on the wire")
		} else if err != nil {
			t.Fatal(err)
		}
		p := gopacket.NewPacket(b[:length], layers.LayerTypeEthernet, gopacket.Default)
		ip4, _ := p.Layer(layers.LayerTypeIPv4).(*layers.IPv4)
		ip6, _ := p.Layer(layers.LayerTypeIPv6).(*layers.IPv6)
		if ip4 != nil && ip4.Protocol == protocol || ip6 != nil && ip6.NextHeader == protocol {
			return p
		}
	}
}

// The headers are the kernel's, so a third party reads what it made of the socket's options.
func TestHeadersOnTheWire(t *testing.T) {
	a, b := newLAN(t)
	tap := b.tap(t)
	n := newNet(t)
	a.add(t, n, false, true)
	a.add(t, n, true, true)
	for _, tt := range []struct {
		name     string
		v6       bool
		src, dst netip.Addr
		mac      string // of the group, RFC 1112 section 6.4 and RFC 2464 section 7
	}{
		{"IPv4 multicast", false, a.v4, group4, "01:00:5e:00:00:12"},
		{"IPv4 unicast", false, a.other4, b.v4, b.link(t).Attrs().HardwareAddr.String()},
		{"IPv6 multicast", true, a.v6, group6, "33:33:00:00:00:12"},
		{"IPv6 unicast", true, a.wide6, b.wide6, b.link(t).Attrs().HardwareAddr.String()},
	} {
		t.Run(tt.name, func(t *testing.T) {
			send(t, n, Outgoing{Key: a.key(t, tt.v6), Src: tt.src, Dst: tt.dst, Payload: []byte("12345678")})
			p := vrrpFrame(t, tap)
			ethernet := p.Layer(layers.LayerTypeEthernet).(*layers.Ethernet)
			if got := ethernet.DstMAC.String(); got != tt.mac {
				t.Errorf("sent to %s, want %s", got, tt.mac)
			}
			if got, want := ethernet.SrcMAC.String(), a.link(t).Attrs().HardwareAddr.String(); got != want {
				t.Errorf("sent by %s, want %s", got, want)
			}
			if tt.v6 {
				ip := p.Layer(layers.LayerTypeIPv6).(*layers.IPv6)
				if ip.HopLimit != 255 || ip.TrafficClass != 0xC0 || !ip.SrcIP.Equal(tt.src.AsSlice()) || !ip.DstIP.Equal(tt.dst.AsSlice()) {
					t.Errorf("got %+v", ip)
				}
				return
			}
			ip := p.Layer(layers.LayerTypeIPv4).(*layers.IPv4)
			if ip.TTL != 255 || ip.TOS != 0xC0 || !ip.SrcIP.Equal(tt.src.AsSlice()) || !ip.DstIP.Equal(tt.dst.AsSlice()) {
				t.Errorf("got %+v", ip)
			}
			if ip.IHL != 5 || ip.Flags != 0 || ip.FragOffset != 0 {
				t.Errorf("header of %d words, flags %v, offset %d; want 5, none, 0", ip.IHL, ip.Flags, ip.FragOffset)
			}
		})
	}
}

// An option that a kernel takes and forgets would pass openSocket.
func TestOptionsAreInForce(t *testing.T) {
	a, _ := newLAN(t)
	for _, v6 := range []bool{false, true} {
		s := a.open(t, v6, true).sockets[0]
		for _, options := range [][]option{s.family.options, common} {
			for _, o := range options {
				if got, err := unix.GetsockoptInt(s.fd, o.level, o.opt); got != o.value || err != nil {
					t.Errorf("%s: %s is %d, %v; want %d", s.family.name, o.name, got, err, o.value)
				}
			}
		}
		for _, b := range []struct{ opt, want int }{{unix.SO_RCVBUF, 2 * receiveBuffer}, {unix.SO_SNDBUF, 2 * sendBuffer}} {
			if got, err := unix.GetsockoptInt(s.fd, unix.SOL_SOCKET, b.opt); got != b.want || err != nil {
				t.Errorf("%s: a buffer of %d bytes, %v; want %d", s.family.name, got, err, b.want)
			}
		}
	}
}
