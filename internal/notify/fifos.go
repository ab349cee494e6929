package notify

import (
	"errors"
	"log/slog"
	"maps"
	"slices"
)

// fifos are the FIFOs in use, each opened once, whoever names it. They are for one goroutine.
type fifos struct {
	log *slog.Logger
	all map[string]*outlet
}

// outlet is a FIFO and what went wrong with it.
type outlet struct {
	fifo    fifo
	trouble string // what was logged last; empty: nothing is wrong
	lost    int    // lines since it went wrong
}

func newFIFOs(log *slog.Logger) *fifos { return &fifos{log: log, all: map[string]*outlet{}} }

// keep opens the FIFOs of these paths, so that readers find them, and lets go of all others.
func (f *fifos) keep(paths map[string]bool) {
	for _, path := range slices.Sorted(maps.Keys(f.all)) {
		if !paths[path] {
			f.drop(f.all[path])
			delete(f.all, path)
		}
	}
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		if f.all[path] == nil {
			o := &outlet{fifo: fifo{path: path, fd: -1}}
			f.all[path] = o
			f.settle(o, o.fifo.open())
		}
	}
}

// write writes a line to each path. A path that is not kept gets none.
func (f *fifos) write(paths []string, line string) {
	for _, path := range paths {
		if o := f.all[path]; o != nil {
			err := o.fifo.write(line)
			if err != nil {
				o.lost++
			}
			f.settle(o, err)
		}
	}
}

// settle says once that something is wrong with a FIFO, and once that it is over and what it cost.
func (f *fifos) settle(o *outlet, err error) {
	switch {
	case err == nil && o.trouble != "":
		o.trouble = ""
		f.sayLost(o)
	case err != nil && o.trouble != err.Error():
		o.trouble = err.Error()
		f.log.Warn("FIFO lines are lost", "fifo", o.fifo.path, "error", err, "next", nextFor(err))
	}
}

// nextFor is what the operator can do.
func nextFor(err error) string {
	if errors.Is(err, errFull) {
		return "see that its reader runs and reads; what comes until then is lost"
	}
	return "put it right, or name another path; it is tried again with each line"
}

func (f *fifos) sayLost(o *outlet) {
	if o.lost > 0 {
		f.log.Warn("FIFO takes lines again", "fifo", o.fifo.path, "lost", o.lost)
	}
	o.lost = 0
}

// drop ends the use of a FIFO.
func (f *fifos) drop(o *outlet) {
	if o.lost > 0 {
		f.log.Warn("FIFO lines were lost until its end", "fifo", o.fifo.path, "lost", o.lost)
	}
	if err := o.fifo.remove(); err != nil {
		f.log.Warn("FIFO stays", "fifo", o.fifo.path, "error", err)
	}
}

// close lets go of all of them.
func (f *fifos) close() { f.keep(nil) }
