//go:build privileged

package system_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aloft-ha/aloft/internal/lab"
	"github.com/aloft-ha/aloft/vrrp"
)

const (
	// manyReloaded is how many routers are reloaded at once.
	manyReloaded = 200
	// reloadLate is how much later than its interval an advert may leave because a file is read.
	reloadLate     = 20 * time.Millisecond
	reloadInterval = vrrp.Centiseconds(20)
)

// many is a file with many routers, changed by a test.
type many struct {
	defaults string            // more keys of all
	routers  map[int]string    // the text of single routers; empty: left out
	names    map[int]string    // their names
	more     map[string]string // further routers
	nodes    string            // further nodes
}

// text writes the file.
func (m many) text() string {
	var b strings.Builder
	b.WriteString("nodes:\n  - {name: www1, addresses: [192.0.2.1]}\n  - {name: www2, addresses: [192.0.2.2]}\n" + m.nodes)
	fmt.Fprintf(&b, "defaults: {advert_interval: %s%s}\nvirtual_routers:\n", reloadInterval, m.defaults)
	for vrid := 1; vrid <= manyReloaded; vrid++ {
		text, changed := m.routers[vrid]
		switch {
		case !changed:
			text = fmt.Sprintf("{vrid: %d, addresses: [%s]}", vrid, crowdAddress(vrid))
		case text == "":
			continue
		}
		name := m.names[vrid]
		if name == "" {
			name = fmt.Sprintf("r%d", vrid)
		}
		fmt.Fprintf(&b, "  %s: %s\n", name, text)
	}
	for name, text := range m.more {
		fmt.Fprintf(&b, "  %s: %s\n", name, text)
	}
	return b.String()
}

// harmless are changes of the file that must move nothing.
var harmless = []struct {
	name string
	file many
}{
	{"the same file", many{}},
	{"an address more", many{routers: map[int]string{1: "{vrid: 1, addresses: [198.18.0.1, 198.18.1.1]}"}}},
	{"an address less", many{}},
	{"an IPv6 address more", many{routers: map[int]string{1: `{vrid: 1, addresses: [198.18.0.1, "fe80::1:1"]}`}}},
	{"no IPv6 address any more", many{}},
	{"another name", many{names: map[int]string{1: "renamed"}}},
	{"a router more", many{more: map[string]string{"more": "{vrid: 201, addresses: [198.18.0.201]}"}}},
	{"a higher priority", many{routers: map[int]string{1: "{vrid: 1, addresses: [198.18.0.1], priority: {www1: 220}}"}}},
	{"a lower one, still the best", many{routers: map[int]string{1: "{vrid: 1, addresses: [198.18.0.1], priority: {www1: 195}}"}}},
	{"other delays and a longer lease", many{defaults: ", preempt_delay: 1s, startup_delay: 3s, lease: 5s"}},
	{"plain farewells", many{defaults: ", farewell: plain"}},
	{"a node more", many{nodes: "  - {name: www3, addresses: [192.0.2.3]}\n"}},
	{"another interval", many{routers: map[int]string{1: "{vrid: 1, addresses: [198.18.0.1], advert_interval: 100ms}"}}},
	{"a router less", many{routers: map[int]string{200: ""}}},
}

// A reload moves nothing that it need not move, with hundreds of routers under a client's eyes: no reply is lost, no advert
// is late, and nobody but the Active advertises.
func TestReloadOfHundredsOfRoutersMovesNothing(t *testing.T) {
	s := setScene(t, lab.ClusterOptions{
		Nodes: make([]lab.Software, 2), Interval: reloadInterval, IPv6: true, File: many{}.text(),
	})
	www1 := s.Nodes[0]
	s.ok(s.Start())
	s.crowdHeld(www1, manyReloaded, patience)
	s.crowdClients(1, manyReloaded/2)
	time.Sleep(time.Second) // the announcements of the start are over
	before := many{}
	for _, change := range harmless {
		late := []time.Duration{s.reloadMany(change.name, change.file)}
		// What the change costs it costs each time, and what a busy machine costs it does not.
		for len(late) < 5 && slices.Min(late) >= reloadLate {
			s.reloadMany("back", before)
			late = append(late, s.reloadMany(change.name, change.file))
		}
		t.Logf("%s: an advert is late by %v, to be under %s", change.name, late, reloadLate)
		if slices.Min(late) >= reloadLate {
			t.Errorf("%s: an advert is late by %v each time", change.name, late)
		}
		before = change.file
	}
}

// reloadMany gives both nodes a file, and returns by how much the latest advert came late, or by how much one is missing at
// the end. The routers that a test adds and leaves out need not advertise all the time and are not judged.
func (s *scene) reloadMany(name string, file many) (late time.Duration) {
	s.t.Helper()
	www1 := s.Nodes[0]
	before := time.Now().Add(-2 * reloadInterval.Duration())
	s.rewriteFile(file.text())
	deed := time.Now()
	s.reload(s.Nodes...)
	time.Sleep(s.longestDown() + 500*time.Millisecond) // until a Backup would have taken over that missed adverts
	until := time.Now()
	time.Sleep(onTheWay) // until the tap has read what was sent until then
	s.standbySilent(name, deed, until)
	adverts := s.crowdAdverts(www1, before, until)
	for vrid := uint8(1); vrid < manyReloaded; vrid++ {
		all := adverts[vrid]
		if len(all) == 0 {
			s.t.Errorf("%s: %s did not advertise virtual router %d", name, www1.Name, vrid)
		}
		last := before
		for _, f := range all {
			late = max(late, f.At.Sub(last)-reloadInterval.Duration())
			last = f.At
		}
		late = max(late, until.Sub(last)-reloadInterval.Duration()) // one that fell silent is late too
	}
	g := s.gap(deed, until.Add(-onTheWay))
	if g.Lost > 0 && g.Outage() > onTheLinkOfMany {
		s.t.Errorf("%s: the client's gap %s", name, g)
	}
	return late
}

// standbySilent asserts that the second node did not advertise a router that it had before. One that is new on both, as the
// last one may be, may be Active on either for a moment: they read the file one after the other.
func (s *scene) standbySilent(name string, from, to time.Time) {
	s.t.Helper()
	for vrid, all := range s.crowdAdverts(s.Nodes[1], from, to) {
		if vrid < manyReloaded {
			s.t.Errorf("%s: %s advertised virtual router %d, %d times", name, s.Nodes[1].Name, vrid, len(all))
		}
	}
}

// onTheLinkOfMany is what a client may wait for an answer when nothing moves on a busy machine.
const onTheLinkOfMany = 10 * time.Millisecond
