package config

import (
	"net/netip"

	"gopkg.in/yaml.v3"

	"github.com/aloft-ha/aloft/tracker"
)

// subject is what a tracker looks at, with the hosts that it asks.
type subject struct {
	kind  tracker.Kind
	hosts []askedHost
}

// askedHost is a host that a tracker asks, and where it is written. It has an address, or a name.
type askedHost struct {
	address netip.Addr
	name    string
	at      value
}

// subjectTables are the tables of what each kind of tracker looks at.
type subjectTables struct {
	script    *table[scriptSettings]
	http      *table[httpSettings]
	tcp       *table[tcpSettings]
	ping      *table[pingSettings]
	process   *table[processSettings]
	file      *table[fileSettings]
	iface     *table[interfaceSettings]
	haproxy   *table[haproxySettings]
	systemd   *table[systemdSettings]
	ownTables []subjectKeys // of all of them, in this order
}

// subjectKeys are the keys of one kind of tracker.
type subjectKeys struct {
	noun  string
	names []string
}

func newSubjectTables() subjectTables {
	t := subjectTables{
		script:  newTable("script", scriptFields()),
		http:    newTable("http", httpFields()),
		tcp:     newTable("tcp", tcpFields()),
		ping:    newTable("ping", pingFields()),
		process: newTable("process", processFields()),
		file:    newTable("file", lookedFileFields()),
		iface:   newTable("interface", interfaceFields()),
		haproxy: newTable("haproxy", haproxyFields()),
		systemd: newTable("systemd", systemdFields()),
	}
	t.ownTables = []subjectKeys{
		{t.script.noun, t.script.names},
		{t.http.noun, t.http.names},
		{t.tcp.noun, t.tcp.names},
		{t.ping.noun, t.ping.names},
		{t.process.noun, t.process.names},
		{t.file.noun, t.file.names},
		{t.iface.noun, t.iface.names},
		{t.haproxy.noun, t.haproxy.names},
		{t.systemd.noun, t.systemd.names},
	}
	return t
}

// subjectKind reads what one kind of tracker looks at: a mapping of the kind's own keys, or the value of the first of them
// alone. What is right in itself goes to complete, which may still find that it does not fit together.
func subjectKind[T any](t *table[T], complete func(w *walker, v value, s *T) (subject, bool)) kind[subject] {
	short, defaults := t.fields[0], t.defaults()
	return kind[subject]{
		typ: "a mapping of the keys of " + t.noun + ", or its " + short.name + " alone", schema: orMapping(short.schema, t),
		read: func(w *walker, v value) (subject, bool) {
			var s T
			if v.node.Kind != yaml.MappingNode {
				short.read(w, v, &s)
			} else if !fill(w, v, t, &s) || !demand(w, v, t, &s, v.name) {
				return subject{}, false
			}
			if !t.sound(&s) {
				return subject{}, false
			}
			t.inherit(&s, &defaults)
			return complete(w, v, &s)
		},
	}
}
