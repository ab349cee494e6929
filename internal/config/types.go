package config

import (
	"iter"
	"net/netip"
	"time"

	"github.com/aloft-ha/aloft/tracker"
	"github.com/aloft-ha/aloft/vrrp"
)

// Config is a whole, valid file.
type Config struct {
	Nodes   []Node   // in the file's order, which is the order of preference
	Routers []Router // in the file's order

	Trackers []tracker.Spec // in the file's order
	Groups   []Group        // in the file's order
	Notify   Notify         // for every router and group
	Scripts  Scripts

	Inline []Place // where secrets stand in the file itself, whether they are used or not
}

// Group is routers that move together: all of them are Active here, or none.
type Group struct {
	Name    string
	Routers []string // their names, two or more
	Notify  Notify
}

// Scripts is how commands are run.
type Scripts struct {
	User        string   // whom they run as where nothing else is said; empty: see package command
	Environment []string // "NAME=value", sorted by name
	Insecure    bool     // a program that others can change is run all the same
}

// Command is a command of the file.
type Command struct {
	Argv    []string      // the program and its arguments; a line for the shell is /bin/sh -c LINE
	User    string        // whom it runs as; empty: Scripts.User
	Timeout time.Duration // after which it is ended
}

// Notify is what is executed and written when a router or a group changes its state. Commands of one event run one after
// the other: that of the state, then Any.
type Notify struct {
	Active, Backup, Fault, Stop *Command
	Any                         *Command // with keepalived's four arguments
	FIFO                        string   // a path, to which keepalived's lines are written; empty: none
}

// Commands are those that there are, by their keys, in the order of the documentation.
func (n *Notify) Commands() iter.Seq2[string, *Command] {
	return func(yield func(string, *Command) bool) {
		for _, c := range []struct {
			key     string
			command *Command
		}{{"active", n.Active}, {"backup", n.Backup}, {"fault", n.Fault}, {"stop", n.Stop}, {"any", n.Any}} {
			if c.command != nil && !yield(c.key, c.command) {
				return
			}
		}
	}
}

// Service is something that runs where a router is Active: a unit of systemd, or commands.
type Service struct {
	Name    string // the unit, or the name that the commands have in logs
	Unit    string // of systemd, with its suffix; empty: the commands
	Start   *Command
	Stop    *Command
	Status  *Command      // exit status 0: it runs; nil: it is not asked
	Timeout time.Duration // of a start, a stop or a status
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

	Version        vrrp.Version
	Authentication Authentication
	Keyring        *vrrp.Keyring // the keys of Authentication, once they have been read; nil: none

	Group    string           // the group it moves with; empty: none
	Track    []tracker.Effect // of its own and of the other routers of its group
	Notify   Notify           // its own
	Services []Service        // in the order of their start

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
