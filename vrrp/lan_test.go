package vrrp

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"time"
)

// A lan is a link with nodes on it, in virtual time. It carries out what the machines want: adverts travel as packets
// and arrive a moment later, addresses go up in a kernel that lets leases run out, and the outcome is reported back.
// The same calls give the same transcript, always.
type lan struct {
	now    time.Time
	nodes  []*node
	frames []frame // in flight, in the order of their arrival

	// fate says what becomes of a frame: how long it travels, or that it is lost.
	fate func(from, to *node, member int) (delay time.Duration, lost bool)

	log    func(at time.Time, n *node, text string)
	reborn bool    // replace each group by its saved and restored self after each step
	errs   []error // what must not be
	owners map[netip.Addr]*ownership
}

// startsIn is how long services take to start, or to fail.
const startsIn = 50 * time.Millisecond

// travel is how long a frame takes unless a test says otherwise.
const travel = 100 * time.Microsecond

// A frame is on its way: an advert, or the announcement of an address.
type frame struct {
	at        time.Time
	from, to  *node
	member    int    // of the sender
	message   []byte // of an advert
	announced netip.Addr
	served    *Served // no frame at all: what a node's own services say
}

// A node is one machine of the lan.
type node struct {
	name    string
	cfgs    []Config     // one a member
	sources []netip.Addr // as many
	group   *Group       // nil: the daemon does not run
	watches []watch
	kernel  map[netip.Addr]time.Time // the addresses that are up, and until when; zero: for ever

	asleep        bool    // it neither reads nor ticks
	queue         []frame // what came meanwhile
	refusesSends  bool
	refusesClaims bool
	services      bool // something has to run where it is Active
	refusesStarts bool // and does not
}

func newLAN() *lan {
	return &lan{
		now:    epoch,
		fate:   func(_, _ *node, _ int) (time.Duration, bool) { return travel, false },
		log:    func(time.Time, *node, string) {},
		owners: map[netip.Addr]*ownership{},
	}
}

// start runs the daemon of a node.
func (l *lan) start(n *node) {
	if n.group != nil {
		return
	}
	n.asleep, n.queue = false, nil
	n.watches = make([]watch, len(n.cfgs))
	members := make([]*Machine, len(n.cfgs))
	for i, cfg := range n.cfgs {
		members[i] = NewMachine(cfg)
	}
	n.group = NewGroup(members...)
	for i, source := range n.sources {
		l.step(n, i, SourceChanged{Source: source})
	}
	l.stepAll(n, Startup{})
}

// kill ends the daemon at once. Its addresses stay with the kernel.
func (l *lan) kill(n *node) { n.group, n.queue = nil, nil }

// wake ends a sleep: what came meanwhile is read first, and then the clock is looked at.
func (l *lan) wake(n *node) {
	queue := n.queue
	n.asleep, n.queue = false, nil
	for _, f := range queue {
		l.deliver(f)
	}
	if n.group != nil {
		l.stepAll(n, Tick{})
	}
}

// run lets time pass until then.
func (l *lan) run(until time.Time) {
	for {
		at, act := l.next()
		if at.IsZero() || at.After(until) {
			break
		}
		l.pass(at)
		act()
	}
	l.pass(until)
}

// next returns what happens next: leases end before frames arrive, and frames are read before timers are looked at.
func (l *lan) next() (at time.Time, act func()) {
	consider := func(t time.Time, do func()) {
		if !t.IsZero() && (at.IsZero() || t.Before(at)) {
			at, act = t, do
		}
	}
	for _, n := range l.nodes {
		for _, addr := range slices.SortedFunc(maps.Keys(n.kernel), netip.Addr.Compare) {
			consider(n.kernel[addr], func() { l.expire(n, addr) })
		}
	}
	if len(l.frames) > 0 {
		f := l.frames[0]
		consider(f.at, func() { l.frames = l.frames[1:]; l.deliver(f) })
	}
	for _, n := range l.nodes {
		if n.group != nil && !n.asleep {
			deadline := n.group.Deadline()
			if !deadline.IsZero() && deadline.Before(l.now) {
				deadline = l.now
			}
			consider(deadline, func() { l.stepAll(n, Tick{}) })
		}
	}
	return at, act
}

// deliver hands a frame to its receiver.
func (l *lan) deliver(f frame) {
	n := f.to
	switch {
	case n.group == nil:
	case n.asleep:
		n.queue = append(n.queue, f)
	case f.served != nil:
		l.step(n, f.member, *f.served)
	case f.message != nil:
		src := f.from.sources[f.member]
		var p Packet
		if _, drop := p.Parse(f.message, src, groupOf(src)); drop != DropNone {
			l.errs = append(l.errs, fmt.Errorf("an advert of %s was dropped: %v", f.from.name, drop))
			return
		}
		if member := n.memberOf(p.VRID, src.Is6()); member >= 0 {
			l.step(n, member, Advert{Source: src, Packet: p, ReceivedAt: f.at})
		}
	default:
		for i, cfg := range n.cfgs {
			if slices.Contains(cfg.Held(), f.announced) {
				l.step(n, i, Announced{Address: f.announced})
			}
		}
	}
}

// memberOf returns the member that has this VRID and family, or -1.
func (n *node) memberOf(vrid uint8, ipv6 bool) int {
	for i, cfg := range n.cfgs {
		if cfg.VRID == vrid && n.sources[i].Is6() == ipv6 {
			return i
		}
	}
	return -1
}

