package heartbeat

import (
	"strings"
	"time"

	"github.com/aloft-ha/aloft/internal/importer"
)

// The bounds of what is taken, far above any cluster of heartbeat's: everything is compared with everything.
const (
	maxMedia    = 64
	maxFloating = 4096
)

// setup is what ha.cf says, in heartbeat's terms.
type setup struct {
	nodes []word // in small letters, in their order
	media []medium
	times times

	noFailback bool
	ipfail     bool // the program that acts on lost ping nodes is started
	ipfailLine int
	pings      []pingNode
	otherMedia bool // there is a medium that is no network, and so no trace of it is in media
}

// times are heartbeat's timers. One that is not written has line 0 and the default.
type times struct {
	keepalive, deadtime, warntime, initdead, deadping timer
}

// timer is one of heartbeat's times.
type timer struct {
	value time.Duration
	line  int
}

// medium is a way heartbeat's packets take over an IP network.
type medium struct {
	line   int
	kind   string // bcast, ucast, mcast or mcast6
	device string
	peer   string // of ucast: an address or a host name
}

// reader reads the directives of ha.cf one by one.
type reader struct {
	*notebook
	setup
	seen map[string]int // the line of each node
}

// readHaCf reads ha.cf.
func readHaCf(text string, n *notebook) *setup {
	r := &reader{notebook: n, seen: make(map[string]int)}
	statements := parseHaCf(text)
	for _, s := range statements { // ping nodes are told by whether ipfail is there to act on them
		r.ipfail = r.ipfail || startsIpfail(s)
	}
	for _, s := range statements {
		if s.name == "udp" {
			s.name = "bcast" // what heartbeat itself does
		}
		d, known := directives[s.name]
		switch {
		case !known:
			r.refuse(s.line, nearest(s.name), "heartbeat knows no directive %s, and does not start with it", quote(s.name))
		case len(s.args) == 0 && isMedium(s.name):
			r.refuse(s.line, "", "%s names no device", s.name)
		case len(s.args) == 0:
			r.add(s.line, importer.Broken, "", "%s has no value, and heartbeat does nothing for it", s.name)
		default:
			d(r, s)
		}
	}
	r.check()
	return &r.setup
}

// scalar returns the value of a directive that has one. Of several heartbeat takes the last.
func (r *reader) scalar(s statement) string {
	last := s.args[len(s.args)-1]
	if len(s.args) > 1 {
		r.add(s.line, importer.Broken, "", "%s has %d values, and heartbeat takes the last: %s", s.name, len(s.args), quote(last))
	}
	return last
}

// timer reads a directive that is a time.
func (r *reader) timer(s statement, t *timer) {
	text := r.scalar(s)
	value, ok := parseTime(text)
	if !ok {
		r.refuse(s.line, timeHint(text), "%s is no time for %s, and heartbeat does not start with it", quote(text), s.name)
		return
	}
	if t.line > 0 {
		r.add(s.line, importer.Broken, "", "%s stands in line %d already; the later one counts", s.name, t.line)
	}
	*t = timer{value, s.line}
}

// startsIpfail recognises the program that moves the addresses when ping nodes are lost.
func startsIpfail(s statement) bool {
	return s.name == "respawn" && len(s.args) > 1 && (s.args[1] == "ipfail" || strings.HasSuffix(s.args[1], "/ipfail"))
}

// check finds what heartbeat refuses when it has read the whole file.
func (r *reader) check() {
	if len(r.nodes) == 0 {
		r.refuse(0, "add a line node, with the host names of the machines", "no node is named")
	}
	if len(r.media) == 0 && !r.otherMedia {
		r.refuse(0, "add bcast eth0, for example", "no medium for heartbeat's packets is named (bcast, ucast, mcast)")
	}
	r.times.complete()
	r.times.check(r.notebook)
}
