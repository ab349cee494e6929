package vip

import (
	"errors"
	"net/netip"
	"time"
)

// Owner names who wants addresses: one virtual router, "51@eth0/ipv4".
type Owner string

// Address is a floating address as it is to stand in the kernel.
type Address struct {
	Prefix  netip.Prefix // the address with its prefix length, not masked, no zone
	Ifindex int
	Label   string // IPv4 only; empty for none
	Scope   uint8  // rtnetlink(7) scope: 0 global, 200 site, 253 link, 254 host
	Source  bool   // IPv6: may be chosen as a source address, so it is not deprecated
}

// Want is what one owner wants of the kernel.
type Want struct {
	Addresses []Address     // empty: nothing
	Lease     time.Duration // valid lifetime, whole seconds; 0 or less: for ever

	// Generation is the caller's count of its orders for this owner; each Result carries that of the Want it answers,
	// so that a late answer to an old order can be told.
	Generation uint64

	// Keep leaves what is there of ours as it is: neither renewed, nor removed, nor added. It is the want of a router
	// that has just started and may find the leftovers of an earlier run.
	Keep bool

	// Own says that the addresses are the host's own (priority 255). Those that somebody else put up are left alone,
	// neither renewed nor removed; those that are not there are put up as ours, like any other.
	Own bool
}

// Outcome says what a Result reports.
type Outcome uint8

// The outcomes.
const (
	OutcomeHeld     Outcome = iota + 1 // all wanted addresses are in the kernel until Until
	OutcomeFailed                      // the kernel refused Address; Err says why
	OutcomeForeign                     // Address is there and is not ours
	OutcomeClear                       // no wanted or configured address is foreign any more
	OutcomeRestored                    // Address had been removed by somebody inside its lease; it is back and announced
	OutcomeBackoff                     // Address is removed again and again; it is put back less and less often
)

var outcomeNames = [...]string{
	OutcomeHeld:     "held",
	OutcomeFailed:   "failed",
	OutcomeForeign:  "foreign",
	OutcomeClear:    "clear",
	OutcomeRestored: "restored",
	OutcomeBackoff:  "backoff",
}

// String returns the outcome's name, as it stands in logs and metrics.
func (o Outcome) String() string {
	if o > 0 && int(o) < len(outcomeNames) {
		return outcomeNames[o]
	}
	return "invalid"
}

// Result is what a Manager reports to its caller.
type Result struct {
	Owner      Owner
	Generation uint64
	Outcome    Outcome
	Address    netip.Addr
	Until      time.Time // OutcomeHeld: the end of the lease, zero for ever
	Err        error
}

// What Err of a Result is where it is not the kernel's refusal of an address.
var (
	ErrUnread = errors.New("the kernel's addresses cannot be read")      // also of [Manager.Run]
	ErrStale  = errors.New("the order waited for longer than its lease") // see [Manager.Set]
	ErrLapsed = errors.New("its lease ended before it was renewed")      // see [Manager.Renew]
	ErrBeaten = errors.New("somebody removes it again and again")        // and it stays away for too long
)

// Sighting is another machine's announcement of an address: a gratuitous ARP or an unsolicited neighbour advertisement
// with a link-layer address that is not ours.
type Sighting struct {
	Ifindex int
	Address netip.Addr
	MAC     [6]byte
}
