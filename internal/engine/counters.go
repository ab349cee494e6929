package engine

import (
	"net/netip"
	"time"

	"github.com/aloft-ha/aloft/vrrp"
)

// mostLogPause is how long a line about dropped adverts is held back at the most: another cluster on the link is no news
// for ever.
const mostLogPause = time.Hour

// counters counts what the engine did, and what it refused. All belongs to the engine's goroutine.
type counters struct {
	received   uint64
	sent       uint64
	sendErrors uint64
	drops      [vrrp.DropReasons]uint64
	dropFrom   [vrrp.DropReasons]netip.Addr // the last sender
	lost       uint64                       // datagrams lost in a full socket

	dropLines [vrrp.DropReasons]line
	lostLine  line
	logAt     time.Time // when the next of these lines may be written; zero: nothing to say
}

// line is one kind of log line that the network can cause. It comes less and less often while its cause goes on, and
// begins anew after a rest.
type line struct {
	said   uint64 // the count as of the last line
	lastAt time.Time
	pause  time.Duration // after lastAt
}

// next is when the line may be written again.
func (l *line) next() time.Time { return l.lastAt.Add(l.pause) }

// write says how much there is to say, if the line may be written now.
func (l *line) write(now time.Time, count uint64) (since uint64, ok bool) {
	since = count - l.said
	if since == 0 || now.Before(l.next()) {
		return since, false
	}
	if l.pause == 0 || now.Sub(l.lastAt) >= 2*l.pause {
		l.pause = logPause
	} else {
		l.pause = min(2*l.pause, mostLogPause)
	}
	l.said, l.lastAt = count, now
	return since, true
}

// schedule makes the engine wake for a line.
func (c *counters) schedule(now time.Time, l *line) {
	at := l.next()
	if at.Before(now) {
		at = now
	}
	c.logAt = sooner(c.logAt, at)
}

// drop counts a datagram that was not taken.
func (c *counters) drop(now time.Time, reason vrrp.DropReason, src netip.Addr) {
	c.drops[reason]++
	c.dropFrom[reason] = src
	c.schedule(now, &c.dropLines[reason])
}

// logDrops says what was dropped since the last line of each reason.
func (e *Engine) logDrops(now time.Time) {
	c := &e.counters
	if lost := e.wire.Lost(); lost > c.lost {
		c.lost = lost
		c.schedule(now, &c.lostLine)
	}
	if c.logAt.IsZero() || now.Before(c.logAt) {
		return
	}
	c.logAt = time.Time{}
	for i, n := range c.drops {
		l := &c.dropLines[i]
		if since, ok := l.write(now, n); ok {
			e.log.Warn("adverts dropped", dropAttrs(vrrp.DropReason(i), c.dropFrom[i], since, n)...)
		} else if since > 0 {
			c.schedule(now, l)
		}
	}
	if since, ok := c.lostLine.write(now, c.lost); ok {
		e.log.Warn("adverts lost in a full socket", "count", since, "total", c.lost)
	} else if since > 0 {
		c.schedule(now, &c.lostLine)
	}
}

// dropAttrs are the attributes of a line about adverts that were not taken: where the last of them came from, and what to
// do if the reason tells.
func dropAttrs(reason vrrp.DropReason, from netip.Addr, since, total uint64) []any {
	attrs := []any{"reason", reason, "count", since, "total", total}
	if from.IsValid() {
		attrs = append(attrs, "peer", from)
	}
	if next := cures[reason]; next != "" {
		attrs = append(attrs, "next", next)
	}
	return attrs
}

// cures is what an operator can do about adverts that are dropped, where the reason tells it.
var cures = [vrrp.DropReasons]string{
	vrrp.DropVersion:      "set the same version on all nodes; version: 2+3 takes both while they are changed",
	vrrp.DropMismatch:     "set the same advert_interval on all nodes: version 2 has to agree on it",
	vrrp.DropAuthType:     "set the same authentication on all nodes: pass here is auth_type PASS in keepalived",
	vrrp.DropAuthPassword: "set the same password on all nodes",
	vrrp.DropAuthUnasked:  "give this node the keys too, with mode: receive-only first",
	vrrp.DropAuthMissing:  "sign on all nodes; mode: permissive takes unsigned adverts while they are changed",
	vrrp.DropAuthStale:    "synchronize the clocks of the nodes, or widen window; else somebody repeats old adverts",
	vrrp.DropAuthKey:      "add the key of that number on this node, or make another one active on the sender",
	vrrp.DropAuthDigest:   "give the key of that number the same secret on all nodes; else somebody forges adverts",
	vrrp.DropAuthReplay:   "somebody repeats adverts, or two hosts send from one address",
}
