package heartbeat

import (
	"maps"
	"slices"
	"strings"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/internal/importer"
)

// directives are what ha.cf can say, each with what is made of it. A directive without a value does not get here. Each
// one either leaves its mark in the setup or makes a note; the few that say what aloft does anyway do neither.
var directives = map[string]func(*reader, statement){
	"node": (*reader).node,

	"keepalive": func(r *reader, s statement) { r.timer(s, &r.times.keepalive) },
	"deadtime":  func(r *reader, s statement) { r.timer(s, &r.times.deadtime) },
	"warntime":  func(r *reader, s statement) { r.timer(s, &r.times.warntime) },
	"initdead":  func(r *reader, s statement) { r.timer(s, &r.times.initdead) },
	"deadping":  func(r *reader, s statement) { r.timer(s, &r.times.deadping) },

	"bcast":  (*reader).bcast,
	"ucast":  (*reader).ucast,
	"mcast":  (*reader).mcast,
	"mcast6": (*reader).mcast,
	"serial": (*reader).serial,

	"auto_failback": (*reader).autoFailback,
	"nice_failback": (*reader).niceFailback,

	"crm":       (*reader).crm,
	"pacemaker": (*reader).crm,
	"autojoin":  (*reader).autojoin,

	"ping":       (*reader).ping,
	"ping_group": (*reader).pingGroup,
	"hbaping":    left(importer.Dropped, "", "hbaping watches a storage fabric, and aloft does not"),
	"respawn":    (*reader).respawn,
	"failfast": left(importer.Dropped, "make a systemd unit of it, with FailureAction=reboot",
		"failfast starts a program and reboots when it dies; aloft starts none beside itself"),

	"watchdog": left(importer.Dropped, "let systemd open the watchdog: RuntimeWatchdogSec= in system.conf",
		"aloft opens no watchdog: when it hangs, the kernel takes its addresses away"),
	"stonith":      fencing,
	"stonith_host": fencing,

	"udpport": left(importer.Dropped, "", "VRRP is an IP protocol of its own and has no port"),
	"baud":    left(importer.Dropped, "", "VRRP does not go over a serial line, so baud has no meaning"),

	"logfile":     logging,
	"debugfile":   logging,
	"logfacility": logging,
	"use_logd":    logging,
	"debug":       logging,

	"realtime":   scheduling,
	"rtprio":     scheduling,
	"memreserve": scheduling,

	"compression":             inside,
	"compression_threshold":   inside,
	"traditional_compression": inside,
	"conn_logd_time":          inside,
	"coredumps":               inside,
	"coreroot":                inside,
	"enable_config_writes":    inside,
	"env":                     inside,
	"hbgenmethod":             inside,
	"hopfudge":                inside,
	"log_badpack":             inside,
	"max_rexmit_delay":        inside,
	"msgfmt":                  inside,
	"normalpoll":              inside,
	"record_config_changes":   inside,
	"record_pengine_inputs":   inside,
	"syslogmsgfmt":            inside,
	"use_apphbd":              inside,
	"uuidfrom":                inside,
	"apiauth":                 inside,
	"cluster":                 inside,
	"quorum_server": left(importer.Dropped, "",
		"quorum_server is left out: VRRP asks no third party who may serve"),
}

// left makes a reader for a directive that is not carried over. Its arguments are not repeated, they may be secret.
func left(kind importer.Kind, instead, what string) func(*reader, statement) {
	return func(r *reader, s statement) { r.add(s.line, kind, instead, "%s", what) }
}

func fencing(r *reader, s statement) {
	r.add(s.line, importer.Dropped, "where only one node may ever have something, use a cluster manager that fences",
		"%s is left out: aloft fences nobody; its addresses are leased, so a dead or hung node loses them by itself", s.name)
}

func logging(r *reader, s statement) {
	r.add(s.line, importer.Dropped, "", "%s is left out: aloft logs to standard error, which systemd puts into the journal", s.name)
}

func scheduling(r *reader, s statement) {
	r.add(s.line, importer.Later, "until then CPUSchedulingPolicy= of the systemd unit does it",
		"%s is left out: this version of aloft does not set its own scheduling", s.name)
}

func inside(r *reader, s statement) {
	r.add(s.line, importer.Dropped, "", "%s is about heartbeat's own insides, and aloft has nothing like it", s.name)
}

// nearest is a hint for a directive that is none: heartbeat minds case, and people do not.
func nearest(name string) string {
	plain := strings.ReplaceAll(strings.ToLower(name), "-", "_")
	for _, known := range slices.Sorted(maps.Keys(directives)) {
		if known == plain {
			return "did you mean " + known + "?"
		}
	}
	return "remove it, or correct it"
}

// node reads the names of machines. heartbeat writes them in small letters.
func (r *reader) node(s statement) {
	for _, name := range s.args {
		lower := strings.ToLower(name)
		switch {
		case importer.NodeName(lower) != lower:
			r.refuse(s.line, "a node is named as uname -n says", "%s is no name of a machine", quote(name))
		case r.seen[lower] > 0:
			r.add(s.line, importer.Broken, "", "the node %s stands in line %d already", lower, r.seen[lower])
		case len(r.nodes) == config.MaxNodes:
			r.refuse(s.line, "", "there are more than %d nodes, and aloft takes no more", config.MaxNodes)
			return
		default:
			r.seen[lower] = s.line
			r.nodes = append(r.nodes, word{s.line, lower})
		}
	}
}

// autoFailback reads auto_failback; legacy acts like on.
func (r *reader) autoFailback(s statement) {
	text := r.scalar(s)
	on, ok := parseBool(text)
	if !ok && text != "legacy" {
		r.refuse(s.line, "on, off and legacy are understood", "auto_failback is on, off or legacy, and %s is none of them", quote(text))
		return
	}
	r.noFailback = ok && !on
}

// niceFailback reads the forerunner of auto_failback, which said the opposite.
func (r *reader) niceFailback(s statement) {
	text := r.scalar(s)
	nice, ok := parseBool(text)
	if !ok {
		r.refuse(s.line, "on and off are understood", "nice_failback is on or off, and %s is neither", quote(text))
		return
	}
	r.noFailback = nice
	r.add(s.line, importer.Changed, "", "nice_failback is obsolete; it becomes auto_failback: %t", !nice)
}

// crm refuses the second style of heartbeat, in which somebody else has the resources.
func (r *reader) crm(s statement) {
	if on, ok := parseBool(s.args[len(s.args)-1]); ok && !on {
		return
	}
	r.refuse(s.line, "list them with crm configure show, or set crm off if haresources is what counts",
		"%s %s: Pacemaker has the resources of this cluster, and haresources is not used", s.name, quote(s.args[len(s.args)-1]))
}

// autojoin refuses nodes that are not written down: heartbeat does so too when it uses haresources.
func (r *reader) autojoin(s statement) {
	switch mode := r.scalar(s); mode {
	case "none":
	case "any", "other":
		r.refuse(s.line, "name every machine in a line node", "autojoin %s does not go with haresources, and heartbeat does not start with both", mode)
	default:
		r.refuse(s.line, "none, other and any are understood", "autojoin is none, other or any, and %s is none of them", quote(mode))
	}
}

// clip shortens what a note repeats.
func clip(text string) string {
	if runes := []rune(text); len(runes) > longestQuote {
		return string(runes[:longestQuote]) + "..."
	}
	return text
}
