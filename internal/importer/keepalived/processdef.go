package keepalived

import (
	"path"
	"strconv"
	"strings"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/internal/importer"
	"github.com/aloft-ha/aloft/tracker"
)

// readTrackFile reads a track_file, whose weight is 1 unless it is said.
func readTrackFile(src *source, _ *source, s *statement) {
	d := src.define(s, fileBlock)
	if d == nil {
		return
	}
	d.weight = 1
	each(src, s.block, &trackFile, d)
	if d.spec.Kind == nil {
		src.note(s, importer.Broken, "", "%s %s has no file", s.keyword(), clip(d.name))
		return
	}
	src.note(s, importer.Changed, "see that the file is always there, with 0 in it, before aloft starts: systemd-tmpfiles does that",
		"%s %s: without the file keepalived takes 0, and to aloft the tracker has failed; and a result below -253 is no fault", s.keyword(), clip(d.name))
}

// trackFile is what may stand in a track_file.
var trackFile = vocabulary[trackerDef]{
	noun: fileBlock,
	read: map[string]handler[trackerDef]{
		"file": func(src *source, d *trackerDef, s *statement) {
			name, ok := src.one(s)
			switch {
			case !ok:
			case !path.IsAbs(name):
				src.note(s, importer.Broken, "write the whole path, from / on", "file %s is no whole path", clip(strconv.Quote(name)))
			case d.spec.Kind != nil:
				src.note(s, importer.Broken, "", "keepalived takes the first file")
			default:
				d.spec.Kind = tracker.File{Path: name, Want: tracker.FileNumber}
			}
		},
		"weight": readWeight,
	},
	hints: says(hint{importer.Dropped, "aloft only reads the file: let systemd-tmpfiles make it"}, "init_file"),
}

// readTrackProcess reads a vrrp_track_process.
func readTrackProcess(src *source, _ *source, s *statement) {
	d := src.define(s, processBlock)
	if d == nil {
		return
	}
	each(src, s.block, &trackProcess, d)
	if k, _ := d.spec.Kind.(tracker.Process); k.Name == "" {
		d.spec.Kind = nil
		src.note(s, importer.Broken, "", "%s %s has no process", s.keyword(), clip(d.name))
	}
}

// trackProcess is what may stand in a vrrp_track_process.
var trackProcess = vocabulary[trackerDef]{
	noun: processBlock,
	read: map[string]handler[trackerDef]{
		"process": readProcess,
		"weight":  readWeight,
		"quorum": func(src *source, d *trackerDef, s *statement) {
			n := src.number(s, 1, 65535, 1)
			if n > config.MaxNeeded {
				src.note(s, importer.Changed, "", "quorum %d becomes need: %d", n, config.MaxNeeded)
				n = config.MaxNeeded
			}
			k, _ := d.spec.Kind.(tracker.Process)
			k.Need = n
			d.spec.Kind = k
		},
		"fork_delay": func(src *source, d *trackerDef, s *statement) { d.spec.Damping = src.delay(s, 0.000001, 3600) },
		"delay": func(src *source, d *trackerDef, s *statement) {
			if d.spec.Damping = src.delay(s, 0.000001, 3600); d.spec.Damping > 0 {
				src.note(s, importer.Changed, "", "delay becomes damping: %s for a process that comes back; one that is gone counts at once", config.Spell(d.spec.Damping))
			}
		},
	},
	hints: union(
		says(hint{importer.Dropped, "aloft tells processes by their name alone; the arguments make no difference"}, "param_match", "full_command"),
		says(hint{importer.Dropped, "more processes than needed are no fault to aloft: use a script"}, "quorum_max"),
		says(hint{importer.Dropped, "a process that is gone counts at once"}, "terminate_delay"),
	),
}

// readProcess reads the name of a process. A path is that of a program, whose name is the end of it.
func readProcess(src *source, d *trackerDef, s *statement) {
	src.noBlock(s)
	args := s.args()
	if len(args) == 0 || strings.Trim(args[0], "/") == "" {
		src.note(s, importer.Broken, "", "%s has no value", s.keyword())
		return
	}
	k, _ := d.spec.Kind.(tracker.Process)
	if k.Name != "" {
		src.note(s, importer.Broken, "", "keepalived takes the first process")
		return
	}
	k.Name = path.Base(args[0])
	d.spec.Kind = k
	if len(args) > 1 || k.Name != args[0] {
		src.note(s, importer.Changed, "use a script where the arguments make a difference", "process %s: any process of that name counts, whatever its path and arguments", clip(k.Name))
	}
}
