package notify

import (
	"cmp"
	"slices"

	"github.com/aloft-ha/aloft/internal/command"
	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/internal/engine"
)

// subject is a router or a group: the two may have one name.
type subject struct {
	group bool
	name  string
}

// compare orders by name, a router before a group of the same name.
func (s subject) compare(o subject) int {
	return cmp.Or(cmp.Compare(s.name, o.name), cmp.Compare(keepalivedKind(o.group), keepalivedKind(s.group)))
}

func subjectOf(e engine.Event) subject { return subject{group: e.Group, name: e.Name} }

// plan is what is executed and written for one subject, in order: its own, then that for every subject.
type plan []config.Notify

// configuration is what a file means to this package on one node.
type configuration struct {
	node     string
	plans    map[subject]plan
	everyone plan // of a subject that the file does not have
}

func configurationOf(cfg *config.Config, node string) configuration {
	c := configuration{node: node, plans: map[subject]plan{}, everyone: plan{cfg.Notify}}
	for _, r := range cfg.Routers {
		for _, i := range r.PerNode {
			if i.Node == node {
				c.plans[subject{name: r.Name}] = plan{i.Notify, cfg.Notify}
			}
		}
	}
	for _, g := range cfg.Groups {
		c.plans[subject{group: true, name: g.Name}] = plan{g.Notify, cfg.Notify}
	}
	return c
}

// calls are the commands of a notice, in order, as they are run.
func (p plan) calls(n notice) (list []config.Command) {
	for _, notify := range p {
		if c := ofCondition(notify, n.To); c != nil {
			list = append(list, *c)
		}
		if notify.Any != nil {
			c := *notify.Any
			c.Argv = command.Append(c.Argv, n.arguments()...)
			list = append(list, c)
		}
	}
	return list
}

// fifos are the paths that get a line, each once.
func (p plan) fifos() (paths []string) {
	for _, notify := range p {
		if notify.FIFO != "" && !slices.Contains(paths, notify.FIFO) {
			paths = append(paths, notify.FIFO)
		}
	}
	return paths
}

func ofCondition(n config.Notify, c engine.Condition) *config.Command {
	switch c {
	case engine.ConditionActive:
		return n.Active
	case engine.ConditionBackup:
		return n.Backup
	case engine.ConditionFault:
		return n.Fault
	case engine.ConditionStopped:
		return n.Stop
	}
	return nil
}
