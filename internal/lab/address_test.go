package lab

import (
	"encoding/binary"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	mnl "github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

// attribute writes a netlink attribute.
func attribute(kind uint16, value ...byte) []byte {
	b := binary.NativeEndian.AppendUint16(nil, uint16(4+len(value)))
	b = binary.NativeEndian.AppendUint16(b, kind)
	b = append(b, value...)
	return append(b, make([]byte, (4-len(b)%4)%4)...)
}

// u32 writes a number in the machine's byte order.
func u32(n uint32) []byte { return binary.NativeEndian.AppendUint32(nil, n) }

// addressMessage writes the body of RTM_NEWADDR.
func addressMessage(family, bits, flags byte, index uint32, attributes ...[]byte) []byte {
	b := append([]byte{family, bits, flags, 0}, u32(index)...)
	for _, a := range attributes {
		b = append(b, a...)
	}
	return b
}

func TestAddressMessages(t *testing.T) {
	vip := vip6.As16()
	forever := append(u32(infinite), u32(infinite)...)
	lease := append(u32(0), u32(3)...)
	for _, c := range []struct {
		name string
		body []byte
		want Address
	}{
		{
			"IPv4", addressMessage(unix.AF_INET, 24, unix.IFA_F_PERMANENT, 2, attribute(unix.IFA_ADDRESS, 192, 0, 2, 1),
				attribute(unix.IFA_LOCAL, 192, 0, 2, 1), attribute(unix.IFA_CACHEINFO, append(forever, make([]byte, 8)...)...)),
			Address{Prefix: netip.MustParsePrefix("192.0.2.1/24"), Ifindex: 2},
		},
		{
			"IPv4 with a lease and an owner", addressMessage(unix.AF_INET, 32, unix.IFA_F_SECONDARY, 2,
				attribute(unix.IFA_LOCAL, 192, 0, 2, 100), attribute(ifaProto, 18),
				attribute(unix.IFA_CACHEINFO, append(append(u32(2), u32(3)...), make([]byte, 8)...)...)),
			Address{
				Prefix: netip.MustParsePrefix("192.0.2.100/32"), Ifindex: 2, Secondary: true, Proto: 18,
				Valid: 3 * time.Second, Preferred: 2 * time.Second,
			},
		},
		{
			"point to point: the local end", addressMessage(unix.AF_INET, 32, 0, 2, attribute(unix.IFA_ADDRESS, 192, 0, 2, 9),
				attribute(unix.IFA_LOCAL, 192, 0, 2, 1)),
			Address{Prefix: netip.MustParsePrefix("192.0.2.1/32"), Ifindex: 2},
		},
		{
			"IPv6, flags beyond a byte", addressMessage(unix.AF_INET6, 128, 0, 3, attribute(unix.IFA_ADDRESS, vip[:]...),
				attribute(unix.IFA_FLAGS, u32(unix.IFA_F_DEPRECATED|unix.IFA_F_NOPREFIXROUTE|unix.IFA_F_NODAD)...),
				attribute(unix.IFA_CACHEINFO, append(lease, make([]byte, 8)...)...)),
			Address{Prefix: netip.MustParsePrefix("2001:db8::100/128"), Ifindex: 3, Deprecated: true, Valid: 3 * time.Second},
		},
		{
			"IPv6 tentative is not secondary", addressMessage(unix.AF_INET6, 64, unix.IFA_F_TENTATIVE|unix.IFA_F_TEMPORARY, 3,
				attribute(unix.IFA_ADDRESS, vip[:]...)),
			Address{Prefix: netip.MustParsePrefix("2001:db8::100/64"), Ifindex: 3, Tentative: true},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := parseAddress(c.body)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(c.want, got, cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
		})
	}
}

func TestBrokenAddressMessagesAreErrors(t *testing.T) {
	for name, b := range map[string][]byte{
		"empty":      nil,
		"short":      make([]byte, unix.SizeofIfAddrmsg-1),
		"no address": addressMessage(unix.AF_INET, 24, 0, 2),
		"odd length": addressMessage(unix.AF_INET, 24, 0, 2, attribute(unix.IFA_LOCAL, 192, 0, 2)),
		"attribute":  addressMessage(unix.AF_INET, 24, 0, 2, []byte{200, 0, 2, 0}),
	} {
		if a, err := parseAddress(b); err == nil {
			t.Errorf("%s: it is %s", name, a)
		}
		msgs := []mnl.Message{{Header: mnl.Header{Type: unix.RTM_NEWADDR}, Data: b}}
		if all, err := parseAddresses(msgs); err == nil {
			t.Errorf("%s: a dump gives %v", name, all)
		}
	}
}

func TestDumpTakesOnlyAddresses(t *testing.T) {
	msgs := []mnl.Message{
		{Header: mnl.Header{Type: unix.RTM_NEWLINK}, Data: []byte{1}},
		{Header: mnl.Header{Type: unix.RTM_NEWADDR}, Data: addressMessage(unix.AF_INET, 24, 0, 2, attribute(unix.IFA_LOCAL, 192, 0, 2, 1))},
	}
	all, err := parseAddresses(msgs)
	if err != nil || len(all) != 1 || all[0].String() != "192.0.2.1/24" {
		t.Errorf("the dump gives %v, %v", all, err)
	}
}

func TestAddressDescribesItself(t *testing.T) {
	p := netip.MustParsePrefix("2001:db8::1/64")
	for want, a := range map[string]Address{
		"2001:db8::1/64":           {Prefix: p},
		"2001:db8::1/64 tentative": {Prefix: p, Tentative: true},
		"2001:db8::1/64 dadfailed": {Prefix: p, Tentative: true, DADFailed: true},
		"2001:db8::1/64 valid 3s":  {Prefix: p, Valid: 3 * time.Second},
	} {
		if got := a.String(); got != want {
			t.Errorf("it is %q, want %q", got, want)
		}
	}
}

func TestUsableOnceDuplicateAddressDetectionHasPassed(t *testing.T) {
	v4 := Address{Prefix: netip.MustParsePrefix("192.0.2.1/24")}
	global := Address{Prefix: netip.MustParsePrefix("2001:db8::1/64")}
	local := Address{Prefix: netip.MustParsePrefix("fe80::1/64")}
	tentative := local
	tentative.Tentative = true
	for name, c := range map[string]struct {
		all  []Address
		want bool
	}{
		"nothing yet":               {nil, false},
		"no link-local yet":         {[]Address{v4, global}, false},
		"a link-local, not checked": {[]Address{v4, global, tentative}, false},
		"all":                       {[]Address{v4, global, local}, true},
	} {
		if got := usable(c.all); got != c.want {
			t.Errorf("%s: usable %t", name, got)
		}
	}
}
