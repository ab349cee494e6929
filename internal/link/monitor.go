package link

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// kernel is what a Monitor needs of the operating system.
type kernel interface {
	// receive waits for notifications until the given time (zero: for ever) and passes on each datagram that is there.
	// Errors: os.ErrDeadlineExceeded when the time came first, unix.ENOBUFS when notifications were lost (after all
	// others were passed on), os.ErrClosed.
	receive(until time.Time, each func(datagram []byte)) error
	read() (Snapshot, error)
	interrupt() // ends receive, now and for good; may be called at any time
	close()     // at the end: nothing but interrupt may be called after it, or at the same time
}

// Monitor publishes the state of the host's links and addresses whenever it changes. All of it runs in the goroutine
// that calls Run, the two callbacks included.
type Monitor struct {
	publish func(Snapshot)
	hint    func()
	log     *slog.Logger
	open    func() (kernel, error)

	last     Snapshot
	own      map[ownAddress]struct{} // the addresses of ours in last
	schedule schedule
}

type ownAddress struct {
	index  int
	prefix netip.Prefix
}

// NewMonitor returns a Monitor. publish gets the first snapshot when Run starts, then each that differs from the one
// before. hint, which may be nil, is called at once whenever an address was deleted, or added or changed by somebody
// else, also if the snapshot is the same again by the time it is read. Neither may block.
//
// The renewal of an address that carries our IFA_PROTO costs no reading, and a new one appears in a snapshot within
// about a second.
func NewMonitor(publish func(Snapshot), hint func(), log *slog.Logger) *Monitor {
	if hint == nil {
		hint = func() {}
	}
	return &Monitor{publish: publish, hint: hint, log: log, open: openKernel}
}

// Run watches the network namespace of the calling thread until ctx is done, and then returns nil. It fails when the
// first reading or the notification socket does; later readings that fail are logged and repeated.
func (m *Monitor) Run(ctx context.Context) error {
	k, err := m.open()
	if err != nil {
		return fmt.Errorf("watching links and addresses: %w", err)
	}
	defer k.close()
	defer context.AfterFunc(ctx, k.interrupt)()

	// The socket is subscribed already, so no change can slip in between the first reading and the first notification.
	start := time.Now()
	first, err := k.read()
	if err != nil {
		return err
	}
	m.schedule.done(start, time.Now())
	m.keep(first)
	m.publish(first)

	for {
		err := m.await(k)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return fmt.Errorf("waiting for changes of links and addresses: %w", err)
		}
		if m.schedule.due(time.Now()) {
			m.refresh(k)
		}
	}
}

// await takes in all pending notifications, or returns when a reading is due.
func (m *Monitor) await(k kernel) error {
	var nudge, soon, lazily bool
	err := k.receive(m.schedule.readAt, func(datagram []byte) {
		eachHint(datagram, func(h hint) {
			switch h.Kind {
			case hintLink:
				soon = true
			case hintDeleted, hintForeign:
				nudge, soon = true, true
			case hintOwn:
				if _, known := m.own[ownAddress{h.Index, h.Address.Prefix}]; !known {
					lazily = true
				}
			}
		})
	})
	switch {
	case errors.Is(err, unix.ENOBUFS):
		m.log.Debug("notifications of links and addresses were lost, reading all")
		nudge, soon = true, true
	case errors.Is(err, os.ErrDeadlineExceeded):
	case err != nil:
		return err
	}

	if nudge {
		m.hint()
	}
	if now := time.Now(); soon {
		m.schedule.soon(now)
	} else if lazily {
		m.schedule.lazily(now)
	}
	return nil
}

// refresh reads, and publishes what is new.
func (m *Monitor) refresh(k kernel) {
	start := time.Now()
	s, err := k.read()
	end := time.Now()
	m.schedule.done(start, end)
	if err != nil {
		m.log.Warn("links and addresses could not be read, trying again", "error", err)
		m.schedule.lazily(end)
		return
	}
	if s.Equal(m.last) {
		return
	}
	m.keep(s)
	m.publish(s)
}

func (m *Monitor) keep(s Snapshot) {
	m.last = s
	m.own = make(map[ownAddress]struct{})
	for _, l := range s.Links {
		for _, a := range l.Addresses {
			if a.Proto == protoOwn {
				m.own[ownAddress{l.Index, a.Prefix}] = struct{}{}
			}
		}
	}
}
