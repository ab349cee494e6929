package vrrp

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A director carries out the commands of a scenario:
//
//	node NAME PRIORITY [KEY=VALUE…]   a node; keys: see setKey
//	start | stop-daemon NAME…         run the daemons (all without a name); kill them
//	advance DURATION                  let time pass
//	leave NAME REASON | hurry NAME | resume NAME
//	weigh NAME DELTA                  change the priority of each router from its own
//	priority NAME PRIORITY | interval NAME CENTISECONDS | addresses NAME ADDRESS,ADDRESS…
//	fault NAME[/4|/6|/VRID] FAULT     FAULT may be none
//	cut A->B[/4|/6|/VRID] | heal A->B[/4|/6|/VRID]   * is every node
//	sleep NAME | wake NAME
//	refuse NAME sends|claims|starts|nothing  what the kernel of a node refuses, or whether its services do not start
//	state | owners                    what the nodes are, and who had the addresses since the last time
type director struct {
	lan        *lan
	transcript transcript
	cuts       []cut
	extra      strings.Builder // what state and owners say
	ready      bool            // all nodes are there
}

// A cut keeps frames of a node from another.
type cut struct {
	from, to string
	member   string // "4", "6", a VRID, or empty: all
}

func (d *director) do(words []string) error {
	if words[0] != "node" && !d.ready {
		d.ready = true
		completeConfigs(d.lan.nodes)
	}
	args := words[1:]
	switch words[0] {
	case "node":
		return d.addNode(args)
	case "advance":
		return d.advance(args[0])
	case "cut", "heal":
		return d.cut(words[0] == "cut", args[0])
	case "state":
		d.sayState()
		return nil
	case "owners":
		d.sayOwners()
		return nil
	case "start":
		return d.each(args, d.lan.start)
	case "kill":
		return d.each(args, d.lan.kill)
	case "sleep":
		return d.each(args, func(n *node) { n.asleep = true })
	case "wake":
		return d.each(args, d.lan.wake)
	}
	return d.tell(words[0], args)
}

// each does something to the named nodes, or to all.
func (d *director) each(names []string, do func(*node)) error {
	if len(names) == 0 {
		for _, n := range d.lan.nodes {
			do(n)
		}
	}
	for _, name := range names {
		n, _, err := d.find(name)
		if err != nil {
			return err
		}
		do(n)
	}
	return nil
}

// find returns the node of a name, and the member after a slash (-1: all).
func (d *director) find(name string) (n *node, member int, err error) {
	name, which, _ := strings.Cut(name, "/")
	i := slices.IndexFunc(d.lan.nodes, func(n *node) bool { return n.name == name })
	if i < 0 {
		return nil, 0, fmt.Errorf("no node %q", name)
	}
	n = d.lan.nodes[i]
	for i := range n.cfgs {
		if which != "" && n.is(i, which) {
			return n, i, nil
		}
	}
	return n, -1, nil
}

// is says whether a member is of a family, or has a VRID.
func (n *node) is(member int, which string) bool {
	switch which {
	case "4":
		return n.sources[member].Is4()
	case "6":
		return n.sources[member].Is6()
	}
	return which == strconv.Itoa(int(n.cfgs[member].VRID))
}

// tell hands an event to a node.
func (d *director) tell(verb string, args []string) error {
	n, member, err := d.find(args[0])
	if err != nil {
		return err
	}
	if verb == "refuse" {
		n.refusesSends, n.refusesClaims, n.refusesStarts = args[1] == "sends", args[1] == "claims", args[1] == "starts"
		return nil
	}
	if verb == "weigh" {
		return d.weigh(n, args[1])
	}
	if verb == "interval" || verb == "addresses" {
		return d.reconfigure(n, verb, args[1])
	}
	ev, err := eventOf(verb, args[1:])
	switch {
	case err != nil:
	case member >= 0:
		d.lan.step(n, member, ev)
	default:
		d.lan.stepAll(n, ev)
	}
	return err
}

