package wire

import (
	"errors"
	"time"

	"golang.org/x/sys/unix"
)

// rxBuffers are the places that recvmmsg writes to, one slot per datagram of the largest Receive so far. They are reused
// by every Receive and never shrink.
type rxBuffers struct {
	msgs    []mmsghdr
	iovecs  []unix.Iovec
	data    []byte // sizeLimit each
	names   []byte // sockaddrSize each
	control []byte // receiveControlSize each
}

// grow makes room for count datagrams.
func (r *rxBuffers) grow(count int) {
	if count <= len(r.msgs) {
		return
	}
	r.msgs = make([]mmsghdr, count)
	r.iovecs = make([]unix.Iovec, count)
	r.data = make([]byte, count*sizeLimit)
	r.names = make([]byte, count*sockaddrSize)
	r.control = make([]byte, count*receiveControlSize)
	for i := range r.msgs {
		r.iovecs[i].Base = &r.data[i*sizeLimit]
		r.iovecs[i].SetLen(sizeLimit)
		h := &r.msgs[i].hdr
		h.Iov = &r.iovecs[i]
		h.SetIovlen(1)
		h.Name = &r.names[i*sockaddrSize]
		h.Control = &r.control[i*receiveControlSize]
	}
}

// ready gives the slots from..to to the kernel again, which has overwritten their lengths.
func (r *rxBuffers) ready(from, to int) []mmsghdr {
	for i := from; i < to; i++ {
		h := &r.msgs[i].hdr
		h.Namelen = sockaddrSize
		h.SetControllen(receiveControlSize)
		h.Flags = 0
	}
	return r.msgs[from:to]
}

// slot returns what the kernel wrote to a slot.
func (r *rxBuffers) slot(i int) (data, name, control []byte) {
	m := &r.msgs[i]
	data = r.data[i*sizeLimit:][:min(int(m.len), sizeLimit)]
	name = r.names[i*sockaddrSize:][:min(int(m.hdr.Namelen), sockaddrSize)]
	control = r.control[i*receiveControlSize:][:min(int(m.hdr.Controllen), receiveControlSize)]
	return data, name, control
}

// Receive fills dst with datagrams that have come, and returns how many. It never waits. Fewer than len(dst) means
// that no socket had more to give; so a caller that wants everything calls it until it returns 0, and one that is under
// attack stops earlier.
//
// All sockets get their share of dst: a flood on one does not keep the datagrams of another waiting.
func (n *Net) Receive(dst []Datagram) int {
	n.rx.grow(len(dst))
	filled, futile := 0, 0
	// A round may find nothing: a mark was out of date, a socket had only an error to give. Two in a row would mean that
	// the kernel keeps on reporting what cannot be read, and the loop has to end.
	for filled < len(dst) && futile < 2 && n.anyReadable() {
		before := filled
		filled = n.round(dst, filled)
		if filled > before {
			futile = 0
		} else {
			futile++
		}
	}
	return filled
}

// anyReadable asks the kernel again when all that it reported has been read. If there is nothing, that moment is noted:
// everything that is read later came later.
func (n *Net) anyReadable() bool {
	if n.readable > 0 {
		return true
	}
	now := time.Now()
	if _, err := n.poll(instant); err != nil {
		return false // Wait meets the same error, and returns it
	}
	if n.readable > 0 {
		return true
	}
	n.emptyAt = now
	return false
}

// round reads an equal share from each readable socket, beginning where the last one stopped for lack of room, and
// returns up to where dst is filled then.
func (n *Net) round(dst []Datagram, at int) int {
	share := (len(dst) - at + n.readable - 1) / n.readable
	for i := 0; i < len(n.sockets) && at < len(dst); i++ {
		s := n.sockets[n.turn]
		n.turn = (n.turn + 1) % len(n.sockets)
		if s.readable {
			at = n.read(s, dst, at, min(at+share, len(dst)))
		}
	}
	return at
}

// read fills dst[from:to] from one socket and returns where it stopped. An error is as good as nothing to read: to be told
// of it clears it (SO_ERROR in socket(7)).
func (n *Net) read(s *socket, dst []Datagram, from, to int) int {
	count, err := recvmmsg(s.fd, n.rx.ready(from, to))
	for errors.Is(err, unix.EINTR) {
		count, err = recvmmsg(s.fd, n.rx.ready(from, to))
	}
	now := time.Now()
	for i := from; i < from+count; i++ {
		data, name, ctl := n.rx.slot(i)
		c := parseControl(ctl)
		n.lost += s.newlyLost(c)
		dst[i] = decode(s.key, data, name, c)
		dst[i].Truncated = dst[i].Truncated || n.rx.msgs[i].hdr.Flags&unix.MSG_TRUNC != 0
		dst[i].At = receivedAt(c.stamp, n.emptyAt, now)
	}
	if from+count < to {
		n.setReadable(s, false)
	}
	return from + count
}

// newlyLost returns what the kernel's counter grew by.
func (s *socket) newlyLost(c control) uint64 {
	if !c.hasLost {
		return 0
	}
	lost := c.lost - s.overflow
	s.overflow = c.lost
	return uint64(lost)
}

// decode makes a datagram of what was read, except for its time. An IPv4 socket reads the IP header with the payload; for
// IPv6 its facts come beside it.
func decode(key Key, data, name []byte, c control) Datagram {
	if key.IPv6 {
		return Datagram{Key: key, Src: sourceOf(name), Dst: c.dst, HopLimit: c.hopLimit, Payload: data}
	}
	h, payload, whole := stripHeader(data)
	return Datagram{Key: key, Src: h.src, Dst: h.dst, HopLimit: h.ttl, Payload: payload, Truncated: !whole}
}
