package importer

import "maps"

// shared is how one key of a router is written: once for all nodes, and for the nodes that are different.
type shared struct {
	common string            // empty: the router has no such key
	differ map[string]string // by node
}

func (s shared) empty() bool { return s.common == "" && len(s.differ) == 0 }

func (s shared) equal(o shared) bool { return s.common == o.common && maps.Equal(s.differ, o.differ) }

// share finds what most parts of a router say, the first of them where equally many do, and who says something else.
func share(key settingKey, parts []Part) shared {
	count := make(map[string]int)
	for i := range parts {
		count[key.flow(&parts[i].Settings)]++
	}
	s := shared{differ: make(map[string]string)}
	most := 0
	for i := range parts {
		if text := key.flow(&parts[i].Settings); count[text] > most {
			s.common, most = text, count[text]
		}
	}
	if most < len(parts) && key.name == "addresses" {
		s.common = firstWritten(key, parts) // a router without addresses is refused, whatever its nodes have
	} else if most < len(parts) && count[""] > 0 && key.fallback == "" {
		s.common = "" // a node that has no such key could not say so below a router that has it
	}
	for i := range parts {
		text := key.flow(&parts[i].Settings)
		if text == s.common {
			continue
		}
		if text == "" {
			text = key.fallback
		}
		if text != "" {
			s.differ[parts[i].Node] = text
		}
	}
	return s
}

func firstWritten(key settingKey, parts []Part) string {
	for i := range parts {
		if text := key.flow(&parts[i].Settings); text != "" {
			return text
		}
	}
	return ""
}

// plan is how all keys of one router are written.
type plan []shared

func planOf(r *Router) plan {
	p := make(plan, len(settingKeys))
	for i, key := range settingKeys {
		p[i] = share(key, r.Parts)
	}
	return p
}

// takeDefaults moves what all routers say alike into the defaults, and leaves the rest. One router has no need of them,
// and addresses are never the same.
func takeDefaults(plans []plan) plan {
	defaults := make(plan, len(settingKeys))
	if len(plans) < 2 {
		return defaults
	}
	for i, key := range settingKeys {
		first := plans[0][i]
		alike := key.name != "addresses" && !first.empty()
		for _, p := range plans {
			alike = alike && first.equal(p[i])
		}
		if !alike {
			continue
		}
		defaults[i] = first
		for _, p := range plans {
			p[i] = shared{}
		}
	}
	return defaults
}
