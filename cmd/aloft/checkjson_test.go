package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aloft-ha/aloft/internal/config"
)

// TestCheckJSONHasEveryKey sets each key of a router and of an address to what is not its default, and finds it again.
func TestCheckJSONHasEveryKey(t *testing.T) {
	const file = `
nodes: [{name: www1, addresses: [192.0.2.1]}, {name: www2, addresses: [192.0.2.2]}]
virtual_routers:
  web:
    vrid: 51
    addresses: [{address: 192.0.2.100/24, interface: eth1, label: "eth1:0", scope: link, advertise: false}, 192.0.2.101]
    interface: eth0
    nodes: [www2, www1]
    priority: {www2: 150, www1: 140}
    auto_failback: false
    advert_interval: 500ms
    transport: unicast
    checksum: rfc5798
    version: 3
    authentication: {keys: {7: file:/k, 9: credential:c}, active: 9, mode: permissive, replay: monotonic}
    startup_delay: 5s
    link_up_delay: 1500ms
    down_adverts: 4
    lease: 10s
    farewell: plain
    min_ttl: 250
    track: [a, {b: -30}, {c: fault}]
    notify: {active: logger up, any: {command: [logger, any], user: nobody, timeout: 5s}, fifo: /run/aloft/notify}
    services: [haproxy, {name: data, start: data start, stop: data stop, status: data status, user: root, timeout: 10s}]
    per_node: {www1: {source_address: 192.0.2.1, auto_failback: true, preempt_delay: 1m}}
  db: {vrid: 52, addresses: [192.0.2.102], nodes: [www2, www1], priority: {www2: 150, www1: 140}}
groups: {site: [web, db]}
trackers: {a: {process: a}, b: {process: b}, c: {process: c}}
`
	want := `{
	  "node": "www1", "router": "web", "vrid": 51, "interface": "eth0",
	  "addresses": [
	    {"address": "192.0.2.100/24", "interface": "eth1", "label": "eth1:0", "scope": "link", "advertise": false, "source": false},
	    {"address": "192.0.2.101/32", "scope": "global", "advertise": true, "source": false}
	  ],
	  "priority": 140, "auto_failback": true, "transport": "unicast", "source_address": "192.0.2.1", "min_ttl": 250,
	  "checksum": "rfc5798", "version": "3", "advert_interval_seconds": 0.5, "down_adverts": 4, "takeover_seconds": 2.2265625,
	  "preempt_delay_seconds": 60, "startup_delay_seconds": 5, "link_up_delay_seconds": 1.5, "lease_seconds": 10,
	  "farewell": "plain", "peers": [{"node": "www2", "priority": 150, "addresses": ["192.0.2.2"]}],
	  "authentication": {
	    "password": false, "keys": [{"number": 7, "source": "file"}, {"number": 9, "source": "credential"}], "active": 9,
	    "mode": "permissive", "replay": "monotonic", "window_seconds": 5
	  },
	  "group": "site",
	  "track": [{"tracker": "a", "effect": "loss"}, {"tracker": "b", "effect": "weight", "weight": -30}, {"tracker": "c", "effect": "fault"}],
	  "notify": {
	    "active": {"argv": ["logger", "up"], "timeout_seconds": 30},
	    "any": {"argv": ["logger", "any"], "user": "nobody", "timeout_seconds": 5}
	  },
	  "fifo": "/run/aloft/notify",
	  "services": [
	    {"name": "haproxy.service", "unit": "haproxy.service", "timeout_seconds": 90},
	    {
	      "name": "data", "timeout_seconds": 10,
	      "start": {"argv": ["data", "start"], "user": "root", "timeout_seconds": 10},
	      "stop": {"argv": ["data", "stop"], "user": "root", "timeout_seconds": 10},
	      "status": {"argv": ["data", "status"], "user": "root", "timeout_seconds": 10}
	    }
	  ]
	}`
	if diff := cmp.Diff(decodeJSON(t, want), checkedRouter(t, file)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestCheckJSONOfALease tells a lease that is off from one that the daemon chooses.
func TestCheckJSONOfALease(t *testing.T) {
	for key, want := range map[string]any{"": nil, "lease: off": 0.0, "lease: 4s": 4.0} {
		got := checkedRouter(t, "nodes: [a, b]\nvirtual_routers:\n  web: {vrid: 1, interface: eth0, addresses: [192.0.2.1], "+key+"}\n")
		if got["lease_seconds"] != want {
			t.Errorf("%q: %v, want %v", key, got["lease_seconds"], want)
		}
	}
}

// checkedRouter is the JSON of the first router of the first node.
func checkedRouter(t *testing.T, file string) map[string]any {
	t.Helper()
	c, problems := config.Parse("f", []byte(file))
	if c == nil || len(problems) > 0 {
		t.Fatalf("%v", problems)
	}
	var out strings.Builder
	if err := writeCheckJSON(&out, "f", c, problems, c.Instances(c.Nodes[0].Name)); err != nil {
		t.Fatal(err)
	}
	return decodeJSON(t, out.String())["routers"].([]any)[0].(map[string]any)
}

func decodeJSON(t *testing.T, text string) (v map[string]any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	return v
}
