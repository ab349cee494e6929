package config

import (
	"fmt"

	"github.com/google/go-cmp/cmp"

	"github.com/aloft-ha/aloft/tracker"
)

// goldenSections are the parts of a file that hold for all nodes, as the golden files have them: one to a line, before the
// instances, and none for what a file does not have.
func goldenSections(c *Config) (lines []map[string]any) {
	for _, t := range c.Trackers {
		m := map[string]any{
			"tracker": t.Name, "kind": t.Kind.KindName(), "looks": fmt.Sprintf("%+v", t.Kind), "interval": t.Interval.String(),
			"timeout": t.Timeout.String(), "rise": t.Rise, "fall": t.Fall, "initial": t.Initial.String(),
		}
		put(m, "damping", t.Damping)
		lines = append(lines, m)
	}
	for _, g := range c.Groups {
		m := map[string]any{"group": g.Name, "routers": g.Routers}
		putNotify(m, g.Notify)
		lines = append(lines, m)
	}
	top := map[string]any{}
	putNotify(top, c.Notify)
	if s := c.Scripts; !cmp.Equal(s, Scripts{}) {
		top["scripts"] = map[string]any{"user": s.User, "environment": s.Environment, "insecure": s.Insecure}
	}
	if len(top) > 0 {
		lines = append(lines, top)
	}
	return lines
}

// putTracking adds what an instance tracks, runs and tells.
func putTracking(m map[string]any, i *Instance) {
	put(m, "group", i.Group)
	var track []string
	for _, e := range i.Track {
		effect := e.Mode.String()
		if e.Mode == tracker.ModeWeight {
			effect = fmt.Sprint(e.Weight)
		}
		track = append(track, e.Tracker+" "+effect)
	}
	if track != nil {
		m["track"] = track
	}
	putNotify(m, i.Notify)
	var services []map[string]any
	for _, s := range i.Services {
		service := map[string]any{"name": s.Name, "timeout": s.Timeout.String()}
		put(service, "unit", s.Unit)
		putCommand(service, "start", s.Start)
		putCommand(service, "stop", s.Stop)
		putCommand(service, "status", s.Status)
		services = append(services, service)
	}
	if services != nil {
		m["services"] = services
	}
}

func putNotify(m map[string]any, n Notify) {
	notify := map[string]any{}
	putCommand(notify, "active", n.Active)
	putCommand(notify, "backup", n.Backup)
	putCommand(notify, "fault", n.Fault)
	putCommand(notify, "stop", n.Stop)
	putCommand(notify, "any", n.Any)
	put(notify, "fifo", n.FIFO)
	if len(notify) > 0 {
		m["notify"] = notify
	}
}

func putCommand(m map[string]any, name string, c *Command) {
	if c == nil {
		return
	}
	command := map[string]any{"argv": c.Argv}
	put(command, "user", c.User)
	put(command, "timeout", c.Timeout)
	m[name] = command
}