// step tells one member of a node's group that ev happened, and does what they want.
func (l *lan) step(n *node, member int, ev Event) {
	before := lookAt(n.group)
	actions := slices.Clone(n.group.Step(l.now, member, ev))
	l.inspect(n, before, ev, member, actions)
	l.rebirth(n)
	l.carryOut(n, actions)
}

// stepAll tells all members.
func (l *lan) stepAll(n *node, ev Event) {
	before := lookAt(n.group)
	actions := slices.Clone(n.group.StepAll(l.now, ev))
	l.inspect(n, before, ev, -1, actions)
	l.rebirth(n)
	l.carryOut(n, actions)
}

// carryOut does what a node wants, in order, and then reports how it went.
func (l *lan) carryOut(n *node, actions []MemberAction) {
	type report struct {
		member int
		ev     Event
	}
	var reports []report
	for _, a := range actions {
		l.log(l.now, n, n.label(a.Member)+describe(a.Action))
		cfg := n.group.Members()[a.Member].Config()
		switch act := a.Action.(type) {
		case Send:
			if !n.refusesSends {
				l.sendAdvert(n, a.Member, act, cfg)
			}
			reports = append(reports, report{a.Member, Sent{OK: !n.refusesSends}})
		case Claim:
			reports = append(reports, report{a.Member, l.hold(n, cfg.Held(), act.Lease)})
		case Renew:
			up := slices.DeleteFunc(cfg.Held(), func(addr netip.Addr) bool { return !n.holds(addr) })
			reports = append(reports, report{a.Member, l.hold(n, up, act.Lease)})
		case Release:
			addrs := act.Addresses
			if addrs == nil {
				addrs = cfg.Held()
			}
			for _, addr := range addrs {
				delete(n.kernel, addr)
			}
		case Announce:
			for _, addr := range cfg.Held() {
				if n.holds(addr) {
					l.broadcast(frame{from: n, member: a.Member, announced: addr})
				}
			}
		case Transition:
			if n.services && act.To == Active {
				l.put(frame{at: l.now.Add(startsIn), to: n, member: a.Member, served: &Served{OK: !n.refusesStarts}})
			}
		}
	}
	for _, r := range reports {
		l.step(n, r.member, r.ev)
	}
}

func (l *lan) sendAdvert(n *node, member int, s Send, cfg Config) {
	p := Packet{VRID: cfg.VRID, Priority: s.Priority, Interval: s.Interval, Addresses: cfg.Addresses}
	src := n.sources[member]
	l.broadcast(frame{from: n, member: member, message: p.AppendTo(nil, src, groupOf(src), FormPseudo)})
}

// broadcast sends a frame to all other nodes.
func (l *lan) broadcast(f frame) {
	for _, n := range l.nodes {
		if n == f.from {
			continue
		}
		delay, lost := l.fate(f.from, n, f.member)
		if lost {
			continue
		}
		g := f
		g.to, g.at = n, l.now.Add(delay)
		l.put(g)
	}
}

// put sends a frame on its way.
func (l *lan) put(f frame) {
	i := slices.IndexFunc(l.frames, func(other frame) bool { return other.at.After(f.at) })
	if i < 0 {
		i = len(l.frames)
	}
	l.frames = slices.Insert(l.frames, i, f)
}

// hold puts addresses up, or renews them.
func (l *lan) hold(n *node, addrs []netip.Addr, lease time.Duration) Event {
	if n.refusesClaims {
		return ClaimFailed{}
	}
	var until time.Time
	if lease > 0 {
		until = l.now.Add(lease)
	}
	for _, addr := range addrs {
		n.kernel[addr] = until
	}
	return Held{Until: until}
}

// expire is the kernel that takes an address away whose lease was not renewed.
func (l *lan) expire(n *node, addr netip.Addr) {
	delete(n.kernel, addr)
	l.log(l.now, n, "the kernel removes "+addr.String())
}

// rebirth replaces a group by what is left of it after a trip through JSON.
func (l *lan) rebirth(n *node) {
	if !l.reborn {
		return
	}
	var members []*Machine
	for i, m := range n.group.Members() {
		text, err := json.Marshal(m.Save(l.now))
		if err != nil {
			l.errs = append(l.errs, fmt.Errorf("saving member %d of %s: %w", i, n.name, err))
			return
		}
		var s Saved
		if err := json.Unmarshal(text, &s); err != nil {
			l.errs = append(l.errs, fmt.Errorf("restoring member %d of %s: %w", i, n.name, err))
			return
		}
		members = append(members, Restore(l.now, m.Config(), s))
	}
	n.group = NewGroup(members...)
}

// holds says that an address is up on the node.
func (n *node) holds(addr netip.Addr) bool {
	_, up := n.kernel[addr]
	return up
}

// label tells the members of a node apart: by their VRID, or those of a dual-stack router by their family.
func (n *node) label(member int) string {
	switch {
	case len(n.cfgs) == 1 || member < 0:
		return ""
	case n.cfgs[0].VRID != n.cfgs[len(n.cfgs)-1].VRID:
		return fmt.Sprintf("%d ", n.cfgs[member].VRID)
	case n.sources[member].Is6():
		return "v6 "
	}
	return "v4 "
}

// groupOf is the multicast group of a family.
func groupOf(src netip.Addr) netip.Addr {
	if src.Is6() {
		return Group6
	}
	return Group4
}
