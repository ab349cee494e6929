package vip

import (
	"encoding/binary"
	"math"
	"net/netip"
	"time"

	"github.com/mdlayher/netlink"
	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// ifaProto is IFA_PROTO (if_addr.h, Linux 5.18), which golang.org/x/sys does not have.
const ifaProto = 11

// lifetimeForever is INFINITY_LIFE_TIME of the kernel: no end.
const lifetimeForever = math.MaxUint32

// opMessage returns the rtnetlink(7) request for an operation.
func opMessage(op Op) netlink.Message {
	m := netlink.Message{Header: netlink.Header{Flags: netlink.Request | netlink.Acknowledge}}
	switch op.Kind {
	case OpAdd:
		m.Header.Type = unix.RTM_NEWADDR
		m.Header.Flags |= netlink.Create | netlink.Excl
		m.Data = newAddressBody(op)
	case OpRenew:
		m.Header.Type = unix.RTM_NEWADDR
		m.Header.Flags |= netlink.Create | netlink.Replace
		m.Data = newAddressBody(op)
	case OpRemove:
		m.Header.Type = unix.RTM_DELADDR
		m.Data = addressBody(op.Address)
	}
	return m
}

// addressBody names the address: a header, the address and, where it has one, the label.
func addressBody(a Address) []byte {
	addr := a.Prefix.Addr()
	head := nl.NewIfAddrmsg(unix.AF_INET)
	if addr.Is6() {
		head.Family = unix.AF_INET6
	}
	head.Prefixlen = uint8(a.Prefix.Bits())
	head.Scope = a.Scope
	head.Index = uint32(a.Ifindex)
	b := append(make([]byte, 0, 128), head.Serialize()...)
	b = appendAttribute(b, unix.IFA_LOCAL, addr.AsSlice())
	return appendAttribute(b, unix.IFA_ADDRESS, addr.AsSlice())
}

// newAddressBody says what the address is to be.
//
// The flags of an IPv6 address: no duplicate address detection, for the one who held it may still answer; and
// deprecated (no preferred lifetime) unless it may be a source address, for otherwise the host would prefer it as the
// newest one.
func newAddressBody(op Op) []byte {
	a := op.Address
	b := addressBody(a)
	var flags uint32
	if a.Prefix.Addr().Is6() {
		flags = unix.IFA_F_NODAD
	}
	if op.NoPrefixRoute {
		flags |= unix.IFA_F_NOPREFIXROUTE
	}
	valid := uint32(lifetimeForever)
	if op.Lease > 0 {
		valid = uint32(min(wholeSeconds(op.Lease)/time.Second, lifetimeForever-1))
	}
	life := nl.IfaCacheInfo{IfaCacheinfo: unix.IfaCacheinfo{Valid: valid}}
	if a.Prefix.Addr().Is4() || a.Source {
		life.Prefered = valid
	}
	b = appendAttribute(b, unix.IFA_CACHEINFO, life.Serialize())
	b = appendAttribute(b, unix.IFA_FLAGS, nl.Uint32Attr(flags))
	if a.Label != "" && a.Prefix.Addr().Is4() {
		b = appendAttribute(b, unix.IFA_LABEL, nl.ZeroTerminated(a.Label))
	}
	return appendAttribute(b, ifaProto, nl.Uint8Attr(Proto))
}

func appendAttribute(b []byte, kind int, value []byte) []byte {
	return append(b, nl.NewRtAttr(kind, value).Serialize()...)
}

// parsePresent reads the body of an RTM_NEWADDR message, rtnetlink(7). It is false for what is no address of IPv4 or
// IPv6.
func parsePresent(b []byte) (Present, bool) {
	if len(b) < unix.SizeofIfAddrmsg {
		return Present{}, false
	}
	ad, err := netlink.NewAttributeDecoder(b[unix.SizeofIfAddrmsg:])
	if err != nil {
		return Present{}, false
	}
	head := parseHeader(b)
	raw := rawAddress{flags: uint32(head.Flags)}
	for ad.Next() {
		raw.take(ad)
	}
	if ad.Err() != nil {
		return Present{}, false
	}
	addr, ok := netip.AddrFromSlice(raw.local)
	if !ok || !familyMatches(head.Family, addr) {
		return Present{}, false
	}
	prefix, err := addr.Prefix(int(head.Prefixlen))
	if err != nil {
		return Present{}, false
	}
	return Present{
		Prefix:     netip.PrefixFrom(addr, prefix.Bits()),
		Ifindex:    int(head.Index),
		Label:      raw.label,
		Scope:      head.Scope,
		Proto:      raw.proto,
		Valid:      raw.valid(),
		Permanent:  raw.flags&unix.IFA_F_PERMANENT != 0,
		Deprecated: raw.flags&unix.IFA_F_DEPRECATED != 0,
		Secondary:  addr.Is4() && raw.flags&unix.IFA_F_SECONDARY != 0,
	}, true
}

func parseHeader(b []byte) unix.IfAddrmsg {
	return unix.IfAddrmsg{
		Family: b[0], Prefixlen: b[1], Flags: b[2], Scope: b[3], Index: binary.NativeEndian.Uint32(b[4:8]),
	}
}

// familyMatches says that an address is of the family that its message names.
func familyMatches(family uint8, addr netip.Addr) bool {
	return (family == unix.AF_INET && addr.Is4()) || (family == unix.AF_INET6 && addr.Is6())
}

// rawAddress collects the attributes of an RTM_NEWADDR message.
type rawAddress struct {
	local   []byte
	isLocal bool // local is IFA_LOCAL, which differs from IFA_ADDRESS on a point-to-point link
	label   string
	flags   uint32
	proto   uint8
	seconds uint32
}

func (r *rawAddress) take(ad *netlink.AttributeDecoder) {
	switch ad.Type() {
	case unix.IFA_LOCAL:
		r.local, r.isLocal = ad.Bytes(), true
	case unix.IFA_ADDRESS:
		if !r.isLocal {
			r.local = ad.Bytes()
		}
	case unix.IFA_LABEL:
		r.label = ad.String()
	case unix.IFA_FLAGS:
		r.flags = ad.Uint32()
	case ifaProto:
		r.proto = ad.Uint8()
	case unix.IFA_CACHEINFO:
		if life := ad.Bytes(); len(life) >= 8 {
			r.seconds = binary.NativeEndian.Uint32(life[4:8])
		}
	}
}

// valid returns the remaining lifetime; 0 for an address without end.
func (r *rawAddress) valid() time.Duration {
	if r.flags&unix.IFA_F_PERMANENT != 0 || r.seconds == lifetimeForever {
		return 0
	}
	return time.Duration(r.seconds) * time.Second
}
