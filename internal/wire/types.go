package wire

import (
	"net/netip"
	"time"
)

// Key names a socket: one per interface and family.
type Key struct {
	Ifindex int
	IPv6    bool
}

// Datagram is a received VRRP message, without its IP header.
type Datagram struct {
	Key      Key
	Src, Dst netip.Addr // without zones
	HopLimit uint8
	At       time.Time // when the kernel received it; carries the monotonic clock and is never after the read
	Payload  []byte    // valid until the next Receive

	// Truncated says that Payload is not the whole message: it was longer than any advert can be, or it is not what
	// its IPv4 header claims. Such a datagram is only good for counting.
	Truncated bool
}

// Outgoing is a VRRP message to send. IPv4 and IPv6 headers are the kernel's, with TTL or hop limit 255 and class 0xC0.
type Outgoing struct {
	Key      Key
	Src, Dst netip.Addr // a zero Src leaves the choice to the kernel
	Payload  []byte
	Err      error // set by Send; nil when the kernel took it
}
