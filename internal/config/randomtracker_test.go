package config

import (
	"slices"
	"strings"

	"pgregory.net/rapid"
)

// The random values of trackers, and of what they and the changes of state set in motion.

// randomTracking draws a valid value of a type, or returns nil if it is none of these.
func randomTracking(t *rapid.T, typ, limits string) any {
	switch typ {
	case "a mapping from name to tracker":
		return randomNamed(t, func() any { return randomTracker(t) })
	case "a list of trackers":
		return randomTrack(t)
	case "a mapping from name to group":
		return randomNamed(t, func() any { return randomGroup(t) })
	case "a list of routers":
		return []string{"web", "5"}
	case "a mapping of the keys of notify":
		return randomKeys(t, randomTables.notify)
	case "a mapping of the keys of scripts":
		return randomKeys(t, randomTables.scripts)
	case "a mapping from variable to text":
		return map[string]any{"PATH": "/bin", "n": rapid.SampledFrom([]any{1, true, "", "a\nb", 1.5}).Draw(t, "variable")}
	case "a list of services":
		return randomServices(t)
	case "a command":
		return rapid.SampledFrom([]any{
			"/bin/true", "true", "a | b 'c'", " x", []any{"/bin/sleep", 3, 1.5, true, ""}, []any{"x", "~", "\n"},
		}).Draw(t, "command")
	case "a command, or a mapping with its user and timeout":
		if rapid.Bool().Draw(t, "long") {
			return randomKeys(t, randomTables.command)
		}
		return randomValue(t, "a command", "")
	case "a user":
		return rapid.SampledFrom([]string{"nobody", "_apt", "first.last"}).Draw(t, "user")
	case "a path":
		return rapid.SampledFrom([]string{"/", "/run/x", "/a b", "/wân"}).Draw(t, "path")
	case "a text":
		return rapid.StringN(1, 20, 100).Filter(func(s string) bool { return checkSource("", []byte(s)) == nil }).Draw(t, "text")
	case "a unit":
		return rapid.SampledFrom([]string{"haproxy", "a.b", "x.timer", "getty@tty1", `dev-sd\x2da.mount`, "1"}).Draw(t, "unit")
	case "the name of a process":
		return rapid.SampledFrom([]string{"haproxy", "a b", "(sd-pam)", "-x"}).Draw(t, "process")
	case "a host name":
		return rapid.SampledFrom([]string{"www.example.com", "a", "9.", "x_y-z"}).Draw(t, "host")
	case "a URL":
		return rapid.SampledFrom([]string{"http://127.0.0.1", "HTTPS://[::1]:8443/x?y=1", "http://a.b:80/ü", "http://[fe80::1%25eth0]/"}).Draw(t, "url")
	case "a status of HTTP, or a list of them":
		return rapid.SampledFrom([]any{100, 599, []int{200, 204, 200}}).Draw(t, "status")
	case "an address and a port":
		return rapid.SampledFrom([]string{"127.0.0.1:1", "[::1]:65535", "[fe80::1%eth0]:80", "10.0.0.1:00080"}).Draw(t, "port")
	case "an IP address, or a list of them":
		return rapid.SampledFrom([]any{"192.0.2.9", "fe80::1%eth0", []string{"2001:db8::9"}}).Draw(t, "target")
	}
	if noun, _, ok := strings.Cut(strings.TrimPrefix(typ, "a mapping of the keys of "), ", or its "); ok {
		return randomSubject(t, noun)
	}
	return nil
}

var randomTrackers = []string{"haproxy", "5", "up.link", "_g"}

func randomNamed(t *rapid.T, value func() any) map[string]any {
	m := make(map[string]any)
	for _, name := range randomTrackers[:rapid.IntRange(1, len(randomTrackers)).Draw(t, "names")] {
		m[name] = value()
	}
	return m
}

// randomTracker draws a tracker of one kind.
func randomTracker(t *rapid.T) any {
	table := randomTables.tracker
	keys := randomKeys(t, table)
	kinds := table.names[:subjectKinds]
	for _, kind := range kinds {
		delete(keys, kind)
	}
	kind := rapid.SampledFrom(kinds).Draw(t, "kind")
	keys[kind] = randomValue(t, table.byName[kind].typ, "")
	if kind != "script" {
		delete(keys, "user")
	}
	return keys
}

// randomSubject draws what one kind of tracker looks at.
func randomSubject(t *rapid.T, noun string) any {
	s := &randomTables.subjects
	switch noun {
	case "script":
		return shortOrLong(t, s.script)
	case "http":
		return shortOrLong(t, s.http)
	case "tcp":
		return shortOrLong(t, s.tcp)
	case "ping":
		v := shortOrLong(t, s.ping)
		if keys, long := v.(map[string]any); long && keys["need"] != nil {
			keys["need"] = rapid.SampledFrom([]any{"all", "any", 1}).Draw(t, "need")
		}
		return v
	case "process":
		return rapid.SampledFrom([]any{
			"haproxy", map[string]any{"name": "x", "need": 3}, map[string]any{"pidfile": "/run/x"},
		}).Draw(t, "process")
	case "file":
		return shortOrLong(t, s.file)
	case "interface":
		return shortOrLong(t, s.iface)
	case "haproxy":
		v := shortOrLong(t, s.haproxy)
		if keys, long := v.(map[string]any); long && keys["need"] != nil {
			keys["backend"] = "web"
		}
		return v
	case "systemd":
		return shortOrLong(t, s.systemd)
	}
	t.Fatalf("a kind that this test does not know: %s", noun)
	return nil
}

func shortOrLong[T any](t *rapid.T, table *table[T]) any {
	if rapid.Bool().Draw(t, "short") {
		return randomValue(t, table.fields[0].typ, table.fields[0].limits)
	}
	return randomKeys(t, table)
}

// randomTrack draws a list of trackers.
func randomTrack(t *rapid.T) any {
	list := []any{}
	for _, name := range randomTrackers[:rapid.IntRange(0, len(randomTrackers)).Draw(t, "tracked")] {
		list = append(list, rapid.SampledFrom([]any{
			name, map[string]any{name: -253}, map[string]any{name: 253}, map[string]any{name: "fault"},
		}).Draw(t, "effect"))
	}
	return list
}

// randomGroup draws a group, short or long.
func randomGroup(t *rapid.T) any {
	if rapid.Bool().Draw(t, "short") {
		return []string{"web", "5"}
	}
	return randomKeys(t, randomTables.group)
}

// randomServices draws a list of services.
func randomServices(t *rapid.T) any {
	list := []any{}
	for _, name := range slices.Clone(randomTrackers)[:rapid.IntRange(0, 3).Draw(t, "services")] {
		if rapid.Bool().Draw(t, "unit") {
			list = append(list, name)
			continue
		}
		keys := randomKeys(t, randomTables.service)
		keys["name"] = name
		list = append(list, keys)
	}
	return list
}
