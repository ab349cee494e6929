package config

import (
	"fmt"
	"time"

	"gopkg.in/yaml.v3"
)

// MaxServices bounds the services of one router: they are started one after the other.
const MaxServices = 32

// serviceDraft is one entry of services.
type serviceDraft struct {
	Service
	at value
}

// serviceSettings are the keys of a service that is not a unit of systemd.
type serviceSettings struct {
	name    setting[string]
	start   setting[[]string]
	stop    setting[[]string]
	status  setting[[]string]
	user    setting[string]
	timeout setting[time.Duration]
}

func serviceFields() []field[serviceSettings] {
	type S = serviceSettings
	return []field[S]{
		key("name", serviceName(), func(s *S) *setting[string] { return &s.name },
			"what it is called in logs", must[S], example[S]("mount-data", inRouter)),
		key("start", argvKind(), func(s *S) *setting[[]string] { return &s.start },
			"starts it, and ends when it runs", must[S], example[S]("[/usr/local/sbin/data, start]", inRouter)),
		key("stop", argvKind(), func(s *S) *setting[[]string] { return &s.stop },
			"stops it, and ends when that is done", must[S], example[S]("[/usr/local/sbin/data, stop]", inRouter)),
		key("status", argvKind(), func(s *S) *setting[[]string] { return &s.status },
			"says by exit status 0 that it runs; without it that is not asked", example[S]("[/usr/local/sbin/data, status]", inRouter)),
		key("user", userName(), func(s *S) *setting[string] { return &s.user },
			"whom the commands run as; without it the user of scripts", example[S]("root", inRouter)),
		key("timeout", duration(minCommandTime, maxCommandTime, 1), func(s *S) *setting[time.Duration] { return &s.timeout },
			"how long a start, a stop or a status may take", fallback[S]("90s")),
	}
}

func serviceName() kind[string] {
	return nameOf("a name", "", "the name of a service", nameText(MaxRouterName), func(name string) (string, string) {
		return badName(name, MaxRouterName), ""
	})
}

func serviceUnit() kind[string] {
	return unitName("a service of commands is {name: ..., start: ..., stop: ...}")
}

// serviceList reads the services of a router. The list is kept as far as it is right.
func serviceList() kind[[]serviceDraft] {
	list := listOf(orMapping(serviceUnit().schema, newTable("a service", serviceFields())), 0, MaxServices)
	list.UniqueItems = true
	return kind[[]serviceDraft]{typ: "a list of services", limits: fmt.Sprintf("up to %d", MaxServices), schema: list, read: func(w *walker, v value) ([]serviceDraft, bool) {
		items, ok := w.items(v, "a list of services", MaxServices)
		var list []serviceDraft
		first := make(map[string]value)
		for _, item := range items {
			s, good := w.readService(item)
			earlier, twice := first[s.Name]
			switch {
			case !good:
				ok = false
				continue
			case twice:
				w.report(s.at, "it is already in "+lineOf(earlier), "the service %s stands twice", quote(s.Name))
				ok = false
				continue
			}
			first[s.Name] = s.at
			list = append(list, s)
		}
		return list, ok
	}}
}

// readService reads one entry of services, a unit or a mapping.
func (w *walker) readService(v value) (serviceDraft, bool) {
	t, defaults := w.tables.service, &w.tables.serviceDefaults
	if v.node.Kind != yaml.MappingNode {
		unit, ok := serviceUnit().read(w, v)
		return serviceDraft{Service{Name: unit, Unit: unit, Timeout: defaults.timeout.value}, v}, ok
	}
	if w.unitAsMapping(v) {
		return serviceDraft{}, false
	}
	var s serviceSettings
	if !fill(w, v, t, &s) || !demand(w, v, t, &s, "the service") || !t.sound(&s) {
		return serviceDraft{}, false
	}
	t.inherit(&s, defaults)
	command := func(argv setting[[]string]) *Command {
		if !argv.ok() {
			return nil
		}
		return &Command{Argv: argv.value, User: s.user.value, Timeout: s.timeout.value}
	}
	return serviceDraft{Service{
		Name: s.name.value, Start: command(s.start), Stop: command(s.stop), Status: command(s.status), Timeout: s.timeout.value,
	}, s.name.at}, true
}

// unitAsMapping reports a unit that is written as a mapping, {unit: haproxy.service} or {haproxy.service: {…}}, and says
// whether this is one.
func (w *walker) unitAsMapping(v value) bool {
	for i := 0; i+1 < len(v.node.Content); i += 2 {
		key, unit := v.node.Content[i], v.node.Content[i].Value
		switch {
		case unit == "unit" || unit == "systemd":
			unit = follow(v.node.Content[i+1]).Value
		case !hasUnitSuffix(unit):
			continue
		}
		if !unitPattern.MatchString(unit) {
			unit = "haproxy.service"
		}
		w.report(v.child(key.Value, key), "a unit is written bare: services: ["+clip(unit)+"]", "unknown key %s in a service", quote(key.Value))
		return true
	}
	return false
}
