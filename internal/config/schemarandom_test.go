package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"pgregory.net/rapid"
)

// The tests of this file write values by what the tables say of a key, its type and its limits, and have the walker
// and the schema judge them: both are made of these tables, and have to agree.

// walk reads a file value by value and compares nothing. It returns the problems.
func walk(data []byte) []Problem {
	root, problem := decode("test.yaml", data)
	if problem != nil {
		return []Problem{*problem}
	}
	w := walker{file: "test.yaml", problems: checkShape("test.yaml", root), tables: sharedTables()}
	w.readFile(root)
	return w.problems
}

// accepts demands that a file that the walker takes is taken by the schemas too.
func accepts(t interface{ Fatalf(string, ...any) }, data []byte, schemas ...*jsonschema.Schema) {
	for _, merged := range []bool{true, false} {
		v, err := asJSON(data, merged)
		if err != nil && strings.Contains(err.Error(), "excessive aliasing") {
			return // a guard of the library that the walker, which counts for itself, does not need
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, data)
		}
		for _, s := range schemas {
			if err := s.Validate(v); err != nil {
				t.Fatalf("%#v\nmerged %t:\n%s", err, merged, data)
			}
		}
	}
}

func TestWalkerAndSchemaTakeRandomValues(t *testing.T) {
	schemas := slices.Collect(maps.Values(drafts(t)))
	rapid.Check(t, func(t *rapid.T) {
		data := randomFile(t)
		for _, p := range walk(data) {
			if p.Severity == Error {
				t.Fatalf("%v in\n%s", p, data)
			}
		}
		accepts(t, data, schemas...)
	})
}

// strange are values that few keys take.
var strange = []string{
	"0", "1", "3", "256", "-1", "1.5", "010", "true", "word", `""`, `"0"`, "a b", "a/b", `"3"`, "off", "1s", "15ms", "2h", "-1s", "-0s", "5 sec", "1d",
	"192.0.2.9", "192.0.2.300", "192.0.2.9/24", "192.0.2.9/33", "192.0.2.0/24", "fe80::9", "fe80::9/129", "fe80::9%eth0", "::ffff:192.0.2.9",
	"224.0.0.18", "[]", "[1]", "[www1]", "[www1, www1]", "[[]]", "[192.0.2.9]", "[192.0.2.9/24]", "[{}]", "[{address: 192.0.2.9, x: 1}]",
	"{}", "{www1: 5}", "{www1: 0}", "{www1: {}}", "{www1: {x: 1}}", "{www1: [192.0.2.9]}", "{a/b: []}", "", "~",
}

// TestWalkerAndSchemaOnStrangeValues gives every key every strange value. What the walker takes the schema has to take,
// and the reverse with the exceptions that are listed by type.
func TestWalkerAndSchemaOnStrangeValues(t *testing.T) {
	tables, s := newTables(), compile(t, jsonschema.Draft2020)
	lax := make(map[string][]string)
	judge := func(key, typ, template string) {
		for _, text := range strange {
			data := fmt.Appendf(nil, template, key+": "+text)
			v, err := asJSON(data, true)
			if err != nil {
				t.Fatalf("%v in\n%s", err, data)
			}
			walker, schema := !hasErrors(walk(data)), s.Validate(v) == nil
			switch {
			case walker && !schema:
				t.Errorf("the walker takes what the schema refuses: %v in\n%s", s.Validate(v), data)
			case schema && !walker && !slices.Contains(lax[typ], text):
				lax[typ] = append(lax[typ], text)
			}
		}
	}
	const nodes = "nodes: [www1, {name: www2}]\n"
	for _, f := range tables.router.fields {
		judge(f.name, f.typ, nodes+"defaults: {vrid: 1, addresses: [192.0.2.1]}\nvirtual_routers:\n  web:\n    %s\n")
	}
	for _, f := range tables.node.fields {
		judge(f.name, f.typ, nodes+"virtual_routers:\n  web:\n    vrid: 1\n    addresses: [192.0.2.1]\n    per_node:\n      www1:\n        %s\n")
	}
	for _, f := range tables.address.fields {
		entry := "    - address: 192.0.2.1\n      %s\n"
		if f.required {
			entry = "    - %s\n"
		}
		judge(f.name, f.typ, nodes+"virtual_routers:\n  web:\n    vrid: 1\n    addresses:\n"+entry)
	}
	for _, f := range tables.nodeEntry.fields {
		entry := "- name: www1\n  %s\n"
		if f.required {
			entry = "- %s\n"
		}
		judge(f.name, f.typ, "nodes:\n"+entry+"virtual_routers: {web: {vrid: 1, addresses: [192.0.2.1]}}\n")
	}
	if diff := cmp.Diff(schemaIsLax, lax); diff != "" {
		t.Errorf("what only the walker refuses, by type (-want +got):\n%s", diff)
	}
}

// schemaIsLax is what the walker knows better, by type.
var schemaIsLax = map[string][]string{
	"a duration":    {"15ms", "2h", "1s"}, // a pattern compares nothing; 1s is too short for a lease
	"a number":      {"010"},              // YAML has made 8 of it before a schema sees it
	"an IP address": {"::ffff:192.0.2.9", "224.0.0.18"},
	"an address":    {"192.0.2.0/24", "::ffff:192.0.2.9", "224.0.0.18"},
	"true or false": {"true"}, // source, for an IPv4 address

	"a list of trackers": {"[{}]"}, // a merge key may bring the name
}
