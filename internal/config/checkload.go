package config

import (
	"fmt"
	"time"
)

// What one host can keep leased. Each renewal is a netlink message to every listener on the host, and a change of an
// IPv6 address costs the kernel time in proportion to their number (measured).
const (
	MaxRenewals   = 200 // a second
	MaxLeasedIPv6 = 500 // with more of them, none is leased
)

// PacedLease is the shortest lease of a host with so many addresses: each is renewed at a third of it.
func PacedLease(addresses int) time.Duration {
	return time.Duration(addresses) * 3 * time.Second / MaxRenewals
}

// checkLoad warns of nodes that have more addresses than can be leased as the file says.
func (b *builder) checkLoad() {
	for _, n := range b.nodes {
		var parts []*part
		total, ipv6, leased := 0, 0, false
		for _, r := range b.routers {
			for _, p := range r.parts {
				if p.Node != n.name.value {
					continue
				}
				parts = append(parts, p)
				total += len(p.Addresses)
				leased = leased || !p.LeaseOff
				for _, a := range p.Addresses {
					if a.Prefix.Addr().Is6() {
						ipv6++
					}
				}
			}
		}
		if ipv6 > MaxLeasedIPv6 && leased {
			b.warn(n.name.at, "let other nodes serve some of the routers",
				"%s may have %d IPv6 addresses, and with more than %d they are not leased: they would outlive a daemon that dies",
				n.name.value, ipv6, MaxLeasedIPv6)
		}
		b.checkPace(parts, total)
	}
}

// checkPace warns of leases that are too short to be renewed at the pace of all addresses of a node.
func (b *builder) checkPace(parts []*part, total int) {
	paced := PacedLease(total)
	for _, p := range parts {
		if !p.settings.lease.ok() || p.LeaseOff || p.Lease >= paced {
			continue
		}
		least := (paced + time.Second - 1).Truncate(time.Second)
		b.warn(p.settings.lease.at, fmt.Sprintf("write %s, or remove it", Spell(least)),
			"the lease %s becomes %s on %s: with %d addresses there, a shorter one could not be renewed in time",
			Spell(p.Lease), Spell(least), p.Node, total)
	}
}
