package vrrp

import (
	"fmt"
	"net/netip"
	"slices"
	"time"
)

// A watch follows one machine by its actions alone.
type watch struct {
	state      State
	claimed    bool
	advertised uint8 // the last priority above 0
}

// A look is what is to be seen of a machine from outside.
type look struct {
	state     State
	departing bool
}

func lookAt(g *Group) []look {
	var looks []look
	for _, m := range g.Members() {
		looks = append(looks, look{m.State(), m.Departing()})
	}
	return looks
}

// inspect checks what must hold after every step. member is -1 if all were told.
func (l *lan) inspect(n *node, before []look, ev Event, member int, actions []MemberAction) {
	fail := func(i int, format string, args ...any) {
		l.errs = append(l.errs, fmt.Errorf("%v %s%s, %T: %s",
			l.now.Sub(epoch), n.label(i), n.name, ev, fmt.Sprintf(format, args...)))
	}
	if n.group.apart() && !apart(before) {
		fail(-1, "some members serve, and others do not any more")
	}
	for i, m := range n.group.Members() {
		told := ev
		if member >= 0 && member != i {
			told = nil
		}
		var own []Action
		for _, a := range actions {
			if a.Member == i {
				own = append(own, a.Action)
			}
		}
		report := func(format string, args ...any) { fail(i, format, args...) }
		n.watches[i].follow(m, before[i], told, own, report)
		inspectRest(m, len(n.cfgs) > 1, report)
		if deadline := m.Deadline(); told == (Tick{}) && !deadline.IsZero() && !deadline.After(l.now) {
			report("the deadline %v after a tick has passed", deadline.Sub(epoch))
		}
	}
}

// apart says that some members serve and others do not.
func apart(members []look) bool {
	serving := 0
	for _, m := range members {
		if m.state == Active && !m.departing {
			serving++
		}
	}
	return serving != 0 && serving != len(members)
}

func (g *Group) apart() bool { return apart(lookAt(g)) }

// follow checks the actions of one step.
func (w *watch) follow(m *Machine, before look, ev Event, actions []Action, fail func(string, ...any)) {
	cfg := m.Config()
	for _, a := range actions {
		switch a := a.(type) {
		case Send:
			w.followSend(m, before, a, fail)
		case Claim:
			w.claimed = true
		case Renew:
			if ev != (Sent{OK: true}) && !before.departing {
				fail("a lease was renewed, and no advert was sent before")
			}
			if !w.claimed {
				fail("a lease was renewed of addresses that are not held")
			}
		case Release:
			if a.Addresses == nil {
				w.claimed = false
			} else if !inOrderOf(a.Addresses, cfg.Held()) && ev != nil {
				if _, ok := ev.(Reconfigured); !ok {
					fail("released %v, which is not in the order of %v", a.Addresses, cfg.Held())
				}
			}
		case Announce:
			if !w.claimed {
				fail("announced what is not held")
			}
		case Transition:
			if a.From != w.state {
				fail("transition from %v in state %v", a.From, w.state)
			}
			w.state = a.To
			if a.To == Active && a.Reason == ReasonPreempt && a.Priority >= cfg.Priority && cfg.Priority != 255 {
				fail("with %d it took over from one of %d", cfg.Priority, a.Priority)
			}
		}
	}
	if w.state != m.State() {
		fail("state %v, and the transitions say %v", m.State(), w.state)
	}
	if active := m.State() == Active; w.claimed != active {
		fail("state %v, claimed %v", m.State(), w.claimed)
	}
}

// followSend checks one advert.
func (w *watch) followSend(m *Machine, before look, s Send, fail func(string, ...any)) {
	cfg := m.Config()
	switch {
	case before.state != Active && m.State() != Active:
		fail("sent %d without having been Active", s.Priority)
	case s.Priority == 0 && m.State() == Active && !m.Departing() && (cfg.Others < 2 || !m.dare.on()):
		fail("sent priority 0 and stayed")
	case s.Priority > max(cfg.Priority, w.advertised):
		fail("sent priority %d, above %d and above its last, %d", s.Priority, cfg.Priority, w.advertised)
	case !s.Interval.Valid():
		fail("sent interval %d", s.Interval)
	case s.Interval < cfg.Interval && cfg.Others != 1:
		if apart := time.Duration(cfg.Gap) * s.Interval.Duration() / 256; apart < 5*time.Millisecond {
			fail("made %d others quick that are %v apart", cfg.Others, apart)
		}
	}
	if s.Priority > 0 {
		w.advertised = s.Priority
	}
}

// inspectRest checks what must hold whatever happened.
func inspectRest(m *Machine, grouped bool, fail func(string, ...any)) {
	deadline := m.Deadline()
	switch m.State() {
	case Initialize:
		if deadline.IsZero() && m.started && m.absent == ReasonNone && m.Fault() == FaultNone {
			fail("it stays in Initialize for no reason")
		}
	case Backup:
		if deadline.IsZero() && !(grouped && m.ready) {
			fail("it will never become Active")
		}
	case Active:
		if deadline.IsZero() {
			fail("it will never advertise again")
		}
		if !m.Departing() && (m.Fault() != FaultNone || m.Absent() != ReasonNone) {
			fail("Active, with fault %v and absence %v", m.Fault(), m.Absent())
		}
	}
}

// inOrderOf says that a list is part of another, in its order.
func inOrderOf(part, whole []netip.Addr) bool {
	for _, addr := range part {
		i := slices.Index(whole, addr)
		if i < 0 {
			return false
		}
		whole = whole[i+1:]
	}
	return true
}
