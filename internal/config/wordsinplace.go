package config

import (
	"cmp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// inPlace are words that one kind of mapping does not have, by its noun: of other tools, and ours that were probably meant
// for another place. What is said of them here comes before what foreign says.
var inPlace = map[string]map[string]string{
	"a tracker": {
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
		"type":           "the kind is a key itself: {script: /usr/lib/aloft/check-haproxy}",
		"kind":           "the kind is a key itself: {script: /usr/lib/aloft/check-haproxy}",
	},
	"script": {
		"cmd":  "write command: [/usr/bin/pg_isready, -q]",
		"exec": "write command: [/usr/bin/pg_isready, -q]",
		"path": "write command: [/usr/bin/pg_isready, -q]",
		"args": "the arguments follow the program: command: [/usr/bin/pg_isready, -q]",
	},
	"http": {
		"code":  "write status: 200",
		"path":  "write it into the url",
		"match": "write body: ready",
	},
	"tcp": {
		"host": "write address: 127.0.0.1:5432",
		"port": "write address: 127.0.0.1:5432",
	},
	"a group": {
		"group":   "write routers: [web, db]",
		"members": "write routers: [web, db]",
	},
	"a command": {
		"cmd":    "write command: /usr/local/bin/notify",
		"exec":   "write command: /usr/local/bin/notify",
		"script": "write command: /usr/local/bin/notify",
		"path":   "write command: /usr/local/bin/notify",
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
	"authentication": {
		"password":    "write pass",
		"auth_pass":   "keepalived's auth_pass is pass",
		"auth_type":   "leave it out: pass is keepalived's PASS, and AH is not supported",
		"auth_hmac":   "leave it out: keys, active, mode, replay and window stand here",
		"key":         "write keys: {1: file:/etc/aloft/keys/web}",
		"secret":      "write keys: {1: file:/etc/aloft/keys/web}",
		"active_key":  "keepalived's active_key is active",
		"anti_replay": "keepalived's anti_replay is replay",
		"time_window": "keepalived's time_window is window: 5s, with a unit",
	},
	"a service": {
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
	case strings.Contains(text, " "):
		return "write {script: " + quote(text) + "}"
	}
	return "write {process: haproxy}, for example"
}

// placeHint guesses which part of a tracker an unknown key of one of its mappings belongs to, or returns nothing. Where
// the tracker has a kind among its entries that knows the key, it is that one.
func (w *walker) placeHint(name string, entries []entry, noun string) string {
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
	example := ""
	for _, s := range t.subjects.ownTables {
		if !slices.Contains(s.names, name) {
			continue
		}
		inside := s.noun + ": {" + name + ": ...}"
		if s.names[0] != name && name != "pidfile" {
			inside = s.noun + ": {" + s.names[0] + ": ..., " + name + ": ...}"
		}
		if slices.ContainsFunc(entries, func(e entry) bool { return e.name == s.noun }) {
			return name + " stands inside of " + s.noun + ": " + inside
		}
		owners, example = append(owners, s.noun), cmp.Or(example, inside)
	}
	if len(owners) == 0 {
		return ""
	}
	return name + " is a key of " + strings.Join(owners, " or ") + ": {" + example + "}"
}
