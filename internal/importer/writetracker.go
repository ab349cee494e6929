package importer

import (
	"strconv"

	"github.com/aloft-ha/aloft/tracker"
)

// trackItems writes each effect of a tracker.
func trackItems(list []tracker.Effect) []string {
	items := make([]string, len(list))
	for i, e := range list {
		switch e.Mode {
		case tracker.ModeWeight:
			items[i] = "{" + word(e.Tracker) + ": " + strconv.Itoa(e.Weight) + "}"
		case tracker.ModeFault:
			items[i] = "{" + word(e.Tracker) + ": " + e.Mode.String() + "}"
		default:
			items[i] = word(e.Tracker)
		}
	}
	return items
}

// trackerEntries writes the keys of a tracker.
func trackerEntries(t *Tracker) []string {
	var list entries
	subject, user := subjectOf(t.Kind)
	list.add(t.Kind.KindName(), subject)
	list.add("interval", span(t.Interval))
	list.add("timeout", span(t.Timeout))
	list.add("rise", whole(t.Rise))
	list.add("fall", whole(t.Fall))
	list.add("initial", unless(t.Initial != tracker.InitialWait, t.Initial.String()))
	list.add("damping", span(t.Damping))
	list.add("user", word(user))
	return list
}

// subjectOf writes what a tracker looks at, in its short form where there is one, and returns whom it runs as.
func subjectOf(kind tracker.Kind) (subject, user string) {
	switch k := kind.(type) {
	case tracker.Script:
		return argv(k.Argv), k.User
	case tracker.TCP:
		return word(k.Address), ""
	case tracker.Ping:
		targets := word(k.Targets[0])
		if len(k.Targets) > 1 {
			targets = flowList(words(k.Targets))
		}
		keys := entries{"targets: " + targets}
		switch {
		case k.Need == 1 && len(k.Targets) > 1:
			keys.add("need", "any")
		case k.Need < len(k.Targets):
			keys.add("need", whole(k.Need))
		}
		return keys.short(targets), ""
	case tracker.Process:
		keys := entries{"name: " + word(k.Name)}
		keys.add("need", unless(k.Need > 1, whole(k.Need)))
		return keys.short(word(k.Name)), ""
	case tracker.File:
		keys := entries{"path: " + word(k.Path)}
		keys.add("want", unless(k.Want != tracker.FileExists, k.Want.String()))
		return keys.short(word(k.Path)), ""
	case tracker.Interface:
		return word(k.Name), ""
	case tracker.Systemd:
		return word(k.Unit), ""
	}
	return "", ""
}

func (w *writer) trackers() {
	if len(w.cluster.Trackers) == 0 {
		return
	}
	w.line("")
	w.line("trackers:")
	for i := range w.cluster.Trackers {
		t := &w.cluster.Trackers[i]
		for _, line := range t.Comment {
			w.comment("  ", line)
		}
		list := trackerEntries(t)
		w.value("  ", word(t.Name), flowMap(list), list, false)
	}
}

func (w *writer) groups() {
	if len(w.cluster.Groups) == 0 {
		return
	}
	w.line("")
	w.line("groups:")
	for i := range w.cluster.Groups {
		g := &w.cluster.Groups[i]
		for _, line := range g.Comment {
			w.comment("  ", line)
		}
		routers := flowList(words(g.Routers))
		list := entries{"routers: " + routers}
		list.add("track", flowList(trackItems(g.Track)))
		list.add("notify", flowMap(notifyEntries(g.Notify)))
		w.value("  ", word(g.Name), list.short(routers), list, len(list) > 1)
	}
}

// rest writes what is for all routers and groups.
func (w *writer) rest() {
	if fifo := w.cluster.FIFO; fifo != "" {
		w.line("")
		w.line("notify:")
		w.line("  fifo: %s", word(fifo))
	}
	if user := w.cluster.User; user != "" {
		w.line("")
		w.line("scripts:")
		w.line("  user: %s", word(user))
	}
}
