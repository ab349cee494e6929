package keepalived

import (
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/aloft-ha/aloft/internal/importer"
)

// pairFamilies makes one router of an IPv4 and an IPv6 instance that move together: of one VRID, on the same nodes,
// alike in all but the addresses, and either in one vrrp_sync_group or with names that differ by the family only.
func (c *cluster) pairFamilies() {
	for _, r := range c.routers {
		if r.ipv6 {
			continue
		}
		i := slices.IndexFunc(c.routers, func(o *router) bool { return o.ipv6 && o.half == nil && r.pairs(o) && c.sameStranger(r, o) })
		if i >= 0 {
			r.pair = c.routers[i]
			r.pair.half = r
		}
	}
}

func (r *router) pairs(o *router) bool {
	if r.vrid != o.vrid || len(r.members) != len(o.members) {
		return false
	}
	for _, m := range r.members {
		n := o.of(m.src.node)
		if n == nil || m.priority != n.priority || !reflect.DeepEqual(withoutAddresses(m), withoutAddresses(n)) {
			return false
		}
		if !m.src.together(m.in.name, n.in.name) && stem(m.in.name) != stem(n.in.name) {
			return false
		}
		if overlap(m.settings.Addresses, n.settings.Addresses) {
			return false
		}
	}
	return true
}

func withoutAddresses(m *member) importer.Settings {
	s := m.settings
	s.Addresses = nil
	return s
}

func overlap(a, b []importer.Address) bool {
	return slices.ContainsFunc(a, func(x importer.Address) bool {
		return slices.ContainsFunc(b, func(y importer.Address) bool { return x.Prefix.Addr() == y.Prefix.Addr() })
	})
}

// together says whether two instances are in one vrrp_sync_group.
func (src *source) together(a, b string) bool {
	g := src.groupOf[a]
	return g != nil && g == src.groupOf[b]
}

var familyWord = regexp.MustCompile(`(ip|inet)?v?[46]$|^(ip|inet)?v?[46]|(ip|inet)?v[46]|inet6?`)

// stem is a name without what says the family.
func stem(name string) string {
	return strings.Trim(familyWord.ReplaceAllString(strings.ToLower(name), ""), "-_. ")
}
