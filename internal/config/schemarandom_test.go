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
	"{1: file:/k}", "{256: file:/k}", "{1: file:k}", "{1: hex:0}", "{1: text:a}", "{1: credential:a}", "{1: [file:/k]}", "{a: 1}",
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
	const whole = nodes + "virtual_routers: {web: {vrid: 1, addresses: [192.0.2.1]}}\n"
	for _, f := range tables.file.fields {
		if f.name != "nodes" && f.name != "virtual_routers" {
			judge(f.name, f.typ, whole+"%s\n")
		}
	}
	for i, f := range tables.tracker.fields {
		kind := "process: haproxy"
		if f.name == "user" {
			kind = "script: /bin/true"
		}
		if i < subjectKinds {
			kind = "interval: 1s"
		}
		judge(f.name, f.typ, whole+"trackers:\n  a:\n    "+kind+"\n    %s\n")
	}
	subjects := &tables.subjects
	judgeSubject(judge, whole, subjects.script)
	judgeSubject(judge, whole, subjects.http)
	judgeSubject(judge, whole, subjects.tcp)
	judgeSubject(judge, whole, subjects.ping)
	judgeSubject(judge, whole, subjects.process)
	judgeSubject(judge, whole, subjects.file)
	judgeSubject(judge, whole, subjects.iface)
	judgeSubject(judge, whole, subjects.haproxy)
	judgeSubject(judge, whole, subjects.systemd)
	judgeKeys(judge, tables.notify, whole+"notify:\n  user: nobody\n  %s\n", "user")
	judgeKeys(judge, tables.command, whole+"notify:\n  any:\n    command: /bin/true\n    %s\n", "command")
	judgeKeys(judge, tables.scripts, whole+"scripts:\n  %s\n")
	judgeKeys(judge, tables.group, whole+"groups:\n  a:\n    routers: [web, db]\n    %s\n", "routers")
	judgeKeys(judge, tables.service, nodes+"virtual_routers:\n  web:\n    vrid: 1\n    addresses: [192.0.2.1]\n    services:\n"+
		"    - name: a\n      start: /bin/true\n      stop: /bin/true\n      %s\n", "name", "start", "stop")
	const auth = nodes + "virtual_routers:\n  web:\n    vrid: 1\n    addresses: [192.0.2.1]\n    authentication:\n"
	judgeKeys(judge, tables.auth, auth+"      keys: {1: file:/k, 3: file:/k}\n      active: 3\n      %s\n", "keys", "pass", "active")
	for _, name := range []string{"keys", "pass"} {
		judge(name, tables.auth.byName[name].typ, auth+"      %s\n")
	}
	if diff := cmp.Diff(schemaIsLax, lax); diff != "" {
		t.Errorf("what only the walker refuses, by type (-want +got):\n%s", diff)
	}
}

// judgeKeys gives every key of a table but some every strange value.
func judgeKeys[T any](judge func(key, typ, template string), t *table[T], template string, but ...string) {
	for _, f := range t.fields {
		if !slices.Contains(but, f.name) {
			judge(f.name, f.typ, template)
		}
	}
}

// judgeSubject does that for what a tracker looks at.
func judgeSubject[T any](judge func(key, typ, template string), whole string, t *table[T]) {
	for _, f := range t.fields {
		rest := ""
		if short := t.fields[0]; short.name != f.name {
			rest = "      " + short.name + ": " + short.example + "\n"
		}
		judge(f.name, f.typ, whole+"trackers:\n  a:\n    "+t.noun+":\n"+rest+"      %s\n")
	}
}

// relative are programs with a path that begins nowhere; of a line the schema cannot tell which word is the program.
var relative = []string{"a/b", "192.0.2.9/24", "192.0.2.9/33", "192.0.2.0/24", "fe80::9/129", "[192.0.2.9/24]"}

// schemaIsLax is what the walker knows better, by type.
var schemaIsLax = map[string][]string{
	"a duration":    {"15ms", "2h", "1s"},     // a pattern compares nothing; 1s is too short for a lease
	"a number":      {"010", "3", "1", "256"}, // YAML has made 8 of 010; need counts nothing without a backend or more targets
	"an IP address": {"::ffff:192.0.2.9", "224.0.0.18"},
	"an address":    {"192.0.2.0/24", "::ffff:192.0.2.9", "224.0.0.18"},
	"true or false": {"true"}, // source, for an IPv4 address

	"a list of trackers":                                  {"[{}]"},                      // a merge key may bring the name
	"a mapping from name to tracker":                      {"{www1: {}}"},                // or the kind
	"a mapping of the keys of process, or its name alone": {"{}"},                        // or the name
	"a mapping from number to key":                        {"{1: hex:0}", "{1: text:a}"}, // a schema counts no bytes
	"a mapping of the keys of authentication, or off":     {"{}"},                        // a merge key may bring the keys
	"a command": relative,
	"a command, or a mapping with its user and timeout":     relative,
	"a mapping of the keys of script, or its command alone": relative,
	"an IP address, or a list of them":                      {"fe80::9", "::ffff:192.0.2.9", "224.0.0.18"},
	"a mapping of the keys of ping, or its targets alone":   {"fe80::9", "::ffff:192.0.2.9", "224.0.0.18"},
}
