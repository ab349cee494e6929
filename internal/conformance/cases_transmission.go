package conformance

import (
	"fmt"
	"net/netip"
	"slices"
)

// transmissionCases are case 4.9 of the plan.
func transmissionCases() []Case {
	return []Case{{
		ID: "4.9", Title: "Proper transmission", Origin: "UNH-IOL, VPP", run: transmission,
		Points: []Point{
			{ID: "A", Sections: both("7.2"), Deviation: NoVirtualMAC, Rule: "the source MAC is the virtual MAC"},
			{ID: "B", Sections: Sections{RFC9568: "5.1.1.2, 5.1.2.2", RFC3768: "5.2.2"}, Rule: "the packet goes to the group, and its frame to the group's MAC"},
			{ID: "C", Sections: Sections{RFC9568: "5.1.1.1, 5.1.2.1", RFC3768: "5.2.1"}, Rule: "the source is the interface's primary IPv4 or its link-local IPv6 address"},
			{ID: "D", Sections: Sections{RFC9568: "5.1.1.3, 5.1.2.3", RFC3768: "5.2.3"}, Rule: "TTL or hop limit is 255"},
			{ID: "E", Sections: Sections{RFC9568: "5.2.1, 5.2.2", RFC3768: "5.3.1, 5.3.2"}, Rule: "version and type"},
			{ID: "F", Sections: Sections{RFC9568: "5.2.3, 5.2.4", RFC3768: "5.3.3, 5.3.4"}, Rule: "VRID and priority are those configured"},
			{ID: "G", Sections: Sections{RFC9568: "5.2.5, 5.2.9", RFC3768: "5.3.5, 5.3.9"}, Rule: "the count, the addresses, and the length that they give"},
			{ID: "H", Sections: Sections{RFC9568: "5.2.6", RFC3768: "5.3.6"}, Rule: "reserved bits, or authentication type and data, are 0"},
			{ID: "I", Sections: Sections{RFC9568: "5.2.7", RFC3768: "5.3.7"}, Rule: "the interval is the one configured"},
			{ID: "J", Sections: Sections{RFC9568: "5.2.8", RFC3768: "5.3.8"}, Rule: "the checksum is right in the one form or the other"},
			{ID: "K", On: []Profile{V3IPv4}, Deviation: PseudoChecksum, Sections: Sections{RFC9568: "5.2.8"}, Rule: "an IPv4 checksum covers the message alone"},
			{ID: "L", On: []Profile{V3IPv6}, Deviation: NoLinkLocal, Sections: Sections{RFC9568: "5.2.9"}, Rule: "the first IPv6 address is the link-local one"},
		},
	}}
}

// transmission is case 4.9.
func transmission(b *Bench) error {
	r := b.router(middle)
	f, err := b.activate(r)
	if err != nil {
		return err
	}
	virtual := virtualMAC(vrid, b.IPv6)
	b.judge("A", problemf(f.SrcMAC.String() != virtual.String(), "it is %s, not %s", f.SrcMAC, virtual))
	b.judge("B", problemf(f.Dst != b.group() || f.DstMAC.String() != groupMAC(b.group()).String(), "it goes to %s at %s", f.Dst, f.DstMAC))
	if b.IPv6 { // a daemon with a virtual MAC may have an interface for it, with a link-local address of its own
		b.judge("C", problemf(!f.Src.IsLinkLocalUnicast() || slices.Contains(r.Addresses, f.Src), "it is %s", f.Src))
	} else {
		b.judge("C", problemf(f.Src != b.rig.source(subject), "it is %s, not %s", f.Src, b.rig.source(subject)))
	}
	b.judge("D", problemf(f.TTL != 255, "it is %d", f.TTL))
	b.judge("E", problemf(f.Version != b.Version || f.Type != advertisement, "version %d, type %d", f.Version, f.Type))
	b.judge("F", problemf(f.VRID != vrid || f.Priority != middle, "VRID %d, priority %d", f.VRID, f.Priority))
	b.judge("G", b.contents(f))
	b.judge("H", problemf(f.Reserved != 0 || f.AuthType != 0 || f.Auth != [authLen]byte{}, "reserved %d, type %d, data %x", f.Reserved, f.AuthType, f.Auth))
	b.judge("I", problemf(f.Interval != b.field(r.Interval), "the field says %d, not %d", f.Interval, b.field(r.Interval)))
	b.judge("J", problemf(f.Message.Form == FormNone, "%04x is not", f.Checksum))
	b.judge("K", problemf(f.Message.Form != FormMessage, "it is %s", f.Message.Form))
	b.judge("L", problemf(len(f.Addresses) == 0 || !f.Addresses[0].IsLinkLocalUnicast(), "the addresses are %v", f.Addresses))
	return nil
}

// contents judges the addresses of an advert. Their order is free but for the first of IPv6.
func (b *Bench) contents(f Frame) string {
	sorted := func(list []netip.Addr) []netip.Addr {
		return slices.SortedFunc(slices.Values(list), netip.Addr.Compare)
	}
	want := b.addresses()
	switch {
	case int(f.Count) != len(want):
		return fmt.Sprintf("the count is %d, not %d", f.Count, len(want))
	case !slices.Equal(sorted(f.Addresses), sorted(want)):
		return fmt.Sprintf("the addresses are %v, not %v", f.Addresses, want)
	case f.Length != f.wantLength(b.IPv6):
		return fmt.Sprintf("it has %d bytes, not %d", f.Length, f.wantLength(b.IPv6))
	}
	return ""
}
