//go:build interop && hmacpeer

package system_test

import (
	"encoding/binary"
	"encoding/hex"
	"net"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"golang.org/x/sys/unix"

	"github.com/aloft-ha/aloft/internal/lab"
	"github.com/aloft-ha/aloft/vrrp"
)

// messageOf returns the VRRP message of an advert, with its trailer.
func messageOf(f *lab.Frame) []byte {
	const ethernet, header4, header6 = 14, 20, 40
	if f.Src.Is6() {
		return f.Bytes[ethernet+header6:]
	}
	return f.Bytes[ethernet+header4:]
}

// trailerIn returns the trailer of an advert.
func trailerIn(f *lab.Frame) []byte { return f.Bytes[len(f.Bytes)-vrrp.TrailerLen:] }

// depose is the advert with the highest priority and no trailer, which would depose the Active.
func depose(f *lab.Frame) []byte {
	p := f.Advert
	p.Priority = 255
	return p.AppendTo(nil, f.Src, f.Dst, f.Form)
}

// signedWith is depose with a trailer.
func signedWith(f *lab.Frame, id uint8, secret string, at time.Time) []byte {
	b, err := hex.DecodeString(secret)
	if err != nil {
		panic(err)
	}
	key, err := vrrp.NewKey(id, b)
	if err != nil {
		panic(err)
	}
	s := vrrp.NewSigner(vrrp.Keyring{Keys: []vrrp.Key{key}, Active: id, Window: vrrp.MinWindow})
	return s.Sign(depose(f), f.Src, f.Dst, at)
}

// resum makes the checksum of a message right after its trailer was changed: that of IPv6 covers it, RFC 8200 section 8.1.
func resum(f *lab.Frame, b []byte) []byte {
	if !f.Src.Is6() {
		return b
	}
	b[6], b[7] = 0, 0
	covered := append(f.Src.AsSlice(), f.Dst.AsSlice()...)
	covered = binary.BigEndian.AppendUint32(covered, uint32(len(b)))
	covered = append(append(covered, 0, 0, 0, vrrp.Protocol), b...)
	var sum uint32
	for ; len(covered) > 0; covered = covered[2:] {
		sum += uint32(binary.BigEndian.Uint16(covered))
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	binary.BigEndian.PutUint16(b[6:], ^uint16(sum))
	return b
}

// inject has a host send what is made of an advert, in the name of its sender; on Ethernet in its own, for the switch
// would take it for the sender.
func (c *company) inject(h *lab.Host, f lab.Frame, forge func(f *lab.Frame) []byte) {
	c.t.Helper()
	ethernet := &layers.Ethernet{SrcMAC: h.MAC, DstMAC: net.HardwareAddr(f.Bytes[:6]), EthernetType: layers.EthernetTypeIPv4}
	var ip gopacket.SerializableLayer = &layers.IPv4{
		Version: 4, TTL: vrrp.HopLimit, Protocol: vrrp.Protocol, SrcIP: f.Src.AsSlice(), DstIP: f.Dst.AsSlice(),
	}
	if f.Src.Is6() {
		ethernet.EthernetType = layers.EthernetTypeIPv6
		ip = &layers.IPv6{
			Version: 6, HopLimit: vrrp.HopLimit, NextHeader: vrrp.Protocol, SrcIP: f.Src.AsSlice(), DstIP: f.Dst.AsSlice(),
		}
	}
	frame := gopacket.NewSerializeBuffer()
	options := gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}
	c.do(gopacket.SerializeLayers(frame, options, ethernet, ip, gopacket.Payload(forge(&f))))
	link, err := h.Route().LinkByName(lab.HostInterface)
	c.do(err)
	c.do(h.Do(func() error {
		fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			return err
		}
		defer func() { _ = unix.Close(fd) }()
		return unix.Sendto(fd, frame.Bytes(), 0, &unix.SockaddrLinklayer{Ifindex: link.Attrs().Index})
	}))
}
