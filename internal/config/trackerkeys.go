package config

import (
	"fmt"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/aloft-ha/aloft/tracker"
)

// The bounds of trackers. Each check costs time on every node, and one that is rarer than an hour watches nothing.
const (
	maxTrackers      = 2048
	MinCheckInterval = 10 * time.Millisecond // and of a timeout
	MaxCheckInterval = time.Hour             // and of a timeout
	MaxRise          = 100                   // and of fall
)

// DefaultTimeout is how long a check may take of a tracker that has no timeout.
func DefaultTimeout(interval time.Duration) time.Duration { return min(interval, 5*time.Second) }

// subjectKinds is how many kinds of trackers there are.
const subjectKinds = 9

// trackerSettings are the keys of a tracker: one of the kinds, and those that all kinds have.
type trackerSettings struct {
	subjects [subjectKinds]setting[subject] // exactly one is written
	interval setting[time.Duration]
	timeout  setting[time.Duration]
	rise     setting[int]
	fall     setting[int]
	initial  setting[tracker.Initial]
	damping  setting[time.Duration]
	user     setting[string]
}

func trackerFields(t *subjectTables) []field[trackerSettings] {
	type S = trackerSettings
	kinds := [subjectKinds]struct {
		name, doc, example string
		kind               kind[subject]
	}{
		{"script", "passes while a command exits with 0", "/usr/lib/aloft/check-haproxy", scriptSubject(t.script)},
		{"http", "passes while a page is there", "http://127.0.0.1:8080/health", httpSubject(t.http)},
		{"tcp", "passes while a port takes connections", "127.0.0.1:5432", tcpSubject(t.tcp)},
		{"ping", "passes while hosts answer", "192.0.2.254", pingSubject(t.ping)},
		{"process", "passes while a process runs", "haproxy", processSubject(t.process)},
		{"file", "passes while a file is there, or is not, or has 0 in it", "/run/healthy", fileSubject(t.file)},
		{"interface", "passes while a link is up and has a carrier", "eth1", interfaceSubject(t.iface)},
		{"haproxy", "passes while HAProxy answers, and what is named of it serves", "/run/haproxy/admin.sock", haproxySubject(t.haproxy)},
		{"systemd", "passes while a unit is active", "haproxy.service", systemdSubject(t.systemd)},
	}
	var fields []field[S]
	for i, k := range kinds {
		place := inNode
		if i == 0 {
			place = inRouter
		}
		fields = append(fields, key(k.name, k.kind, func(s *S) *setting[subject] { return &s.subjects[i] }, k.doc, example[S](k.example, place)))
	}
	return append(fields,
		key("interval", duration(MinCheckInterval, MaxCheckInterval, 1), func(s *S) *setting[time.Duration] { return &s.interval },
			"from the start of one check to that of the next", fallback[S]("1s")),
		key("timeout", duration(MinCheckInterval, MaxCheckInterval, 1), func(s *S) *setting[time.Duration] { return &s.timeout },
			"after which a check without an answer has failed; without it the interval, but at most 5s", example[S]("500ms", inRouter)),
		key("rise", number(1, MaxRise), func(s *S) *setting[int] { return &s.rise },
			"how many checks in a row have to pass before a tracker that is down is up", fallback[S]("1")),
		key("fall", number(1, MaxRise), func(s *S) *setting[int] { return &s.fall },
			"how many have to fail before one that is up is down", fallback[S]("1")),
		key("initial", oneOf(tracker.InitialWait, tracker.InitialUp, tracker.InitialDown), func(s *S) *setting[tracker.Initial] { return &s.initial },
			"what it counts as before the first result; wait holds its routers back until there is one", fallback[S]("wait")),
		key("damping", duration(0, longDelay, 1), func(s *S) *setting[time.Duration] { return &s.damping },
			"how long it has to pass without a failure before it is up again", fallback[S]("0s")),
		key("user", userName(), func(s *S) *setting[string] { return &s.user },
			"whom a script runs as; without it the user of scripts", example[S]("nobody", inRouter)),
	)
}

// trackerDraft is one entry of trackers.
type trackerDraft struct {
	reference
	settings trackerSettings
	subject  subject
	spec     tracker.Spec
}

// trackersKind reads trackers. One that is broken keeps its name, so that whoever tracks it is not told as well.
func trackersKind() kind[[]trackerDraft] {
	name := nameText(MaxRouterName)
	trackers := byName(&name, schema{Ref: refTracker})
	trackers.MinProperties, trackers.MaxProperties = 1, maxTrackers
	return kind[[]trackerDraft]{typ: "a mapping from name to tracker", limits: fmt.Sprintf("1 to %d", maxTrackers), schema: trackers, read: func(w *walker, v value) ([]trackerDraft, bool) {
		entries, ok := w.named(v, "a mapping from name to tracker", "{haproxy: {process: haproxy}}", maxTrackers)
		var list []trackerDraft
		for _, e := range entries {
			t := trackerDraft{reference: reference{clip(e.name), e.key}}
			ok = w.readTracker(e.value, &t) && ok
			list = append(list, t)
		}
		return list, ok
	}}
}

// readTracker reads one entry of trackers.
func (w *walker) readTracker(v value, t *trackerDraft) bool {
	table, s := w.tables.tracker, &t.settings
	if v.node.Kind != yaml.MappingNode {
		w.report(v, w.trackerHint(v.node), "%s is a tracker, a mapping with its kind, not %s", v.name, v.describe())
		return false
	}
	if !fill(w, v, table, s) || w.values >= maxValues {
		return false
	}
	kind := w.onlyKind(v, s)
	if kind < 0 || !table.sound(s) {
		return false
	}
	table.inherit(s, &w.tables.trackerDefaults)
	t.subject = s.subjects[kind].value
	t.spec = tracker.Spec{
		Name: t.name, Kind: t.subject.kind, Interval: s.interval.value, Timeout: s.timeout.value, Rise: s.rise.value,
		Fall: s.fall.value, Initial: s.initial.value, Damping: s.damping.value,
	}
	if !s.timeout.ok() {
		t.spec.Timeout = DefaultTimeout(s.interval.value)
	}
	script, isScript := t.spec.Kind.(tracker.Script)
	switch {
	case isScript:
		script.User = s.user.value
		t.spec.Kind = script
	case s.user.ok():
		w.report(s.user.at, "remove it", "user is for scripts, and %s is none", t.name)
		return false
	}
	return true
}

// onlyKind returns which kind a tracker is of, or -1: it has to be just one.
func (w *walker) onlyKind(v value, s *trackerSettings) int {
	kinds := w.tables.tracker.names[:subjectKinds]
	found := -1
	for i := range s.subjects {
		switch {
		case s.subjects[i].state == absent:
		case found >= 0:
			w.report(s.subjects[i].at, "make two trackers of it", "%s is already of the kind %s", v.name, kinds[found])
			return -1
		default:
			found = i
		}
	}
	if found < 0 {
		w.report(v, "one of "+strings.Join(kinds, ", "), "nothing says what kind of tracker %s is", v.name)
	}
	return found
}
