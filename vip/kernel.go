package vip

import (
	"fmt"
	"net/netip"
	"time"
)

// Proto is the IFA_PROTO of our addresses: the IP protocol number of VRRP. ip-address(8) shows it as "proto".
const Proto = 112

// Kernel is what a [Manager] needs of the operating system. [Netlink] is the real one. Only the manager's worker
// goroutine calls it.
type Kernel interface {
	// Addresses reads all addresses of the network namespace.
	Addresses() ([]Present, error)

	// Apply carries out the operations in their order and returns one error for each, nil where it was done. An
	// operation that fails does not stop those after it.
	Apply(ops []Op) []error

	// Promote switches promote_secondaries of a link (ip-sysctl) on or off, and returns what it was.
	Promote(ifindex int, on bool) (was bool, err error)

	// LinkName returns the present name of a link.
	LinkName(ifindex int) (string, error)

	// Marks says that addresses are known to carry IFA_PROTO, as they do since Linux 5.18.
	Marks() bool
}

// Announcing tells the link about addresses: gratuitous ARP and unsolicited neighbour advertisement, once each.
type Announcing interface {
	// Announce says that the addresses are here.
	Announce(addrs []Address) error
	// Redirect says that IPv4 addresses are at other machines of the link.
	Redirect(moved []Moved) error
}

// Moved is an address that another machine has now.
type Moved struct {
	Address Address
	MAC     [6]byte
}

// Present is one address as the kernel has it.
type Present struct {
	Prefix     netip.Prefix // the address with its prefix length, not masked, no zone
	Ifindex    int
	Label      string // IPv4: IFA_LABEL, the link's name where nobody gave one
	Scope      uint8
	Proto      uint8         // IFA_PROTO, 0 where the kernel has none
	Valid      time.Duration // remaining valid lifetime, whole seconds, 0 if Permanent
	Permanent  bool          // it has no end
	Deprecated bool          // its preferred lifetime has ended
	Secondary  bool          // IPv4: another address of the same subnet stands before it
}

// Key is where an address stands: the kernel has it, or has it not, on a link.
type Key struct {
	Ifindex int
	Addr    netip.Addr
}

// Key returns the place of the address.
func (p Present) Key() Key { return Key{p.Ifindex, p.Prefix.Addr()} }

// Key returns the place of the address.
func (a Address) Key() Key { return Key{a.Ifindex, a.Prefix.Addr()} }

// OpKind is what an operation does.
type OpKind uint8

// The operations.
const (
	OpAdd    OpKind = iota + 1 // put up what is not there; EEXIST if it is
	OpRenew                    // give a present address a new lifetime
	OpRemove                   // take down
)

var opKindNames = [...]string{OpAdd: "add", OpRenew: "renew", OpRemove: "remove"}

// String returns the operation's name.
func (k OpKind) String() string {
	if k > 0 && int(k) < len(opKindNames) {
		return opKindNames[k]
	}
	return "invalid"
}

// Op is one change of an address in the kernel.
type Op struct {
	Kind          OpKind
	Owner         Owner // who wants it; empty for what nobody wants
	Address       Address
	Lease         time.Duration // valid lifetime, whole seconds; 0: for ever
	NoPrefixRoute bool          // the kernel makes no route to the subnet for it

	// restore puts back what somebody removed: it is reported, announced and counted against the remover.
	restore bool
}

// String returns the operation as an ip-address(8) command line would put it, for logs and tests.
func (o Op) String() string {
	s := fmt.Sprintf("%s %s dev %d", o.Kind, o.Address.Prefix, o.Address.Ifindex)
	if o.Kind == OpRemove {
		return s
	}
	if o.Address.Label != "" {
		s += " label " + o.Address.Label
	}
	if o.Lease > 0 {
		s += " lease " + o.Lease.String()
	}
	if o.NoPrefixRoute {
		s += " noprefixroute"
	}
	if o.restore {
		s += " restore"
	}
	return s
}
