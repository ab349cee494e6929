package config

import (
	"fmt"
	"strings"

	"gopkg.in/yaml.v3"
)

// draft is a whole file as it was read: every value right in itself, nothing compared yet.
type draft struct {
	nodes    setting[nodeDrafts]
	defaults setting[*settings]
	routers  setting[[]routerDraft]
	trackers setting[[]trackerDraft]
	groups   setting[[]groupDraft]
	notify   setting[Notify]
	scripts  setting[Scripts]
}

// nodeDrafts are the entries of nodes as far as they have a name.
type nodeDrafts struct {
	list  []nodeDraft
	whole bool // every entry has a name, so a name that is not there is a stranger
}

// nodeDraft is one entry of nodes.
type nodeDraft struct {
	name      setting[string]
	addresses setting[[]hostAddress]
}

// hostAddress is an address of a node with its place.
type hostAddress struct {
	NodeAddress
	at value
}

// routerDraft is one entry of virtual_routers.
type routerDraft struct {
	name     string
	at       value // its name
	settings *settings
}

func fileFields() []field[draft] {
	return []field[draft]{
		key("nodes", nodesKind(), func(d *draft) *setting[nodeDrafts] { return &d.nodes },
			"the machines, the preferred first", must[draft], example[draft]("[www1, www2]", inRouter)),
		key("defaults", defaultsKind(), func(d *draft) *setting[*settings] { return &d.defaults },
			"keys of a router that hold for all of them", example[draft]("{advert_interval: 500ms}", inRouter)),
		key("virtual_routers", routersKind(), func(d *draft) *setting[[]routerDraft] { return &d.routers },
			"the groups of addresses that move together, by name", must[draft],
			example[draft]("{web: {vrid: 51, addresses: [192.0.2.100]}}", inRouter)),
		key("trackers", trackersKind(), func(d *draft) *setting[[]trackerDraft] { return &d.trackers },
			"what is checked on each node, by name; routers and groups track it", example[draft]("{haproxy: {process: haproxy}}", inRouter)),
		key("groups", groupsKind(), func(d *draft) *setting[[]groupDraft] { return &d.groups },
			"routers that move together, by name", example[draft]("{site: [web, db]}", inRouter)),
		key("notify", notifyKind(), func(d *draft) *setting[Notify] { return &d.notify },
			"what is run when any router or group changes its state", example[draft]("{fifo: /run/aloft/notify}", inRouter)),
		key("scripts", scriptsKind(), func(d *draft) *setting[Scripts] { return &d.scripts },
			"how all commands of this file are run", example[draft]("{user: nobody}", inRouter)),
	}
}

func nodeFields() []field[nodeDraft] {
	return []field[nodeDraft]{
		key("name", nodeName(), func(n *nodeDraft) *setting[string] { return &n.name },
			"the host name", must[nodeDraft], example[nodeDraft]("www1", inRouter)),
		key("addresses", hostAddresses(), func(n *nodeDraft) *setting[[]hostAddress] { return &n.addresses },
			"its own addresses, by which its link is found and the others know it", example[nodeDraft]("[192.0.2.1]", inRouter)),
	}
}

func nodeName() kind[string] {
	return nameOf("a name", "a host name", "the name of a node", nameText(MaxNodeName), func(name string) (string, string) {
		return badName(name, MaxNodeName), ""
	})
}

