//go:build interop

package vrrp

import (
	"bytes"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
)

// tshark takes one of the two IPv4 checksums for good, by its preference vrrp.v3_checksum_as_in_v2.
var tsharkPreference = map[ChecksumForm]string{
	FormPseudo:  "vrrp.v3_checksum_as_in_v2:FALSE",
	FormMessage: "vrrp.v3_checksum_as_in_v2:TRUE",
}

// A dissection is what tshark says of a packet, in the order of dissectionFields.
type dissection struct {
	version, kind, vrid, priority, count, reserved, interval, addresses, status string
}

var dissectionFields = []string{
	"vrrp.version", "vrrp.type", "vrrp.virt_rtr_id", "vrrp.prio", "vrrp.addr_count", "vrrp.reserved_mbz",
	"vrrp.short_adver_int", "vrrp.ip_addr", "vrrp.ipv6_addr", "vrrp.checksum.status",
}

// What tshark writes for vrrp.checksum.status.
const (
	statusBad  = "0"
	statusGood = "1"
)

// tsharkCase is a packet of ours with the way it takes.
type tsharkCase struct {
	name     string
	packet   Packet
	src, dst netip.Addr
	form     ChecksumForm
	spoiled  bool // the checksum is wrong
}

func tsharkCases() []tsharkCase {
	many4, many6 := addrs("192.0.2.100"), addrs("fe80::100")
	for len(many4) < 255 {
		many4 = append(many4, many4[len(many4)-1].Next())
	}
	for len(many6) < 89 {
		many6 = append(many6, many6[len(many6)-1].Next())
	}
	packets4 := []Packet{
		{VRID: 51, Priority: 200, Interval: 100, Addresses: many4[:1]},
		{VRID: 51, Priority: 0, Interval: 100, Addresses: many4[:1]},
		{VRID: 255, Priority: 255, Interval: MaxInterval, Addresses: many4},
		{VRID: 1, Priority: 1, Interval: MinInterval, Addresses: many4[:3]},
	}
	packets6 := []Packet{
		{VRID: 52, Priority: 150, Interval: 20, Addresses: addrs("fe80::100", "2001:db8::100")},
		{VRID: 52, Priority: 0, Interval: 20, Addresses: addrs("2001:db8::100")},
		{VRID: 255, Priority: 255, Interval: MaxInterval, Addresses: many6},
	}
	var all []tsharkCase
	add := func(packets []Packet, src, dst string, form ChecksumForm) {
		for i, p := range packets {
			name := fmt.Sprintf("%d from %s to %s, %v", i, src, dst, form)
			all = append(all, tsharkCase{name, p, netip.MustParseAddr(src), netip.MustParseAddr(dst), form, false})
		}
	}
	for _, form := range []ChecksumForm{FormPseudo, FormMessage} {
		add(packets4, "192.0.2.1", "224.0.0.18", form)
		add(packets4, "192.0.2.1", "192.0.2.2", form)
	}
	add(packets6, "fe80::1", "ff02::12", FormPseudo)
	add(packets6, "2001:db8::1", "2001:db8::2", FormPseudo)
	for _, s := range []tsharkCase{all[0], all[len(all)-1]} {
		s.name, s.spoiled = "spoiled "+s.name, true
		all = append(all, s)
	}
	return all
}

func TestTsharkAgrees(t *testing.T) {
	all := tsharkCases()
	capture := writeCapture(t, all)
	for _, form := range []ChecksumForm{FormPseudo, FormMessage} {
		lines := runTshark(t, capture, tsharkPreference[form])
		if len(lines) != len(all) {
			t.Fatalf("tshark saw %d packets of %d", len(lines), len(all))
		}
		for i, s := range all {
			if diff := cmp.Diff(dissectionOf(&s, form), lines[i], cmp.AllowUnexported(dissection{})); diff != "" {
				t.Errorf("%s, tshark expects %v (-want +got):\n%s", s.name, form, diff)
			}
		}
	}
}

