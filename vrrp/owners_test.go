package vrrp

import (
	"fmt"
	"net/netip"
	"time"
)

// An ownership tells how long an address had no owner on the lan, and how long it had two.
type ownership struct {
	owners  int
	since   time.Time
	nobody  time.Duration // the longest time without an owner
	several time.Duration // the longest time with two or more
}

// String is a line of a transcript.
func (o *ownership) String() string {
	return fmt.Sprintf("nobody for %v, two owners for %v", o.nobody, o.several)
}

// pass moves the clock to at, and counts who owned what meanwhile. Changes that are undone at once do not count.
func (l *lan) pass(at time.Time) {
	for _, n := range l.nodes {
		for _, cfg := range n.cfgs {
			for _, addr := range cfg.Held() {
				l.ownership(addr).pass(l.ownersOf(addr), l.now, at)
			}
		}
	}
	l.now = at
}

// ownership returns the account of an address.
func (l *lan) ownership(addr netip.Addr) *ownership {
	o := l.owners[addr]
	if o == nil {
		o = &ownership{since: l.now}
		l.owners[addr] = o
	}
	return o
}

// pass counts owners from one instant to another.
func (o *ownership) pass(owners int, from, to time.Time) {
	if owners != o.owners && from != to {
		o.owners, o.since = owners, from
	}
	lasted := to.Sub(o.since)
	switch {
	case o.owners == 0:
		o.nobody = max(o.nobody, lasted)
	case o.owners > 1:
		o.several = max(o.several, lasted)
	}
}

// ownersOf counts the nodes on which an address is up.
func (l *lan) ownersOf(addr netip.Addr) (count int) {
	for _, n := range l.nodes {
		if n.holds(addr) {
			count++
		}
	}
	return count
}
