package engine

import (
	"maps"
	"net/netip"
	"slices"
	"time"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/internal/link"
	"github.com/aloft-ha/aloft/internal/wire"
	"github.com/aloft-ha/aloft/vip"
	"github.com/aloft-ha/aloft/vrrp"
)

// socketRetry is how long to wait before a socket that could not be opened is tried again.
const socketRetry = time.Second

// converge makes what runs agree with what is wanted and with the host, from scratch: a start, a reload, an interface
// that came or went and the order to stop are one case.
func (e *Engine) converge(now time.Time) {
	if !e.haveLink {
		return
	}
	var wanted []config.Instance
	if !e.stopping {
		wanted = e.wanted
	}
	e.convergeAt = time.Time{}
	if leased := leasable(wanted); leased == e.unleased6 && len(wanted) > 0 {
		e.unleased6 = !leased
		e.logLeases6(leased)
	}
	e.match(now, wanted)
	e.resolveAll(now)
	e.openSockets(now)
	e.configureAddresses()
	e.index()
	e.pace()
	for _, r := range e.routers {
		e.adjust(now, r)
	}
	for _, r := range e.routers {
		e.startUp(now, r)
	}
	e.converged = e.converged || len(wanted) > 0
}

// resolveAll finds the place of every member.
func (e *Engine) resolveAll(now time.Time) {
	for _, r := range e.routers {
		carrier := true
		for _, m := range r.members {
			was := m.place
			m.place = m.holdOver(now, resolve(&r.inst, m.ipv6, e.links, e.floating), e.links)
			e.convergeAt = sooner(e.convergeAt, m.heldOver)
			m.peers, m.unicast = resolvePeers(m, e.links)
			switch m.place.fault {
			case vrrp.FaultInterfaceMissing, vrrp.FaultInterfaceDown, vrrp.FaultNoCarrier:
				carrier = false
			}
			if was != m.place {
				m.packets = nil
			}
		}
		r.settle(now, carrier)
		e.convergeAt = sooner(e.convergeAt, r.settledAt)
	}
}

// holdOver keeps a member's place for one interval when the address that it stands on vanishes from a link that is up: a
// lease that is renewed, or a network that is configured again, takes an address away and puts it back. What is sent
// meanwhile is refused, and the machine counts that.
func (m *member) holdOver(now time.Time, next place, s link.Snapshot) place {
	vanished := next.fault == vrrp.FaultNoSource || next.fault == vrrp.FaultInterfaceMissing
	l, there := s.ByIndex(m.place.ifindex)
	if !vanished || m.place.fault != vrrp.FaultNone || !there || !l.Up || !l.Carrier || l.Port {
		m.heldOver = time.Time{}
		return next
	}
	if m.heldOver.IsZero() {
		m.heldOver = now.Add(m.router.inst.Interval.Duration())
	}
	if now.Before(m.heldOver) {
		return m.place
	}
	m.heldOver = time.Time{}
	return next
}

// settle runs link_up_delay: a link that comes back is not trusted until it has passed. The link that was there at the
// start is.
func (r *router) settle(now time.Time, carrier bool) {
	switch {
	case !carrier:
		r.settledAt = time.Time{}
		r.lostCarrier = r.hadCarrier
	case r.lostCarrier:
		r.lostCarrier = false
		if r.inst.LinkUpDelay > 0 {
			r.settledAt = now.Add(r.inst.LinkUpDelay)
		}
	case !r.settledAt.IsZero() && !now.Before(r.settledAt):
		r.settledAt = time.Time{}
	}
	r.hadCarrier = r.hadCarrier || carrier
}

// resolvePeers lists the other nodes' addresses of the member's family.
func resolvePeers(m *member, s link.Snapshot) (peers []peer, addresses []netip.Addr) {
	l, _ := s.ByIndex(m.place.ifindex)
	for _, p := range m.router.inst.Peers {
		for _, addr := range p.Addresses {
			if addr.Is6() == m.ipv6 {
				peers = append(peers, peer{address: addr, onLink: l.OnLink(addr)})
				addresses = append(addresses, addr)
			}
		}
	}
	return peers, addresses
}

// openSockets opens what is needed and closes what is not. Where the kernel has made a link anew it has forgotten the
// groups of the sockets, which still believe that they are members: they are deaf, and closed too.
func (e *Engine) openSockets(now time.Time) {
	type need struct {
		ifname      string
		multicast   bool
		incarnation uint32
	}
	needed := make(map[wire.Key]need)
	for _, r := range e.routers {
		for _, m := range r.members {
			if m.place.ifindex == 0 {
				continue
			}
			n := needed[m.socket()]
			l, _ := e.links.ByIndex(m.place.ifindex)
			n.ifname, n.incarnation = m.place.ifname, l.Incarnation
			n.multicast = n.multicast || r.inst.Transport == config.Multicast
			needed[m.socket()] = n
		}
	}
	for key, s := range e.sockets {
		if n, ok := needed[key]; !ok || s.multicast && s.incarnation != n.incarnation {
			e.wire.CloseSocket(key)
			delete(e.sockets, key)
			delete(e.out.windows, key)
		}
	}
	for _, key := range slices.SortedFunc(maps.Keys(needed), compareKeys) {
		n, s := needed[key], e.sockets[key]
		if s == nil {
			s = &socket{}
			e.sockets[key] = s
		}
		if s.open && s.multicast == n.multicast {
			continue
		}
		err := e.wire.Open(key, n.ifname, n.multicast)
		s.open, s.multicast, s.incarnation = err == nil, n.multicast, n.incarnation
		if err == nil {
			s.refusal = ""
			continue
		}
		e.convergeAt = sooner(e.convergeAt, now.Add(socketRetry))
		if s.refusal != err.Error() {
			s.refusal = err.Error()
			e.log.Error("socket refused", "interface", n.ifname, "family", familyName(key.IPv6), "error", err,
				"next", "it is tried again every second")
		}
	}
}