// dissectionOf is what tshark should say of s when it expects IPv4 checksums of that form.
func dissectionOf(s *tsharkCase, form ChecksumForm) dissection {
	texts := make([]string, len(s.packet.Addresses))
	for i, address := range s.packet.Addresses {
		texts[i] = address.String()
	}
	status := statusGood
	if s.spoiled || s.src.Is4() && s.form != form {
		status = statusBad
	}
	return dissection{
		version:   "3",
		kind:      "1",
		vrid:      fmt.Sprint(s.packet.VRID),
		priority:  fmt.Sprint(s.packet.Priority),
		count:     fmt.Sprint(len(texts)),
		reserved:  "0",
		interval:  fmt.Sprint(uint16(s.packet.Interval)),
		addresses: strings.Join(texts, ","),
		status:    status,
	}
}

// writeCapture writes the packets as a capture file, each in an Ethernet frame, and returns its path.
func writeCapture(t *testing.T, all []tsharkCase) string {
	t.Helper()
	var file bytes.Buffer
	w := pcapgo.NewWriter(&file)
	if err := w.WriteFileHeader(65536, layers.LinkTypeEthernet); err != nil {
		t.Fatal(err)
	}
	for _, s := range all {
		message := s.packet.AppendTo(nil, s.src, s.dst, s.form)
		if s.spoiled {
			message[7] ^= 1
		}
		b := ethernetFrame(t, &s, message)
		info := gopacket.CaptureInfo{Timestamp: time.Unix(0, 0), CaptureLength: len(b), Length: len(b)}
		if err := w.WritePacket(info, b); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(t.TempDir(), "vrrp.pcap")
	if err := os.WriteFile(path, file.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// ethernetFrame puts the message into an IP packet and that into an Ethernet frame.
func ethernetFrame(t *testing.T, s *tsharkCase, message []byte) []byte {
	t.Helper()
	ethernet := &layers.Ethernet{
		SrcMAC:       net.HardwareAddr{0x02, 0, 0, 0, 0, 1},
		DstMAC:       net.HardwareAddr{0x02, 0, 0, 0, 0, 2},
		EthernetType: layers.EthernetTypeIPv4,
	}
	var ip gopacket.SerializableLayer = &layers.IPv4{
		Version: 4, TTL: HopLimit, TOS: 0xc0, Protocol: Protocol, SrcIP: s.src.AsSlice(), DstIP: s.dst.AsSlice(),
	}
	if s.src.Is6() {
		ethernet.EthernetType = layers.EthernetTypeIPv6
		ip = &layers.IPv6{
			Version: 6, HopLimit: HopLimit, TrafficClass: 0xc0, NextHeader: Protocol,
			SrcIP: s.src.AsSlice(), DstIP: s.dst.AsSlice(),
		}
	}
	buffer := gopacket.NewSerializeBuffer()
	options := gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}
	if err := gopacket.SerializeLayers(buffer, options, ethernet, ip, gopacket.Payload(message)); err != nil {
		t.Fatal(err)
	}
	return buffer.Bytes()
}

// runTshark dissects the capture with a preference set.
func runTshark(t *testing.T, capture, preference string) []dissection {
	t.Helper()
	args := []string{"-n", "-r", capture, "-o", preference, "-T", "fields", "-E", "separator=|"}
	for _, field := range dissectionFields {
		args = append(args, "-e", field)
	}
	out, err := exec.Command("tshark", args...).Output()
	if err != nil {
		t.Fatalf("tshark, which this test needs: %v", err)
	}
	var lines []dissection
	for line := range strings.Lines(string(out)) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "|")
		if len(f) != len(dissectionFields) {
			t.Fatalf("tshark wrote %q", line)
		}
		lines = append(lines, dissection{f[0], f[1], f[2], f[3], f[4], f[5], f[6], f[7] + f[8], f[9]})
	}
	return lines
}
