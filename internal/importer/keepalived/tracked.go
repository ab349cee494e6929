package keepalived

import (
	"strconv"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/internal/importer"
	"github.com/aloft-ha/aloft/tracker"
)

// tracked is an entry of a list of trackers, in an instance or in a group.
type tracked struct {
	at      *statement
	def     *trackerDef
	weight  int // 0: failing is a fault
	reverse bool
}

// trackHandlers read the lists of trackers of something that has them.
func trackHandlers[T any](list func(*T) *[]tracked) map[string]handler[T] {
	read := func(block string) handler[T] {
		return func(src *source, into *T, s *statement) { readTracked(src, list(into), s, block) }
	}
	return map[string]handler[T]{
		"track_script": read(scriptBlock), "track_process": read(processBlock), "track_file": read(fileBlock), "track_interface": read(interfaceBlock),
	}
}

// readTracked reads one list.
func readTracked(src *source, list *[]tracked, s *statement, block string) {
	src.spare(s, s.args())
	for _, entry := range s.block {
		src.leaf(entry)
		if len(*list) >= config.MaxTracked {
			src.drop(entry, tooMany)
			continue
		}
		if t, ok := readEntry(src, entry, block); ok {
			for _, other := range *list {
				if other.def == t.def {
					src.note(entry, importer.Broken, "", "%s stands twice, and keepalived takes the first", entry.name())
					ok = false
				}
			}
			if ok {
				*list = append(*list, t)
			}
		}
	}
}

// readEntry reads one entry. It is not ok if keepalived ignores it.
func readEntry(src *source, entry *statement, block string) (tracked, bool) {
	if block == interfaceBlock {
		src.defineLink(entry)
	}
	t := tracked{at: entry, def: src.defined[trackerKey{block, entry.keyword()}]}
	if t.def == nil {
		src.note(entry, importer.Broken, "define it above", "there is no %s %s above, so keepalived ignores it", block, clip(strconv.Quote(entry.name())))
		return t, false
	}
	t.weight, t.reverse = t.def.weight, t.def.reverse
	args := entry.args()
	switch {
	case len(args) == 0:
		return t, true
	case args[0] != "weight" || len(args) == 1:
		src.note(entry, importer.Broken, "write weight and a number", "%s: keepalived ignores it for what stands behind", entry.name())
		return t, false
	}
	if weight, ok := src.weight(entry, args[1]); ok {
		t.weight = weight
	}
	if len(args) > 2 {
		switch args[2] {
		case "reverse", "noreverse":
			t.reverse = args[2] == "reverse"
			src.spare(entry, args[3:])
		default:
			src.spare(entry, args[2:])
		}
	}
	return t, true
}

// defineLink defines the tracker of an interface, which keepalived needs no block for.
func (src *source) defineLink(entry *statement) {
	key := trackerKey{interfaceBlock, entry.keyword()}
	if src.defined[key] != nil {
		return
	}
	d := &trackerDef{at: entry, block: interfaceBlock, name: key.name}
	d.spec.Kind = tracker.Interface{Name: key.name}
	src.defined[key] = d
	src.definitions = append(src.definitions, d)
}
