package config

import (
	"slices"
	"time"

	"github.com/aloft-ha/aloft/vrrp"
)

// version reads the version of VRRP, which may be written 3 or "2+3".
func version() kind[vrrp.Version] {
	versions := []vrrp.Version{vrrp.Version3, vrrp.Version2, vrrp.Version2And3}
	return kind[vrrp.Version]{typ: "a version", limits: "3, 2, 2+3", schema: schema{Enum: []any{3, "3", 2, "2", "2+3"}}, read: func(w *walker, v value) (vrrp.Version, bool) {
		i := slices.IndexFunc(versions, func(known vrrp.Version) bool { return isWord(v, known.String()) })
		if i >= 0 {
			return versions[i], true
		}
		hint := ""
		if isWord(v, "3+2", "2/3", "23", "both") {
			hint = "write 2+3"
		}
		w.report(v, hint, "%s is 3, 2 or 2+3, not %s", v.name, v.describe())
		return 0, false
	}}
}

// checkVersion looks at what version 2 cannot do, and at nodes that would not understand each other.
func (b *builder) checkVersion(r *router) {
	for _, p := range r.parts {
		version := p.settings.version
		if !version.ok() {
			continue
		}
		at := version.at.or(r.at)
		if first := r.parts[0]; first.settings.version.ok() && !first.understands(p) {
			b.report(version.at.or(first.settings.version.at).or(r.at), "give all nodes the same, or 2+3 as long as they change to 3",
				"%s speaks version %s on %s and version %s on %s: they would not hear each other", r.name, p.Version, p.Node, first.Version, first.Node)
		}
		if p.Version == vrrp.Version3 {
			continue
		}
		b.checkSeconds(r, p)
		if _, ipv6 := p.families(); p.Version == vrrp.Version2 && ipv6 {
			b.report(at, "write 2+3, which is version 3 for IPv6; or give the IPv6 addresses a router of their own", "version 2 knows no IPv6, and %s advertises it", r.name)
		}
		if p.Version == vrrp.Version2And3 {
			b.warn(at, "when no node needs version 2 any more, write version: 3", "version 2+3 is for a cluster that changes to version 3, not for ever (RFC 9568 section 8.4.2)")
		}
	}
}

// checkSeconds demands what version 2 has on the wire of the interval: whole seconds, the same on all nodes, since an
// advert with another one is dropped (RFC 3768 section 7.1).
func (b *builder) checkSeconds(r *router, p *part) {
	interval, first := p.settings.interval, r.parts[0]
	if !interval.ok() {
		return
	}
	at := interval.at.or(p.settings.version.at).or(r.at)
	if whole := interval.value.Round(time.Second); whole != interval.value {
		b.report(at, "write advert_interval: "+Spell(max(min(whole, vrrp.MaxInterval.Duration().Truncate(time.Second)), time.Second)),
			"version %s counts whole seconds, and advert_interval of %s is %s", p.Version, r.name, Spell(interval.value))
	}
	if first.settings.interval.ok() && first.Interval != p.Interval {
		b.report(at, "give all nodes the same", "%s is advertised every %s by %s and every %s by %s: in version 2 they would drop each other's adverts",
			r.name, Spell(p.Interval.Duration()), p.Node, Spell(first.Interval.Duration()), first.Node)
	}
}

// understands says whether two nodes have a version in common.
func (p *part) understands(o *part) bool {
	return p.Version == o.Version || p.Version == vrrp.Version2And3 || o.Version == vrrp.Version2And3
}

// learnsNothing says that the other nodes learn no interval from the adverts of a part.
func (p *part) learnsNothing() bool { return p.settings.version.ok() && p.Version != vrrp.Version3 }
