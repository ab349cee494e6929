package lab

import (
	"net/netip"
	"testing"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
)

// echoFrame puts an echo message into a frame.
func echoFrame(t *testing.T, ipv6 bool, message []byte) []byte {
	t.Helper()
	if ipv6 {
		return serialize(t, &layers.Ethernet{SrcMAC: macA, DstMAC: macB, EthernetType: layers.EthernetTypeIPv6},
			&layers.IPv6{
				Version: 6, NextHeader: layers.IPProtocolICMPv6, HopLimit: 64,
				SrcIP: vip6.AsSlice(), DstIP: netip.MustParseAddr("2001:db8::3").AsSlice(),
			}, gopacket.Payload(message))
	}
	return serialize(t, &layers.Ethernet{SrcMAC: macA, DstMAC: macB, EthernetType: layers.EthernetTypeIPv4},
		&layers.IPv4{
			Version: 4, Protocol: layers.IPProtocolICMPv4, TTL: 64,
			SrcIP: vip4.AsSlice(), DstIP: netip.MustParseAddr("192.0.2.3").AsSlice(),
		}, gopacket.Payload(message))
}

// reply makes the answer out of a request.
func reply(message []byte, ipv6 bool) []byte {
	message[0] = 0
	if ipv6 {
		message[0] = 129
	}
	return message
}

func TestEchoReplyIsTakenAndReadBack(t *testing.T) {
	const id, seq = 0xbeef, 1<<33 + 7
	for _, ipv6 := range []bool{false, true} {
		frame := echoFrame(t, ipv6, reply(appendEcho(nil, ipv6, id, seq), ipv6))
		if !verdict(t, echoReplies(id), frame) {
			t.Errorf("IPv6 %t: the answer is not taken", ipv6)
		}
		if verdict(t, echoReplies(id+1), frame) {
			t.Errorf("IPv6 %t: the answer to another probe is taken", ipv6)
		}
		if got, ok := parseEchoReply(frame, ipv6); !ok || got != seq {
			t.Errorf("IPv6 %t: the number is %d (%t), want %d", ipv6, got, ok, uint64(seq))
		}
		if verdict(t, echoReplies(id), echoFrame(t, ipv6, appendEcho(nil, ipv6, id, seq))) {
			t.Errorf("IPv6 %t: a request is taken for an answer", ipv6)
		}
		headers := offsetICMP4
		if ipv6 {
			headers = offsetICMP6
		}
		for n := range headers + echoLen {
			if _, ok := parseEchoReply(frame[:n], ipv6); ok {
				t.Errorf("IPv6 %t: %d bytes have a number", ipv6, n)
			}
		}
		frame[headers+8]++ // the magic
		if _, ok := parseEchoReply(frame, ipv6); ok {
			t.Errorf("IPv6 %t: the answer to a stranger's request has a number", ipv6)
		}
	}
}

func TestOtherPacketsAreNoEchoReplies(t *testing.T) {
	const id = 1
	whole := func() []byte { return echoFrame(t, false, reply(appendEcho(nil, false, id, 1), false)) }
	for name, change := range map[string]func(b []byte){
		"options":       func(b []byte) { b[ethernetLen] = 0x46 },
		"fragment":      func(b []byte) { b[offsetFragment4] = 0x20 },
		"later part":    func(b []byte) { b[offsetFragment4+1] = 1 },
		"UDP":           func(b []byte) { b[offsetProtocol4] = 17 },
		"ARP":           func(b []byte) { b[offsetEtherType+1] = 6 },
		"not reachable": func(b []byte) { b[offsetICMP4] = 3 },
	} {
		b := whole()
		change(b)
		if verdict(t, echoReplies(id), b) {
			t.Errorf("%s: it is taken", name)
		}
	}
	dontFragment := whole()
	dontFragment[offsetFragment4] = 0x40
	if !verdict(t, echoReplies(id), dontFragment) {
		t.Error("an answer that must not be fragmented is not taken")
	}
}

// RFC 1071 section 3 has this example.
func TestInternetChecksum(t *testing.T) {
	if got := internetChecksum([]byte{0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7}); got != ^uint16(0xddf2) {
		t.Errorf("the checksum is %#x", got)
	}
	if request := appendEcho([]byte{1, 2}, false, 7, 9)[2:]; internetChecksum(request) != 0 {
		t.Error("the checksum of a request, its own included, is not 0")
	}
}
