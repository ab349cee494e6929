package config

import (
	"slices"
	"strings"
)

// referenceYAML writes the file. The keys that make it one are written out, and all others commented out.
func referenceYAML() string {
	tables := newTables()
	var b strings.Builder
	for _, paragraph := range []string{
		`Every key of aloft.yaml: what it means, what may be written, and its default. The file is written from the table of
		keys in the code, as docs/configuration.md and "aloft schema" are. To begin with, minimal.yaml is the better one.`,
		"",
		"To set a key that is commented out, remove its #. With the default as its value nothing changes.",
	} {
		writeComment(&b, "", paragraph)
	}
	b.WriteString("\n")
	writeKey(&b, tables.file.byName["nodes"], "", "")
	b.WriteString("  # An entry is a mapping of these keys, or a bare name.\n")
	writeKey(&b, tables.nodeEntry.byName["name"], "  - ", "www1")
	writeKey(&b, tables.nodeEntry.byName["addresses"], "    ", "[192.0.2.1]")
	b.WriteString("  - {name: www2, addresses: [192.0.2.2]}\n\n")
	defaults := tables.file.byName["defaults"]
	writeKey(&b, defaults, "#", defaults.example)
	b.WriteString("\n")
	writeKey(&b, tables.file.byName["virtual_routers"], "", "")
	b.WriteString("  # Each has a name of your choice, and these keys.\n  web:\n")
	for i := range tables.router.fields {
		writeRouterKey(&b, &tables, &tables.router.fields[i])
	}
	b.WriteString("  db: {vrid: 52, addresses: [192.0.2.102], per_node: {www2: {interface: ens192}}}\n\n")
	writeTrackers(&b, &tables)
	writeGroups(&b, &tables)
	writeNotify(&b, &tables)
	writeKey(&b, tables.file.byName["scripts"], "", "")
	writeKeys(&b, tables.scripts, "  ", map[string]string{"user": "nobody"})
	return strings.TrimSpace(b.String()) + "\n"
}

// writeRouterKey writes one key of a router, with what belongs below it.
func writeRouterKey(b *strings.Builder, t *tables, f *field[settings]) {
	switch {
	case f.shownIn == inNode:
		return
	case f.name == "vrid":
		writeKey(b, f, "    ", f.example)
	case f.name == "addresses":
		writeKey(b, f, "    ", "")
		b.WriteString("      # An entry is a bare address, or a mapping of these keys.\n      - 192.0.2.100\n")
		for i := range t.address.fields {
			lead := "        #"
			if i == 0 {
				lead = "      - "
			}
			entry := &t.address.fields[i]
			writeKey(b, entry, lead, entry.def+entry.example)
		}
	case f.name == "track":
		writeKey(b, f, "    ", "")
		for _, name := range []string{
			"checked", "page", "database", "{gateway: -30}", "daemon", "master", "{drained: fault}", "uplink", "balancer", "proxy",
		} {
			b.WriteString("      - " + name + "\n")
		}
	case f.name == "authentication":
		writeKey(b, f, "    ", "")
		b.WriteString("      # A mapping of these keys, or off; or {pass: ...} beside version: 2.\n")
		writeKeys(b, t.auth, "      ", map[string]string{"keys": "{1: file:/etc/aloft/keys/web}"}, "pass")
	case f.name == "services":
		writeKey(b, f, "    ", "")
		b.WriteString("      # An entry is a unit of systemd, as haproxy.service, or a mapping of these keys.\n")
		writeKeys(b, t.service, "      - ", map[string]string{"name": "example", "start": "[/bin/true]", "stop": "[/bin/true]"})
	case f.name == "per_node":
		writeKey(b, f, "    ", "")
		b.WriteString("      www2:\n        interface: ens192\n")
		for i := range t.node.fields {
			if own := &t.node.fields[i]; own.shownIn == inNode {
				writeKey(b, own, "        #", own.example)
			}
		}
	default:
		writeKey(b, f, "    #", f.def+f.example)
	}
	b.WriteString("\n")
}

