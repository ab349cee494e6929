package importer

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/tracker"
)

// checkWhole demands what a cluster says of all routers and nodes of the file that was read back.
func checkWhole(t *testing.T, c *Cluster, read *config.Config) {
	t.Helper()
	var specs []tracker.Spec
	for i, want := range c.Trackers {
		spec := want.Spec
		if spec.Interval == 0 {
			spec.Interval = time.Second
		}
		if spec.Timeout == 0 {
			spec.Timeout = min(spec.Interval, 5*time.Second)
		}
		spec.Rise, spec.Fall = max(spec.Rise, 1), max(spec.Fall, 1)
		if k, ok := spec.Kind.(tracker.Process); ok && k.Need == 0 {
			k.Need = 1
			spec.Kind = k
		}
		specs = append(specs, spec)
		if c.Trackers[i].Name == "" {
			t.Errorf("a tracker has no name")
		}
	}
	if diff := cmp.Diff(specs, read.Trackers); diff != "" {
		t.Errorf("trackers (-want +got):\n%s", diff)
	}
	var groups []config.Group
	for _, g := range c.Groups {
		groups = append(groups, config.Group{Name: g.Name, Routers: g.Routers, Notify: g.Notify})
	}
	if diff := cmp.Diff(groups, read.Groups); diff != "" {
		t.Errorf("groups (-want +got):\n%s", diff)
	}
	if read.Notify.FIFO != c.FIFO || read.Scripts.User != c.User {
		t.Errorf("want the FIFO %q and the user %q, got %q and %q", c.FIFO, c.User, read.Notify.FIFO, read.Scripts.User)
	}
}

// services are those of the file, with what is at its default left out as want leaves it out.
func services(list, want []config.Service) []config.Service {
	if len(list) != len(want) {
		return list
	}
	var out []config.Service
	for i, s := range list {
		if want[i].Timeout == 0 && s.Timeout == 90*time.Second {
			s.Timeout = 0
		}
		for _, c := range []**config.Command{&s.Start, &s.Stop, &s.Status} {
			if *c != nil {
				own := **c
				own.Timeout = unsaid // it is the service's
				*c = &own
			}
		}
		out = append(out, s)
	}
	return out
}

// unsaid is the time limit of a command of notify, which no importer has another for.
const unsaid = 30 * time.Second

func run(user string, argv ...string) *config.Command {
	return &config.Command{Argv: argv, User: user, Timeout: unsaid}
}

