package config

import (
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// inPlace are words that one kind of mapping does not have, by its noun: of other tools, and ours that were probably meant
// for another place. What is said of them here comes before what foreign says.
var inPlace = map[string]map[string]string{
	"a tracker": {
		"weight":         "a weight stands where it is tracked: track: [{haproxy: -30}]",
		"fault":          "a fault stands where it is tracked: track: [{haproxy: fault}]",
		"cmd":            "write script: {command: [/usr/bin/pg_isready, -q]}",
		"exec":           "write script: {command: [/usr/bin/pg_isready, -q]}",
		"check":          "write script: {command: [/usr/bin/pg_isready, -q]}",
		"https":          "write http: https://127.0.0.1:8443/health",
		"address":        "write tcp: 127.0.0.1:5432",
		"port":           "write tcp: 127.0.0.1:5432",
		"period":         "write interval: 1s",
		"every":          "write interval: 1s",
		"retries":        "write fall: 3",
		"init_fail":      "keepalived's init_fail is initial: down",
		"quorum":         "keepalived's quorum is need",
		"delay":          "write damping: 5s, for a slow way back",
		"fall_delay":     "write fall: 3: so many checks have to fail",
		"rise_delay":     "write damping: 5s",
		"terminate_time": "write timeout: 5s",
	},
	"notify": {
		"master":  "write active: aloft calls keepalived's MASTER Active",
		"primary": "write active",
		"up":      "write active",
		"down":    "write fault",
		"standby": "write backup",
		"slave":   "write backup",
		"all":     "write any",
		"always":  "write any",
		"command": "write any: /usr/local/bin/notify",
		"script":  "write any: /usr/local/bin/notify",
		"pipe":    "write fifo: /run/aloft/notify",
	},
	"a service": {
		"unit":    "a unit is written bare: services: [haproxy.service]",
		"systemd": "a unit is written bare: services: [haproxy.service]",
		"check":   "write status",
		"monitor": "write status",
		"command": "write start and stop",
	},
}

// trackerHint guesses what was meant by a tracker that is no mapping.
func (w *walker) trackerHint(n *yaml.Node) string {
	text := n.Value
	switch {
	case n.Kind == yaml.SequenceNode:
		return "a command is {script: {command: [...]}}"
	case strings.HasPrefix(text, "http://"), strings.HasPrefix(text, "https://"):
		return "write {http: " + clip(text) + "}"
	case strings.HasPrefix(text, "/"):
		return "write {script: " + clip(text) + "}"
	}
	return "write {process: haproxy}, for example"
}

// placeHint guesses which part of a tracker an unknown key of one of its mappings belongs to, or returns nothing.
func (w *walker) placeHint(name, noun string) string {
	t := &w.tables
	for _, s := range t.subjects.ownTables {
		if s.noun == noun && slices.Contains(t.tracker.names[subjectKinds:], name) {
			return name + " stands beside " + noun + ", not in it"
		}
	}
	if hint := inPlace[noun][name]; hint != "" || noun != t.tracker.noun {
		return hint
	}
	var owners []string
	for _, s := range t.subjects.ownTables {
		if slices.Contains(s.names, name) {
			owners = append(owners, s.noun)
		}
	}
	if len(owners) == 0 {
		return ""
	}
	return name + " is a key of " + strings.Join(owners, " or ") + ": {" + owners[0] + ": {" + name + ": ...}}"
}
