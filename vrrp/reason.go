package vrrp

// Reason says why a virtual router changed its state. Its String is the log value and the metric label.
type Reason uint8

// The reasons.
const (
	ReasonNone           Reason = iota
	ReasonStartup               // Startup: Initialize becomes Backup, or Active for the owner (priority 255)
	ReasonSilence               // Active_Down_Timer ended: no advert for Active_Down_Interval
	ReasonDeparture             // the Active said farewell (priority 0) and Skew_Time passed
	ReasonPreempt               // only adverts of a lower priority came for Active_Down_Interval
	ReasonHigherPriority        // an advert of a higher priority came
	ReasonHigherAddress         // an advert of the same priority came from a greater address
	ReasonWokeLate              // we did not advertise for too long, or our lease ran out: others may have taken over
	ReasonGroup                 // another member of the group moved
	ReasonFault                 // the Fault beside it
	ReasonStop                  // the daemon stops
	ReasonStandby               // the operator asked for standby
	ReasonRemoved               // the configuration has the router no more
	ReasonNoSuccessor           // nobody took over after a standby
)

var reasonNames = [...]string{
	ReasonNone:           "none",
	ReasonStartup:        "startup",
	ReasonSilence:        "silence",
	ReasonDeparture:      "departure",
	ReasonPreempt:        "preempt",
	ReasonHigherPriority: "higher-priority",
	ReasonHigherAddress:  "higher-address",
	ReasonWokeLate:       "woke-late",
	ReasonGroup:          "group",
	ReasonFault:          "fault",
	ReasonStop:           "stop",
	ReasonStandby:        "standby",
	ReasonRemoved:        "removed",
	ReasonNoSuccessor:    "no-successor",
}

// String returns the reason's name, as it stands in logs and metrics.
func (r Reason) String() string {
	if int(r) < len(reasonNames) {
		return reasonNames[r]
	}
	return "invalid"
}
