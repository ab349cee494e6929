package vrrp

import (
	"fmt"
	"net/netip"
	"strings"
	"time"
)

// describe writes an action as the transcripts show it.
func describe(a Action) string {
	switch a := a.(type) {
	case Send:
		return fmt.Sprintf("send %d %v", a.Priority, a.Interval)
	case Claim:
		return "claim" + forLease(a.Lease)
	case Renew:
		return "renew" + forLease(a.Lease)
	case Release:
		if a.Addresses == nil {
			return "release all"
		}
		return "release " + joined(a.Addresses)
	case Announce:
		return "announce"
	case Transition:
		return fmt.Sprintf("%v -> %v (%s)", a.From, a.To, describeCause(a))
	case Departed:
		text := fmt.Sprintf("departed (%v)", a.Reason)
		if a.Successor.IsValid() {
			text += fmt.Sprintf(" to %v after %v", a.Successor, a.Took)
		}
		return text
	}
	panic(fmt.Sprintf("unknown action %T", a))
}

func describeCause(t Transition) string {
	text := t.Reason.String()
	if t.Fault != FaultNone {
		text += " " + t.Fault.String()
	}
	if t.Peer.IsValid() {
		text += fmt.Sprintf(" %v %d", t.Peer, t.Priority)
	}
	return text
}

func forLease(lease time.Duration) string {
	if lease == 0 {
		return ""
	}
	return " " + lease.String()
}

// describeAll describes actions, in their order.
func describeAll(actions []Action) []string {
	var lines []string
	for _, a := range actions {
		lines = append(lines, describe(a))
	}
	return lines
}

// joined writes addresses as a list.
func joined(list []netip.Addr) string {
	words := make([]string, len(list))
	for i, addr := range list {
		words[i] = addr.String()
	}
	return strings.Join(words, ",")
}
