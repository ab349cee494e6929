package service

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aloft-ha/aloft/internal/command"
	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/internal/systemd"
)

// fallback is the limit of what the configuration sets none for: nothing may hold up a router for ever.
const fallback = 30 * time.Second

// perform does to a service what the verb says, and waits for what comes of it.
func (m *Manager) perform(ctx context.Context, v verb, s config.Service) answer {
	var a answer
	var doing string
	switch v {
	case askToRun, askToStop:
		doing = "asking the status of "
		a = m.ask(ctx, s)
	case start:
		doing = "starting "
		a = m.change(ctx, s, s.Start, m.units.Start)
	case stop:
		doing = "stopping "
		a = m.change(ctx, s, s.Stop, m.units.Stop)
	case rest, wait: // nothing is done
	}
	if a.err != nil {
		a.err = fmt.Errorf("%s%s: %w", doing, s.Name, a.err)
	}
	// What was done before the cancellation reached it is done.
	a.ended = ctx.Err() != nil && !a.ok
	return a
}

// ask asks whether a service runs.
func (m *Manager) ask(ctx context.Context, s config.Service) answer {
	if s.Unit == "" {
		r := m.execute(ctx, s, s.Status, false)
		if r.Outcome == command.Exited {
			return answer{ok: r.OK()}
		}
		return answer{err: errors.New(r.String())}
	}
	within, cancel := context.WithTimeout(ctx, limit(s, nil))
	defer cancel()
	state, err := m.units.ActiveState(within, s.Unit)
	if err != nil {
		return answer{absent: errors.Is(err, systemd.ErrNoUnit), err: err}
	}
	return unitAnswer(state)
}

// unitAnswer reads an ActiveState: org.freedesktop.systemd1(5), properties of a unit.
func unitAnswer(state string) answer {
	switch state {
	case "active", "reloading", "refreshing":
		return answer{ok: true}
	case "inactive", "failed":
		return answer{}
	}
	return answer{between: true} // activating, deactivating, maintenance, and what later versions think of
}

// change starts or stops a service: by the command, or by the unit's job.
func (m *Manager) change(ctx context.Context, s config.Service, c *config.Command,
	job func(context.Context, string) error,
) answer {
	if s.Unit != "" {
		within, cancel := context.WithTimeout(ctx, limit(s, nil))
		defer cancel()
		err := job(within, s.Unit)
		return answer{ok: err == nil, err: err}
	}
	r := m.execute(ctx, s, c, true)
	if r.OK() {
		return answer{ok: true}
	}
	return answer{refused: r.Outcome == command.Refused, err: errors.New(r.String())}
}

// execute runs a command. What a start or a stop leaves behind is the service; what a status leaves behind is nothing.
func (m *Manager) execute(ctx context.Context, s config.Service, c *config.Command, leave bool) command.Result {
	return m.run.Do(ctx, command.Command{
		Argv: c.Argv, User: c.User, Timeout: limit(s, c), LeaveChildren: leave,
	})
}

// limit is how long something may take: as the command has it, or the service.
func limit(s config.Service, c *config.Command) time.Duration {
	if c != nil && c.Timeout != 0 {
		return c.Timeout
	}
	return cmp.Or(s.Timeout, fallback)
}
