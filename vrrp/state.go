package vrrp

// State is the state of a virtual router, RFC 9568 section 6.4.
//
//	             Startup, priority 255
//	┌──────────┐ ─────────────────────────────► ┌────────┐
//	│Initialize│   Startup   ┌──────┐  silence  │ Active │
//	│          │ ──────────► │Backup│ ────────► │        │
//	└──────────┘ ◄────────── └──────┘ ◄──────── └────────┘
//	     ▲         Shutdown           a better advert │
//	     └────────────────────────────────────────────┘
//	                Shutdown, after the farewell
type State uint8

// The states. The zero value is the state before Startup.
const (
	Initialize State = iota
	Backup
	Active
)

// String returns the RFC's word.
func (s State) String() string {
	switch s {
	case Initialize:
		return "Initialize"
	case Backup:
		return "Backup"
	case Active:
		return "Active"
	}
	return "invalid"
}
