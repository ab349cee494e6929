package config

import (
	"net/netip"
	"time"

	"github.com/aloft-ha/aloft/vrrp"
)

// Config is a whole, valid file.
type Config struct {
	Nodes   []Node   // in the file's order, which is the order of preference
	Routers []Router // in the file's order
}

// Node is one machine of the cluster, or a keepalived peer.
type Node struct {
	Name      string
	Addresses []NodeAddress
}

// NodeAddress is an address of a node, with the interface it belongs to where the file says so.
type NodeAddress struct {
	Address   netip.Addr
	Interface string // empty: find it by the address
}

// Router is one entry of virtual_routers.
type Router struct {
	Name string
	// PerNode has, for each node that may serve, in the router's order of preference, what that node has to do.
	PerNode []Instance
}

// Transport is how adverts travel.
type Transport uint8

// The transports.
const (
	Multicast Transport = iota
	Unicast
)

// String returns the word of the file.
func (t Transport) String() string {
	if t == Unicast {
		return "unicast"
	}
	return "multicast"
}

// Checksum is which IPv4 checksum is sent.
type Checksum uint8

// The settings of checksum.
const (
	ChecksumAuto    Checksum = iota // the form that the peers were heard to use
	ChecksumRFC9568                 // the VRRP message alone
	ChecksumRFC5798                 // with the pseudo-header
)

// String returns the word of the file.
func (c Checksum) String() string {
	switch c {
	case ChecksumRFC9568:
		return "rfc9568"
	case ChecksumRFC5798:
		return "rfc5798"
	}
	return "auto"
}

// Scope is how far an address is valid. The numbers are those of rtnetlink(7).
type Scope uint8

// The scopes that an address may have.
const (
	ScopeGlobal Scope = 0
	ScopeSite   Scope = 200
	ScopeLink   Scope = 253
	ScopeHost   Scope = 254
)

// String returns the word of the file.
func (s Scope) String() string {
	switch s {
	case ScopeSite:
		return "site"
	case ScopeLink:
		return "link"
	case ScopeHost:
		return "host"
	}
	return "global"
}

// Instance is one router on one node, all defaults and per_node keys applied.
type Instance struct {
	Router    string
	Node      string
	VRID      uint8
	Interface string        // a name or altname; empty: the link that carries one of Local
	Local     []NodeAddress // this node's addresses, as the file has them
	Addresses []Address

	Priority     uint8
	AutoFailback bool
	Interval     vrrp.Centiseconds
	DownAdverts  int
	PreemptDelay time.Duration
	StartupDelay time.Duration
	LinkUpDelay  time.Duration
	Lease        time.Duration // 0: derived from the timers
	LeaseOff     bool
	Farewell     vrrp.Farewell

	Transport     Transport
	SourceAddress netip.Addr // invalid: the interface's own
	MinTTL        uint8      // of unicast adverts; 0: 255 from on-link IPv4 peers, else unchecked
	Checksum      Checksum

	Peers []Peer // the other nodes that may serve
	Gap   uint8  // the smallest distance between two of the others' priorities; 0 when two are equal
}

// Address is a floating address.
type Address struct {
	Prefix    netip.Prefix // not masked
	Interface string       // empty: the router's
	Label     string
	Scope     Scope
	Advertise bool
	Source    bool
}

// Peer is another node that may serve the router.
type Peer struct {
	Node      string
	Priority  uint8
	Addresses []netip.Addr
}
