package config

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/aloft-ha/aloft/tracker"
)

// checkTrackers warns of trackers that say something else than somebody meant. None of that refuses a file: a check may
// know better.
func (b *builder) checkTrackers(d *draft) {
	floating := b.floating()
	for i := range d.trackers.value {
		t := &d.trackers.value[i]
		if t.subject.kind == nil {
			continue // reported already
		}
		b.checkHaste(t)
		b.checkDamping(t)
		for _, h := range t.subject.hosts {
			b.checkHost(t, h, floating)
		}
	}
}

// floating says which router each floating address is of.
func (b *builder) floating() map[netip.Addr]string {
	floating := make(map[netip.Addr]string)
	for _, r := range b.routers {
		var last *listing
		for _, p := range r.parts {
			if p.listing == last {
				continue // the nodes of a router share a list
			}
			last = p.listing
			for _, a := range p.Addresses {
				floating[a.Prefix.Addr()] = r.name
			}
		}
	}
	return floating
}

// leastScript is how long a script has at least: to start a shell takes milliseconds on an idle host.
const leastScript = 50 * time.Millisecond

// checkHaste finds scripts that have no time to end.
func (b *builder) checkHaste(t *trackerDraft) {
	if _, script := t.spec.Kind.(tracker.Script); !script || t.spec.Timeout >= leastScript {
		return
	}
	at := t.settings.timeout.at.or(t.settings.interval.at)
	b.warn(at, "write timeout: 1s; it may be longer than the interval", "%s has %s to end, and on a busy host starting a script takes as long",
		t.name, Spell(t.spec.Timeout))
}

// checkDamping finds a damping that is over before rise is.
func (b *builder) checkDamping(t *trackerDraft) {
	slowest := time.Duration(t.spec.Rise-1) * t.spec.Interval
	if t.spec.Damping > 0 && t.spec.Damping <= slowest {
		b.warn(t.settings.damping.at, "remove it, or make it longer", "damping has no effect: with rise %d and interval %s, %s has to pass for %s anyway",
			t.spec.Rise, Spell(t.spec.Interval), t.name, Spell(slowest))
	}
}

// checkHost looks at whom a tracker asks. The file is the same on every node, so an address of the cluster is another
// node's for all but one of them.
func (b *builder) checkHost(t *trackerDraft, h askedHost, floating map[netip.Addr]string) {
	if h.name != "" {
		if !strings.EqualFold(h.name, "localhost") {
			b.warn(h.at, "write an address, and the name as host: "+clip(h.name), "%s depends on DNS: while %s is not found, it fails", t.name, clip(h.name))
		}
		return
	}
	_, ping := t.spec.Kind.(tracker.Ping)
	router, node := floating[h.address], b.own[h.address]
	switch {
	case ping && router != "":
		b.warn(h.at, "ping a host outside of the cluster", "%s is a floating address of %s: the node that holds it would ping itself", h.address, router)
	case ping && node != "":
		b.warn(h.at, "ping a host outside of the cluster", "%s is an address of %s, which would ping itself", h.address, node)
	case router != "":
		b.warn(h.at, "ask 127.0.0.1 or ::1", "%s is a floating address of %s: all nodes would check the one that holds it, and not themselves", h.address, router)
	case node != "":
		b.warn(h.at, "ask 127.0.0.1 or ::1", "%s is an address of %s: all nodes would check that one, and not themselves", h.address, node)
	}
}

// checkEffects finds trackers whose failure changes nothing, because the priority stays above that of the next node. It
// is the most common mistake with weights: keepalived's examples have -2, and priorities are often 10 apart.
func (b *builder) checkEffects(r *router) {
	healthy, failing := make([]int, len(r.parts)), make([]int, len(r.parts))
	for i, p := range r.parts {
		if p.Priority == 0 {
			return // reported already
		}
		healthy[i], failing[i] = p.extremes()
	}
	for i, p := range r.parts {
		if len(p.Track) == 0 {
			continue
		}
		next := -1
		for j := range r.parts {
			if j != i && healthy[j] <= healthy[i] && (next < 0 || healthy[j] > healthy[next]) {
				next = j
			}
		}
		lists := [][]tracked{p.settings.track.value}
		if r.group != nil {
			lists = append(lists, r.group.settings.track.value)
		}
		for _, list := range lists {
			for _, t := range list {
				switch {
				case t.effect.Mode == tracker.ModeFault || b.idle[t.at.node] || b.numeric(t):
				case p.Priority == ownerPriority:
					b.idle[t.at.node] = true
					b.warn(t.at, "write {"+t.effect.Tracker+": fault}", "%s owns the addresses of %s (priority 255), which %s does not change: only a fault does",
						p.Node, r.name, t.effect.Tracker)
				case next >= 0 && healthy[i] > healthy[next] && failing[i] >= healthy[next]:
					b.checkEffect(p, t, healthy[i], r.parts[next], healthy[next])
				}
			}
		}
	}
}

// numeric says that what a tracker adds depends on the content of a file.
func (b *builder) numeric(t tracked) bool {
	draft := b.trackers[t.effect.Tracker]
	if draft == nil {
		return true // reported already: nothing is known of it
	}
	file, ok := draft.spec.Kind.(tracker.File)
	return ok && file.Want == tracker.FileNumber
}

// extremes returns the priority of a part while all of its trackers pass, and while all fail.
func (p *part) extremes() (healthy, failing int) {
	while := func(state tracker.State) int {
		look := func(string) tracker.Status { return tracker.Status{State: state} }
		return int(tracker.Weigh(p.Priority, p.Track, look).Effective)
	}
	return while(tracker.Up), while(tracker.Down)
}

// checkEffect warns of one tracker whose failure leaves a node before the next one. The failure of all trackers does too.
func (b *builder) checkEffect(p *part, t tracked, healthy int, next *part, priority int) {
	cost := tracker.Loss
	if t.effect.Mode == tracker.ModeWeight {
		cost = max(t.effect.Weight, -t.effect.Weight)
	}
	left := max(healthy-cost, 1)
	if left < priority {
		return
	}
	b.idle[t.at.node] = true
	least := healthy - priority + 1
	hint := fmt.Sprintf("write -%d or less, or no weight", least)
	switch {
	case least > tracker.MaxWeight:
		hint = "bring the priorities nearer to each other, or write fault"
	case t.effect.Mode == tracker.ModeLoss || least > tracker.Loss:
		hint = fmt.Sprintf("write {%s: -%d} or less, or fault", t.effect.Tracker, least)
	case t.effect.Weight > 0:
		hint = fmt.Sprintf("write %d or more, or no weight", least)
	}
	after := fmt.Sprintf("and stays before %s with %d", next.Node, priority)
	if left == priority {
		after = fmt.Sprintf("as %s does, and their addresses decide", next.Node)
	}
	b.warn(t.at, hint, "%s moves nothing: failing, %s has %d %s", t.effect.Tracker, p.Node, left, after)
}
