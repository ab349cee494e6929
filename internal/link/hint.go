package link

import (
	"encoding/binary"

	"golang.org/x/sys/unix"
)

// protoOwn is the IFA_PROTO of our own floating addresses: the IP protocol number of VRRP.
const protoOwn = 112

// hintKind says what a notification of the kernel means to a Monitor.
type hintKind uint8

// The kinds.
const (
	hintNone    hintKind = iota // nothing that a Snapshot shows
	hintLink                    // a link appeared, changed or went
	hintDeleted                 // an address is gone, ours or not
	hintForeign                 // an address that is not ours appeared or changed
	hintOwn                     // an address of ours appeared or was renewed
)

var hintNames = [...]string{
	hintNone:    "none",
	hintLink:    "link",
	hintDeleted: "deleted",
	hintForeign: "foreign",
	hintOwn:     "own",
}

// String returns the kind's name.
func (k hintKind) String() string {
	if int(k) < len(hintNames) {
		return hintNames[k]
	}
	return "invalid"
}

// hint is what one notification says. Index and Address are set for hintOwn only.
type hint struct {
	Kind    hintKind
	Index   int
	Address Address
}

// eachHint calls f for each notification in a datagram. What cannot be read is a hint to look oneself: it is taken for
// the most telling notification of its type, never for nothing.
func eachHint(datagram []byte, f func(hint)) {
	for len(datagram) >= unix.SizeofNlMsghdr {
		size := int(binary.NativeEndian.Uint32(datagram))
		typ := binary.NativeEndian.Uint16(datagram[4:])
		size = max(unix.SizeofNlMsghdr, min(size, len(datagram)))
		f(classify(typ, datagram[unix.SizeofNlMsghdr:size]))
		datagram = datagram[min(align(size), len(datagram)):]
	}
}

func classify(typ uint16, body []byte) hint {
	switch typ {
	case unix.RTM_NEWLINK, unix.RTM_DELLINK:
		return hint{Kind: hintLink}
	case unix.RTM_DELADDR:
		return hint{Kind: hintDeleted}
	case unix.RTM_NEWADDR:
		index, a, ok := parseAddress(body)
		if !ok || a.Proto != protoOwn {
			return hint{Kind: hintForeign}
		}
		return hint{Kind: hintOwn, Index: index, Address: a}
	}
	return hint{}
}
