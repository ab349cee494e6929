package service

import (
	"log/slog"
	"time"

	"github.com/aloft-ha/aloft/internal/command"
	"github.com/aloft-ha/aloft/internal/config"
)

// logBegin says what begins, if it changes something.
func (s step) logBegin(log *slog.Logger) {
	switch s.verb {
	case start:
		log.Info("starting service")
	case stop:
		log.Info("stopping service")
	case rest, wait, askToRun, askToStop:
	}
}

// logEnd says what came of the step.
func (s step) logEnd(log *slog.Logger, a answer, took time.Duration, before, after entry) {
	switch s.verb {
	case start:
		s.logStart(log, a, took)
	case stop:
		s.logStop(log, a, took, after)
	case askToRun, askToStop:
		s.logAsk(log, a, before, after)
	case rest, wait:
	}
}

func (s step) logStart(log *slog.Logger, a answer, took time.Duration) {
	switch {
	case a.ok:
		log.Info("service started", "took", took)
	case a.ended:
		log.Info("start of service cancelled", "took", took)
	default:
		log.Error("service not started", "error", a.err, "took", took, "next", lookAt(s.service, s.service.Start))
	}
}

func (s step) logStop(log *slog.Logger, a answer, took time.Duration, after entry) {
	switch {
	case a.ok:
		log.Info("service stopped", "took", took)
	case after.stuck:
		log.Error("service not stopped", "error", a.err, "took", took,
			"next", "stop it by hand, since another node may start it now; "+lookAt(s.service, s.service.Stop))
	default:
		log.Debug("stop of a service that may not have started", "error", a.err, "took", took)
	}
}

func (s step) logAsk(log *slog.Logger, a answer, before, after entry) {
	switch {
	case a.ended:
	case a.err != nil:
		log.Warn("status of service unknown", "error", a.err, "next", lookAt(s.service, s.service.Status))
	case before.state == stopped && after.state == running:
		log.Info("service runs already")
	case before.state == running && after.state == stopped:
		log.Warn("service does not run any more", "next", lookAt(s.service, s.service.Status))
	}
}

// lookAt says how a person finds out more.
func lookAt(s config.Service, c *config.Command) string {
	if c == nil {
		return "systemctl status " + s.Unit + "; journalctl -u " + s.Unit
	}
	return "run it by hand and see: " + command.Line(c.Argv)
}
