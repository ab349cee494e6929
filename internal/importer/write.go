package importer

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/aloft-ha/aloft/internal/config"
)

// lineWidth is how long a line with several values may become before each gets its own.
const lineWidth = 100

// YAML writes the cluster as one aloft.yaml. What the nodes have in common is said once for the router, and what all
// routers have in common once for the file. The same cluster gives the same bytes.
func (c *Cluster) YAML() []byte {
	w := &writer{cluster: c}
	for _, line := range c.Head {
		w.comment("", line)
	}
	if len(c.Head) > 0 {
		w.line("")
	}
	w.nodes()
	plans := make([]plan, len(c.Routers))
	for i := range c.Routers {
		plans[i] = planOf(&c.Routers[i])
	}
	if defaults := takeDefaults(plans); slices.ContainsFunc(defaults, func(s shared) bool { return !s.empty() }) {
		w.line("")
		w.line("defaults:")
		w.settings("  ", defaults, c.Routers[0].Parts, w.cluster.nodeNames())
	}
	w.line("")
	w.line("virtual_routers:")
	for i := range c.Routers {
		w.router(&c.Routers[i], plans[i])
	}
	w.trackers()
	w.groups()
	w.rest()
	return w.out.Bytes()
}

type writer struct {
	cluster *Cluster
	out     bytes.Buffer
}

func (w *writer) line(format string, args ...any) { fmt.Fprintf(&w.out, format+"\n", args...) }

// comment writes one line of a comment; an empty one is a bare hash.
func (w *writer) comment(indent, text string) {
	w.line("%s", strings.TrimRight(indent+"# "+comment(text), " "))
}

func (w *writer) nodes() {
	w.line("nodes:")
	for _, n := range w.cluster.Nodes {
		if len(n.Addresses) == 0 {
			w.line("  - %s", word(n.Name))
			continue
		}
		w.line("  - {name: %s, addresses: %s}", word(n.Name), nodeAddresses(n.Addresses))
	}
}

// nodeAddresses writes the addresses of a node, by interface if all have one.
func nodeAddresses(list []NodeAddress) string {
	var all, links []string
	byLink := make(map[string][]string)
	for _, a := range list {
		text := word(a.Address.String())
		all = append(all, text)
		if byLink[a.Interface] == nil {
			links = append(links, a.Interface)
		}
		byLink[a.Interface] = append(byLink[a.Interface], text)
	}
	if byLink[""] != nil {
		return flowList(all)
	}
	var entries []string
	for _, link := range links {
		entries = append(entries, word(link)+": "+flowList(byLink[link]))
	}
	return "{" + strings.Join(entries, ", ") + "}"
}

func (c *Cluster) nodeNames() []string {
	names := make([]string, len(c.Nodes))
	for i, n := range c.Nodes {
		names[i] = n.Name
	}
	return names
}

func (w *writer) router(r *Router, p plan) {
	for _, line := range r.Comment {
		w.comment("  ", line)
	}
	var serving []string
	for _, part := range r.Parts {
		serving = append(serving, part.Node)
	}
	w.line("  %s:", word(r.Name))
	w.line("    vrid: %d", r.VRID)
	if !slices.Equal(serving, w.cluster.nodeNames()) {
		w.line("    nodes: %s", flowList(words(serving)))
	}
	if text := priorities(r.Parts); text != "" {
		w.line("    priority: %s", text)
	}
	w.settings("    ", p, r.Parts, serving)
}

// priorities writes the map of a router, or nothing if the order of its nodes gives the same numbers.
func priorities(parts []Part) string {
	var entries []string
	byOrder := true
	for i, p := range parts {
		if p.Priority == 0 {
			continue
		}
		derived, ok := config.PriorityByOrder(i)
		byOrder = byOrder && ok && p.Priority == int(derived)
		entries = append(entries, fmt.Sprintf("%s: %d", word(p.Node), p.Priority))
	}
	if byOrder {
		return ""
	}
	return "{" + strings.Join(entries, ", ") + "}"
}

// settings writes the keys that a plan has, those of single nodes last.
func (w *writer) settings(indent string, p plan, parts []Part, nodes []string) {
	for i, key := range settingKeys {
		if p[i].common != "" {
			w.setting(indent, key, p[i].common, parts)
		}
	}
	if !slices.ContainsFunc(p, func(s shared) bool { return len(s.differ) > 0 }) {
		return
	}
	w.line("%sper_node:", indent)
	for _, node := range nodes {
		w.nodeSettings(indent+"  ", p, parts, node)
	}
}

// nodeSettings writes the keys of one node, on one line if they are short.
func (w *writer) nodeSettings(indent string, p plan, parts []Part, node string) {
	var keys []int
	var entries []string
	for i, key := range settingKeys {
		if text := p[i].differ[node]; text != "" {
			keys = append(keys, i)
			entries = append(entries, key.name+": "+text)
		}
	}
	one := fmt.Sprintf("%s%s: {%s}", indent, word(node), strings.Join(entries, ", "))
	switch {
	case len(keys) == 0:
	case len(one) <= lineWidth:
		w.line("%s", one)
	default:
		w.line("%s%s:", indent, word(node))
		for _, i := range keys {
			w.setting(indent+"  ", settingKeys[i], p[i].differ[node], parts)
		}
	}
}

// setting writes one key. A value that does not fit one line gets a line for each of its parts.
func (w *writer) setting(indent string, key settingKey, flow string, parts []Part) {
	i := slices.IndexFunc(parts, func(p Part) bool { return key.flow(&p.Settings) == flow })
	if key.block == nil || i < 0 {
		w.line("%s%s: %s", indent, key.name, flow)
		return
	}
	w.value(indent, key.name, flow, key.block.lines(&parts[i].Settings), key.block.wide && strings.Contains(flow, "{"))
}

// value writes a key with its value on one line, or on lines of their own if it is too long or if it has to be.
func (w *writer) value(indent, name, flow string, lines []string, broken bool) {
	one := indent + name + ": " + flow
	if len(one) <= lineWidth && !broken {
		w.line("%s", one)
		return
	}
	w.line("%s%s:", indent, name)
	for _, line := range lines {
		w.line("%s  %s", indent, line)
	}
}

func words(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = word(s)
	}
	return out
}
