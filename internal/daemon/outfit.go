package daemon

import (
	"context"
	"log/slog"

	"github.com/aloft-ha/aloft/internal/command"
	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/internal/engine"
	"github.com/aloft-ha/aloft/internal/link"
	"github.com/aloft-ha/aloft/internal/notify"
	"github.com/aloft-ha/aloft/internal/service"
	"github.com/aloft-ha/aloft/internal/systemd"
	"github.com/aloft-ha/aloft/tracker"
)

// outfit is what looks after the rest of the host for the engine: trackers, notify commands and services, and what runs
// commands for them.
type outfit struct {
	commands *command.Runner
	units    *systemd.Bus
	trackers *tracker.Manager
	notifier *notify.Notifier
	services *service.Manager
	log      *slog.Logger
}

// newOutfit makes the parts. What they find and do is reported to the engine that eng gives when it is asked.
func newOutfit(cfg *config.Config, eng func() *engine.Engine, log *slog.Logger) *outfit {
	o := &outfit{commands: command.New(command.Settings(cfg.Scripts), log), units: systemd.New(), log: log}
	o.trackers = tracker.New(tracker.Options{
		Run: o.runScript, Units: o.units, Log: log,
		Report: func(s tracker.Status) { eng().Tracked(s) },
	})
	o.notifier = notify.New(notify.Options{Run: o.commands, Log: log})
	o.services = service.New(service.Options{
		Run: o.commands, Units: o.units, Log: log,
		Report: func(r service.Result) { eng().Served(engine.ServiceResult(r)) },
	})
	return o
}

// configure gives each part its share of a configuration.
func (o *outfit) configure(cfg *config.Config, node string) {
	instances := cfg.Instances(node)
	services := make(map[string][]config.Service)
	for i := range instances {
		if list := instances[i].Services; len(list) > 0 {
			services[instances[i].Router] = list
		}
	}
	o.commands.Configure(command.Settings(cfg.Scripts))
	o.trackers.Configure(tracked(cfg.Trackers, instances))
	o.notifier.Configure(cfg, node)
	o.services.Configure(services)
	warnNonlocalBind(cfg, instances, o.log)
}

// runScript runs the command of a tracker.
func (o *outfit) runScript(ctx context.Context, s tracker.Script) tracker.Result {
	r := o.commands.Do(ctx, command.Command{Argv: s.Argv, User: s.User})
	return tracker.Result{OK: r.OK(), Text: r.String()}
}

// links tells the trackers what interfaces there are.
func (o *outfit) links(s link.Snapshot) {
	var list []tracker.Link
	for _, l := range s.Links {
		list = append(list, tracker.Link{Names: append([]string{l.Name}, l.AltNames...), Up: l.Up, Carrier: l.Carrier})
	}
	o.trackers.Links(list)
}
