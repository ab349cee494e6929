package vip

import (
	"encoding/binary"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

func TestOpMessage(t *testing.T) {
	const (
		add    = netlink.Request | netlink.Acknowledge | netlink.Create | netlink.Excl
		renew  = netlink.Request | netlink.Acknowledge | netlink.Create | netlink.Replace
		remove = netlink.Request | netlink.Acknowledge
	)
	with := func(a Address, change func(*Address)) Address {
		change(&a)
		return a
	}
	tests := []struct {
		name      string
		op        Op
		kind      netlink.HeaderType
		flags     netlink.HeaderFlags
		addrFlags uint32 // IFA_FLAGS
		preferred uint32
		want      Present
	}{
		{
			name: "IPv4", op: Op{Kind: OpAdd, Address: addr("192.0.2.100/24"), Lease: 3 * time.Second},
			kind: unix.RTM_NEWADDR, flags: add, preferred: 3,
			want: Present{Prefix: netip.MustParsePrefix("192.0.2.100/24"), Ifindex: 2, Proto: Proto, Valid: 3 * time.Second},
		},
		{
			name: "IPv4 for ever, with everything", kind: unix.RTM_NEWADDR, flags: add, addrFlags: unix.IFA_F_NOPREFIXROUTE,
			op: Op{Kind: OpAdd, NoPrefixRoute: true, Address: with(addr("192.0.2.100/32"), func(a *Address) {
				a.Label, a.Scope, a.Ifindex = "eth0:v", unix.RT_SCOPE_LINK, 70000
			})},
			preferred: lifetimeForever,
			want: Present{
				Prefix: netip.MustParsePrefix("192.0.2.100/32"), Ifindex: 70000, Label: "eth0:v",
				Scope: unix.RT_SCOPE_LINK, Proto: Proto,
			},
		},
		{
			name: "IPv6 is deprecated from the start", kind: unix.RTM_NEWADDR, flags: renew,
			op:        Op{Kind: OpRenew, Address: addr("2001:db8::1/128"), Lease: 2900 * time.Millisecond, NoPrefixRoute: true},
			addrFlags: unix.IFA_F_NODAD | unix.IFA_F_NOPREFIXROUTE, preferred: 0,
			want: Present{Prefix: netip.MustParsePrefix("2001:db8::1/128"), Ifindex: 2, Proto: Proto, Valid: 2 * time.Second},
		},
		{
			name: "IPv6 as a source address", kind: unix.RTM_NEWADDR, flags: add, addrFlags: unix.IFA_F_NODAD, preferred: 1,
			op: Op{Kind: OpAdd, Lease: time.Millisecond, Address: with(addr("2001:db8::1/128"), func(a *Address) {
				a.Source, a.Label = true, "ignored"
			})},
			want: Present{Prefix: netip.MustParsePrefix("2001:db8::1/128"), Ifindex: 2, Proto: Proto, Valid: time.Second},
		},
		{
			name: "a removal names the address and nothing else", op: Op{Kind: OpRemove, Address: addr("192.0.2.100/24")},
			kind: unix.RTM_DELADDR, flags: remove,
			want: Present{Prefix: netip.MustParsePrefix("192.0.2.100/24"), Ifindex: 2},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := opMessage(tt.op)
			if m.Header.Type != tt.kind || m.Header.Flags != tt.flags {
				t.Errorf("type %d flags %s, want %d %s", m.Header.Type, m.Header.Flags, tt.kind, tt.flags)
			}
			got, ok := parsePresent(m.Data)
			if !ok {
				t.Fatal("the request does not parse")
			}
			// What the kernel answers, but not what it is told.
			got.Permanent, got.Deprecated, got.Secondary = false, false, false
			if diff := cmp.Diff(tt.want, got, cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			flags, preferred := attributes(t, m.Data)
			if flags != tt.addrFlags || preferred != tt.preferred {
				t.Errorf("flags %#x, preferred %d, want %#x, %d", flags, preferred, tt.addrFlags, tt.preferred)
			}
		})
	}
}

// attributes returns what Present does not keep: the flags and the preferred lifetime.
func attributes(t *testing.T, body []byte) (flags, preferred uint32) {
	t.Helper()
	ad, err := netlink.NewAttributeDecoder(body[unix.SizeofIfAddrmsg:])
	if err != nil {
		t.Fatal(err)
	}
	for ad.Next() {
		switch ad.Type() {
		case unix.IFA_FLAGS:
			flags = ad.Uint32()
		case unix.IFA_CACHEINFO:
			preferred = binary.NativeEndian.Uint32(ad.Bytes())
		}
	}
	return flags, preferred
}

func TestParsePresentRefusesWhatIsNoAddress(t *testing.T) {
	good := opMessage(Op{Kind: OpAdd, Address: addr("192.0.2.100/24")}).Data
	if _, ok := parsePresent(good); !ok {
		t.Fatal("the good one is refused")
	}
	change := func(i int, value byte) []byte {
		b := append([]byte(nil), good...)
		b[i] = value
		return b
	}
	for name, b := range map[string][]byte{
		"nothing": nil, "half a header": good[:4], "no attribute": good[:8],
		"prefix length 33": change(1, 33), "another family": change(0, unix.AF_INET6), "no family": change(0, unix.AF_PACKET),
		"an attribute beyond the end": change(8, 200),
	} {
		if p, ok := parsePresent(b); ok {
			t.Errorf("%s: parsed as %+v", name, p)
		}
	}
	for n := range good {
		parsePresent(good[:n]) // must not panic
	}
}

func FuzzParsePresent(f *testing.F) {
	f.Add(opMessage(Op{Kind: OpAdd, Address: addr("192.0.2.100/24"), Lease: time.Second}).Data)
	f.Add(opMessage(Op{Kind: OpAdd, Address: addr("2001:db8::1/64")}).Data)
	f.Fuzz(func(t *testing.T, b []byte) {
		if p, ok := parsePresent(b); ok && !p.Prefix.IsValid() {
			t.Errorf("accepted with the prefix %v", p.Prefix)
		}
		parseLinkName(b)
	})
}

// A point-to-point link has the peer's address in IFA_ADDRESS, in front of the local one.
func TestParsePresentTakesTheLocalAddress(t *testing.T) {
	body := make([]byte, unix.SizeofIfAddrmsg)
	body[0], body[1] = unix.AF_INET, 32
	peer, local := netip.MustParseAddr("192.0.2.9").AsSlice(), netip.MustParseAddr("192.0.2.1").AsSlice()
	for _, b := range [][]byte{
		appendAttribute(appendAttribute(body, unix.IFA_ADDRESS, peer), unix.IFA_LOCAL, local),
		appendAttribute(appendAttribute(body, unix.IFA_LOCAL, local), unix.IFA_ADDRESS, peer),
	} {
		if p, ok := parsePresent(b); !ok || p.Prefix != netip.MustParsePrefix("192.0.2.1/32") {
			t.Errorf("parsed as %+v, %v", p, ok)
		}
	}
}

func TestReleaseMarks(t *testing.T) {
	for release, want := range map[string]bool{
		"5.17.9": false, "5.18.0-rc1": true, "5.18": true, "6.1.0-18-amd64": true, "10.0": true, "4.19.0": false,
		"5.4.0-generic": false, "": false, "six.one": false, "5": false, "5.": false,
	} {
		if got := releaseMarks(release); got != want {
			t.Errorf("%q: %v, want %v", release, got, want)
		}
	}
}

func TestNames(t *testing.T) {
	for _, tt := range []struct{ got, want string }{
		{OpAdd.String(), "add"},
		{OpRenew.String(), "renew"},
		{OpRemove.String(), "remove"},
		{OpKind(0).String(), "invalid"},
		{OpKind(9).String(), "invalid"},
		{OutcomeHeld.String(), "held"},
		{OutcomeFailed.String(), "failed"},
		{OutcomeForeign.String(), "foreign"},
		{OutcomeClear.String(), "clear"},
		{OutcomeRestored.String(), "restored"},
		{OutcomeBackoff.String(), "backoff"},
		{Outcome(0).String(), "invalid"},
		{Outcome(9).String(), "invalid"},
	} {
		if tt.got != tt.want {
			t.Errorf("%q, want %q", tt.got, tt.want)
		}
	}
}
