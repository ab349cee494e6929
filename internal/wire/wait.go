package wire

import (
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// Wait blocks until a socket has something to read, [Net.Wake] was called since the last Wait, or the deadline has come;
// with a zero deadline only for the first two. It does not say which it was: after each return the caller looks at
// everything. A deadline in the past makes it look at the sockets once. The deadline has to carry the monotonic clock.
func (n *Net) Wait(deadline time.Time) error {
	if err := n.timer.set(deadline); err != nil {
		return err
	}
	woken, err := n.poll(forever)
	if err != nil {
		return err
	}
	if woken {
		n.wake.answer()
	}
	return nil
}

// Wake ends the current Wait of the owner, or the next one. Any goroutine may call it; it never blocks, and many calls
// before the owner looks are one.
func (n *Net) Wake() { n.wake.ring() }

// Timeouts of poll.
const (
	forever = -1
	instant = 0
)

// poll marks the sockets that the kernel reports as readable, and says whether Wake was called. It leaves the wake-up
// where it is: the poll that looks for more datagrams must not swallow what the next Wait has to return for.
func (n *Net) poll(timeout int) (woken bool, err error) {
	count, err := unix.EpollWait(n.epoll, n.events, timeout)
	for errors.Is(err, unix.EINTR) {
		// Every preemption of the Go scheduler is a signal, and epoll_wait is never restarted (signal(7)). The
		// deadline is the timer's, so there is no remaining time to compute.
		count, err = unix.EpollWait(n.epoll, n.events, timeout)
	}
	if err != nil {
		return false, fmt.Errorf("waiting for sockets: %w", err)
	}
	for i := range count {
		switch fd := int(n.events[i].Fd); fd {
		case n.wake.fd:
			woken = true
		case n.timer.fd:
		default:
			// Whatever the event: a pending error, too, is taken and cleared by reading.
			n.markReadable(fd)
		}
	}
	return woken, nil
}

func (n *Net) markReadable(fd int) {
	for _, s := range n.sockets {
		if s.fd == fd {
			n.setReadable(s, true)
		}
	}
}
