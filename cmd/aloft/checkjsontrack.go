package main

import (
	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/tracker"
)

// The JSON of what decides, and of what is run. Durations are in seconds.
type (
	trackerJSON struct {
		Name     string         `json:"name"`
		Kind     string         `json:"kind"`
		Looks    map[string]any `json:"looks"` // the keys of the kind
		Interval float64        `json:"interval_seconds"`
		Timeout  float64        `json:"timeout_seconds"`
		Rise     int            `json:"rise"`
		Fall     int            `json:"fall"`
		Initial  string         `json:"initial"`
		Damping  float64        `json:"damping_seconds"`
	}
	groupJSON struct {
		Name    string                 `json:"name"`
		Routers []string               `json:"routers"`
		Notify  map[string]commandJSON `json:"notify,omitempty"`
		FIFO    string                 `json:"fifo,omitempty"`
	}
	scriptsJSON struct {
		User        string   `json:"user,omitempty"`
		Environment []string `json:"environment"`
		Insecure    bool     `json:"insecure"`
	}
	effectJSON struct {
		Tracker string `json:"tracker"`
		Effect  string `json:"effect"` // loss, weight or fault
		Weight  int    `json:"weight,omitempty"`
	}
	commandJSON struct {
		Argv    []string `json:"argv"`
		User    string   `json:"user,omitempty"`
		Timeout float64  `json:"timeout_seconds"`
	}
	serviceJSON struct {
		Name    string       `json:"name"`
		Unit    string       `json:"unit,omitempty"`
		Start   *commandJSON `json:"start,omitempty"`
		Stop    *commandJSON `json:"stop,omitempty"`
		Status  *commandJSON `json:"status,omitempty"`
		Timeout float64      `json:"timeout_seconds"`
	}
)

// trackersOf returns the trackers of a file.
func trackersOf(specs []tracker.Spec) []trackerJSON {
	list := []trackerJSON{}
	for _, s := range specs {
		list = append(list, trackerJSON{
			Name: s.Name, Kind: s.Kind.KindName(), Looks: looksOf(s.Kind), Interval: s.Interval.Seconds(), Timeout: s.Timeout.Seconds(),
			Rise: s.Rise, Fall: s.Fall, Initial: s.Initial.String(), Damping: s.Damping.Seconds(),
		})
	}
	return list
}

// looksOf returns what a tracker looks at, by the keys of the file. What is empty is left out.
func looksOf(kind tracker.Kind) map[string]any {
	m := map[string]any{}
	text := func(name, value string) {
		if value != "" {
			m[name] = value
		}
	}
	switch k := kind.(type) {
	case tracker.Script:
		m["command"] = k.Argv
		text("user", k.User)
	case tracker.HTTP:
		m["url"], m["insecure"] = k.URL, k.Insecure
		text("host", k.Host)
		text("body", k.Body)
		if len(k.Status) > 0 {
			m["status"] = k.Status
		}
	case tracker.TCP:
		m["address"] = k.Address
		text("send", k.Send)
		text("expect", k.Expect)
	case tracker.Ping:
		m["targets"], m["need"] = k.Targets, k.Need
		if k.Need == 0 {
			m["need"] = len(k.Targets)
		}
	case tracker.Process:
		text("name", k.Name)
		text("pidfile", k.PIDFile)
		m["need"] = k.Need
	case tracker.File:
		m["path"], m["want"] = k.Path, k.Want.String()
	case tracker.Interface:
		m["name"], m["debounce_seconds"] = k.Name, k.Debounce.Seconds()
	case tracker.HAProxy:
		m["socket"], m["need"] = k.Socket, k.Need
		text("backend", k.Backend)
		text("frontend", k.Frontend)
	case tracker.Systemd:
		m["unit"] = k.Unit
	}
	return m
}

// groupsOf returns the groups of a file.
func groupsOf(groups []config.Group) []groupJSON {
	list := []groupJSON{}
	for i := range groups {
		g := &groups[i]
		list = append(list, groupJSON{g.Name, g.Routers, notifyOf(&g.Notify), g.Notify.FIFO})
	}
	return list
}

// notifyOf returns the commands of notify by their keys.
func notifyOf(n *config.Notify) map[string]commandJSON {
	m := map[string]commandJSON{}
	for key, c := range n.Commands() {
		m[key] = *commandOf(c)
	}
	return m
}

func commandOf(c *config.Command) *commandJSON {
	if c == nil {
		return nil
	}
	return &commandJSON{c.Argv, c.User, c.Timeout.Seconds()}
}

func effectsOf(effects []tracker.Effect) []effectJSON {
	list := []effectJSON{}
	for _, e := range effects {
		list = append(list, effectJSON{e.Tracker, e.Mode.String(), e.Weight})
	}
	return list
}

func servicesOf(services []config.Service) []serviceJSON {
	list := []serviceJSON{}
	for i := range services {
		s := &services[i]
		list = append(list, serviceJSON{
			s.Name, s.Unit, commandOf(s.Start), commandOf(s.Stop), commandOf(s.Status), s.Timeout.Seconds(),
		})
	}
	return list
}
