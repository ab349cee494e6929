package systemd

import (
	"context"
	"errors"
	"fmt"

	"github.com/godbus/dbus/v5"
)

// ErrNoUnit is what is wrong where systemd knows no unit of a name.
var ErrNoUnit = errors.New("there is no unit")

var errClosed = errors.New("aloft has closed its connection")

// Bus is a connection to systemd that is made when it is needed. All methods may be called from any goroutine.
type Bus struct {
	turn   chan struct{} // has room for one: who is in looks for the connection, or makes it
	conn   *conn         // nil: none
	closed bool
}

// New returns a Bus that is not connected yet.
func New() *Bus { return &Bus{turn: make(chan struct{}, 1)} }

// ActiveState returns the state of a unit: "active", "reloading", "inactive", "failed", "activating", "deactivating" and
// what later versions of systemd add. A name without a unit file is [ErrNoUnit].
func (b *Bus) ActiveState(ctx context.Context, unit string) (string, error) {
	var state string
	err := b.with(ctx, func(c *conn) (err error) {
		if state, err = c.activeState(ctx, unit); err != nil {
			c.forget(unit)
		}
		return err
	})
	if err != nil {
		return "", explain(unit, err)
	}
	return state, nil
}

// with calls f with the connection. Where that turns out to be lost, it does so once more with a new one: systemd and
// the bus may have been restarted since the last call.
func (b *Bus) with(ctx context.Context, f func(*conn) error) error {
	for again := true; ; again = false {
		c, err := b.connection(ctx)
		if err == nil {
			if err = f(c); err == nil || answered(err) {
				return err
			}
		}
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx) // what the connection says then is only how it was ended
		case c == nil:
			return err
		}
		c.close()
		if !again {
			return err
		}
	}
}

// answered reports whether an error is what systemd said, and not that the connection failed.
func answered(err error) bool {
	return errors.Is(err, ErrNoUnit) || errors.As(err, &dbus.Error{})
}

// connection returns the connection, or makes one.
func (b *Bus) connection(ctx context.Context) (*conn, error) {
	leave, err := b.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	if b.conn != nil && !b.conn.lost() {
		return b.conn, nil
	}
	if b.conn != nil {
		b.conn.close()
		b.conn = nil
	}
	c, err := connect(ctx)
	if err == nil {
		b.conn = c
	}
	return c, err
}

// enter waits until nobody else is in, and returns what lets the next one in.
func (b *Bus) enter(ctx context.Context) (leave func(), err error) {
	select {
	case b.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	leave = func() { <-b.turn }
	if b.closed {
		leave()
		return nil, errClosed
	}
	return leave, nil
}

// Close ends the connection, and every call that uses it.
func (b *Bus) Close() {
	b.turn <- struct{}{}
	defer func() { <-b.turn }()
	b.closed = true
	if b.conn != nil {
		b.conn.close()
		b.conn = nil
	}
}

// noAnswer is that nothing was heard from systemd.
type noAnswer struct{ cause error }

func (e *noAnswer) Error() string {
	if errors.Is(e.cause, context.DeadlineExceeded) {
		return "systemd does not answer in time"
	}
	return "systemd does not answer: " + e.cause.Error()
}

func (e *noAnswer) Unwrap() error { return e.cause }

// explain makes a sentence of what went wrong with a unit.
func explain(unit string, err error) error {
	var job *jobError
	if errors.As(err, &job) {
		return err
	}
	if errors.Is(err, ErrNoUnit) {
		return fmt.Errorf("%w %s", ErrNoUnit, unit)
	}
	reply := dbus.Error{}
	if !errors.As(err, &reply) {
		return &noAnswer{err}
	}
	switch reply.Name {
	case "org.freedesktop.systemd1.NoSuchUnit":
		return fmt.Errorf("%w %s", ErrNoUnit, unit)
	case "org.freedesktop.DBus.Error.ServiceUnknown", "org.freedesktop.DBus.Error.NameHasNoOwner":
		return &noAnswer{errors.New("it is not on the bus")}
	case "org.freedesktop.DBus.Error.NoReply", "org.freedesktop.DBus.Error.Timeout", "org.freedesktop.DBus.Error.Disconnected":
		return &noAnswer{reply}
	case "org.freedesktop.DBus.Error.AccessDenied", "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired":
		return fmt.Errorf("systemd does not allow it for %s: %w; run aloft as root, or allow its user in polkit", unit, reply)
	}
	return fmt.Errorf("systemd says of %s: %w", unit, reply)
}
