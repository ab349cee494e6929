package link

import (
	"encoding/binary"

	"golang.org/x/sys/unix"
)

// cacheInfo is IFLA_INET6_CACHEINFO (linux/if_link.h), a struct ifla_cacheinfo.
const cacheInfo = 5

// incarnation reads when the link's IPv6 was made (the field tstamp, in hundredths of a second since the kernel started)
// from the body of an RTM_NEWLINK message. The netlink library passes it over.
func incarnation(b []byte) uint32 {
	info := first(first(first(b[min(unix.SizeofIfInfomsg, len(b)):], unix.IFLA_AF_SPEC), unix.AF_INET6), cacheInfo)
	if len(info) < 8 {
		return 0
	}
	return binary.NativeEndian.Uint32(info[4:])
}

// first returns the first attribute of a type.
func first(b []byte, want uint16) []byte {
	for typ, value := range attributes(b) {
		if typ == want {
			return value
		}
	}
	return nil
}