// writeKeys writes the keys of a table after lead, an indentation with a dash or without. What is in values is written
// with that value, and everything else is commented out.
func writeKeys[T any](b *strings.Builder, t *table[T], lead string, values map[string]string, but ...string) {
	for i := range t.fields {
		f := &t.fields[i]
		if slices.Contains(but, f.name) {
			continue
		}
		if value, ok := values[f.name]; ok {
			writeKey(b, f, lead, value)
		} else {
			writeKey(b, f, lead+"#", f.def+f.example)
		}
		lead = strings.ReplaceAll(lead, "-", " ")
	}
}

// referenceTrackers are the trackers of the file by the order of their kinds, with the keys that are written out.
var referenceTrackers = map[string]map[string]string{
	"checked":  {"command": "/usr/lib/aloft/check-haproxy"},
	"page":     {"url": "http://127.0.0.1:8080/health"},
	"database": {"address": "127.0.0.1:5432"},
	"gateway":  {"targets": "[192.0.2.254]"},
	"daemon":   {"name": "haproxy"},
	"master":   {"pidfile": "/run/haproxy.pid"},
	"drained":  {"path": "/etc/aloft/drain", "want": "absent"},
	"uplink":   {"name": "eth1"},
	"balancer": {"socket": "/run/haproxy/admin.sock", "backend": "web"},
	"proxy":    {"unit": "haproxy.service"},
}

// writeTrackers writes a tracker of each kind. The first has the keys that all kinds have.
func writeTrackers(b *strings.Builder, t *tables) {
	writeKey(b, t.file.byName["trackers"], "", "")
	b.WriteString("  # Each has a name of your choice, exactly one of the kinds, and the keys beside it.\n")
	s := &t.subjects
	writeSubject(b, t, "checked", s.script)
	for i := subjectKinds; i < len(t.tracker.fields); i++ {
		f := &t.tracker.fields[i]
		writeKey(b, f, "    #", f.def+f.example)
	}
	b.WriteString("\n")
	writeSubject(b, t, "page", s.http)
	writeSubject(b, t, "database", s.tcp)
	writeSubject(b, t, "gateway", s.ping)
	writeSubject(b, t, "daemon", s.process, "pidfile")
	writeSubject(b, t, "master", s.process, "name", "need")
	writeSubject(b, t, "drained", s.file)
	writeSubject(b, t, "uplink", s.iface)
	writeSubject(b, t, "balancer", s.haproxy)
	writeSubject(b, t, "proxy", s.systemd)
	b.WriteString("\n")
}

func writeSubject[T any](b *strings.Builder, t *tables, name string, of *table[T], but ...string) {
	b.WriteString("  " + name + ":\n")
	writeKey(b, t.tracker.byName[of.noun], "    ", "")
	writeKeys(b, of, "      ", referenceTrackers[name], but...)
}

func writeGroups(b *strings.Builder, t *tables) {
	writeKey(b, t.file.byName["groups"], "", "")
	b.WriteString("  # Each has a name of your choice, and these keys; or a list of routers.\n  site:\n")
	for i := range t.group.fields {
		switch f := &t.group.fields[i]; f.name {
		case "routers":
			writeKey(b, f, "    ", f.example)
		case "track":
			writeKey(b, f, "    #", "[page]")
		default:
			writeKey(b, f, "    #", f.example)
		}
	}
	b.WriteString("\n")
}

// writeNotify writes notify, and below one of its keys those of a command.
func writeNotify(b *strings.Builder, t *tables) {
	writeKey(b, t.file.byName["notify"], "", "")
	for i := range t.notify.fields {
		f := &t.notify.fields[i]
		if f.name != "any" {
			writeKey(b, f, "  #", f.def+f.example)
			continue
		}
		writeKey(b, f, "  ", "")
		b.WriteString("    # A line, a list, or a mapping of these keys.\n")
		writeKeys(b, t.command, "    ", map[string]string{"command": "[/usr/bin/logger, -t, aloft]"})
	}
	b.WriteString("\n")
}
