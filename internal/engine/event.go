package engine

import (
	"net/netip"
	"time"

	"github.com/aloft-ha/aloft/tracker"
	"github.com/aloft-ha/aloft/vrrp"
)

// Condition is the state of a whole router or group on this node, as its operator sees it.
type Condition uint8

// The conditions. The zero value is the one before the first.
const (
	ConditionNone Condition = iota
	ConditionBackup
	ConditionActive
	ConditionFault   // it cannot serve
	ConditionStopped // it has left on purpose: the daemon stops, it was removed, or the operator sent it away
)

// String returns the word that is logged and printed.
func (c Condition) String() string {
	switch c {
	case ConditionNone:
		return "None"
	case ConditionBackup:
		return "Backup"
	case ConditionActive:
		return "Active"
	case ConditionFault:
		return "Fault"
	case ConditionStopped:
		return "Stopped"
	}
	return "invalid"
}

// Event is a change of a router's or a group's condition, once for all its families. It is told to [Options.Notify].
type Event struct {
	At    time.Time
	Group bool   // Name is that of a group
	Name  string // of the router or group

	From, To Condition
	Reason   vrrp.Reason
	Fault    vrrp.Fault // with ConditionFault
	Detail   string     // what the fault is about, if something has a name: an interface, an address, a tracker, a service
	Peer     netip.Addr // who caused it, if somebody did

	// Of a router.
	VRID      uint8
	Interface string
	Priority  tracker.Priority
	Addresses []netip.Addr
}
