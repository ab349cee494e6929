package wire

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// ErrNotOpen is the error of a message for which no socket is open.
var ErrNotOpen = errors.New("no socket is open for the interface and family")

// ErrFamily is the error of a message whose addresses are not of its socket's family.
var ErrFamily = errors.New("the addresses are not of the socket's family")

// batch is how many messages one sendmmsg takes at most. It is the engine's limit per tick, so one call is the rule.
const batch = 64

// txBuffers are the places that sendmmsg reads from.
type txBuffers struct {
	msgs    [batch]mmsghdr
	iovecs  [batch]unix.Iovec
	names   [batch * sockaddrSize]byte
	control []byte     // sendControlSize each
	index   [batch]int // the message of each slot
}

func (t *txBuffers) init() {
	t.control = make([]byte, batch*sendControlSize)
	for i := range t.msgs {
		h := &t.msgs[i].hdr
		h.Iov = &t.iovecs[i]
		h.SetIovlen(1)
		h.Name = &t.names[i*sockaddrSize]
	}
}

// fill puts a message into a slot.
func (t *txBuffers) fill(slot int, m *Outgoing) {
	h := &t.msgs[slot].hdr
	h.Namelen = uint32(putSockaddr(t.names[slot*sockaddrSize:][:sockaddrSize], m.Dst, m.Key.Ifindex))
	h.Control = nil
	h.SetControllen(0)
	if m.Src.IsValid() {
		b := t.control[slot*sendControlSize:][:sendControlSize]
		h.Control = &b[0]
		h.SetControllen(putSource(b, m.Src, m.Key.Ifindex))
	}
	t.iovecs[slot].Base = nil
	if len(m.Payload) > 0 {
		t.iovecs[slot].Base = &m.Payload[0]
	}
	t.iovecs[slot].SetLen(len(m.Payload))
}

// release lets go of the callers' payloads.
func (t *txBuffers) release(slots int) {
	for i := range slots {
		t.iovecs[i].Base = nil
	}
}

// Send gives the messages to the kernel in their order, and sets Err of each: nil, or why the kernel did not take it. It
// never waits. A full send buffer is an error of that message (EAGAIN), and a message that is refused does not keep
// the ones behind it from going out. Consecutive messages of one key share a system call, so a caller sorts by key.
//
// Nil means that the message was queued at the interface. What happens after that (no carrier, a full transmit queue,
// a peer that answers no ARP) is not reported.
func (n *Net) Send(out []Outgoing) {
	for len(out) > 0 {
		run := 1
		for run < min(len(out), batch) && out[run].Key == out[0].Key {
			run++
		}
		n.sendRun(out[:run])
		out = out[run:]
	}
}

// sendRun sends at most a batch of messages of one key.
func (n *Net) sendRun(run []Outgoing) {
	s := n.find(run[0].Key)
	slots := 0
	for i := range run {
		if run[i].Err = check(s, &run[i]); run[i].Err == nil {
			n.tx.fill(slots, &run[i])
			n.tx.index[slots] = i
			slots++
		}
	}
	for done := 0; done < slots; {
		count, err := sendmmsg(s.fd, n.tx.msgs[done:slots])
		switch {
		case errors.Is(err, unix.EINTR):
		case err != nil:
			m := &run[n.tx.index[done]]
			m.Err = fmt.Errorf("sending from %s to %s on %s: %w", m.Src, m.Dst, s.ifname, err)
			done++
		default:
			done += count
		}
	}
	n.tx.release(slots)
}

// check finds what the kernel need not be asked.
func check(s *socket, m *Outgoing) error {
	switch {
	case s == nil:
		return ErrNotOpen
	case m.Dst.Is4() == m.Key.IPv6, !m.Dst.IsValid():
		return ErrFamily
	case m.Src.IsValid() && m.Src.Is4() == m.Key.IPv6:
		return ErrFamily
	}
	return nil
}
