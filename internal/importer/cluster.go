package importer

import (
	"net/netip"
	"time"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/tracker"
	"github.com/aloft-ha/aloft/vrrp"
)

// Cluster is all machines and routers as they were read, before what they have in common is found.
type Cluster struct {
	Head    []string // the lines of the comment at the top of the file
	Nodes   []Node   // the preferred one first
	Routers []Router // in the order they are written

	Trackers []Tracker // those that routers and groups name, in the order they are written
	Groups   []Group   // in the order they are written
	FIFO     string    // to which the changes of all routers and groups are written; empty: none
	User     string    // whom commands run as that have no user of their own; empty: aloft's default
}

// Tracker is one tracker. A zero value of its specification is a key that is left out. No importer makes one of the
// kinds [tracker.HTTP] and [tracker.HAProxy], which are not written.
type Tracker struct {
	tracker.Spec
	Comment []string // lines above the tracker
}

// Group is routers that move together.
type Group struct {
	Name    string
	Comment []string // lines above the group
	Routers []string // their names, two or more
	Track   []tracker.Effect
	Notify  config.Notify
}

// Node is one machine.
type Node struct {
	Name      string
	Addresses []NodeAddress
}

// NodeAddress is an address of a machine. The interfaces are written only if all addresses of the node have one.
type NodeAddress struct {
	Interface string // empty: not known
	Address   netip.Addr
}

// Router is one virtual router.
type Router struct {
	Name    string
	VRID    int
	Comment []string // lines above the router
	Parts   []Part   // the preferred one first
}

// Part is a router on one node.
type Part struct {
	Node     string
	Priority int // 0: the one that the order of the parts gives
	Settings Settings
}

// Settings are the keys of a router that may be other ones on each node. A zero value is a key that is left out, and
// aloft's default holds.
type Settings struct {
	Addresses      []Address
	Interface      string
	NoFailback     bool // auto_failback: false
	AdvertInterval time.Duration
	Transport      config.Transport
	SourceAddress  netip.Addr
	Checksum       config.Checksum
	Version        vrrp.Version
	Authentication config.Authentication
	PreemptDelay   time.Duration
	StartupDelay   time.Duration
	LinkUpDelay    time.Duration
	DownAdverts    int
	MinTTL         int
	Track          []tracker.Effect
	Notify         config.Notify
	Services       []config.Service
}

// Address is a floating address. A zero value is a key that is left out.
type Address struct {
	Prefix    netip.Prefix // not masked
	Interface string
	Label     string
	Scope     string
	Silent    bool // advertise: false
	Source    bool // source: true
}
