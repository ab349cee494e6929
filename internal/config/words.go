package config

import (
	"slices"
	"strings"
)

// later are the words of the file format that this version does not know yet. They are refused, never ignored: a file
// that asks for a tracker and gets none would be a nasty surprise.
var later = []string{
	"announce", "metrics", "status_page", "log", "realtime",
}

// foreign are words of other tools, and ours that were probably meant, with what to write instead.
var foreign = map[string]string{
	// keepalived
	"virtual_ipaddress":          "keepalived's virtual_ipaddress is addresses: [192.0.2.100]",
	"virtual_ipaddress_excluded": "write it under addresses: {address: 192.0.2.100, advertise: false}",
	"virtual_router_id":          "keepalived's virtual_router_id is vrid",
	"vrrp_instance":              "keepalived's vrrp_instance is an entry of virtual_routers",
	"vrrp_sync_group":            "keepalived's vrrp_sync_group is an entry of groups: groups: {site: [web, db]}",
	"vrrp_script":                "keepalived's vrrp_script is an entry of trackers: trackers: {haproxy: {script: /usr/lib/aloft/check-haproxy}}",
	"vrrp_track_process":         "keepalived's vrrp_track_process is an entry of trackers: trackers: {haproxy: {process: haproxy}}",
	"vrrp_track_file":            "keepalived's vrrp_track_file is an entry of trackers: trackers: {drain: {file: {path: /etc/aloft/drain, want: number}}}",
	"track_script":               "write track: [haproxy], or [{haproxy: -30}] with a weight; what it is stands under trackers",
	"track_interface":            "write track: [{uplink: fault}], and trackers: {uplink: {interface: eth1}}; the router's own interface is always watched",
	"track_process":              "write track: [haproxy], and trackers: {haproxy: {process: haproxy}}",
	"track_file":                 "write track: [{drain: -1}], and trackers: {drain: {file: {path: /etc/aloft/drain, want: number}}}",
	"track_bfd":                  "aloft does not speak BFD",
	"global_defs":                "keepalived's global_defs are keys of their own here; those of routers go under defaults",
	"router_id":                  "leave it out: a node is found by its name in nodes",
	"advert_int":                 "keepalived's advert_int is advert_interval: 1s, with a unit",
	"state":                      "leave it out: the order of nodes says who is preferred, and nobody starts as MASTER",
	"nopreempt":                  "keepalived's nopreempt is auto_failback: false",
	"preempt":                    "preemption is auto_failback: true, which is the default",
	"unicast_peer":               "write transport: unicast, and give the nodes their addresses",
	"unicast_src_ip":             "write source_address under per_node, or give the node its address under nodes",
	"mcast_src_ip":               "write source_address under per_node",
	"down_timer_adverts":         "keepalived's down_timer_adverts is down_adverts",
	"vrrp_version":               "keepalived's vrrp_version is version; its default is 2, and ours is 3",
	"v3_checksum_as_v2":          "write checksum: rfc9568; auto finds out by itself",
	"auth_type":                  "keepalived's auth_type PASS is authentication: {pass: ...} beside version: 2; AH is not supported",
	"auth_pass":                  "keepalived's auth_pass is authentication: {pass: ...} beside version: 2",
	"auth_hmac":                  "keepalived's auth_hmac is authentication: {keys: {1: file:/etc/aloft/keys/web}}",
	"notify_master":              "keepalived's notify_master is notify: {active: /usr/local/bin/notify}",
	"notify_backup":              "keepalived's notify_backup is notify: {backup: /usr/local/bin/notify}",
	"notify_fault":               "keepalived's notify_fault is notify: {fault: /usr/local/bin/notify}",
	"notify_stop":                "keepalived's notify_stop is notify: {stop: /usr/local/bin/notify}",
	"notify_fifo":                "keepalived's notify_fifo is notify: {fifo: /run/aloft/notify}",
	"script_user":                "keepalived's script_user is scripts: {user: nobody}, at the top",
	"enable_script_security":     "leave it out: a program that others can change is not run, unless scripts has insecure: true",
	"smtp_alert":                 "write notify: {any: [/usr/lib/aloft/notify-mail, ops@example.org]}, which sends a mail about each change",
	"accept":                     "leave it out: connections to the addresses are accepted",
	"no_accept":                  "aloft always accepts connections to the addresses",
	"use_vmac":                   "aloft uses the interface's own MAC address and announces each move",
	"dont_track_primary":         "aloft always watches the router's own interface",
	"garp_master_delay":          "leave it out: announcements are sent at 0, 0.1, 1.1 and 2.2 s after a takeover",
	"garp_master_repeat":         "leave it out: announcements are sent at 0, 0.1, 1.1 and 2.2 s after a takeover",
	"virtual_server":             "aloft does not balance load: leave that to the proxy or to keepalived beside it",
	"real_server":                "aloft does not balance load: leave that to the proxy or to keepalived beside it",
	// heartbeat
	"haresources":   "each line of haresources is an entry of virtual_routers with its addresses",
	"node":          "heartbeat's node is the list nodes",
	"keepalive":     "heartbeat's keepalive is advert_interval: 1s, with a unit",
	"deadtime":      "heartbeat's deadtime is down_adverts times advert_interval: down_adverts: 3",
	"warntime":      "leave it out: this version of aloft does not warn of late adverts",
	"initdead":      "leave it out: a node that starts listens for a whole takeover before it serves",
	"deadping":      "heartbeat's deadping is fall times interval of a tracker: {ping: 192.0.2.254, interval: 1s, fall: 5}",
	"ping":          "heartbeat's ping is a tracker: trackers: {gateway: {ping: 192.0.2.254}}",
	"ping_group":    "heartbeat's ping_group is a tracker: trackers: {net: {ping: {targets: [192.0.2.253, 192.0.2.254], need: any}}}",
	"ucast":         "write transport: unicast, and give the nodes their addresses",
	"bcast":         "leave it out: adverts are multicast, or transport: unicast",
	"mcast":         "leave it out: adverts are multicast to 224.0.0.18 and ff02::12",
	"udpport":       "leave it out: VRRP is an IP protocol of its own and has no port",
	"nice_failback": "write auto_failback: false",
	"authkeys":      "heartbeat's authkeys is authentication: {keys: {1: file:/etc/aloft/keys/web}}, with a new key of 32 bytes or more",
	"crm":           "aloft is no cluster manager: it moves addresses, and the services that go with them",
	"stonith":       "aloft fences nobody: addresses are leased, so a dead node loses them by itself",
	// ucarp and FRR
	"vhid":                   "CARP's vhid is vrid",
	"advbase":                "CARP's advbase is advert_interval: 1s, with a unit",
	"advskew":                "CARP's advskew is the order of nodes, or priority: {www1: 200}",
	"advertisement_interval": "write advert_interval: 1s, with a unit",
	// near misses that the spelling does not give away
	"peers":      "the peers of a router are the other nodes of its list nodes",
	"ip":         "write addresses: [192.0.2.100]",
	"vip":        "write addresses: [192.0.2.100]",
	"vips":       "write addresses: [192.0.2.100]",
	"routers":    "write virtual_routers",
	"interval":   "write advert_interval: 1s",
	"failback":   "write auto_failback",
	"peer":       "the peers of a router are the other nodes of its list nodes",
	"unicast":    "write transport: unicast",
	"multicast":  "write transport: multicast, which is the default",
	"priorities": "write priority: {www1: 150}",
	"include":    "there is one file, the same on every node",
	"tracker":    "write trackers: {haproxy: {process: haproxy}} at the top, and track: [haproxy] in a router",
	"check":      "write trackers: {haproxy: {process: haproxy}} at the top, and track: [haproxy] in a router",
	"script":     "a script is a tracker: trackers: {haproxy: {script: /usr/lib/aloft/check-haproxy}}",
	"weight":     "a weight stands where it is tracked: track: [{haproxy: -30}]",
	"sync_group": "write groups: {site: [web, db]}",
	"group":      "a group names its routers: groups: {site: [web, db]}",
	"exec":       "write notify: {any: /usr/local/bin/notify}",
	"auth":       "write authentication",
	"password":   "write authentication: {pass: ...} beside version: 2",
	"pass":       "write authentication: {pass: ...} beside version: 2",
	"keys":       "write authentication: {keys: {1: file:/etc/aloft/keys/web}}",
}

