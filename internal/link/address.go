package link

import (
	"encoding/binary"
	"net/netip"

	"golang.org/x/sys/unix"
)

// attrProto is IFA_PROTO (Linux 5.18): who configured the address.
const attrProto = 11

// parseAddress reads the body of an RTM_NEWADDR or RTM_DELADDR message (rtnetlink(7), struct ifaddrmsg and its
// attributes). It returns the index of the link and the address; ok is false for other families than IPv4 and IPv6 and
// for a body without a usable address.
func parseAddress(b []byte) (index int, a Address, ok bool) {
	if len(b) < unix.SizeofIfAddrmsg {
		return 0, Address{}, false
	}
	family, bits, flags := b[0], int(b[1]), uint32(b[2])
	index = int(binary.NativeEndian.Uint32(b[4:]))

	var local, remote netip.Addr
	for typ, value := range attributes(b[unix.SizeofIfAddrmsg:]) {
		switch {
		case typ == unix.IFA_LOCAL:
			local, _ = netip.AddrFromSlice(value)
		case typ == unix.IFA_ADDRESS:
			remote, _ = netip.AddrFromSlice(value)
		case typ == unix.IFA_FLAGS && len(value) == 4:
			flags = binary.NativeEndian.Uint32(value) // the header has room for the first eight only
		case typ == attrProto && len(value) == 1:
			a.Proto = value[0]
		}
	}
	// On a point-to-point link IFA_ADDRESS is the other end.
	addr := local
	if !addr.IsValid() {
		addr = remote
	}
	if family == unix.AF_INET && !addr.Is4() || family == unix.AF_INET6 && !addr.Is6() {
		return 0, Address{}, false
	}
	if family != unix.AF_INET && family != unix.AF_INET6 || bits > addr.BitLen() {
		return 0, Address{}, false
	}

	a.Prefix = netip.PrefixFrom(addr, bits)
	a.Tentative = flags&(unix.IFA_F_TENTATIVE|unix.IFA_F_DADFAILED) != 0
	a.Deprecated = flags&unix.IFA_F_DEPRECATED != 0
	// The same bit says "temporary" (RFC 8981) of an IPv6 address.
	a.Secondary = family == unix.AF_INET && flags&unix.IFA_F_SECONDARY != 0
	return index, a, true
}
