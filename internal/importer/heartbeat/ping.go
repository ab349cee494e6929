package heartbeat

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/internal/importer"
	"github.com/aloft-ha/aloft/tracker"
)

// maxPings bounds what is pinged: each is something that every router tracks.
const maxPings = 64

// pingNode is one thing that ipfail counts: a host, or a group of which one has to answer.
type pingNode struct {
	line    int
	name    string
	targets []netip.Addr
}

// ping reads hosts, each of which counts for itself.
func (r *reader) ping(s statement) {
	if r.idlePing(s, strings.Join(s.args, ", ")) {
		return
	}
	for _, text := range s.args {
		addr, ok := r.target(s, text)
		known := slices.ContainsFunc(r.pings, func(p pingNode) bool { return len(p.targets) == 1 && p.targets[0] == addr })
		switch {
		case !ok:
		case known:
			r.add(s.line, importer.Broken, "", "ping %s: it is pinged already", addr)
		default:
			r.addPing(s, pingNode{s.line, "ping-" + strings.ReplaceAll(addr.String(), ":", "-"), []netip.Addr{addr}})
		}
	}
}

// pingGroup reads hosts one of which has to answer.
func (r *reader) pingGroup(s statement) {
	if len(s.args) < 2 {
		r.refuse(s.line, "", "ping_group has a name and at least one address")
		return
	}
	if r.idlePing(s, s.args[0]) {
		return
	}
	p := pingNode{line: s.line, name: importer.RouterName(s.args[0])}
	for _, text := range s.args[1:] {
		addr, ok := r.target(s, text)
		switch {
		case !ok:
		case slices.Contains(p.targets, addr):
			r.add(s.line, importer.Broken, "", "ping_group %s: %s stands twice", clip(s.args[0]), addr)
		case len(p.targets) == config.MaxTargets:
			r.add(s.line, importer.Dropped, "", "ping_group %s has more than %d addresses: %s is left out", clip(s.args[0]), config.MaxTargets, addr)
		default:
			p.targets = append(p.targets, addr)
		}
	}
	if p.name == "" {
		p.name = "ping-group"
	}
	if len(p.targets) > 0 {
		r.addPing(s, p)
	}
}

func (r *reader) addPing(s statement, p pingNode) {
	if len(r.pings) == maxPings {
		r.add(s.line, importer.Dropped, "", "%s %s is left out: there are more than %d", s.name, clip(p.name), maxPings)
		return
	}
	r.pings = append(r.pings, p)
}

// idlePing notes ping nodes that nobody acts on: without ipfail heartbeat only logs them.
func (r *reader) idlePing(s statement, what string) bool {
	if !r.ipfail {
		r.add(s.line, importer.Dropped, "", "%s %s is left out: without ipfail heartbeat moves nothing when it is lost", s.name, clip(what))
	}
	return !r.ipfail
}

// target reads the address of a host that can be pinged.
func (r *reader) target(s statement, text string) (netip.Addr, bool) {
	addr, err := netip.ParseAddr(text)
	switch {
	case err != nil:
		r.add(s.line, importer.Dropped, "write its address: names are not looked up", "%s %s is left out: it is no IP address", s.name, quote(text))
	case addr.Zone() != "" || !config.CanPing(addr):
		r.add(s.line, importer.Dropped, "ping a host outside of the cluster by an address of its own", "%s %s is left out: that is not the address of one other host", s.name, addr)
	default:
		return addr, true
	}
	return netip.Addr{}, false
}

// respawn reads a program that heartbeat keeps running.
func (r *reader) respawn(s statement) {
	switch {
	case len(s.args) < 2:
		r.refuse(s.line, "", "respawn has a user and a program")
	case startsIpfail(s):
		r.ipfailLine = s.line
	default:
		r.add(s.line, importer.Dropped, "make a systemd unit of it, with Restart=always",
			"respawn keeps %s running; aloft starts no program beside itself", quote(s.args[1]))
	}
}

// noteIdle says what becomes of ipfail and its time without a ping node.
func (s *setup) noteIdle(n *notebook) {
	if len(s.pings) > 0 {
		return
	}
	if s.ipfail {
		n.add(s.ipfailLine, importer.Dropped, "", "ipfail is left out: there is no ping node that it could look at")
	}
	if t := s.times.deadping; t.line > 0 {
		n.add(t.line, importer.Dropped, "", "deadping %s is left out: there is no ping node that it is for", config.Spell(t.value))
	}
}

// usualWeight is what a lost ping node costs: more than the distance between two nodes, and little enough for many.
const usualWeight = 20

// weigh returns what each lost ping node takes from the priority of every router. ipfail counts: whoever sees fewer gives
// everything away, and where both see as many nothing moves. So one lost node has to cost more than lies between the
// first node and the last, and all of them together less than the last one has; enough says whether that can be.
func weigh(pings, nodes int) (weight int, enough bool) {
	first, _ := config.PriorityByOrder(0)
	last, ok := config.PriorityByOrder(nodes - 1)
	if !ok {
		last = 1
	}
	least := int(first-last) + 1
	weight = max(least, usualWeight)
	if weight*pings >= int(last) {
		weight = least
	}
	return weight, weight*pings < int(last)
}

// track makes trackers of the ping nodes, and says what they mean to each router.
func (c *converter) track(interval time.Duration) (trackers []importer.Tracker, effects []tracker.Effect) {
	pings := c.setup.pings
	if len(pings) == 0 {
		return nil, nil
	}
	weight, enough := weigh(len(pings), len(c.setup.nodes))
	if !enough {
		c.main.add(c.setup.ipfailLine, importer.Changed, "ping fewer hosts, or make a ping_group of some",
			"ipfail counts %d ping nodes; when many of them are lost on both nodes, priorities cannot tell who sees more", len(pings))
	}
	var names importer.Names
	for _, p := range pings {
		spec := tracker.Spec{Name: names.Unique(p.name)}
		kind := tracker.Ping{}
		for _, a := range p.targets {
			kind.Targets = append(kind.Targets, a.String())
		}
		if len(p.targets) > 1 {
			kind.Need = 1
		}
		spec.Kind = kind
		spec.Interval, spec.Fall = c.setup.times.pinging(interval)
		trackers = append(trackers, importer.Tracker{Spec: spec})
		effects = append(effects, tracker.Effect{Tracker: spec.Name, Mode: tracker.ModeWeight, Weight: -weight})
	}
	return trackers, effects
}

// pinging returns how often a host is pinged, and how many answers it may owe before deadping is over.
func (t *times) pinging(interval time.Duration) (every time.Duration, fall int) {
	if most := t.deadping.value / config.MaxRise; interval < most {
		interval = (most + time.Millisecond).Truncate(time.Millisecond)
	}
	fall = max(1, int((t.deadping.value+interval-1)/interval))
	return unless(min(interval, config.MaxCheckInterval), time.Second), unless(min(fall, config.MaxRise), 1)
}
