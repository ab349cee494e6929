package config

import (
	"slices"
	"time"

	"github.com/aloft-ha/aloft/vrrp"
)

// leastWindow is the least window that is derived: clocks that NTP keeps are nearer, and one that has just been set may
// not be. It is keepalived's too.
const leastWindow = 5 * time.Second

// authenticated returns the authentication of a part with its window.
func (p *part) authenticated() Authentication {
	a := p.settings.auth.value.Authentication
	if len(a.Keys) > 0 && a.Window == 0 {
		a.Window = min(max((3*p.settings.interval.value).Truncate(time.Second), leastWindow), vrrp.MaxWindow)
	}
	return a
}

// checkAuthentication looks at passwords and keys beside the version, and at nodes that would refuse each other.
func (b *builder) checkAuthentication(r *router) {
	for _, p := range r.parts {
		auth := p.settings.auth
		if !auth.ok() {
			continue
		}
		b.checkPass(r, p)
		if a := auth.value; a.windowAt.written() && a.Replay == vrrp.ReplayMonotonic {
			b.warn(a.windowAt, "remove it", "window has no effect: replay: monotonic asks no clock")
		}
		if first := r.parts[0]; first.settings.auth.ok() && (!p.trusts(first) || !first.trusts(p)) {
			b.warn(auth.at.or(first.settings.auth.at).or(r.at), "give them the same secrets", "%s and %s would refuse each other's adverts of %s: what one sends the other does not take", first.Node, p.Node, r.name)
		}
	}
}

// checkPass says what a password is worth, and that version 3 has none.
func (b *builder) checkPass(r *router, p *part) {
	at, version := p.settings.auth.value.passAt, p.settings.version
	if p.Authentication.Pass == "" || !version.ok() {
		return
	}
	if p.Version == vrrp.Version3 {
		b.report(at, "write keys: {1: file:/etc/aloft/keys/web}, or version: 2 beside it for nodes that speak nothing else", "version 3 of VRRP has no password, and %s speaks it", r.name)
		return
	}
	alone := ""
	if p.Version == vrrp.Version2And3 {
		alone = ", and the adverts of version 3 carry none"
	}
	b.warn(at, "keys sign each advert; where a node cannot verify them, see that nobody else is on the link",
		"a password in clear is no security: everybody on the link can read it%s", alone)
}

// trusts says whether a part takes the adverts of another one, by what the file says of both. Versions are compared elsewhere.
func (p *part) trusts(sender *part) bool {
	mine, theirs := p.Authentication, sender.Authentication
	if mine.Pass != theirs.Pass {
		return false
	}
	signs := len(theirs.Keys) > 0 && theirs.Mode != vrrp.AuthReceiveOnly
	switch {
	case len(mine.Keys) == 0:
		return !signs
	case !signs:
		return mine.Mode != vrrp.AuthEnforce
	}
	return slices.ContainsFunc(mine.Keys, func(k KeySource) bool { return k.ID == theirs.Active })
}
