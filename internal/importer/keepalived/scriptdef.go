package keepalived

import (
	"strings"
	"time"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/internal/importer"
	"github.com/aloft-ha/aloft/tracker"
)

// readScript reads a vrrp_script.
func readScript(src *source, _ *source, s *statement) {
	d := src.define(s, scriptBlock)
	if d == nil {
		return
	}
	each(src, s.block, &vrrpScript, d)
	if d.spec.Kind == nil {
		src.note(s, importer.Broken, "", "vrrp_script %s has no script that can be run", clip(d.name))
		return
	}
	interval := time.Second
	if d.interval > 0 {
		interval = src.bounded(d, "interval", d.interval)
	}
	timeout := interval
	if d.timeout > 0 {
		timeout = d.timeout
	}
	if d.spec.Timeout > 0 {
		timeout = min(timeout, d.spec.Timeout) // the program's own
	}
	timeout = src.bounded(d, "timeout", timeout)
	d.spec.Interval, d.spec.Timeout = 0, 0
	if interval != time.Second {
		d.spec.Interval = interval
	}
	if timeout != config.DefaultTimeout(interval) {
		d.spec.Timeout = timeout
	}
}

// bounded brings a time of a script within what aloft takes.
func (src *source) bounded(d *trackerDef, what string, value time.Duration) time.Duration {
	bounded := min(max(value, config.MinCheckInterval), config.MaxCheckInterval)
	if bounded != value {
		src.note(d.at, importer.Changed, "", "the %s of vrrp_script %s, %s, becomes %s", what, clip(d.name), config.Spell(value), config.Spell(bounded))
	}
	return bounded
}

// vrrpScript is what may stand in a vrrp_script.
var vrrpScript = vocabulary[trackerDef]{
	noun: "vrrp_script",
	read: map[string]handler[trackerDef]{
		"script":    readScriptLine,
		"interval":  func(src *source, d *trackerDef, s *statement) { d.interval = src.delay(s, 0.001, 4294) },
		"timeout":   func(src *source, d *trackerDef, s *statement) { d.timeout = src.delay(s, 0.001, 4294) },
		"weight":    readWeight,
		"rise":      func(src *source, d *trackerDef, s *statement) { d.spec.Rise = src.checks(s) },
		"fall":      func(src *source, d *trackerDef, s *statement) { d.spec.Fall = src.checks(s) },
		"init_fail": func(src *source, d *trackerDef, s *statement) { src.bare(s); d.spec.Initial = tracker.InitialDown },
		"user": func(src *source, d *trackerDef, s *statement) {
			src.noBlock(s)
			d.user, _ = src.user(s, s.args())
		},
	},
}

// readScriptLine reads the command of a vrrp_script. The last one counts.
func readScriptLine(src *source, d *trackerDef, s *statement) {
	src.noBlock(s)
	if len(s.args()) == 0 {
		src.note(s, importer.Broken, "", "%s has no value", s.keyword())
		return
	}
	if len(s.args()) > 1 {
		src.note(s, importer.Broken, "put quotes around the program and its arguments", "keepalived does not look at the words behind the first, so the script of %s has no arguments", clip(d.name))
	}
	line := s.args()[0]
	kind, limit := idiom(line)
	if kind != nil {
		src.note(s, importer.Changed, "", "the script of %s becomes %s, which sees the same and starts no program", clip(d.name), subject(kind))
		d.spec.Kind, d.spec.Timeout = kind, limit
		return
	}
	if argv := src.commandOf(s, line); argv != nil {
		d.spec.Kind, d.spec.Timeout = tracker.Script{Argv: argv}, 0
	}
}

// subject writes what a tracker of an idiom looks at.
func subject(kind tracker.Kind) string {
	name := ""
	switch k := kind.(type) {
	case tracker.Process:
		name = k.Name
	case tracker.Systemd:
		name = k.Unit
	case tracker.TCP:
		name = k.Address
	case tracker.Ping:
		name = strings.Join(k.Targets, ", ")
	}
	return kind.KindName() + ": " + clip(name)
}

// checks reads rise or fall; 0 is aloft's default, which is keepalived's.
func (src *source) checks(s *statement) int {
	n := src.number(s, 1, 1<<31-1, 1)
	if n > config.MaxRise {
		src.note(s, importer.Changed, "", "%s %d becomes %d", s.keyword(), n, config.MaxRise)
		n = config.MaxRise
	}
	if n == 1 {
		return 0
	}
	return n
}
