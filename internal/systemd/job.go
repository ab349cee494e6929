package systemd

import (
	"context"
	"errors"
	"fmt"

	"github.com/godbus/dbus/v5"
)

const jobRemoved = "JobRemoved"

var errLost = errors.New("the connection was lost")

// Start starts a unit, and returns when its job has ended: nil means that the unit is active, or for a oneshot that it
// has run. When ctx ends first, the job goes on without being waited for.
func (b *Bus) Start(ctx context.Context, unit string) error {
	return b.run(ctx, job{method: "StartUnit", unit: unit, not: "was not started"})
}

// Stop stops a unit, and returns when its job has ended. When ctx ends first, the job goes on.
func (b *Bus) Stop(ctx context.Context, unit string) error {
	return b.run(ctx, job{method: "StopUnit", unit: unit, not: "was not stopped"})
}

// job is something that systemd is asked to do.
type job struct {
	method, unit string
	not          string // what is said when it was not done
}

// jobError is a job that did not end well.
type jobError struct{ text string }

func (e *jobError) Error() string { return e.text }

// run gives systemd a job and waits for its result, on a connection of its own: the signals of a job come to whom gave
// it, and a call that hangs elsewhere is of no concern to it.
func (b *Bus) run(ctx context.Context, j job) error {
	leave, err := b.enter(ctx)
	if err != nil {
		return explain(j.unit, err)
	}
	leave() // it is not closed
	c, err := connect(ctx)
	if err != nil {
		return explain(j.unit, err)
	}
	defer c.close()
	result, err := c.job(ctx, j)
	switch {
	case err != nil:
		return explain(j.unit, err)
	case result == "done":
		return nil
	}
	return &jobError{j.unit + " " + j.not + ": " + reason(result) + "; see systemctl status " + j.unit}
}

// job gives systemd a job, and returns how it ended.
func (c *conn) job(ctx context.Context, j job) (string, error) {
	signals := make(chan *dbus.Signal, 16)
	c.bus.Signal(signals)
	sender := ""
	if !c.direct {
		rule := fmt.Sprintf("type='signal',sender='%s',interface='%s',member='%s'", destination, manager, jobRemoved)
		if err := c.call(ctx, c.bus.BusObject(), addMatch, rule).Err; err != nil {
			return "", err
		}
		// Anybody on the bus may send us a signal, past the rule.
		if err := c.call(ctx, c.bus.BusObject(), getNameOwner, destination).Store(&sender); err != nil {
			return "", err
		}
	}
	// "replace" is what systemctl says: a job for the opposite that still waits is cancelled.
	var path dbus.ObjectPath
	if err := c.call(ctx, c.bus.Object(destination, managerPath), manager+"."+j.method, j.unit, "replace").Store(&path); err != nil {
		return "", err
	}
	for {
		select {
		case <-ctx.Done():
			return "", &jobError{j.unit + " " + j.not + " in time; systemd still tries, see systemctl status " + j.unit}
		case s, ok := <-signals:
			if !ok {
				return "", errLost
			}
			if result, mine := resultOf(s, path); mine && s.Sender == sender {
				return result, nil
			}
		}
	}
}

// resultOf reads a signal: how the job of a path ended.
func resultOf(s *dbus.Signal, path dbus.ObjectPath) (string, bool) {
	var (
		id           uint32
		job          dbus.ObjectPath
		unit, result string
	)
	if s.Name != manager+"."+jobRemoved || dbus.Store(s.Body, &id, &job, &unit, &result) != nil {
		return "", false
	}
	return result, job == path
}

// reason says in words what the result of a job means, as org.freedesktop.systemd1(5) has it.
func reason(result string) string {
	switch result {
	case "failed":
		return "it failed"
	case "timeout":
		return "it took longer than its unit allows"
	case "canceled":
		return "another job took the place of this one"
	case "dependency":
		return "a unit that it depends on failed"
	case "skipped":
		return "its state does not allow it"
	}
	return "the job ended as " + result
}
