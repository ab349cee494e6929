package vip

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// sendPatience is how long an interface may keep a chunk of announcements waiting before it counts as failed.
const sendPatience = 50 * time.Millisecond

// announcePort is one interface as an Announcer sends through it.
type announcePort interface {
	// mac returns the interface's present link-layer address. It is false when the port's interface is gone, even if
	// another has its index by now: then the port has to be opened again.
	mac() (hardware, bool)
	send(frame []byte) error
	patience(until time.Time) // the deadline of the sends that follow
	close()
}

// hardware is the link-layer side of an interface.
type hardware struct {
	ethernet bool // others (loopback, tunnels) have no neighbours to tell
	address  [6]byte
}

// Announcer tells the neighbours on a link that addresses are reached through this host: an ARP request and an ARP reply
// for each IPv4 address, an unsolicited neighbour advertisement for each IPv6 address. It sends when told and repeats
// nothing; how often is the caller's decision.
//
// It is not safe for concurrent use.
type Announcer struct {
	open   func(ifindex int) (announcePort, error)
	router func(ifindex int) bool // whether the host forwards IPv6 on the interface

	ports map[int]announcePort
	pace  pace
	frame []byte
}

// NewAnnouncer returns an Announcer for the network namespace of the thread that calls Announce.
func NewAnnouncer() *Announcer {
	return &Announcer{
		open:   openAnnouncePort,
		router: forwardsIPv6,
		ports:  make(map[int]announcePort),
		frame:  make([]byte, 0, naFrame),
	}
}

// Announce sends the announcements of the addresses, in that order. The first chunk leaves at once, more are paced at 64
// addresses a millisecond, so announcing a thousand takes 15 ms. Interfaces that are not Ethernet are passed over.
//
// An interface that cannot send does not keep the others from being announced: the errors of all are joined, one for
// each interface, and the rest of that interface's addresses are left out.
func (a *Announcer) Announce(addrs []Address) error {
	b := burst{announcer: a, links: make(map[int]*burstLink)}
	for chunk := range slices.Chunk(addrs, announceChunk) {
		b.begin(len(chunk))
		for _, addr := range chunk {
			b.send(addr, nil)
		}
	}
	return errors.Join(b.errs...)
}

// Redirect tells the neighbours that IPv4 addresses are reached at other machines of the link, in the same way. The frames
// come from this host's own link-layer address: under the other's, switches would send us what is for it.
func (a *Announcer) Redirect(moved []Moved) error {
	b := burst{announcer: a, links: make(map[int]*burstLink)}
	for chunk := range slices.Chunk(moved, announceChunk) {
		b.begin(len(chunk))
		for _, m := range chunk {
			b.send(m.Address, &m.MAC)
		}
	}
	return errors.Join(b.errs...)
}

// Close closes the sockets. The Announcer may be used again.
func (a *Announcer) Close() {
	for _, p := range a.ports {
		p.close()
	}
	clear(a.ports)
}

// port returns the interface's open socket and present address; it opens the socket if there is none yet or the
// interface was recreated. Then others may have been recreated as well, under other numbers: their sockets are closed.
func (a *Announcer) port(ifindex int) (announcePort, hardware, error) {
	if p := a.ports[ifindex]; p != nil {
		if h, ok := p.mac(); ok {
			return p, h, nil
		}
	}
	a.closeGone()
	p, err := a.open(ifindex)
	if err != nil {
		return nil, hardware{}, err
	}
	h, ok := p.mac()
	if !ok {
		p.close()
		return nil, hardware{}, unix.ENODEV
	}
	a.ports[ifindex] = p
	return p, h, nil
}

// closeGone closes the sockets whose interface is gone.
func (a *Announcer) closeGone() {
	for ifindex, p := range a.ports {
		if _, ok := p.mac(); !ok {
			p.close()
			delete(a.ports, ifindex)
		}
	}
}

// burst is one call of Announce or Redirect. Each interface is looked at once for it, so all its frames carry one
// link-layer address.
type burst struct {
	announcer *Announcer
	links     map[int]*burstLink
	errs      []error
}

type burstLink struct {
	port     announcePort
	hardware hardware
	router   bool
	asked    bool // router is known
	failed   bool
}

// begin waits until a chunk of n addresses may be sent.
func (b *burst) begin(n int) {
	if wait := b.announcer.pace.take(time.Now(), n); wait > 0 {
		time.Sleep(wait)
	}
	for _, l := range b.links {
		l.renewPatience()
	}
}

// send announces one address, as this host's where there is no other.
func (b *burst) send(a Address, other *[6]byte) {
	l, ok := b.links[a.Ifindex]
	if !ok {
		l = b.look(a)
	}
	if l.failed || !l.hardware.ethernet {
		return
	}
	holder := l.hardware.address
	if other != nil {
		holder = *other
	}
	if err := b.sendOne(l, a, holder); err != nil {
		b.fail(l, a, err)
	}
}

func (b *burst) look(a Address) *burstLink {
	l := new(burstLink)
	b.links[a.Ifindex] = l
	var err error
	if l.port, l.hardware, err = b.announcer.port(a.Ifindex); err != nil {
		b.fail(l, a, err)
	}
	l.renewPatience()
	return l
}

func (l *burstLink) renewPatience() {
	if !l.failed {
		l.port.patience(time.Now().Add(sendPatience))
	}
}

func (b *burst) sendOne(l *burstLink, a Address, holder [6]byte) error {
	addr, buf := a.Prefix.Addr(), b.announcer.frame
	if addr.Is4() {
		if err := b.sendFrame(l, appendGratuitousARP(buf[:0], holder, addr, false)); err != nil {
			return err
		}
		return b.sendFrame(l, appendGratuitousARP(buf[:0], holder, addr, true))
	}
	if !l.asked {
		l.router, l.asked = b.announcer.router(a.Ifindex), true
	}
	return b.sendFrame(l, appendUnsolicitedNA(buf[:0], holder, addr, l.router))
}

// sendFrame sends a frame from this host's own link-layer address, whatever it announces.
func (b *burst) sendFrame(l *burstLink, frame []byte) error {
	copy(frame[6:12], l.hardware.address[:])
	return l.port.send(frame)
}

func (b *burst) fail(l *burstLink, a Address, err error) {
	l.failed = true
	b.errs = append(b.errs, fmt.Errorf("announcing %s on interface %d: %w", a.Prefix.Addr(), a.Ifindex, err))
}