// index rebuilds the tables that find a member.
func (e *Engine) index() {
	clear(e.byVRID)
	clear(e.byAddress)
	clear(e.owners)
	for _, r := range e.routers {
		for _, m := range r.members {
			e.owners[m.owner] = m
			if m.place.ifindex != 0 {
				key := vridKey{m.socket(), r.inst.VRID}
				if other := e.byVRID[key]; other != nil {
					m.place.fault = vrrp.FaultVRIDTaken // it would be deaf, and so Active for ever
					continue
				}
				e.byVRID[key] = m
			}
			for _, a := range m.addresses {
				e.byAddress[a.Key()] = append(e.byAddress[a.Key()], m)
			}
		}
	}
}

// pace bounds how quick the members may make the others, by what their sockets have to send.
func (e *Engine) pace() {
	load := make(map[wire.Key]int)
	for _, r := range e.routers {
		for _, m := range r.members {
			load[m.socket()] += m.datagrams()
		}
	}
	for _, r := range e.routers {
		for _, m := range r.members {
			m.reconfigured.Quickest = quickestFor(load[m.socket()])
		}
	}
}

// configureAddresses tells the address manager what belongs to us, wanted now or not, and where to listen for others.
func (e *Engine) configureAddresses() {
	all := make(map[vip.Owner][]vip.Address)
	watched := make(map[int]bool)
	for _, r := range e.routers {
		for _, m := range r.members {
			list, missing := floatingAddresses(share(&r.inst, m.ipv6), m.place.ifindex, e.links)
			if missing != "" && m.place.fault == vrrp.FaultNone {
				m.place.fault, m.place.missing = vrrp.FaultAddressInterface, missing
			}
			if s := e.sockets[m.socket()]; m.place.fault == vrrp.FaultNone && (s == nil || !s.open) {
				m.place.fault = vrrp.FaultSend
			}
			if m.place.ifindex != 0 && missing == "" {
				m.addresses = list
			}
			all[m.owner] = m.addresses
			for _, a := range m.addresses {
				watched[a.Ifindex] = true
			}
		}
	}
	e.addresses.Configure(all)
	e.watch(slices.Sorted(maps.Keys(watched)))
}

// adjust tells a router's machines what has changed for them.
func (e *Engine) adjust(now time.Time, r *router) {
	if !r.leaving {
		e.reprice(r)
	}
	for _, m := range r.members {
		moved := m.socketWas != (wire.Key{}) && m.socketWas != m.socket()
		m.socketWas = m.socket()
		if moved {
			// Its addresses stand on an interface that it does not use any more.
			e.step(now, m, vrrp.FaultChanged{Fault: vrrp.FaultInterfaceMissing})
		}
		e.step(now, m, vrrp.SourceChanged{Source: m.place.source})
		if !m.reconfigured.Equal(m.given) {
			m.given, m.packets = m.reconfigured, nil
			e.step(now, m, vrrp.Reconfigured{Config: m.given})
		}
		e.changeFault(now, m)
		e.reorder(m)
	}
}

// reorder renews a member's order where what it said of the addresses is not so any more.
func (e *Engine) reorder(m *member) {
	owner := m.want.Own != m.ownsAddresses()
	switch active := m.machine.State() == vrrp.Active; {
	case m.machine.Departing():
	case active && (owner || !slices.Equal(m.want.Addresses, m.addresses)):
		e.claim(m, m.want.Lease)
		e.announce(m)
	case !active && owner:
		w := m.want
		w.Own = m.ownsAddresses()
		e.order(m, w)
	}
}

// changeFault tells a member's machine what keeps it from serving now. Where it was not serving anyway there is no change
// of state to tell the reader of the log why.
func (e *Engine) changeFault(now time.Time, m *member) {
	f, idle := m.fault(), m.machine.State() == vrrp.Initialize
	if f != vrrp.FaultNone && !f.Deaf() && !e.mayLeave(m.router.group) {
		return // its services stop first, and then it is told
	}
	e.step(now, m, vrrp.FaultChanged{Fault: f})
	if idle && f != m.faultWas && f != vrrp.FaultNone {
		e.log.Warn("cannot serve", m.attrs(m.faulty(f)...)...)
	}
	m.faultWas = f
	e.serve(m.router.group)
}

// bury takes away the routers that have departed, and says whether there were any. Nothing finds them any more: what comes
// for one must not reach a machine that has taken its place in a group. One that made room lets another be made.
func (e *Engine) bury(now time.Time) (buried bool) {
	before := len(e.routers)
	e.routers = slices.DeleteFunc(e.routers, e.gone)
	if len(e.routers) == before {
		return false
	}
	e.departing = slices.ContainsFunc(e.routers, func(r *router) bool { return r.leaving })
	if e.stopping {
		e.regroup(now)
		e.index()
	} else {
		e.converge(now)
	}
	return true
}

// closeSockets closes everything, at the end.
func (e *Engine) closeSockets() {
	for key := range e.sockets {
		e.wire.CloseSocket(key)
	}
	clear(e.sockets)
}

// addressesOf picks those of a member's addresses that are named.
func (m *member) addressesOf(named []netip.Addr) []vip.Address {
	var list []vip.Address
	for _, a := range m.addresses {
		if slices.Contains(named, a.Prefix.Addr()) {
			list = append(list, a)
		}
	}
	return list
}