// synonyms are the words that stand for a required key of ours: who wrote one of them need not be told as well that the
// key is missing.
var synonyms = map[string]string{
	"virtual_ipaddress": "addresses", "ip": "addresses", "vip": "addresses", "vips": "addresses",
	"virtual_router_id": "vrid", "vhid": "vrid", "node": "nodes",
	"vrrp_instance": "virtual_routers", "routers": "virtual_routers",
	"group": "routers", "members": "routers", "cmd": "command", "exec": "command", "script": "command", "path": "command",
	"host": "address",
}

// unknown reports a key that its mapping, of these entries, does not have, with the best guess at what was meant. It
// returns the key of the mapping that was probably meant, or "".
func (w *walker) unknown(e entry, entries []entry, noun string, known []string) string {
	if e.key.secret {
		return w.unknownSecret(e, noun, known)
	}
	if slices.Contains(later, e.name) {
		w.report(e.key, "remove it until a version has it", "%s is not supported by this version of aloft yet", quote(e.name))
		return ""
	}
	if len(w.problems) > 2*maxProblems {
		w.report(e.key, "", "unknown key %s in %s", quote(e.name), noun) // nobody will see a guess
		return ""
	}
	w.report(e.key, w.unknownHint(e.name, entries, noun, known), "unknown key %s in %s", quote(e.name), noun)
	if ours := synonyms[e.name]; slices.Contains(known, ours) {
		return ours
	}
	return nearest(e.name, known)
}

