package link

import (
	"net"
	"net/netip"
)

// Snapshot is the state of all links and addresses of the network namespace at one moment. It is read only.
type Snapshot struct {
	Links []Link // by index
}

// Link is one network interface.
type Link struct {
	Index     int
	Name      string
	AltNames  []string
	MAC       net.HardwareAddr
	MTU       int
	Master    int  // index of the bridge or bond it is enslaved to, or 0
	Port      bool // it is a port of a bridge, bond or team, which takes its packets
	Up        bool // administratively up
	Carrier   bool // it has a link (IFF_LOWER_UP)
	Addresses []Address

	// Incarnation is another number after the kernel has made the link's IPv6 anew, and forgotten which multicast groups
	// were joined on it: the link was moved to another network namespace and back, or had an MTU that is too small for
	// IPv6. What makes its IPv4 anew makes its IPv6 anew. It also changes when the link is set down. 0: no IPv6.
	Incarnation uint32
}

// Address is one address of a link, in the kernel's order.
type Address struct {
	Prefix     netip.Prefix // the address with its prefix length, not masked, no zone
	Proto      uint8        // IFA_PROTO, 0 where the kernel has none
	Tentative  bool         // duplicate address detection has not finished, or failed
	Deprecated bool
	Secondary  bool
}
