package tracker

import (
	"context"
	"maps"
	"slices"
	"sync"
)

// Link is an interface of this host.
type Link struct {
	Names   []string // its name and its altnames
	Up      bool     // administratively up
	Carrier bool     // it has a link (IFF_LOWER_UP, netdevice(7))
}

func (l Link) equal(o Link) bool {
	return l.Up == o.Up && l.Carrier == o.Carrier && slices.Equal(l.Names, o.Names)
}

// linkTable is what the manager was told last of the host's interfaces.
type linkTable struct {
	known chan struct{} // closed when it was told for the first time

	mu    sync.Mutex
	told  bool
	links []Link
	wakes map[*interfaceProbe]func()
}

func newLinkTable() *linkTable {
	return &linkTable{known: make(chan struct{}), wakes: make(map[*interfaceProbe]func())}
}

// set takes the interfaces as they are now, and wakes the probes if something changed.
func (t *linkTable) set(links []Link) {
	t.mu.Lock()
	if t.told && slices.EqualFunc(links, t.links, Link.equal) {
		t.mu.Unlock()
		return
	}
	t.links = slices.Clone(links)
	if !t.told {
		t.told = true
		close(t.known)
	}
	wakes := slices.Collect(maps.Values(t.wakes))
	t.mu.Unlock()
	for _, wake := range wakes {
		wake()
	}
}

// find returns the interface of a name or altname.
func (t *linkTable) find(name string) (Link, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	i := slices.IndexFunc(t.links, func(l Link) bool { return slices.Contains(l.Names, name) })
	if i < 0 {
		return Link{}, false
	}
	return t.links[i], true
}

// interfaceProbe looks at what was told last of one interface. It asks nobody.
type interfaceProbe struct {
	name  string
	table *linkTable
}

func newInterfaceProbe(k Interface, table *linkTable, wake func()) *interfaceProbe {
	p := &interfaceProbe{name: k.Name, table: table}
	table.mu.Lock()
	table.wakes[p] = wake
	table.mu.Unlock()
	return p
}

// check waits until the interfaces are known: at the start of the host nobody has read them yet.
func (p *interfaceProbe) check(ctx context.Context) Result {
	select {
	case <-p.table.known:
	case <-ctx.Done():
		return Result{Text: "the interfaces of this host are not known yet"}
	}
	switch l, ok := p.table.find(p.name); {
	case !ok:
		return Result{Text: "there is no interface " + p.name}
	case !l.Up:
		return Result{Text: p.name + " is down"}
	case !l.Carrier:
		return Result{Text: p.name + " has no carrier"}
	}
	return Result{OK: true, Text: p.name + " is up"}
}

func (p *interfaceProbe) close() {
	p.table.mu.Lock()
	delete(p.table.wakes, p)
	p.table.mu.Unlock()
}
