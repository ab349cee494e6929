package config

import (
	"fmt"

	"gopkg.in/yaml.v3"
)

// maxGroups is as many as there can be: a router is in one at most, and a group has two.
const maxGroups = maxRouters / 2

// groupDraft is one entry of groups.
type groupDraft struct {
	reference
	settings groupSettings
}

// groupSettings are the keys of a group.
type groupSettings struct {
	routers setting[[]reference]
	track   setting[[]tracked]
	notify  setting[Notify]
}

func groupFields() []field[groupSettings] {
	type S = groupSettings
	return []field[S]{
		key("routers", groupRouters(), func(s *S) *setting[[]reference] { return &s.routers },
			"the routers, which have the same nodes in the same order of preference", must[S], example[S]("[web, db]", inRouter)),
		key("track", trackList(), func(s *S) *setting[[]tracked] { return &s.track },
			"the trackers of all of them, beside their own, which count for all of them too", example[S]("[haproxy]", inRouter)),
		key("notify", notifyKind(), func(s *S) *setting[Notify] { return &s.notify },
			"what is run when the group changes its state", example[S]("{any: /usr/local/bin/notify}", inRouter)),
	}
}

// groupRouters is the list of routers of a group.
func groupRouters() kind[[]reference] {
	names := listOf(schema{Type: types{"string"}}, 2, maxRouters)
	names.UniqueItems = true
	return kind[[]reference]{typ: "a list of routers", limits: "2 or more", schema: names, read: func(w *walker, v value) ([]reference, bool) {
		list, ok := w.names(v, "router", maxRouters)
		if ok && len(list) < 2 {
			w.report(v, "", "a group has 2 routers or more, and this one has %d", len(list))
			return list, false
		}
		return list, ok
	}}
}

// groupsKind reads groups.
func groupsKind() kind[[]groupDraft] {
	name := nameText(MaxRouterName)
	groups := byName(&name, orMapping(groupRouters().schema, newTable("a group", groupFields())))
	groups.MinProperties, groups.MaxProperties = 1, maxGroups
	return kind[[]groupDraft]{typ: "a mapping from name to group", limits: fmt.Sprintf("1 to %d; a list of routers is short for {routers: [...]}", maxGroups), schema: groups, read: func(w *walker, v value) ([]groupDraft, bool) {
		entries, ok := w.named(v, "a mapping from name to group", "{site: [web, db]}", maxGroups)
		var list []groupDraft
		for _, e := range entries {
			g := groupDraft{reference: reference{clip(e.name), e.key}}
			ok = w.readGroup(e.value, &g.settings) && ok
			list = append(list, g)
		}
		return list, ok
	}}
}

// readGroup reads one entry of groups, a list or a mapping.
func (w *walker) readGroup(v value, s *groupSettings) bool {
	t := w.tables.group
	if v.node.Kind != yaml.MappingNode {
		t.byName["routers"].read(w, v, s)
		return s.routers.ok()
	}
	return fill(w, v, t, s) && demand(w, v, t, s, v.name) && t.sound(s)
}
