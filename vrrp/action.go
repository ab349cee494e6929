package vrrp

import (
	"net/netip"
	"time"
)

// Action is something the caller has to do. The set is closed. Actions come in order, and the order holds within each
// executor: sends among sends, addresses among addresses.
type Action interface{ isAction() }

// The actions.
type (
	// Send sends one advert to all peers, now, with the configured addresses. The caller answers with [Sent].
	Send struct {
		Priority uint8
		Interval Centiseconds
	}

	// Claim puts all addresses up, leased for Lease (0: for ever). The caller answers with [Held] or [ClaimFailed].
	Claim struct{ Lease time.Duration }

	// Renew extends the lease of the addresses still held. The caller answers with [Held] or [ClaimFailed].
	Renew struct{ Lease time.Duration }

	// Release takes these addresses down; nil means all. Adopted leftovers of an earlier run count as held.
	Release struct{ Addresses []netip.Addr }

	// Announce tells the link that the held addresses are here: gratuitous ARP and unsolicited NA, once each.
	Announce struct{}

	// Transition reports a change of state.
	Transition struct {
		From, To State
		Reason   Reason
		Fault    Fault      // with ReasonFault
		Peer     netip.Addr // who caused it, if somebody did
		Priority uint8      // the peer's priority
	}

	// Departed reports the end of a farewell: whom the addresses went to, invalid if nobody took them.
	Departed struct {
		Reason    Reason
		Successor netip.Addr
		Took      time.Duration // from the first farewell advert to the successor's
	}
)

func (Send) isAction()       {}
func (Claim) isAction()      {}
func (Renew) isAction()      {}
func (Release) isAction()    {}
func (Announce) isAction()   {}
func (Transition) isAction() {}
func (Departed) isAction()   {}
