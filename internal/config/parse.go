package config

import (
	"strings"

	"gopkg.in/yaml.v3"
)

// Parse reads a file. Name is what problems call it. It returns every problem it finds, sorted by position; the Config
// is nil if one of them is an [Error], and whole and valid otherwise.
//
// A file that is no YAML yields one problem, since nothing after it can be trusted.
func Parse(name string, data []byte) (*Config, []Problem) {
	if problems := checkSource(name, data); problems != nil {
		return nil, problems
	}
	root, problem := decode(name, data)
	if problem != nil {
		return nil, []Problem{*problem}
	}
	w := walker{file: name, problems: checkShape(name, root), tables: sharedTables()}
	d := w.readFile(root)
	c := w.build(d)
	problems := tidy(w.problems, w.untold)
	if hasErrors(problems) {
		return nil, problems
	}
	return c, problems
}

// readFile reads the whole document.
func (w *walker) readFile(root *yaml.Node) *draft {
	var d draft
	v := value{node: follow(root), name: "the file"}
	v.secret = v.node.Kind == yaml.ScalarNode && len(wordedSecrets([]byte(v.node.Value))) > 0
	if v.node.Kind != yaml.MappingNode {
		w.report(v, wholeHint(v.node.Value), "the file is a mapping, not %s", v.describe())
		d.nodes.state, d.routers.state = broken, broken
		return &d
	}
	fill(w, v, w.tables.file, &d)
	demand(w, v, w.tables.file, &d, "the file")
	return &d
}

// Instances returns what a node has to do: its part in each router that it may serve, in the file's order.
func (c *Config) Instances(node string) []Instance {
	var instances []Instance
	for _, r := range c.Routers {
		for _, i := range r.PerNode {
			if i.Node == node {
				instances = append(instances, i)
			}
		}
	}
	return instances
}

// wholeHint says what a file that is no mapping probably is.
func wholeHint(text string) string {
	for _, word := range []string{"vrrp_instance", "global_defs", "vrrp_sync_group", "virtual_server"} {
		if strings.Contains(text, word) {
			return "this is a file of keepalived: aloft import keepalived FILE makes one of aloft's of it"
		}
	}
	return "it begins with nodes: and virtual_routers:"
}