func (w *walker) unknownHint(name string, entries []entry, noun string, known []string) string {
	if hint := w.placeHint(name, entries, noun); hint != "" {
		return hint
	}
	if hint := foreign[name]; hint != "" {
		return hint
	}
	t := &w.tables
	switch {
	case noun == t.node.noun && slices.Contains(t.router.names, name):
		return name + " is the same for all nodes: write it in the router itself"
	case slices.Contains(t.file.names, name):
		return name + " stands at the top of the file"
	case noun == t.file.noun && slices.Contains(t.router.names, name):
		return name + " is a key of a router; for all routers put it under defaults"
	}
	if near := nearest(name, known); near != "" {
		return didYouMean(name, known)
	}
	switch {
	case noun != t.router.noun && slices.Contains(t.router.names, name):
		return name + " is a key of a router"
	case noun != t.address.noun && slices.Contains(t.address.names, name):
		return name + " is a key of an address: {address: 192.0.2.100, " + name + ": ...}"
	}
	return didYouMean(name, known)
}

// unknownSecret reports a key of a mapping that has secrets. The key is not repeated: a colon without a space after it, or
// a brace that is wrong, makes a key of a secret.
func (w *walker) unknownSecret(e entry, noun string, known []string) string {
	at, meant := e.key, nearest(e.name, known)
	at.path = strings.TrimSuffix(at.path, "."+clip(e.name))
	hint := inPlace[noun][e.name]
	switch {
	case hint != "":
		meant = ""
	case meant != "":
		hint = "did you mean \"" + meant + "\"?"
	default:
		hint = "known are " + strings.Join(known, ", ")
	}
	w.report(at, hint, "unknown key in %s", noun)
	return meant
}