// TestTrackersGroupsAndCommands has each thing that is written once with all it can have, and once with the least.
func TestTrackersGroupsAndCommands(t *testing.T) {
	effects := []tracker.Effect{{Tracker: "proxy"}, {Tracker: "gateway", Mode: tracker.ModeWeight, Weight: -30}, {Tracker: "uplink", Mode: tracker.ModeFault}}
	web := Settings{
		Addresses: floating("192.0.2.100"), Interface: "eth0", Track: effects,
		Notify: config.Notify{Active: run("", "/bin/up", "it"), Any: run("root", "/bin/sh", "-c", "a | b")},
	}
	spec := func(name string, kind tracker.Kind) Tracker {
		return Tracker{Spec: tracker.Spec{Name: name, Kind: kind}}
	}
	c := &Cluster{
		Nodes: pair,
		Routers: []Router{
			{Name: "web", VRID: 51, Parts: both(web, func(s *Settings) { s.Track, s.Notify = nil, config.Notify{} })},
			{Name: "db", VRID: 52, Parts: both(Settings{
				Addresses: floating("192.0.2.101"), Interface: "eth0",
				Notify: config.Notify{Backup: run("root", "/bin/down", "a b", ""), Stop: run("root", "x"), FIFO: "/run/x"},
				Services: []config.Service{
					{Name: "a", Start: run("root", "/a", "start"), Stop: run("root", "/a", "stop"), Status: run("root", "/a", "status"), Timeout: time.Minute},
					{Name: "b", Start: run("", "/b", "x y"), Stop: run("", "/b", "$z")},
				},
			}, nil)},
		},
		Trackers: []Tracker{
			{tracker.Spec{
				Name: "proxy", Kind: tracker.Script{Argv: []string{"/bin/[", "-e", "/x", "]"}, User: "nobody"}, Interval: 2 * time.Second, Timeout: 3 * time.Second,
				Rise: 2, Fall: 3, Initial: tracker.InitialDown, Damping: time.Minute,
			}, []string{"vrrp_script proxy a.conf:1"}},
			spec("gateway", tracker.Ping{Targets: []string{"192.0.2.254"}}),
			spec("uplink", tracker.Interface{Name: "eth1"}),
			spec("any", tracker.Ping{Targets: []string{"192.0.2.253", "2001:db8::1"}, Need: 1}),
			spec("two", tracker.Ping{Targets: []string{"192.0.2.253", "2001:db8::1", "192.0.2.254"}, Need: 2}),
			spec("all", tracker.Ping{Targets: []string{"192.0.2.253", "192.0.2.254"}}),
			spec("one", tracker.Process{Name: "haproxy"}),
			spec("some", tracker.Process{Name: "no", Need: 2}),
			spec("there", tracker.File{Path: "/run/x y"}),
			spec("load", tracker.File{Path: "/run/load", Want: tracker.FileNumber}),
			spec("port", tracker.TCP{Address: "127.0.0.1:80"}),
			spec("unit", tracker.Systemd{Unit: "haproxy.service"}),
			spec("line", tracker.Script{Argv: []string{"/bin/sh", "-c", "a && b"}}),
			spec("words", tracker.Script{Argv: []string{"/bin/a", "-0", "b"}}),
		},
		Groups: []Group{
			{Name: "site", Comment: []string{"vrrp_sync_group site a.conf:9"}, Routers: []string{"web", "db"}, Notify: config.Notify{Fault: run("", "/bin/alarm")}},
		},
		FIFO: "/run/fifo",
		User: "keeper",
	}
	const want = `
virtual_routers:
  web:
    vrid: 51
    addresses: [192.0.2.100]
    track: [proxy, {gateway: -30}, {uplink: fault}]
    per_node:
      www1: {notify: {active: "/bin/up it", any: {command: "a | b", user: root}}}
      www2: {track: []}
  db:
    vrid: 52
    addresses: [192.0.2.101]
    notify: {backup: [/bin/down, "a b", ""], stop: x, fifo: /run/x, user: root}
    services:
      - name: a
        start: "/a start"
        stop: "/a stop"
        status: "/a status"
        user: root
        timeout: 1m
      - name: b
        start: [/b, "x y"]
        stop: [/b, "$z"]

trackers:
  # vrrp_script proxy a.conf:1
  proxy:
    script: ["/bin/[", "-e", /x, "]"]
    interval: 2s
    timeout: 3s
    rise: 2
    fall: 3
    initial: down
    damping: 1m
    user: nobody
  gateway: {ping: 192.0.2.254}
  uplink: {interface: eth1}
  any: {ping: {targets: [192.0.2.253, "2001:db8::1"], need: any}}
  two: {ping: {targets: [192.0.2.253, "2001:db8::1", 192.0.2.254], need: 2}}
  all: {ping: [192.0.2.253, 192.0.2.254]}
  one: {process: haproxy}
  some: {process: {name: "no", need: 2}}
  there: {file: "/run/x y"}
  load: {file: {path: /run/load, want: number}}
  port: {tcp: "127.0.0.1:80"}
  unit: {systemd: haproxy.service}
  line: {script: "a && b"}
  words: {script: "/bin/a -0 b"}

groups:
  # vrrp_sync_group site a.conf:9
  site:
    routers: [web, db]
    notify: {fault: /bin/alarm}

notify:
  fifo: /run/fifo

scripts:
  user: keeper
`
	_, got, _ := strings.Cut(string(c.YAML()), "\n\nvirtual_routers:")
	if diff := cmp.Diff(want, "\nvirtual_routers:"+got); diff != "" {
		t.Errorf("YAML (-want +got):\n%s", diff)
	}
	file, problems := (&Result{Cluster: c}).Checked("aloft.yaml")
	read, _ := config.Parse("aloft.yaml", file)
	if read == nil {
		t.Fatalf("refused: %v", problems)
	}
	checkWhole(t, c, read)
	for i, r := range c.Routers {
		for j, part := range r.Parts {
			instance := read.Routers[i].PerNode[j]
			if diff := cmp.Diff(part.Settings.Notify, instance.Notify); diff != "" {
				t.Errorf("notify of %s on %s (-want +got):\n%s", r.Name, part.Node, diff)
			}
			if diff := cmp.Diff(part.Settings.Services, services(instance.Services, part.Settings.Services)); diff != "" {
				t.Errorf("services of %s on %s (-want +got):\n%s", r.Name, part.Node, diff)
			}
			if i == 0 && j == 0 { // those of one router count for the group, so on www1 for both
				if diff := cmp.Diff(effects, instance.Track); diff != "" {
					t.Errorf("track (-want +got):\n%s", diff)
				}
			}
		}
	}
}

func TestTrackOfAllRoutersIsADefault(t *testing.T) {
	s := Settings{Interface: "eth0", Track: []tracker.Effect{{Tracker: "one"}}, Notify: config.Notify{Any: run("", "/bin/notify", strings.Repeat("x", 100))}}
	other := s
	s.Addresses, other.Addresses = floating("192.0.2.100"), floating("192.0.2.101")
	c := &Cluster{
		Nodes:    pair,
		Routers:  []Router{{Name: "a", VRID: 1, Parts: both(s, nil)}, {Name: "b", VRID: 2, Parts: both(other, nil)}},
		Trackers: []Tracker{{Spec: tracker.Spec{Name: "one", Kind: tracker.Process{Name: "x"}}}},
	}
	checkRoundTrip(t, c)
	want := "defaults:\n  interface: eth0\n  track: [one]\n  notify:\n    any: \"/bin/notify x"
	if !strings.Contains(string(c.YAML()), want) {
		t.Errorf("want %s, got\n%s", want, c.YAML())
	}
}

func TestCommandsOfAnyWordsAreReadBack(t *testing.T) {
	for _, words := range [][]string{
		{"a"},
		{"a", ""},
		{"a", " "},
		{"a b"},
		{"/bin/sh", "-c", "a"},
		{"/bin/sh", "-c", "a; b"},
		{"/bin/sh", "-c", ""},
		{"/bin/sh", "-c", " a; b "},
		{"a", "\n"},
		{"A=b"},
		{"a", "#"},
		{"a", "\t"},
		{"yes"},
		{"a", "0x1f", "~", "null"},
		{"ä", "\"'"},
	} {
		c := &Cluster{Nodes: pair, Routers: []Router{{Name: "web", VRID: 51, Parts: both(Settings{
			Addresses: floating("192.0.2.100"), Interface: "eth0", Notify: config.Notify{Any: run("", words...)},
		}, nil)}}}
		checkRoundTrip(t, c)
	}
}
