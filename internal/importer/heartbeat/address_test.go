package heartbeat

import (
	"strings"
	"testing"

	"github.com/aloft-ha/aloft/internal/importer"
)

// one writes an address as one string: prefix, interface, label.
func one(f floating) string {
	return strings.TrimSpace(f.prefix().String() + " " + f.iface + " " + f.label)
}

func TestParseAddress(t *testing.T) {
	tests := []struct {
		text string
		want string // empty: it is refused
		said string // a part of the only note; empty: there is none
	}{
		{"10.0.0.10", "10.0.0.10/32", ""},
		{"10.0.0.10/24", "10.0.0.10/24", ""},
		{"10.0.0.10/24/eth0", "10.0.0.10/24 eth0", ""},
		{"10.0.0.10/24/eth0:1", "10.0.0.10/24 eth0 eth0:1", ""},
		{"IPaddr2::10.0.0.10/24/eth0:web", "10.0.0.10/24 eth0 eth0:web", ""},
		{"10.0.0.10/24/eth0.12:1", "10.0.0.10/24 eth0.12 eth0.12:1", ""},
		{"10.0.0.10/24/eth0:", "10.0.0.10/24 eth0", ""},
		{"10.0.0.10//eth0", "10.0.0.10/32 eth0", "read as an interface"}, // as if there were one slash
		{"10.0.0.10/24//eth0", "10.0.0.10/24 eth0", ""},
		{"10.0.0.10/24//10.0.0.255", "10.0.0.10/24", "broadcast address"},
		{"IPaddr::/", "", "no IP address"},
		{"10.0.0.10/", "10.0.0.10/32", ""},
		{"10.0.0.10/24/", "10.0.0.10/24", ""},
		{"10.0.0.10/24/eth0/", "10.0.0.10/24 eth0", ""},
		{"10.0.0.10/24/eth0/10.0.0.255", "10.0.0.10/24 eth0", "broadcast address"},
		{"10.0.0.10/24/10.0.0.255", "10.0.0.10/24", "broadcast address"},
		{"10.0.0.10/255.255.255.0/eth0", "10.0.0.10/24 eth0", "read as /24"},
		{"10.0.0.10/255.255.255.255", "10.0.0.10/32", "read as /32"},
		{"10.0.0.10/255.0.255.0", "", "no netmask"},
		{"10.0.0.10/0.0.0.0", "", "no netmask"},
		{"10.0.0.10/eth0", "10.0.0.10/32 eth0", "read as an interface"},
		{"10.0.0.10/eth0:2", "10.0.0.10/32 eth0 eth0:2", "read as an interface"},
		{"10.0.0.10/eth0/24", "", "no netmask"},
		{"10.0.0.10/33", "", "no netmask"},
		{"10.0.0.10/0", "", "no netmask"},
		{"10.0.0.10/2x", "", "no netmask"},
		{"10.0.0.10/24/:1", "", "no interface"},
		{"10.0.0.10/24/.", "", "no interface"},
		{"10.0.0.10/24/..:1", "", "no interface"},
		{"10.0.0.10/24/eth0:a-very-long-label", "10.0.0.10/24 eth0", "label"},
		{"IPaddr::10.0.0.10::x", "10.0.0.10/32", "takes one argument"},
		{"IPaddr", "", "has no address"},
		{"IPaddr::", "", "has no address"},
		{"IPaddr::vip.example.com", "", "no IP address"},
		{"IPaddr::2001:db8:0:0:0:0:0:1", "", "does not take"},
		{"IPv6addr::10.0.0.1", "", "does not take"},
		{"IPv6addr::2001:db8:0:0:0:0:0:10", "2001:db8::10/128", ""},
		{"IPv6addr::2001:db8:0:0:0:0:0:10/64", "2001:db8::10/64", ""},
		{"IPv6addr::2001:db8:0:0:0:0:0:10/64/eth0", "2001:db8::10/64 eth0", ""},
		{"IPv6addr::2001:db8:0:0:0:0:0:10/64/eth0:1", "2001:db8::10/64 eth0", "label"},
		{"IPv6addr::2001:db8::10/64/eth0", "2001:db8::10/64 eth0", "separator"},
		{"IPv6addr::2001:db8::10/129", "", "no netmask"},
		{"IPv6addr::fe80::1%eth0", "", "no IP address"},
		{"10.0.0.300", "", "no IP address"},
		{"10.0.0.0/24", "", "the address of its network"},
		{"10.0.0.255/24", "", "the broadcast address of its network"},
		{"10.0.0.0/31", "10.0.0.0/31", ""},
		{"224.0.0.5", "", "a multicast address"},
		{"127.0.0.1", "", "a loopback address"},
		{"0.0.0.0", "", "the unspecified address"},
		{"255.255.255.255", "", "the broadcast address"},
		{"IPv6addr::2001:db8::/64", "", "the address of its network"},
		{"IPv6addr::::ffff:10.0.0.1", "", "IPv6 clothes"},
	}
	for _, test := range tests {
		n := &notebook{file: "haresources"}
		f, ok := parseAddress(parseResource(word{3, test.text}), n)
		got := ""
		if ok {
			got = one(f)
		}
		if got != test.want {
			t.Errorf("%s: want %q, got %q", test.text, test.want, got)
		}
		switch {
		case test.said == "" && len(n.notes) > 0:
			t.Errorf("%s: want no note, got %v", test.text, n.notes)
		case test.said != "" && (len(n.notes) != 1 || !strings.Contains(n.notes[0].What, test.said) || n.notes[0].Line != 3):
			t.Errorf("%s: want one note with %q, got %v", test.text, test.said, n.notes)
		}
		if len(n.notes) > 0 && ok == (n.notes[0].Kind == importer.Refused) {
			t.Errorf("%s: taken: %t, with the note %v", test.text, ok, n.notes[0])
		}
	}
}

// heartbeat does not see an interface behind a broadcast address; both are said.
func TestInterfaceBehindBroadcast(t *testing.T) {
	n := &notebook{}
	f, ok := parseAddress(parseResource(word{1, "10.0.0.10/24/10.0.0.255/eth0"}), n)
	if !ok || one(f) != "10.0.0.10/24 eth0" || len(n.notes) != 2 {
		t.Errorf("want 10.0.0.10/24 on eth0 and two notes, got %s (%t), %v", one(f), ok, n.notes)
	}
}
