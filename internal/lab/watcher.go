package lab

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	mnl "github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

// watcherBuffer is the receive buffer of the watcher's sockets. A notification is some 100 bytes and counts for about
// 800; so it holds some 20,000.
const watcherBuffer = 16 << 20

// Change says what became of an address.
type Change uint8

// The changes.
const (
	Added   Change = iota + 1
	Renewed        // it was there already: a new lifetime, or other flags
	Removed
)

// String returns the change's name.
func (c Change) String() string {
	switch c {
	case Added:
		return "added"
	case Renewed:
		return "renewed"
	case Removed:
		return "removed"
	}
	return "invalid"
}

// AddressChange is a kernel's notification that an address came or went. The kernel does not date them: At is when it
// was read, on an idle machine within 0.1 ms.
type AddressChange struct {
	At      time.Time
	Host    string
	Address netip.Addr
	Change  Change
}

// Watcher records the changes of all addresses on all hosts, beginning with those that were there as Added. An address on
// a device that a protocol holds down counts as removed. Its methods may be called from any goroutine.
type Watcher struct {
	changes journal[AddressChange]
	stop    func() error

	stopping atomic.Bool

	mu    sync.Mutex
	conns []*mnl.Conn
	errs  []error
	wg    sync.WaitGroup
}

// StartWatcher starts recording on the hosts that the LAN has now. It ends with Stop or with the LAN.
func (l *LAN) StartWatcher() (*Watcher, error) {
	w := &Watcher{}
	w.stop = sync.OnceValue(w.end)
	for _, h := range l.Hosts() {
		if err := w.watch(h); err != nil {
			return nil, errors.Join(fmt.Errorf("watching the addresses of %s: %w", h.Name, err), w.Stop())
		}
	}
	l.onClose(w.Stop)
	return w, nil
}

// Stop ends the recording and returns why, if some of it had ended before. What was recorded stays.
func (w *Watcher) Stop() error { return w.stop() }

// end does the work of Stop.
func (w *Watcher) end() error {
	w.stopping.Store(true)
	for _, c := range w.conns {
		w.fail(c.Close())
	}
	w.wg.Wait()
	return errors.Join(w.errs...)
}

// fail keeps an error for Stop.
func (w *Watcher) fail(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.errs = append(w.errs, err)
}

// watch starts the recording of one host. It subscribes before it reads what is there, so that nothing is missed
// between the two.
func (w *Watcher) watch(h *Host) error {
	c, err := mnl.Dial(unix.NETLINK_ROUTE, &mnl.Config{NetNS: int(h.ns.handle)})
	if err != nil {
		return err
	}
	w.conns = append(w.conns, c)
	if err := c.SetReadBuffer(watcherBuffer); err != nil {
		return err
	}
	for _, group := range []uint32{unix.RTNLGRP_IPV4_IFADDR, unix.RTNLGRP_IPV6_IFADDR} {
		if err := c.JoinGroup(group); err != nil {
			return err
		}
	}
	if h.heldDown {
		if err := c.JoinGroup(unix.RTNLGRP_LINK); err != nil {
			return err
		}
	}
	known := make(holding)
	if err := w.resync(h, known); err != nil {
		return err
	}
	w.wg.Go(func() {
		if err := w.read(h, c, known); err != nil {
			w.fail(fmt.Errorf("watching the addresses of %s: %w", h.Name, err))
		}
	})
	return nil
}

// read is the goroutine of one host.
func (w *Watcher) read(h *Host, c *mnl.Conn, known holding) error {
	for {
		msgs, err := c.Receive()
		switch {
		case w.stopping.Load():
			return nil
		case err != nil && !errors.Is(err, unix.ENOBUFS):
			return err
		case err != nil, h.heldDown:
			// The kernel dropped notifications, or an address comes and goes with its device: what is there now is the truth.
			if err := w.resync(h, known); err != nil {
				return err
			}
			continue
		}
		now := time.Now()
		for _, m := range msgs {
			a, err := parseAddress(m.Data)
			if err != nil {
				return err
			}
			if change, ok := known.apply(a, m.Header.Type == unix.RTM_NEWADDR); ok {
				w.changes.append(AddressChange{At: now, Host: h.Name, Address: a.Prefix.Addr(), Change: change})
			}
		}
	}
}

// resync records how what is there differs from what was known.
func (w *Watcher) resync(h *Host, known holding) error {
	all, err := h.held()
	if err != nil {
		return err
	}
	now := time.Now()
	for _, d := range known.replace(all) {
		w.changes.append(AddressChange{At: now, Host: h.Name, Address: d.address, Change: d.change})
	}
	return nil
}

// Changes returns the changes recorded so far of one address, in order; of all with an invalid one.
func (w *Watcher) Changes(a netip.Addr) []AddressChange {
	all := w.changes.all()
	if !a.IsValid() {
		return all
	}
	return slices.DeleteFunc(all, func(c AddressChange) bool { return c.Address != a })
}

// Await returns the first change at or after the time that matches, waiting for it until ctx is done; then the error is
// the context's.
func (w *Watcher) Await(ctx context.Context, since time.Time, match func(AddressChange) bool) (AddressChange, error) {
	return w.changes.await(ctx, func(c AddressChange) bool { return !c.At.Before(since) && match(c) })
}

// Tenures returns who held the address and when, up to now.
func (w *Watcher) Tenures(a netip.Addr) []Tenure { return tenures(w.Changes(a)) }
