package vrrp

import (
	"net/netip"
	"time"
)

// Event is something that happened. The set is closed.
type Event interface{ isEvent() }

// The events that a caller hands to [Machine.Step] or [Group.Step].
type (
	// Startup leaves Initialize. It has no effect in other states, or while a fault stands.
	Startup struct{}

	// Tick says that time has passed. It is harmless when nothing is due.
	Tick struct{}

	// Advert is a valid advert for this virtual router, from another.
	Advert struct {
		Source     netip.Addr
		Packet     Packet
		ReceivedAt time.Time // when the kernel received it; not after now
	}

	// Sent is the outcome of the last Send: whether the kernel took the packet.
	Sent struct{ OK bool }

	// Held says that the kernel confirmed all addresses of the last Claim or Renew, until the given time
	// (zero: for ever).
	Held struct{ Until time.Time }

	// ClaimFailed says that the kernel refused an address, in a Claim or a Renew.
	ClaimFailed struct{}

	// Served is the outcome of starting what has to run where the router is Active, and has an effect there alone. With
	// OK false the router says farewell, and tries again after a back-off.
	Served struct{ OK bool }

	// Announced says that another machine announced one of our addresses on the link.
	Announced struct{ Address netip.Addr }

	// PriorityChanged sets the effective priority, 1 to 254 (255 for the owner).
	PriorityChanged struct{ Priority uint8 }

	// SourceChanged sets the primary address that adverts are sent from; invalid means there is none.
	SourceChanged struct{ Source netip.Addr }

	// Reconfigured replaces the configuration. VRID and family stay.
	Reconfigured struct{ Config Config }

	// FaultChanged sets the fault; FaultNone clears it and starts the router again.
	FaultChanged struct{ Fault Fault }

	// Leave departs with the farewell, for ReasonStop, ReasonStandby or ReasonRemoved.
	Leave struct{ Reason Reason }

	// Hurry ends a farewell at once: what is still held is released.
	Hurry struct{}

	// Resume ends a standby.
	Resume struct{}

	// What a Group tells its members: promote makes a ready one Active, yield makes an Active one Backup, commit tells
	// a departing one that others have gone, so that it must not resume, decide ends a farewell that nobody answered,
	// and groupFault says that another is in fault.
	promote    struct{}
	yield      struct{}
	commit     struct{}
	decide     struct{ together bool }
	groupFault struct{ on bool }
)

func (Startup) isEvent()         {}
func (Tick) isEvent()            {}
func (Advert) isEvent()          {}
func (Sent) isEvent()            {}
func (Held) isEvent()            {}
func (ClaimFailed) isEvent()     {}
func (Served) isEvent()          {}
func (Announced) isEvent()       {}
func (PriorityChanged) isEvent() {}
func (SourceChanged) isEvent()   {}
func (Reconfigured) isEvent()    {}
func (FaultChanged) isEvent()    {}
func (Leave) isEvent()           {}
func (Hurry) isEvent()           {}
func (Resume) isEvent()          {}
func (promote) isEvent()         {}
func (yield) isEvent()           {}
func (commit) isEvent()          {}
func (decide) isEvent()          {}
func (groupFault) isEvent()      {}
