package keepalived

import (
	"strconv"
	"time"

	"github.com/aloft-ha/aloft/internal/importer"
	"github.com/aloft-ha/aloft/tracker"
)

// trackerDef is a tracker as one file defines it.
type trackerDef struct {
	at      *statement
	block   string // what defines it
	name    string
	spec    tracker.Spec // without a name; the kind is nil if it cannot be carried over, which is noted
	weight  int
	reverse bool

	interval, timeout time.Duration // 0: not said
	user              string        // of a script; empty: not said
	tracked           bool          // by an instance or a group
	named             string        // what it is called in the result
}

// trackerKey is a definition by its name. Scripts, files, processes and interfaces have names of their own.
type trackerKey struct{ block, name string }

// The blocks that define trackers, as they are called today. A tracked interface needs none.
const (
	scriptBlock    = "vrrp_script"
	processBlock   = "vrrp_track_process"
	fileBlock      = "track_file"
	interfaceBlock = "track_interface"
)

// define begins a definition, and returns nil if keepalived does not take it: of two with one name it takes the first.
func (src *source) define(s *statement, block string) *trackerDef {
	if len(s.args()) == 0 {
		src.drop(s, hint{importer.Broken, "give it a name"})
		return nil
	}
	src.spare(s, s.args()[1:])
	key := trackerKey{block, s.args()[0]}
	switch {
	case src.defined[key] != nil:
		src.drop(s, hint{importer.Broken, "there is another " + block + " " + clip(key.name) + " before it, and keepalived takes the first"})
		return nil
	case len(src.definitions) >= maxInstances:
		src.drop(s, tooMany)
		return nil
	}
	d := &trackerDef{at: s, block: block, name: key.name}
	src.defined[key] = d
	src.definitions = append(src.definitions, d)
	return d
}

// maxWeight is the most that keepalived adds or subtracts.
const maxWeight = tracker.MaxWeight

// readWeight reads the weight of a definition.
func readWeight(src *source, d *trackerDef, s *statement) {
	src.noBlock(s)
	args := s.args()
	if len(args) == 0 {
		src.note(s, importer.Broken, "", "%s has no value", s.keyword())
		return
	}
	d.weight, _ = src.weight(s, args[0])
	if len(args) > 1 {
		if d.reverse = args[1] == "reverse"; !d.reverse {
			src.spare(s, args[1:])
			return
		}
		src.spare(s, args[2:])
	}
}

// weight reads a weight; one that is too large becomes the largest. It is not ok if it is no number.
func (src *source) weight(s *statement, text string) (weight int, ok bool) {
	n, err := strconv.Atoi(text)
	bounded := min(max(n, -maxWeight), maxWeight)
	switch {
	case err != nil:
		src.note(s, importer.Broken, "", "%s: a weight is a number of -%d to %d, not %s", s.name(), maxWeight, maxWeight, clip(strconv.Quote(text)))
		return 0, false
	case bounded != n:
		src.note(s, importer.Changed, "", "%s: the weight %d becomes %d", s.name(), n, bounded)
	}
	return bounded, true
}
