package heartbeat

import (
	"fmt"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/internal/importer"
	"github.com/aloft-ha/aloft/tracker"
)

// File is the text of one of heartbeat's files, and what notes call it.
type File struct {
	Name string
	Text []byte
}

// Import makes a cluster of ha.cf and haresources. Authkeys may be nil. The Cluster of the result is nil if there is a
// note of the kind [importer.Refused].
func Import(haCf, haresources File, authkeys *File) *importer.Result {
	c := &converter{
		main: &notebook{file: haCf.Name}, resources: &notebook{file: haresources.Name}, keys: new(notebook),
		vrids: make(map[int]bool), started: make(map[string]*line),
	}
	c.setup = readHaCf(string(haCf.Text), c.main)
	c.readLines(parseHaresources(string(haresources.Text), c.resources))
	if authkeys != nil {
		c.keys.file = authkeys.Name
		readAuthkeys(string(authkeys.Text), c.keys)
	}
	if c.refused() {
		return &importer.Result{Notes: c.notes()}
	}
	cluster := c.cluster()
	return &importer.Result{Cluster: cluster, Notes: c.notes()}
}

// converter is the work on one cluster.
type converter struct {
	main, resources, keys *notebook
	setup                 *setup
	lines                 []*line // those that have addresses
	vrids                 map[int]bool
	started               map[string]*line // the first that starts a resource
	serviceNames          importer.Names
	statusTold            bool
	head                  []string
}

// line is a line of haresources.
type line struct {
	name      string // of the router
	start     int    // the number of its first line
	node      string
	addresses []floating
	unicast   bool
	services  []config.Service
	mailTo    string
	stored    bool // there is storage in it so far
}

func (c *converter) notes() []importer.Note {
	return importer.SortNotes(slices.Concat(c.main.notes, c.resources.notes, c.keys.notes))
}

func (c *converter) refused() bool {
	return slices.ContainsFunc(c.notes(), func(n importer.Note) bool { return n.Kind == importer.Refused })
}

// readLines reads the groups of haresources.
func (c *converter) readLines(groups []group) {
	first := make(map[string]int)
	seen := make(map[netip.Addr]int)
	var orphans []*line
	for _, g := range groups {
		if !slices.ContainsFunc(c.setup.nodes, func(n word) bool { return n.text == g.node.text }) && len(c.setup.nodes) > 0 {
			c.resources.refuse(g.node.line, "a line begins with a node of "+filepath.Base(c.main.file)+": "+c.nodeNames(),
				"%s is no node, and heartbeat does not start with it", quote(g.node.text))
		}
		if len(g.resources) == 0 {
			c.resources.add(g.node.line, importer.Broken, "", "the line has a node and no resources: there is nothing to move")
			continue
		}
		if earlier, twice := first[g.resources[0].text]; twice {
			c.resources.refuse(g.resources[0].line, "", "line %d begins with %s too, and heartbeat tells its lines by the first resource",
				earlier, quote(g.resources[0].text))
		}
		first[g.resources[0].text] = g.resources[0].line
		if l := c.readLine(g, seen); l != nil {
			orphans = append(orphans, l)
		}
	}
	c.adopt(orphans)
	if len(c.lines) == 0 && !c.refused() {
		c.resources.refuse(0, "", "no line has a floating address: there is nothing for aloft to move")
	}
	if len(c.lines) > maxVRIDs {
		c.resources.refuse(0, "", "%d lines have addresses, and there are numbers for %d virtual routers", len(c.lines), maxVRIDs)
	}
}

// readLine reads one group, and returns it if it has no addresses. Seen are the lines of the addresses so far.
func (c *converter) readLine(g group, seen map[netip.Addr]int) (orphan *line) {
	l := &line{start: g.node.line, node: g.node.text}
	addressed := false
	for _, w := range g.resources {
		r := parseResource(w)
		if !r.isAddress() {
			c.readResource(r, l)
			continue
		}
		if addressed = true; len(l.services) > 0 {
			c.resources.add(r.line, importer.Changed, "", "%s stands behind a service; aloft starts services when all addresses are up", quote(r.script))
		}
		f, ok := parseAddress(r, c.resources)
		if !ok {
			continue
		}
		switch earlier, twice := seen[f.addr]; {
		case !twice && len(seen) == maxFloating:
			c.resources.refuse(r.line, "", "there are more than %d floating addresses", maxFloating)
		case !twice:
			seen[f.addr] = r.line
			l.addresses = append(l.addresses, f)
		case slices.ContainsFunc(l.addresses, func(o floating) bool { return o.addr == f.addr }):
			c.resources.add(r.line, importer.Broken, "", "%s stands twice in its line", f.addr)
		default:
			c.resources.refuse(r.line, "", "%s is moved by line %d already", f.addr, earlier)
		}
	}
	switch {
	case len(l.addresses) > 0:
		l.name = routerName(l.addresses[0].addr)
		c.lines = append(c.lines, l)
	case !addressed:
		return l
	}
	return nil
}

