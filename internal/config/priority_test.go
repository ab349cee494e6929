package config

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestPrioritiesByOrderEndAtTen(t *testing.T) {
	var got []uint8
	for i := -1; i < 300; i++ {
		if p, ok := PriorityByOrder(i); ok {
			got = append(got, p)
		}
	}
	want := []uint8{200, 190, 180, 170, 160, 150, 140, 130, 120, 110, 100, 90, 80, 70, 60, 50, 40, 30, 20, 10}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestSmallestGap(t *testing.T) {
	tests := []struct {
		priorities []uint8
		want       uint8
	}{
		{nil, 0},
		{[]uint8{100}, 0},
		{[]uint8{100, 100}, 0},
		{[]uint8{100, 99}, 1},
		{[]uint8{99, 100}, 1},
		{[]uint8{1, 255}, 254},
		{[]uint8{200, 190, 180}, 10},
		{[]uint8{200, 150, 195}, 5},
		{[]uint8{200, 150, 200, 10}, 0},
	}
	for _, tt := range tests {
		if got := smallestGap(tt.priorities); got != tt.want {
			t.Errorf("smallestGap(%v) = %d, want %d", tt.priorities, got, tt.want)
		}
	}
}

func TestSmallestGapIsThatOfSomePair(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOfN(rapid.Uint8(), 2, 10).Draw(t, "priorities")
		before := slices.Clone(list)
		want := 255
		for i, a := range list {
			for _, b := range list[:i] {
				want = min(want, max(int(a)-int(b), int(b)-int(a)))
			}
		}
		if got := int(smallestGap(list)); got != want {
			t.Fatalf("smallestGap(%v) = %d, want %d", list, got, want)
		}
		if !slices.Equal(before, list) {
			t.Fatal("the argument was changed")
		}
	})
}

// file makes a file of nodes with the given names and one router with more keys.
func file(nodes string, keys ...string) []byte {
	return fmt.Appendf(nil, "nodes: [%s]\nvirtual_routers:\n  web: {vrid: 51, interface: eth0, addresses: [192.0.2.100]%s}\n",
		nodes, strings.Join(append([]string{""}, keys...), ", "))
}

// mustParse parses a file that has no errors.
func mustParse(t *testing.T, data []byte) *Config {
	t.Helper()
	c, problems := Parse("test.yaml", data)
	if c == nil {
		t.Fatalf("%s\n%v", data, problems)
	}
	return c
}

func TestPrioritiesOfARouter(t *testing.T) {
	tests := []struct {
		name  string
		nodes string
		keys  []string
		want  string // nodes with priority and gap, the preferred first
	}{
		{"by order", "a, b, c", nil, "a 200/10 b 190/20 c 180/10"},
		{"by the router's order", "a, b, c", []string{"nodes: [c, a]"}, "c 200/0 a 190/0"},
		{"by map", "a, b, c", []string{"priority: {a: 150, c: 250}"}, "a 150/60 b 190/100 c 250/40"},
		{"per node before map", "a, b", []string{"priority: {a: 150, b: 50}", "per_node: {a: {priority: 7}}"}, "a 7/0 b 50/0"},
		{"the owner", "a, b", []string{"priority: {b: 255}"}, "a 200/0 b 255/0"},
		{"two others alike", "a, b, c", []string{"priority: {b: 50, c: 50}"}, "a 200/0 b 50/150 c 50/150"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, i := range mustParse(t, file(tt.nodes, tt.keys...)).Routers[0].PerNode {
				got = append(got, fmt.Sprintf("%s %d/%d", i.Node, i.Priority, i.Gap))
			}
			if diff := cmp.Diff(tt.want, strings.Join(got, " ")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestLayersOfPriority walks from the outermost place of a priority to the innermost: each hides those before it.
func TestLayersOfPriority(t *testing.T) {
	layers := []struct{ defaults, router string }{
		{"", ""},
		{"priority: {a: 101}", ""},
		{"priority: {a: 101}, per_node: {a: {priority: 102}}", ""},
		{"priority: {a: 101}, per_node: {a: {priority: 102}}", ", priority: {a: 103}"},
		{"priority: {a: 101}, per_node: {a: {priority: 102}}", ", priority: {a: 103}, per_node: {a: {priority: 104}}"},
	}
	want := []uint8{200, 101, 102, 103, 104}
	for n, l := range layers {
		data := fmt.Sprintf("nodes: [a, b]\ndefaults: {%s}\nvirtual_routers:\n  web: {vrid: 51, interface: eth0, addresses: [192.0.2.100]%s}\n", l.defaults, l.router)
		if got := mustParse(t, []byte(data)).Routers[0].PerNode[0].Priority; got != want[n] {
			t.Errorf("%s\npriority %d, want %d", data, got, want[n])
		}
	}
}

func TestInstancesAreInTheFilesOrder(t *testing.T) {
	data := "nodes: [a, b, c]\nvirtual_routers:\n"
	for i, serving := range []string{"[b, a]", "[c]", "[a, b, c]", "[a]"} {
		data += fmt.Sprintf("  r%d: {vrid: %d, interface: eth0, addresses: [192.0.2.%d], nodes: %s}\n", i, i+1, i+1, serving)
	}
	c := mustParse(t, []byte(data))
	for name, want := range map[string]string{"a": "r0 190 r2 200 r3 200", "b": "r0 200 r2 190", "c": "r1 200 r2 180", "d": "", "": ""} {
		var got []string
		for _, i := range c.Instances(name) {
			got = append(got, fmt.Sprintf("%s %d", i.Router, i.Priority))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("Instances(%q) = %v, want %s", name, got, want)
		}
	}
}
