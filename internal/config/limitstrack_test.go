package config

import (
	"fmt"
	"strings"
	"testing"
)

// crowded is how many nodes the largest files of these tests have.
const crowded = 6

// crowdOf makes a file of as many routers as there may be, with keys in defaults and more sections below.
func crowdOf(defaults, sections string) []byte {
	var b strings.Builder
	b.WriteString("nodes: [")
	for i := range crowded {
		fmt.Fprintf(&b, "n%d, ", i)
	}
	b.WriteString("]\ndefaults:\n  interface: eth0\n  priority: {")
	for i := range crowded {
		fmt.Fprintf(&b, "n%d: %d, ", i, 250-40*i)
	}
	fmt.Fprintf(&b, "}\n%svirtual_routers:\n", defaults)
	for i := range maxRouters {
		fmt.Fprintf(&b, "  r%d: {vrid: %d, interface: eth%d, addresses: [10.0.%d.%d]}\n", i, i%255+1, i/255, i/250, 1+i%250)
	}
	b.WriteString(sections)
	return []byte(b.String())
}

// groupsOfTwo puts all routers into groups.
func groupsOfTwo(keys string) string {
	var b strings.Builder
	b.WriteString("groups:\n")
	for i := range maxGroups {
		fmt.Fprintf(&b, "  g%d: {routers: [r%d, r%d]%s}\n", i, 2*i, 2*i+1, keys)
	}
	return b.String()
}

func trackersNamed(n int) (trackers, names string) {
	var t, list strings.Builder
	t.WriteString("trackers:\n")
	for i := range n {
		fmt.Fprintf(&t, "  t%d: {process: p%d}\n", i, i)
		fmt.Fprintf(&list, "{t%d: -1}, ", i)
	}
	return t.String(), "[" + list.String() + "]"
}

// TestTheWorstTrackIsQuick has every router of every node track as much as it may, by one list.
func TestTheWorstTrackIsQuick(t *testing.T) {
	trackers, names := trackersNamed(MaxTracked)
	c, problems := parseQuickly(t, crowdOf("  track: "+names+"\n", trackers+groupsOfTwo("")))
	if c == nil {
		t.Fatal(problems)
	}
	i, j := c.Routers[0].PerNode[0], c.Routers[1].PerNode[5]
	if len(i.Track) != MaxTracked || &i.Track[0] != &j.Track[0] {
		t.Error("the nodes do not share a list")
	}
	if i.Group != "g0" || len(c.Groups) != maxGroups {
		t.Errorf("%d groups, and %q", len(c.Groups), i.Group)
	}
}

// TestNodesOfAGroupShareTheirUnion has lists of routers and of groups, so that every union has to be made.
func TestNodesOfAGroupShareTheirUnion(t *testing.T) {
	trackers, names := trackersNamed(MaxTracked)
	c, problems := parseQuickly(t, crowdOf("  track: "+names+"\n", trackers+"  own: {process: own}\n"+groupsOfTwo(", track: [{own: -250}]")))
	if c == nil {
		t.Fatal(problems)
	}
	i, j := c.Routers[0].PerNode[0], c.Routers[1].PerNode[crowded-1]
	if len(i.Track) != MaxTracked+1 || &i.Track[0] != &j.Track[0] {
		t.Error("the nodes do not share a union")
	}
}

func TestTheWorstServicesAreQuick(t *testing.T) {
	var list strings.Builder
	for i := range MaxServices {
		fmt.Fprintf(&list, "s%d, ", i)
	}
	_, problems := parseQuickly(t, crowdOf("  services: ["+list.String()+"]\n", ""))
	wantProblem(t, problems, "s0.service is already a service of r0")
}

// TestACommandIsSplitOnce has one long line that is used by many aliases.
func TestACommandIsSplitOnce(t *testing.T) {
	line := "/bin/x" + strings.Repeat(" y", (maxCommandLine-6)/2)
	var b strings.Builder
	fmt.Fprintf(&b, "nodes: [a, b]\nnotify: {any: &c %s}\ntrackers:\n", line)
	for i := range maxTrackers {
		fmt.Fprintf(&b, "  t%d: {script: *c}\n", i)
	}
	b.WriteString("virtual_routers: {web: {vrid: 1, interface: eth0, addresses: [192.0.2.1]}}\n")
	c, problems := parseQuickly(t, []byte(b.String()))
	if c == nil || len(c.Trackers) != maxTrackers {
		t.Fatal(problems)
	}
	_, problems = Parse("test.yaml", []byte("nodes: [a, b]\nnotify: {any: "+line+" y}\nvirtual_routers: {web: {vrid: 1, interface: eth0, addresses: [192.0.2.1]}}\n"))
	wantProblem(t, problems, "test.yaml:2:15: any has 4098 letters, and 4096 are the most (put it into a script)")
}

func TestSectionsAreBounded(t *testing.T) {
	const head = "nodes: [a, b]\nvirtual_routers: {web: {vrid: 1, interface: eth0, addresses: [192.0.2.1]}}\n"
	list := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	for want, section := range map[string]string{
		"trackers has 2049 entries, and 2048 are the most":           "trackers: {" + list(maxTrackers+1, "t%d: {process: a}, ") + "}",
		"groups has 1025 entries, and 1024 are the most":             "groups: {" + list(maxGroups+1, "g%d: [a, b], ") + "}",
		"environment has 65 entries, and 64 are the most":            "scripts: {environment: {" + list(maxVariables+1, "V%d: x, ") + "}}",
		"the list has 129 entries, and 128 are the most":             "notify: {any: [" + list(maxArguments+1, "x%d, ") + "]}",
		"the list has 65 entries, and 64 are the most":               "trackers: {a: {ping: [" + list(MaxTargets+1, "10.0.0.%d, ") + "]}}",
		"the list has 257 entries, and 256 are the most":             "defaults: {track: [" + list(MaxTracked+1, "t%d, ") + "]}",
		"the list has 33 entries, and 32 are the most":               "defaults: {services: [" + list(MaxServices+1, "t%d, ") + "]}",
		"any has 5000 letters, and 4096 are the most":                "notify: {any: [x" + list(1, strings.Repeat("y", 4998)+"%d") + "]}",
		"LONG has 4097 letters, and 4096 are the most":               "scripts: {environment: {LONG: " + strings.Repeat("x", maxVariableValue+1) + "}}",
		"body has 1001 letters, and 1000 are the most":               "trackers: {a: {http: {url: \"http://127.0.0.1/\", body: " + strings.Repeat("x", maxText+1) + "}}}",
		"the unit \"" + strings.Repeat("x", maxQuoted):               "trackers: {a: {systemd: " + strings.Repeat("x", maxUnitName) + "}}",
		"has 2004 letters, and 2000 are the most":                    "trackers: {a: {http: \"http://127.0.0.1/" + strings.Repeat("x", maxURL-13) + "\"}}",
		"the name \"" + strings.Repeat("t", maxQuoted) + "...\" has": "trackers: {" + strings.Repeat("t", MaxRouterName+1) + ": {process: a}}",
	} {
		_, problems := parseQuickly(t, []byte(head+section+"\n"))
		wantProblem(t, problems, want)
	}
}
