package config

import (
	"slices"
	"strings"
	"testing"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/aloft-ha/aloft/vrrp"
)

// describeFields checks what a reader of the documentation is told of each key of a table.
func describeFields[T any](t *testing.T, table *table[T]) {
	t.Helper()
	for _, f := range table.fields {
		switch {
		case f.name == "" || f.name != strings.ToLower(f.name) || strings.Contains(f.name, "-"):
			t.Errorf("%s: the key %q is not lower case with underscores", table.noun, f.name)
		case f.typ == "" || f.doc == "":
			t.Errorf("%s: %s has no type or no sentence", table.noun, f.name)
		case strings.HasSuffix(f.doc, ".") || strings.ToLower(f.doc[:1]) != f.doc[:1]:
			t.Errorf("%s: the sentence of %s is not lower case without a full stop: %q", table.noun, f.name, f.doc)
		case f.where == 0:
			t.Errorf("%s: %s may stand nowhere", table.noun, f.name)
		case slices.Contains(later, f.name):
			t.Errorf("%s: %s is also a word of later versions", table.noun, f.name)
		case f.required && f.def != "":
			t.Errorf("%s: %s is required and has a default", table.noun, f.name)
		case (f.def == "") != (f.example != ""):
			t.Errorf("%s: %s has the default %q and the example %q, and needs just one", table.noun, f.name, f.def, f.example)
		case f.example != "" && f.where&f.shownIn == 0:
			t.Errorf("%s: the example of %s is shown where the key may not stand", table.noun, f.name)
		}
		tryExample(t, table, f)
		if near := nearest(f.name, table.names); near != f.name {
			t.Errorf("%s: the word nearest to %s is %s", table.noun, f.name, near)
		}
	}
}

// tryExample demands that the example of a key can be read.
func tryExample[T any](t *testing.T, table *table[T], f field[T]) {
	t.Helper()
	if f.example == "" {
		return
	}
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(f.example), &doc); err != nil {
		t.Fatalf("%s: the example of %s: %v", table.noun, f.name, err)
	}
	var into T
	w := walker{tables: newTables()}
	if f.read(&w, value{node: doc.Content[0], name: f.name}, &into); len(w.problems) > 0 {
		t.Errorf("%s: the example of %s: %v", table.noun, f.name, w.problems)
	}
}

func TestTablesAreComplete(t *testing.T) {
	tables := newTables()
	describeFields(t, tables.file)
	describeFields(t, tables.nodeEntry)
	describeFields(t, tables.address)
	describeFields(t, tables.all)
	describeFields(t, tables.tracker)
	describeFields(t, tables.subjects.script)
	describeFields(t, tables.subjects.http)
	describeFields(t, tables.subjects.tcp)
	describeFields(t, tables.subjects.ping)
	describeFields(t, tables.subjects.process)
	describeFields(t, tables.subjects.file)
	describeFields(t, tables.subjects.iface)
	describeFields(t, tables.subjects.haproxy)
	describeFields(t, tables.subjects.systemd)
	describeFields(t, tables.notify)
	describeFields(t, tables.command)
	describeFields(t, tables.service)
	describeFields(t, tables.group)
	describeFields(t, tables.scripts)
	describeFields(t, tables.auth)
	lists := [][]string{
		tables.file.names, tables.nodeEntry.names, tables.address.names, tables.router.names, tables.node.names, tables.tracker.names,
		tables.notify.names, tables.command.names, tables.service.names, tables.group.names, tables.scripts.names,
		tables.auth.names,
	}
	for _, s := range tables.subjects.ownTables {
		lists = append(lists, s.names)
	}
	for _, names := range lists {
		if sorted := slices.Sorted(slices.Values(names)); len(slices.Compact(sorted)) != len(names) {
			t.Errorf("a key stands twice in %v", names)
		}
	}
}

func TestForeignWordsAreNotOurs(t *testing.T) {
	tables := newTables()
	for word, hint := range foreign {
		if slices.Contains(tables.router.names, word) || slices.Contains(tables.file.names, word) || slices.Contains(later, word) {
			t.Errorf("%s is a word of the file format", word)
		}
		if hint == "" || strings.HasSuffix(hint, ".") {
			t.Errorf("the hint of %s: %q", word, hint)
		}
	}
	for word, ours := range synonyms {
		hinted, key := foreign[word] != "", slices.Contains(tables.router.names, ours) || slices.Contains(tables.file.names, ours)
		for noun, known := range keysByNoun(&tables) {
			hinted = hinted || inPlace[noun][word] != ""
			key = key || slices.Contains(known, ours)
		}
		if !hinted {
			t.Errorf("%s has no hint", word)
		}
		if !key {
			t.Errorf("%s stands for %s, which is no key", word, ours)
		}
	}
}

// keysByNoun has the keys of the mappings that inPlace may have hints for.
func keysByNoun(t *tables) map[string][]string {
	keys := map[string][]string{
		t.tracker.noun: t.tracker.names, t.notify.noun: t.notify.names, t.service.noun: t.service.names,
		t.group.noun: t.group.names, t.command.noun: t.command.names, t.auth.noun: t.auth.names,
	}
	for _, s := range t.subjects.ownTables {
		keys[s.noun] = s.names
	}
	return keys
}

