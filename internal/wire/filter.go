package wire

import (
	"fmt"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// dropAll is the filter of a socket that is not ready yet.
//
// A raw socket gets what the whole host receives from the moment socket(2) returns, before it can be bound to its
// interface. With this filter attached first, only what came between those two system calls is queued, and that is
// thrown away before the real filter lets anything in.
func dropAll() []bpf.Instruction {
	return []bpf.Instruction{bpf.RetConstant{Val: 0}}
}

// keepWhole is the filter of a working socket: every datagram, cut at one byte more than sizeLimit.
//
// It selects nothing, on purpose. The kernel has matched protocol, interface, group and destination; what remains is
// garbage or somebody else's advert, and that has to be counted by its reason, which only a reader can do. Our own
// multicasts are not looped (IP_MULTICAST_LOOP), so there are none to keep out; those of another daemon on this host may
// be, and are news.
//
// The cut is for the receive buffer: a stranger's 64 KiB datagram, put together from fragments, must not take the place
// of a hundred adverts. The one byte more does not fit a reader's slot, so that the kernel says that it was cut
// (MSG_TRUNC): for IPv6 there is no header that would tell.
func keepWhole() []bpf.Instruction {
	return []bpf.Instruction{bpf.RetConstant{Val: sizeLimit + 1}}
}

// attach installs a filter in place of the one before.
func attach(fd int, program []bpf.Instruction) error {
	raw, err := bpf.Assemble(program)
	if err != nil {
		return fmt.Errorf("assembling the socket filter: %w", err)
	}
	filter := make([]unix.SockFilter, len(raw))
	for i, r := range raw {
		filter[i] = unix.SockFilter{Code: r.Op, Jt: r.Jt, Jf: r.Jf, K: r.K}
	}
	prog := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	if err := unix.SetsockoptSockFprog(fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &prog); err != nil {
		return fmt.Errorf("attaching the socket filter: %w", err)
	}
	return nil
}
