package vrrp

// Fault says why a virtual router cannot serve. Its String is the log value and the metric label.
type Fault uint8

// The faults. The zero value is none.
const (
	FaultNone             Fault = iota
	FaultInterfaceMissing       // there is no interface of the configured name, or none carries this node's address
	FaultInterfaceDown          // the interface is administratively down
	FaultNoCarrier              // the interface is up and has no link
	FaultLinkSettling           // the link has come back and link_up_delay has not passed
	FaultInterfacePort          // the interface is a port of a bridge or bond, which takes its packets
	FaultVRIDTaken              // another router of this node has the same VRID on the same interface
	FaultNoSource               // the interface has no address of the family to send from
	FaultAddressForeign         // somebody else configured one of our addresses on this host
	FaultAddressInterface       // an address belongs on another interface, which is missing
	FaultClaim                  // the kernel refused an address
	FaultSend                   // adverts cannot be sent
	FaultTracker                // a tracker with the effect "fault" fails
	FaultService                // what runs where the router is Active could not be started
	FaultGroup                  // another member of the group is in fault
)

var faultNames = [...]string{
	FaultNone:             "none",
	FaultInterfaceMissing: "interface-missing",
	FaultInterfaceDown:    "interface-down",
	FaultNoCarrier:        "no-carrier",
	FaultLinkSettling:     "link-settling",
	FaultInterfacePort:    "interface-port",
	FaultVRIDTaken:        "vrid-taken",
	FaultNoSource:         "no-source-address",
	FaultAddressForeign:   "address-foreign",
	FaultAddressInterface: "address-interface-missing",
	FaultClaim:            "claim-failed",
	FaultSend:             "send-failed",
	FaultTracker:          "tracker",
	FaultService:          "service-failed",
	FaultGroup:            "group",
}

// String returns the fault's name, as it stands in logs and metrics.
func (f Fault) String() string {
	if int(f) < len(faultNames) {
		return faultNames[f]
	}
	return "invalid"
}

// Deaf says that a router with this fault can neither hear nor be heard: it has nobody to say farewell to, and no way
// to learn of a successor, so its addresses go at once.
func (f Fault) Deaf() bool {
	switch f {
	case FaultInterfaceMissing, FaultInterfaceDown, FaultNoCarrier, FaultLinkSettling, FaultInterfacePort, FaultVRIDTaken,
		FaultNoSource, FaultSend:
		return true
	}
	return false
}
