package keepalived

import (
	"fmt"
	"path"
	"strconv"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/internal/importer"
)

// notifyHandlers read what is run when something changes its state. Of two commands for one state keepalived takes the
// first.
func notifyHandlers[T any](of func(*T) *config.Notify) map[string]handler[T] {
	read := func(command func(*config.Notify) **config.Command) handler[T] {
		return func(src *source, into *T, s *statement) {
			at := command(of(into))
			if *at != nil {
				src.drop(s, hint{importer.Broken, "there is another " + s.keyword() + " before it, and keepalived takes the first"})
				return
			}
			*at = readCommand(src, s)
		}
	}
	return map[string]handler[T]{
		"notify_master": read(func(n *config.Notify) **config.Command { return &n.Active }),
		"notify_backup": read(func(n *config.Notify) **config.Command { return &n.Backup }),
		"notify_fault":  read(func(n *config.Notify) **config.Command { return &n.Fault }),
		"notify_stop":   read(func(n *config.Notify) **config.Command { return &n.Stop }),
		"notify":        read(func(n *config.Notify) **config.Command { return &n.Any }),
	}
}

// readFIFO reads notify_fifo or vrrp_notify_fifo.
func readFIFO(src *source, g *globals, s *statement) {
	src.noBlock(s)
	args := s.args()
	switch {
	case len(args) == 0:
		src.note(s, importer.Broken, "", "%s has no value", s.keyword())
		return
	case !path.IsAbs(args[0]):
		src.note(s, importer.Broken, "write the whole path, from / on", "%s: %s is no whole path", s.keyword(), clip(strconv.Quote(args[0])))
		return
	case len(args) > 1:
		src.note(s, importer.Dropped, "make the FIFO before aloft starts, with the group that shall read it; it has to belong to whom aloft runs as",
			"%s: the owner of the FIFO", s.keyword())
	}
	g.fifos = append(g.fifos, fifo{s, args[0]})
}

// fifo returns the FIFO of all nodes, and says which ones are lost.
func (c *cluster) fifo() string {
	first := ""
	for _, src := range c.sources {
		for _, f := range src.global.fifos {
			switch {
			case first == "":
				first = f.path
			case f.path != first:
				src.note(f.at, importer.Dropped, "let its reader read "+clip(first), "%s %s: aloft writes one FIFO, the same on every node: %s", f.at.keyword(), clip(f.path), clip(first))
			}
		}
	}
	if first == "" {
		return ""
	}
	for _, src := range c.sources {
		if len(src.global.fifos) == 0 {
			src.notes = append(src.notes, importer.Note{File: src.File, Kind: importer.Changed, What: "the FIFO " + clip(first) + " of the other nodes is written on " + src.node + " too"})
		}
	}
	return first
}

// readScriptUser reads whom commands run as that have no user of their own.
func readScriptUser(src *source, g *globals, s *statement) {
	src.noBlock(s)
	if user, ok := src.user(s, s.args()); ok {
		g.scriptUser, g.scriptUserAt = user, s
	}
	if len(s.args()) == 0 {
		src.note(s, importer.Broken, "", "%s has no value", s.keyword())
	}
}

// noteNames says which names commands and FIFOs get to see that are other ones than keepalived's.
func (c *cluster) noteNames(out *importer.Cluster, place map[*router]int) {
	for _, r := range c.routers {
		home := r
		if r.half != nil {
			home = r.half
		}
		name := out.Routers[place[home]].Name
		for _, m := range r.members {
			if told := m.in.notify.Any != nil || out.FIFO != ""; told && m.in.name != name {
				m.src.note(m.in.at, importer.Changed, "", "%s", fmt.Sprintf("notify and the FIFO call vrrp_instance %s %s", clip(m.in.name), name))
			}
		}
	}
}
