package config

import (
	"fmt"
	"slices"
	"strconv"

	"gopkg.in/yaml.v3"

	"github.com/aloft-ha/aloft/tracker"
)

// MaxTracked bounds the trackers of one router or group.
const MaxTracked = 256

// tracked is one entry of track.
type tracked struct {
	effect tracker.Effect
	at     value // the name
}

// trackSchema is what track may be.
func trackSchema() schema {
	lo, hi := -tracker.MaxWeight, tracker.MaxWeight
	effect := schema{
		Type: types{"integer", "string"}, Minimum: &lo, Maximum: &hi, Not: &schema{Enum: []any{0}},
		Pattern: "^fault$", PatternError: "this is neither a weight nor fault",
	}
	entry := byName(nil, effect)
	entry.Type = types{"string", "object"}
	list := listOf(entry, 0, MaxTracked)
	list.UniqueItems = true
	return list
}

// trackList reads what a router or a group tracks. The list is kept as far as it is right.
func trackList() kind[[]tracked] {
	return kind[[]tracked]{
		typ: "a list of trackers", limits: fmt.Sprintf("a name, {name: weight} with %d to %d, or {name: fault}", -tracker.MaxWeight, tracker.MaxWeight),
		schema: schema{Ref: refTrack}, read: readTrack,
	}
}

func readTrack(w *walker, v value) ([]tracked, bool) {
	if v.node.Kind == yaml.MappingNode {
		w.report(v, "write [haproxy, {gateway: -30}, {uplink: fault}], for example", "%s is a list of trackers, not a mapping", v.name)
		return nil, false
	}
	items, ok := w.items(v, "a list of trackers", MaxTracked)
	var list []tracked
	first := make(map[string]value)
	for _, item := range items {
		t, good := w.readTracked(item)
		earlier, twice := first[t.effect.Tracker]
		switch {
		case !good:
			ok = false
			continue
		case twice:
			w.report(t.at, "it is already in "+lineOf(earlier), "the tracker %s stands twice", quote(t.effect.Tracker))
			ok = false
			continue
		}
		first[t.effect.Tracker] = t.at
		list = append(list, t)
	}
	return list, ok
}

// readTracked reads one entry of track: a name, or a mapping from it to what the tracker does.
func (w *walker) readTracked(v value) (tracked, bool) {
	if v.node.Kind != yaml.MappingNode {
		name, ok := w.text(v, "the name of a tracker, or {name: weight}")
		return tracked{tracker.Effect{Tracker: name}, v}, ok
	}
	entries, _ := w.entries(v, "the name of a tracker, or {name: weight}")
	if len(entries) != 1 {
		w.report(v, trackedHint(entries), "an entry of track is one tracker, and this has %d", len(entries))
		return tracked{}, false
	}
	e := entries[0]
	t := tracked{tracker.Effect{Tracker: e.name}, e.key}
	if e.value.node.Kind == yaml.ScalarNode && e.value.node.Value == tracker.ModeFault.String() {
		t.effect.Mode = tracker.ModeFault
		return t, true
	}
	weight, ok := w.weight(e.value)
	t.effect.Mode, t.effect.Weight = tracker.ModeWeight, weight
	return t, ok
}

// trackedHint guesses what was meant by a mapping that is not one name: as other tools have it, a weight beside a name.
func trackedHint(entries []entry) string {
	name, weight := "haproxy", ""
	for _, e := range entries {
		switch text := clip(e.value.node.Value); {
		case text == "":
		case e.name == "weight":
			weight = text
		case e.name == "name", e.name == "tracker":
			name = text
		}
	}
	if weight == "" {
		return "write [{a: -30}, {b: fault}]"
	}
	return "write {" + name + ": " + weight + "}; what it is stands under trackers"
}

// weight reads what a tracker adds to a priority.
func (w *walker) weight(v value) (int, bool) {
	_, err := strconv.Atoi(v.node.Value)
	switch {
	case v.node.Kind != yaml.ScalarNode || null(v.node):
		w.report(v, "write {"+v.name+": -30} or {"+v.name+": fault}", "%s has a weight or fault here, not %s", v.name, v.describe())
		return 0, false
	case v.node.ShortTag() == "!!str" && err != nil:
		w.report(v, w.effectHint(v), "%s has a weight or fault here, not %s", v.name, v.describe())
		return 0, false
	case v.node.Value == "0":
		w.report(v, "write fault, or a weight that is not 0", "a weight of 0 changes nothing; keepalived means a fault by it")
		return 0, false
	}
	v.name = "the weight of " + v.name
	return number(-tracker.MaxWeight, tracker.MaxWeight).read(w, v)
}

// effectHint guesses what was meant by a text that is neither a weight nor fault.
func (w *walker) effectHint(v value) string {
	text := v.node.Value
	switch {
	case nearest(text, []string{"fault"}) != "":
		return didYouMean(text, []string{"fault"})
	case v.name == "name", v.name == "tracker":
		return "write the name alone: " + clip(text)
	case slices.Contains(w.tables.tracker.names[:subjectKinds], v.name):
		return "put it under trackers, and its name here: trackers: {NAME: {" + v.name + ": " + clip(text) + "}}"
	}
	return "write {" + v.name + ": -30} or {" + v.name + ": fault}"
}
