package lab

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"time"

	mnl "github.com/mdlayher/netlink"
	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// ifaProto is IFA_PROTO of linux/if_addr.h (Linux 5.18): who put an address there. x/sys does not have it yet.
const ifaProto = 11

// infinite is a lifetime without an end, linux/if_addr.h.
const infinite = 0xffffffff

// Address is an address of a host, as its kernel has it.
type Address struct {
	Prefix     netip.Prefix // not masked
	Ifindex    int
	Tentative  bool // duplicate address detection runs
	DADFailed  bool // and found a duplicate
	Deprecated bool
	Secondary  bool // IPv4
	Proto      uint8
	Valid      time.Duration // what is left of its lifetime, whole seconds; 0: it has no end
	Preferred  time.Duration // the same; 0 also where it is deprecated
}

// String returns the address as a log line would have it.
func (a Address) String() string {
	s := a.Prefix.String()
	switch {
	case a.DADFailed:
		s += " dadfailed"
	case a.Tentative:
		s += " tentative"
	}
	if a.Valid > 0 {
		s += " valid " + a.Valid.String()
	}
	return s
}

// parseAddress reads the body of RTM_NEWADDR or RTM_DELADDR, rtnetlink(7).
func parseAddress(b []byte) (Address, error) {
	if len(b) < unix.SizeofIfAddrmsg {
		return Address{}, fmt.Errorf("address message of %d bytes", len(b))
	}
	msg := nl.DeserializeIfAddrmsg(b)
	attrs, err := nl.ParseRouteAttr(b[unix.SizeofIfAddrmsg:])
	if err != nil {
		return Address{}, fmt.Errorf("parsing an address message: %w", err)
	}
	a := Address{Ifindex: int(msg.Index)}
	flags := uint32(msg.Flags)
	var local, address []byte
	for _, at := range attrs {
		switch at.Attr.Type {
		case unix.IFA_LOCAL:
			local = at.Value
		case unix.IFA_ADDRESS:
			address = at.Value
		case unix.IFA_FLAGS:
			flags = nativeUint32(at.Value)
		case ifaProto:
			a.Proto = at.Value[0]
		case unix.IFA_CACHEINFO:
			a.Preferred, a.Valid = lifetime(at.Value), lifetime(at.Value[4:])
		}
	}
	// Only a point-to-point address and IPv4 have IFA_LOCAL; there IFA_ADDRESS may be the other side.
	if local == nil {
		local = address
	}
	ip, ok := netip.AddrFromSlice(local)
	if !ok {
		return Address{}, fmt.Errorf("address message with an address of %d bytes", len(local))
	}
	a.Prefix = netip.PrefixFrom(ip, int(msg.Prefixlen))
	a.Tentative = flags&unix.IFA_F_TENTATIVE != 0
	a.DADFailed = flags&unix.IFA_F_DADFAILED != 0
	a.Deprecated = flags&unix.IFA_F_DEPRECATED != 0
	a.Secondary = ip.Is4() && flags&unix.IFA_F_SECONDARY != 0
	return a, nil
}

// lifetime reads one lifetime of struct ifa_cacheinfo, in seconds.
func lifetime(b []byte) time.Duration {
	if s := nativeUint32(b); s != infinite {
		return time.Duration(s) * time.Second
	}
	return 0
}

// nativeUint32 reads a number in the machine's byte order, 0 from too few bytes.
func nativeUint32(b []byte) uint32 {
	if len(b) < 4 {
		return 0
	}
	return binary.NativeEndian.Uint32(b)
}

// addressReader dumps the addresses of a namespace.
type addressReader struct {
	mu   sync.Mutex
	conn *mnl.Conn
}

// newAddressReader opens a reader of the addresses in a namespace.
func newAddressReader(n *namespace) (*addressReader, error) {
	c, err := mnl.Dial(unix.NETLINK_ROUTE, &mnl.Config{NetNS: int(n.handle)})
	if err != nil {
		return nil, fmt.Errorf("opening rtnetlink in %s: %w", n.name, err)
	}
	return &addressReader{conn: c}, nil
}

// read returns all addresses, in the kernel's order.
func (r *addressReader) read() ([]Address, error) {
	msgs, err := r.dump(unix.RTM_GETADDR, make([]byte, unix.SizeofIfAddrmsg))
	if err != nil {
		return nil, err
	}
	return parseAddresses(msgs)
}

// dump returns what the kernel answers to a request for all there is. A dump that a change interrupted is repeated.
func (r *addressReader) dump(request mnl.HeaderType, body []byte) ([]mnl.Message, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for {
		if err := r.conn.SetDeadline(time.Now().Add(netlinkTimeout)); err != nil {
			return nil, err
		}
		msgs, err := r.conn.Execute(mnl.Message{
			Header: mnl.Header{Type: request, Flags: mnl.Request | mnl.Dump},
			Data:   body,
		})
		if err != nil {
			return nil, err
		}
		interrupted := func(m mnl.Message) bool { return m.Header.Flags&mnl.DumpInterrupted != 0 }
		if !slices.ContainsFunc(msgs, interrupted) {
			return msgs, nil
		}
	}
}

// parseAddresses reads the answers to a dump.
func parseAddresses(msgs []mnl.Message) ([]Address, error) {
	var all []Address
	for _, m := range msgs {
		if m.Header.Type != unix.RTM_NEWADDR {
			continue
		}
		a, err := parseAddress(m.Data)
		if err != nil {
			return nil, err
		}
		all = append(all, a)
	}
	return all, nil
}

// close closes the reader.
func (r *addressReader) close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.conn.Close()
}
