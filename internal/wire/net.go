package wire

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// Net is a set of raw sockets that are waited for together.
//
// ONE GOROUTINE OWNS IT and calls all methods, except [Net.Wake], which any goroutine may call at any time.
// The sockets belong to the network namespace of the thread that calls [Net.Open].
type Net struct {
	epoll  int
	events []unix.EpollEvent // one place for each descriptor in the set, so that one call reports all

	timer alarm
	wake  doorbell

	sockets  []*socket // in the order of opening; Receive goes round them
	turn     int       // the socket that Receive begins with
	readable int       // how many sockets are marked readable
	lost     uint64

	// emptyAt is a moment when no socket had anything to read: what is read later came later. It bounds the receive
	// times that are computed from the wall clock, which may have been set in between.
	emptyAt time.Time

	rx rxBuffers
	tx txBuffers
}

// New returns a Net without sockets. It needs no privilege.
func New() (*Net, error) {
	epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("creating an epoll set: %w", err)
	}
	n := &Net{epoll: epoll, timer: alarm{fd: -1}, wake: doorbell{fd: -1}, emptyAt: time.Now()}
	n.tx.init()
	if err := n.watchClock(); err != nil {
		return nil, errors.Join(err, n.Close())
	}
	return n, nil
}

// watchClock makes the timer and the doorbell and adds them to the epoll set.
func (n *Net) watchClock() error {
	if err := n.timer.open(); err != nil {
		return err
	}
	if err := n.wake.open(); err != nil {
		return err
	}
	return errors.Join(n.watch(n.timer.fd), n.watch(n.wake.fd))
}

// watch adds a descriptor to the epoll set, level triggered: what is not read now is reported again.
func (n *Net) watch(fd int) error {
	event := unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(fd)}
	if err := unix.EpollCtl(n.epoll, unix.EPOLL_CTL_ADD, fd, &event); err != nil {
		return fmt.Errorf("adding a descriptor to the epoll set: %w", err)
	}
	n.events = append(n.events, unix.EpollEvent{})
	return nil
}

// Open makes the socket of key, and with multicast joins the VRRP group of its family on the interface. The interface
// is found by its index; ifname is for error texts. It may be down, and may go down and come up again while the socket
// is open; once it was deleted the socket is deaf for ever and has to be closed. So it is to the group once the kernel has
// made the interface anew: it refuses to let the socket join again.
//
// Open says how things shall be: if the socket is open already, only its membership is brought into line with
// multicast.
func (n *Net) Open(key Key, ifname string, multicast bool) error {
	if s := n.find(key); s != nil {
		if err := s.setMember(multicast); err != nil {
			return fmt.Errorf("changing the %s socket of %s: %w", s.family.name, ifname, err)
		}
		return nil
	}
	s, err := openSocket(key, ifname, multicast)
	if err != nil {
		return err
	}
	if err := n.watch(s.fd); err != nil {
		return errors.Join(err, unix.Close(s.fd))
	}
	n.sockets = append(n.sockets, s)
	return nil
}

// CloseSocket closes the socket of key and leaves its group. It does nothing if there is none.
func (n *Net) CloseSocket(key Key) {
	i := slices.IndexFunc(n.sockets, func(s *socket) bool { return s.key == key })
	if i < 0 {
		return
	}
	s := n.sockets[i]
	n.setReadable(s, false)
	// Closing alone leaves it in the set as long as there is a duplicate (epoll(7)), as in a child before its exec.
	_ = unix.EpollCtl(n.epoll, unix.EPOLL_CTL_DEL, s.fd, nil)
	_ = unix.Close(s.fd)
	n.sockets = slices.Delete(n.sockets, i, i+1)
	n.events = n.events[:len(n.events)-1]
	n.turn = 0
}

// Lost returns how many datagrams found the queue of a socket full, as far as the kernel has told, over all sockets that
// are or were open.
func (n *Net) Lost() uint64 { return n.lost }

// Close closes all sockets and the set itself. [Net.Wake] may still be called and does nothing then.
func (n *Net) Close() error {
	for len(n.sockets) > 0 {
		n.CloseSocket(n.sockets[0].key)
	}
	err := errors.Join(n.timer.close(), n.wake.close())
	if n.epoll >= 0 {
		err = errors.Join(err, unix.Close(n.epoll))
		n.epoll = -1
	}
	return err
}

// find returns the socket of key, or nil. A linear search: there are as many sockets as interfaces, not as routers.
func (n *Net) find(key Key) *socket {
	for _, s := range n.sockets {
		if s.key == key {
			return s
		}
	}
	return nil
}

// setReadable marks a socket and keeps the count of marked ones.
func (n *Net) setReadable(s *socket, readable bool) {
	if s.readable == readable {
		return
	}
	s.readable = readable
	if readable {
		n.readable++
	} else {
		n.readable--
	}
}