// routerName names a router by its first address, as nothing in the files does.
func routerName(addr netip.Addr) string {
	return "vip-" + strings.ReplaceAll(addr.String(), ":", "-")
}

func (c *converter) nodeNames() string {
	var names []string
	for _, n := range c.setup.nodes {
		names = append(names, n.text)
	}
	return strings.Join(names, ", ")
}

// cluster puts everything together.
func (c *converter) cluster() *importer.Cluster {
	c.chooseLinks()
	interval := c.setup.times.interval(c.main)
	down := c.setup.times.downAdverts(interval, c.main)
	c.setup.times.noteStart(time.Duration(down)*interval, c.main)
	c.setup.noteIdle(c.main)
	c.notePrefixes()
	addresses := c.travel()
	cluster := &importer.Cluster{}
	var effects []tracker.Effect
	cluster.Trackers, effects = c.track(interval)
	for _, n := range c.setup.nodes {
		cluster.Nodes = append(cluster.Nodes, importer.Node{Name: n.text, Addresses: addresses[n.text]})
	}
	for _, l := range c.lines {
		s := c.settings(l)
		s.AdvertInterval, s.DownAdverts = unless(interval, time.Second), unless(down, 3)
		s.NoFailback = c.setup.noFailback
		s.Track, s.Notify, s.Services = effects, l.notify(), l.services
		cluster.Routers = append(cluster.Routers, c.router(l, s))
	}
	cluster.Head = append([]string{
		fmt.Sprintf("Made by aloft import heartbeat of %s and %s.", filepath.Base(c.main.file), filepath.Base(c.resources.file)),
		"The same on every node: /etc/aloft/aloft.yaml. See what it means with aloft check.",
	}, c.head...)
	return cluster
}

// unless returns a value that is not aloft's default, which is left out of the file.
func unless[V comparable](value, fallback V) V {
	if value == fallback {
		var none V
		return none
	}
	return value
}

// router makes the virtual router of a line, the preferred node first.
func (c *converter) router(l *line, s importer.Settings) importer.Router {
	r := importer.Router{Name: l.name, VRID: chooseVRID(l.addresses[0].addr, c.vrids)}
	r.Comment = []string{fmt.Sprintf("%s:%d, preferred %s", filepath.Base(c.resources.file), l.start, l.node)}
	c.resources.add(l.start, importer.Chosen, "see that nobody else on the link has it: aloft init listens for those in use",
		"heartbeat has no VRIDs: %d is derived from %s", r.VRID, l.addresses[0].addr)
	r.Parts = append(r.Parts, importer.Part{Node: l.node, Settings: s})
	for _, n := range c.setup.nodes {
		if n.text != l.node {
			r.Parts = append(r.Parts, importer.Part{Node: n.text, Settings: s})
		}
	}
	return r
}

// settings makes the keys of a router that have to do with its addresses.
func (c *converter) settings(l *line) importer.Settings {
	s := importer.Settings{Interface: l.addresses[0].iface, Transport: l.transport()}
	for _, a := range l.addresses {
		out := importer.Address{Prefix: a.prefix(), Label: a.label, Silent: a.silent}
		if a.iface != s.Interface {
			out.Interface = a.iface
		}
		s.Addresses = append(s.Addresses, out)
	}
	return s
}

// notePrefixes says once that an address without a netmask has another one than in heartbeat.
func (c *converter) notePrefixes() {
	for _, l := range c.lines {
		for _, a := range l.addresses {
			if a.masked {
				continue
			}
			usual := 24
			if a.addr.Is6() {
				usual = 64
			}
			c.resources.add(a.line, importer.Default, fmt.Sprintf("if a program needs the prefix, write it: %s/%d, for example", a.addr, usual),
				"without a netmask heartbeat takes that of the route to the address; aloft puts the address up as /%d, which is reached just the same", a.bits)
			return
		}
	}
}
