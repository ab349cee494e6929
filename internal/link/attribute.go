package link

import (
	"encoding/binary"
	"iter"

	"golang.org/x/sys/unix"
)

// attributes iterates over a run of netlink attributes (netlink(7), struct nlattr), type and value; the flag bits of the
// type are cleared. It ends at the first attribute that does not fit.
func attributes(b []byte) iter.Seq2[uint16, []byte] {
	return func(yield func(uint16, []byte) bool) {
		for len(b) >= unix.SizeofNlAttr {
			size := int(binary.NativeEndian.Uint16(b))
			if size < unix.SizeofNlAttr || size > len(b) {
				return
			}
			typ := binary.NativeEndian.Uint16(b[2:]) &^ (unix.NLA_F_NESTED | unix.NLA_F_NET_BYTEORDER)
			if !yield(typ, b[unix.SizeofNlAttr:size]) {
				return
			}
			b = b[min(align(size), len(b)):]
		}
	}
}

// align rounds up to the four bytes on which netlink places messages and attributes.
func align(n int) int { return (n + 3) &^ 3 }
