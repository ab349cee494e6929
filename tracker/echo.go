package tracker

import (
	"encoding/binary"
	"math/rand/v2"
	"net/netip"
	"slices"

	"golang.org/x/net/bpf"
	"golang.org/x/net/icmp"
	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"
	"golang.org/x/sys/unix"
)

// icmpFamily is what differs between ICMP (RFC 792) and ICMPv6 (RFC 4443).
type icmpFamily struct {
	is6            bool
	network        string // for net.ListenPacket
	protocol       int
	request, reply icmp.Type
}

var (
	icmp4 = &icmpFamily{network: "ip4:icmp", protocol: unix.IPPROTO_ICMP, request: ipv4.ICMPTypeEcho, reply: ipv4.ICMPTypeEchoReply}
	icmp6 = &icmpFamily{
		is6: true, network: "ip6:ipv6-icmp", protocol: unix.IPPROTO_ICMPV6,
		request: ipv6.ICMPTypeEchoRequest, reply: ipv6.ICMPTypeEchoReply,
	}
)

func (f *icmpFamily) has(a netip.Addr) bool { return a.Is6() == f.is6 }

// echo is what one check asks of its targets. The sequence number of a request is the index of its target. The identifier
// is what the kernel sorts by; with 65536 of them two checks may have the same, and the token, which comes back as the
// data of the reply, tells those apart.
type echo struct {
	targets []netip.Addr
	id      uint16
	token   [8]byte
}

func newEcho(targets []netip.Addr) *echo {
	e := &echo{targets: targets, id: uint16(rand.Uint32())}
	binary.NativeEndian.PutUint64(e.token[:], rand.Uint64())
	return e
}

// message is the request to a target. The kernel adds the checksum of ICMPv6 (RFC 3542, 3.1).
func (e *echo) message(f *icmpFamily, target int) ([]byte, error) {
	m := icmp.Message{Type: f.request, Body: &icmp.Echo{ID: int(e.id), Seq: target, Data: e.token[:]}}
	return m.Marshal(nil)
}

// answered returns which target a message is an answer of, if it is one.
func (e *echo) answered(f *icmpFamily, message []byte, from netip.Addr) (target int, ok bool) {
	m, err := icmp.ParseMessage(f.protocol, message)
	if err != nil || m.Type != f.reply {
		return 0, false
	}
	body, ok := m.Body.(*icmp.Echo)
	if !ok || body.ID != int(e.id) || body.Seq >= len(e.targets) || !slices.Equal(body.Data, e.token[:]) {
		return 0, false
	}
	// Without the zone, which the kernel numbers and the file may name.
	return body.Seq, e.targets[body.Seq].WithZone("") == from.Unmap().WithZone("")
}

// filter lets only messages with the identifier through. The kernel shows it an IPv4 packet with its header, and of an
// IPv6 packet only the message.
func (e *echo) filter(f *icmpFamily) []bpf.Instruction {
	const idOffset = 4 // in the message
	load := []bpf.Instruction{bpf.LoadMemShift{}, bpf.LoadIndirect{Off: idOffset, Size: 2}}
	if f.is6 {
		load = []bpf.Instruction{bpf.LoadAbsolute{Off: idOffset, Size: 2}}
	}
	return append(load,
		bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: uint32(e.id), SkipTrue: 1},
		bpf.RetConstant{Val: 1 << 16},
		bpf.RetConstant{Val: 0},
	)
}