// nodesKind reads the list of nodes. What is right of it is kept when something is not.
func nodesKind() kind[nodeDrafts] {
	list := listOf(orMapping(nodeName().schema, newTable("a node", nodeFields())), 1, MaxNodes)
	return kind[nodeDrafts]{typ: "a list of nodes", limits: fmt.Sprintf("1 to %d", MaxNodes), schema: list, read: func(w *walker, v value) (nodeDrafts, bool) {
		var none nodeDrafts
		if v.node.Kind == yaml.MappingNode {
			w.report(v, "write - {name: www1, addresses: [...]}, one line for each node", "nodes is a list, because its order is that of preference")
			return none, false
		}
		items, ok := w.items(v, "a list of nodes", MaxNodes)
		if ok && len(items) == 0 {
			w.report(v, "", "nodes is empty")
			return none, false
		}
		nodes := nodeDrafts{whole: ok}
		first := make(map[string]value)
		for _, item := range items {
			n, good := w.readNode(item)
			ok = ok && good
			if !n.name.ok() {
				nodes.whole = false
				continue
			}
			folded := strings.ToLower(n.name.value)
			if earlier, twice := first[folded]; twice {
				w.report(n.name.at, "it is already in "+lineOf(earlier)+"; case makes no difference", "the node %s stands twice", quote(n.name.value))
				continue
			}
			first[folded] = n.name.at
			nodes.list = append(nodes.list, n)
		}
		return nodes, ok
	}}
}

// readNode reads one entry of nodes, a name or a mapping.
func (w *walker) readNode(v value) (nodeDraft, bool) {
	var n nodeDraft
	if v.node.Kind == yaml.MappingNode {
		if !fill(w, v, w.tables.nodeEntry, &n) || !demand(w, v, w.tables.nodeEntry, &n, "the node") {
			return n, false
		}
		return n, n.name.ok() && n.addresses.state != broken
	}
	v.name = "a node"
	n.name.at = v
	name, ok := nodeName().read(w, v)
	if !ok {
		return nodeDraft{}, false
	}
	n.name.value, n.name.state = name, present
	return n, true
}

// hostAddresses reads the addresses of a node.
func hostAddresses() kind[[]hostAddress] {
	list := listOf(plainAddress().schema, 0, maxAddresses)
	link := linkText()
	either := byName(&link, list)
	either.Type, either.Items, either.MaxItems = types{"array", "object"}, list.Items, list.MaxItems
	return kind[[]hostAddress]{typ: "a list of addresses, or a mapping from interface to list", schema: either, read: func(w *walker, v value) ([]hostAddress, bool) {
		if v.node.Kind != yaml.MappingNode {
			return w.hostList(v, "")
		}
		entries, ok := w.entries(v, "a mapping from interface to list")
		var all []hostAddress
		for _, e := range entries {
			if bad := badLink(e.name); bad != "" {
				w.report(e.key, "", "%s", bad)
				ok = false
				continue
			}
			list, good := w.hostList(e.value, e.name)
			all, ok = append(all, list...), ok && good
		}
		return all, ok
	}}
}

func (w *walker) hostList(v value, iface string) ([]hostAddress, bool) {
	items, ok := w.items(v, "a list of addresses", maxAddresses)
	var list []hostAddress
	for _, item := range items {
		a, good := plainAddress().read(w, item)
		ok = ok && good
		if good {
			list = append(list, hostAddress{NodeAddress{Address: a, Interface: iface}, item})
		}
	}
	return list, ok
}

func defaultsKind() kind[*settings] {
	return kind[*settings]{typ: "a mapping of a router's keys", schema: schema{Ref: refRouter}, read: func(w *walker, v value) (*settings, bool) {
		s := new(settings)
		return s, fill(w, v, w.tables.router, s)
	}}
}

// routersKind reads virtual_routers.
func routersKind() kind[[]routerDraft] {
	name := nameText(MaxRouterName)
	routers := byName(&name, schema{Ref: refRouter})
	routers.MinProperties, routers.MaxProperties = 1, maxRouters
	return kind[[]routerDraft]{typ: "a mapping from name to router", limits: fmt.Sprintf("1 to %d", maxRouters), schema: routers, read: func(w *walker, v value) ([]routerDraft, bool) {
		entries, ok := w.named(v, "a mapping from name to router", "{web: {vrid: 51, ...}}", maxRouters)
		var list []routerDraft
		for _, e := range entries {
			r := routerDraft{name: clip(e.name), at: e.key, settings: new(settings)}
			if !fill(w, e.value, w.tables.router, r.settings) {
				ok = false
				continue
			}
			list = append(list, r)
		}
		return list, ok
	}}
}