// weigh changes the priority of each member from its own.
func (d *director) weigh(n *node, by string) error {
	delta, err := strconv.Atoi(by)
	if err != nil {
		return err
	}
	for i, cfg := range n.cfgs {
		d.lan.step(n, i, PriorityChanged{Priority: withDelta(cfg.Priority, delta)})
	}
	return nil
}

// eventOf reads an event.
func eventOf(verb string, args []string) (Event, error) {
	switch verb {
	case "leave":
		reason, err := valueOf[Reason](args[0], len(reasonNames))
		return Leave{Reason: reason}, err
	case "fault":
		fault, err := valueOf[Fault](args[0], len(faultNames))
		return FaultChanged{Fault: fault}, err
	case "priority":
		priority, err := strconv.ParseUint(args[0], 10, 8)
		return PriorityChanged{Priority: uint8(priority)}, err
	case "hurry":
		return Hurry{}, nil
	case "resume":
		return Resume{}, nil
	}
	return nil, fmt.Errorf("no command %q", verb)
}

// valueOf finds the value of an enum that has this name.
func valueOf[E interface {
	~uint8
	String() string
}](name string, count int) (E, error) {
	for v := range count {
		if E(v).String() == name {
			return E(v), nil
		}
	}
	return 0, fmt.Errorf("no value %q", name)
}

// reconfigure changes the configuration of a node's first member, and so much of the others' as concerns them.
func (d *director) reconfigure(n *node, key, value string) error {
	for i, m := range n.group.Members() {
		cfg := m.Config()
		if err := setKey(&cfg, key, value); err != nil {
			return err
		}
		d.lan.step(n, i, Reconfigured{Config: cfg})
		n.cfgs[i] = cfg
	}
	return nil
}

func (d *director) advance(by string) error {
	duration, err := time.ParseDuration(by)
	if err == nil {
		d.lan.run(d.lan.now.Add(duration))
	}
	return err
}

func (d *director) cut(on bool, what string) error {
	what, member, _ := strings.Cut(what, "/")
	from, to, ok := strings.Cut(what, "->")
	if !ok {
		return fmt.Errorf("want A->B")
	}
	c := cut{from, to, member}
	if on {
		d.cuts = append(d.cuts, c)
	} else {
		d.cuts = slices.DeleteFunc(d.cuts, func(other cut) bool { return other == c })
	}
	return nil
}

// fate loses what a cut concerns.
func (d *director) fate(from, to *node, member int) (time.Duration, bool) {
	lost := slices.ContainsFunc(d.cuts, func(c cut) bool {
		return (c.from == "*" || c.from == from.name) && (c.to == "*" || c.to == to.name) &&
			(c.member == "" || from.is(member, c.member))
	})
	return travel, lost
}

// heard returns what happened since the last call.
func (d *director) heard() string {
	text := d.transcript.String() + d.extra.String()
	d.extra.Reset()
	if text == "" {
		return "silence\n"
	}
	return text
}

func (d *director) sayState() {
	for _, n := range d.lan.nodes {
		fmt.Fprintf(&d.extra, "%s:", n.name)
		if n.group == nil {
			d.extra.WriteString(" not running")
		} else {
			for i, m := range n.group.Members() {
				fmt.Fprintf(&d.extra, " %s%v %d", n.label(i), m.State(), m.Config().Priority)
				if source, priority, _ := m.Rival(); source.IsValid() && m.State() == Backup {
					fmt.Fprintf(&d.extra, " behind %v %d", source, priority)
				}
				if f := m.Fault(); f != FaultNone {
					fmt.Fprintf(&d.extra, " (%v)", f)
				}
			}
		}
		for _, cfg := range n.cfgs {
			for _, addr := range cfg.Held() {
				if n.holds(addr) {
					fmt.Fprintf(&d.extra, ", holds %v", addr)
				}
			}
		}
		d.extra.WriteByte('\n')
	}
}

func (d *director) sayOwners() {
	for _, addr := range slices.SortedFunc(maps.Keys(d.lan.owners), netip.Addr.Compare) {
		fmt.Fprintf(&d.extra, "%v: %v\n", addr, d.lan.owners[addr])
	}
	clear(d.lan.owners)
}