// TestHintsOfPlacesAreNotKeys has the words that are no key where a hint says what to write instead.
func TestHintsOfPlacesAreNotKeys(t *testing.T) {
	tables := newTables()
	keys := keysByNoun(&tables)
	for noun, hints := range inPlace {
		known := keys[noun]
		if known == nil {
			t.Errorf("no mapping is %s", noun)
		}
		for word, hint := range hints {
			if slices.Contains(known, word) {
				t.Errorf("%s is a key of %s", word, noun)
			}
			if hint == "" || strings.HasSuffix(hint, ".") {
				t.Errorf("the hint of %s in %s: %q", word, noun, hint)
			}
		}
	}
}

// TestSubjectsAreKinds holds the tables of subjects to the kinds of a tracker, key by key.
func TestSubjectsAreKinds(t *testing.T) {
	tables := newTables()
	for i, s := range tables.subjects.ownTables {
		if name := tables.tracker.names[i]; name != s.noun {
			t.Errorf("the kind %s has the keys of %s", name, s.noun)
		}
	}
	if n := len(tables.subjects.ownTables); n != subjectKinds {
		t.Errorf("%d tables of %d kinds", n, subjectKinds)
	}
}

func TestDefaultsAreThoseOfTheTable(t *testing.T) {
	d := newTables().all.defaults()
	if !d.autoFailback.value || d.interval.value != time.Second || d.downAdverts.value != 3 || d.version.value != vrrp.Version3 || !d.version.ok() {
		t.Errorf("%+v", d)
	}
	if d.vrid.state != absent || d.lease.state != absent || d.farewell.state != absent {
		t.Error("a key without a default has one")
	}
	if d.interval.written() {
		t.Error("a default counts as written")
	}
}

func TestDistance(t *testing.T) {
	tests := []struct {
		a, b string
		want int
	}{
		{"", "", 0},
		{"", "abc", 3},
		{"abc", "", 3},
		{"vrid", "vrid", 0},
		{"vird", "vrid", 1}, // swapped
		{"vrd", "vrid", 1},
		{"vriid", "vrid", 1},
		{"wrid", "vrid", 1},
		{"adress", "addresses", 3},
		{"ca", "abc", 3}, // a swap may not be split by an insertion
	}
	for _, tt := range tests {
		if got := distance(tt.a, tt.b); got != tt.want {
			t.Errorf("distance(%q, %q) = %d, want %d", tt.a, tt.b, got, tt.want)
		}
		if got := distance(tt.b, tt.a); got != tt.want {
			t.Errorf("distance(%q, %q) = %d, want %d", tt.b, tt.a, got, tt.want)
		}
	}
}

func TestNearest(t *testing.T) {
	words := []string{"vrid", "addresses", "advert_interval", "auto_failback"}
	for word, want := range map[string]string{
		"vird": "vrid", "VRID": "vrid", "address": "addresses", "advert-interval": "advert_interval",
		"AutoFailback": "auto_failback", "autofailback": "auto_failback", "colour": "", "": "", "x": "",
		strings.Repeat("advert_interval", 10): "",
	} {
		if got := nearest(word, words); got != want {
			t.Errorf("nearest(%q) = %q, want %q", word, got, want)
		}
	}
}

func TestUnitHints(t *testing.T) {
	const units = "units are ms, s, m and h"
	for text, want := range map[string]string{
		"5 sec": "write 5s", "5sec": "write 5s", "5S": "write 5s", "1.5 seconds": "write 1.5s", "200 ms": "write 200ms",
		"200msec": "write 200ms", "2 min": "write 2m", "2 Minutes": "write 2m", "1 hour": "write 1h",
		"3 days": units, "soon": units, "": units, "s": units, "1s 5": units,
	} {
		if got := unitHint(text); got != want {
			t.Errorf("unitHint(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestSpell(t *testing.T) {
	for want, d := range map[string]time.Duration{
		"0s": 0, "10ms": 10 * time.Millisecond, "40.95s": 40950 * time.Millisecond, "1m": time.Minute, "1m30s": 90 * time.Second,
		"1h": time.Hour, "24h": 24 * time.Hour, "1h0m5s": time.Hour + 5*time.Second, "1h5m": 65 * time.Minute, "10m": 10 * time.Minute,
	} {
		if got := Spell(d); got != want {
			t.Errorf("Spell(%d) = %q, want %q", d, got, want)
		}
	}
}

// TestMarksAreFound fails when the YAML library no longer has the fields that syntax errors get their place from.
func TestMarksAreFound(t *testing.T) {
	dec := yaml.NewDecoder(strings.NewReader("a: [1,\n  2\nb: 3\n"))
	var n yaml.Node
	if dec.Decode(&n) == nil {
		t.Fatal("the library takes it")
	}
	want := marks{problem: mark{3, 2}, context: mark{1, 4}, event: mark{1, 1}}
	if got := marksOf(dec); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	want = marks{problem: mark{1, 1}, context: mark{1, 1}, event: mark{1, 1}}
	if got := marksOf(&yaml.Decoder{}); got != want {
		t.Errorf("a decoder that read nothing has %+v", got)
	}
}
