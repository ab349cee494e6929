//go:build interop

package system_test

import (
	"bytes"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aloft-ha/aloft/internal/lab"
	"github.com/aloft-ha/aloft/vrrp"
)

// tsharkFields are what tshark is asked of a packet, and in the order of the columns of judgement.
var tsharkFields = []string{
	"ip.dst", "ipv6.dst", "ip.ttl", "ipv6.hlim", "ip.dsfield", "ipv6.tclass", "ip.checksum.status", "vrrp.version",
	"vrrp.type", "vrrp.virt_rtr_id", "vrrp.prio", "vrrp.addr_count", "vrrp.reserved_mbz", "vrrp.short_adver_int",
	"vrrp.ip_addr", "vrrp.ipv6_addr", "vrrp.checksum.status",
}

// Each way in which aloft speaks, from a whole life: start, adverts, a farewell with its quick ones. What the wire had
// is given to tshark, which has to find every packet good, and in it what was configured.
func TestTsharkAgreesWithEverythingSent(t *testing.T) {
	t.Parallel()
	v4, v6 := []netip.Addr{lab.DefaultAddress4}, only6()
	for name, o := range map[string]lab.ClusterOptions{
		"IPv4 multicast":          {Addresses: v4},
		"IPv4 unicast":            {Addresses: v4, Unicast: true},
		"IPv4 multicast, rfc9568": {Addresses: v4, Extra: []string{"checksum: rfc9568"}},
		"IPv4 unicast, rfc9568":   {Addresses: v4, Unicast: true, Extra: []string{"checksum: rfc9568"}},
		"IPv6 multicast":          {Addresses: v6, IPv6: true},
		"IPv6 unicast":            {Addresses: v6, IPv6: true, Unicast: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o.Nodes, o.Interval = []lab.Software{lab.Aloft, lab.Keepalived}, soon
			form := vrrp.FormPseudo
			if o.Extra != nil { // keepalived does not take the other form, unless it is told to
				form, o.Nodes[1] = vrrp.FormMessage, lab.Aloft
			}
			frames := lifeOnTheWire(t, o)
			wants := make([]string, len(frames))
			for i := range frames {
				wants[i] = judgement(&frames[i], o.Addresses)
			}
			got := askTshark(t, frames, form)
			if !slices.Equal(got, wants) {
				t.Errorf("tshark says of %d packets\n%s\nnot\n%s", len(frames), strings.Join(got, "\n"), strings.Join(wants, "\n"))
			}
			t.Logf("%d packets, the last: %s", len(got), got[len(got)-1])
		})
	}
}

// lifeOnTheWire returns all VRRP packets that one aloft has sent in its life, from its start to its farewell to another.
func lifeOnTheWire(t *testing.T, o lab.ClusterOptions) []lab.Frame {
	t.Helper()
	c := newCompany(t, o, askSlowly)
	ours, theirs := c.Nodes[0], c.Nodes[1]
	first := c.returns(ours)
	c.start(theirs)
	c.settle()
	at := c.leave(ours)
	c.firstAdvert(theirs, at, movePatience)
	c.ended(ours)
	frames := c.tap.Frames(func(f *lab.Frame) bool {
		return f.Port == ours.Name && (f.Kind == lab.KindAdvert || f.Kind == lab.KindRefused)
	})
	var priorities []uint8
	for i := range frames {
		priorities = append(priorities, frames[i].Advert.Priority)
	}
	if seconds := at.Sub(first).Seconds(); float64(len(frames)) < 4*seconds {
		t.Errorf("only %d packets in %.1f s", len(frames), seconds)
	}
	if !slices.Contains(priorities, 0) || !slices.Contains(priorities, 200) {
		t.Errorf("the priorities were %v", priorities)
	}
	return frames
}

// judgement is what tshark should say of a packet. Priority and interval are those that package lab read, which are
// compared with tshark's by this; everything else is what was configured.
func judgement(f *lab.Frame, addresses []netip.Addr) string {
	texts := make([]string, len(addresses))
	for i, a := range addresses {
		texts[i] = a.String()
	}
	list := strings.Join(texts, ",")
	const good, class = "1", "0xc0"
	tail := []string{
		"3", "1", fmt.Sprint(lab.DefaultVRID), fmt.Sprint(f.Advert.Priority), fmt.Sprint(len(addresses)), "0",
		fmt.Sprint(uint16(f.Advert.Interval)),
	}
	head := []string{f.Dst.String(), "", "255", "", class, "", good}
	end := []string{list, "", good}
	if f.Dst.Is6() {
		head = []string{"", f.Dst.String(), "", "255", "", "0x000000c0", ""}
		end = []string{"", list, good}
	}
	return strings.Join(slices.Concat(head, tail, end), "|")
}

// askTshark has tshark dissect the frames, where IPv4 checksums are of the form.
func askTshark(t *testing.T, frames []lab.Frame, form vrrp.ChecksumForm) []string {
	t.Helper()
	var capture bytes.Buffer
	if err := lab.WritePCAP(&capture, frames); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "wire.pcap")
	if err := os.WriteFile(file, capture.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{
		"-n", "-r", file, "-o", "ip.check_checksum:TRUE",
		"-o", fmt.Sprintf("vrrp.v3_checksum_as_in_v2:%t", form == vrrp.FormMessage), "-T", "fields", "-E", "separator=|",
	}
	for _, field := range tsharkFields {
		args = append(args, "-e", field)
	}
	out, err := exec.Command("tshark", args...).Output()
	if err != nil {
		t.Fatalf("tshark, which this test needs: %v", err)
	}
	return strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
}
