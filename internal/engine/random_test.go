package engine

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/internal/link"
	"github.com/aloft-ha/aloft/tracker"
)

// slots is how many routers a random file may have. Each has an address of its own, whatever its name and VRID.
const slots = 4

// file is a random configuration, the same for every node.
type file struct {
	there, dual, serves, otherVRID [slots]bool
	names                          []string
	groups                         [slots]string // empty: alone
	tracks                         map[string][]string
	failback, fast                 bool
}

var files = rapid.Custom(func(t *rapid.T) file {
	f := file{
		names: rapid.Permutation([]string{"web", "mail", "ftp", "db"}).Draw(t, "names"), tracks: make(map[string][]string),
		failback: rapid.Bool().Draw(t, "failback"), fast: rapid.Bool().Draw(t, "fast"),
	}
	if rapid.Bool().Draw(t, "usual names") {
		f.names = []string{"web", "mail", "ftp", "db"}
	}
	for i := range slots {
		f.there[i] = rapid.IntRange(0, 3).Draw(t, "there") > 0
		f.dual[i] = rapid.IntRange(0, 3).Draw(t, "dual") == 0
		f.serves[i] = rapid.Bool().Draw(t, "serves")
		f.otherVRID[i] = rapid.IntRange(0, 5).Draw(t, "other VRID") == 0
		f.groups[i] = rapid.SampledFrom([]string{"", "front", "front", "back"}).Draw(t, "group")
		bond := f.bond(i)
		f.tracks[bond] = rapid.SampledFrom([][]string{nil, {"proxy"}, {"uplink"}, {"proxy", "uplink"}}).Draw(t, "track")
	}
	return f
})

// bond names what a router moves with.
func (f *file) bond(slot int) string {
	if f.groups[slot] != "" {
		return f.groups[slot]
	}
	return fmt.Sprint(slot)
}

func (f *file) instances(priority uint8) (list []config.Instance) {
	for i := range slots {
		if !f.there[i] {
			continue
		}
		prefixes := []string{fmt.Sprintf("198.51.100.%d/32", i+1)}
		if f.dual[i] {
			prefixes = append(prefixes, fmt.Sprintf("2001:db8::%d/128", i+1))
		}
		inst := web(priority, named(f.names[i]), vrid(uint8(51+i)), with(prefixes...), inGroup(f.groups[i]))
		if f.otherVRID[i] {
			inst.VRID += 10
		}
		for _, name := range f.tracks[f.bond(i)] {
			inst.Track = append(inst.Track, map[string]tracker.Effect{"proxy": loss(name), "uplink": fatal(name)}[name])
		}
		if f.serves[i] {
			serves(f.names[i] + ".service")(&inst)
		}
		if inst.AutoFailback = f.failback; f.fast {
			fast(&inst)
		}
		list = append(list, inst)
	}
	return list
}

// happening is one thing that befalls a machine.
type happening struct {
	what    string
	machine int
	file    file
	tracker string
	down    bool
	wait    time.Duration // afterwards
}

func (h happening) String() string {
	text := fmt.Sprintf("%s %c", h.what, 'a'+h.machine)
	switch h.what {
	case "track":
		text += fmt.Sprintf(" %s down %v", h.tracker, h.down)
	case "reload", "reload all":
		text += fmt.Sprintf(" %+v", h.file)
	}
	return text + fmt.Sprintf(", then %v", h.wait)
}

var happenings = rapid.Custom(func(t *rapid.T) happening {
	h := happening{
		what: rapid.SampledFrom([]string{
			"reload", "reload", "reload all", "reload all", "track", "track", "track", "fail starts", "slow stops", "mend", "mend",
			"unplug", "plug", "plug", "cut", "refuse", "stop", "hurry", "restart", "restart", "quiet",
		}).Draw(t, "what"),
		machine: rapid.IntRange(0, 2).Draw(t, "machine"),
		tracker: rapid.SampledFrom([]string{"proxy", "uplink"}).Draw(t, "tracker"),
		down:    rapid.Bool().Draw(t, "down"),
		wait: rapid.SampledFrom([]time.Duration{
			0, 0, time.Millisecond, 20 * time.Millisecond, 500 * time.Millisecond, 3 * time.Second, 5 * time.Second, 40 * time.Second,
		}).Draw(t, "wait"),
	}
	if strings.HasPrefix(h.what, "reload") {
		h.file = files.Draw(t, "file")
	}
	return h
})

// box is a machine of the story. The host is another after each restart.
type box struct {
	host     *host
	octet    byte
	file     file
	trackers map[string]tracker.State
	stopping bool

	heard int // events judged
	last  map[subject]Condition
	loose map[subject]bool // a reload changed who has this name
}

// tale is a random story.
type tale struct {
	*lan
	file  file // the latest
	boxes []*box
	wrong []string
}

func (s *tale) complain(format string, args ...any) {
	s.wrong = append(s.wrong, fmt.Sprintf(format, args...))
}

func (s *tale) boot(b *box) {
	b.host = s.host(fmt.Sprintf("%c%d", 'a'+b.octet-1, len(s.hosts)), b.octet)
	b.file, b.stopping, b.heard = s.file, false, 0
	b.last, b.loose = make(map[subject]Condition), make(map[subject]bool)
	b.report()
	b.host.start(b.file.instances(b.priority())...)
}

func (b *box) priority() uint8 { return uint8(210 - 10*int(b.octet)) }

// report says what the trackers of the file say, as their manager does after a reload.
func (b *box) report() {
	for _, name := range []string{"proxy", "uplink"} {
		b.host.engine.Tracked(tracker.Status{Name: name, State: b.trackers[name], Text: "told"})
	}
}

func (s *tale) reload(b *box, f file) {
	s.judge(b)
	if !slices.Equal(b.file.names, f.names) || b.file.there != f.there || b.file.groups != f.groups {
		for _, inst := range slices.Concat(b.file.instances(1), f.instances(1)) {
			b.loose[subject{name: inst.Router}] = true
			b.loose[subject{group: true, name: inst.Group}] = true
		}
	}
	b.file = f
	b.host.engine.Apply(f.instances(b.priority()))
	b.report()
}

// judge looks at what a machine has told.
func (s *tale) judge(b *box) {
	synctest.Wait()
	b.host.mu.Lock()
	defer b.host.mu.Unlock()
	for _, ev := range b.host.told[b.heard:] {
		who := subject{ev.Group, ev.Name}
		if was := b.last[who]; ev.From == ev.To || ev.From != was && !b.loose[who] {
			s.complain("%s tells of %v %v->%v, and before that it was %v", b.host.name, who, ev.From, ev.To, was)
		}
		delete(b.loose, who)
		b.last[who] = ev.To
	}
	b.heard = len(b.host.told)
}

func (s *tale) play(h happening) {
	b := s.boxes[h.machine]
	switch h.what {
	case "reload":
		s.file = h.file
		s.reload(b, h.file)
	case "reload all":
		s.file = h.file
		for _, b := range s.boxes {
			s.reload(b, h.file)
		}
	case "track":
		b.trackers[h.tracker] = map[bool]tracker.State{false: tracker.Up, true: tracker.Down}[h.down]
		b.report()
	case "fail starts":
		b.host.services.failing(true, errors.New("no luck"))
	case "slow stops":
		b.host.services.setTakes(false, 10*time.Second)
	case "mend":
		s.mend(b)
	case "unplug":
		b.host.setCut(true)
		b.host.changeLink(flap)
	case "plug":
		b.host.setCut(false)
		b.host.changeLink(unflap)
	case "cut":
		b.host.setCut(true)
	case "refuse":
		b.host.addresses.refuse(errors.New("no luck"))
	case "stop":
		b.stopping = true
		b.host.engine.Stop()
	case "hurry":
		b.stopping = true
		b.host.engine.Stop()
		b.host.engine.Stop()
	case "restart":
		s.restart(b)
	case "quiet":
		s.quiet()
	}
	s.pass(h.wait)
	for _, b := range s.boxes {
		s.judge(b)
	}
}

func (s *tale) mend(b *box) {
	b.host.services.failing(true, nil)
	b.host.services.setTakes(false, stopTime)
	b.host.addresses.refuse(nil)
	b.host.setCut(false)
	b.host.changeLink(func(l *link.Link) { l.Carrier = true })
}

// restart ends a machine's daemon, with one order to stop, and begins another.
func (s *tale) restart(b *box) {
	s.mend(b)
	if !b.stopping {
		b.host.engine.Stop()
	}
	s.end(b)
	s.boot(b)
}

// end waits for a daemon that was told to stop.
func (s *tale) end(b *box) {
	select {
	case err := <-b.host.doneC:
		b.host.doneC <- err
	case <-time.After(time.Minute):
		s.complain("%s does not end", b.host.name)
		b.host.engine.Stop()
		b.host.cancel()
	}
	s.judge(b)
	for who, at := range b.last {
		if at != ConditionStopped && !b.loose[who] && b.knows(who) {
			s.complain("%s ends, and the last told of %v is %v", b.host.name, who, at)
		}
	}
	s.pass(time.Second)
	for addr := range s.addresses() {
		if b.host.addresses.holds(addrs(addr)[0]) {
			s.complain("%s has ended and holds %s", b.host.name, addr)
		}
	}
}

func (b *box) knows(who subject) bool {
	return slices.ContainsFunc(b.file.instances(1), func(i config.Instance) bool {
		return who.group && i.Group == who.name || !who.group && i.Router == who.name
	})
}

// addresses lists the addresses of the latest file, by the slot of their router.
func (s *tale) addresses() map[string]int {
	all := make(map[string]int)
	for i := range slots {
		all[fmt.Sprintf("198.51.100.%d", i+1)] = i
		all[fmt.Sprintf("2001:db8::%d", i+1)] = i
	}
	maps.DeleteFunc(all, func(addr string, i int) bool {
		return !s.file.there[i] || strings.Contains(addr, ":") && !s.file.dual[i]
	})
	return all
}

// quiet mends everything but the trackers, and lets them settle.
func (s *tale) quiet() {
	for _, b := range s.boxes {
		if b.stopping {
			s.restart(b)
		}
		s.mend(b)
		s.reload(b, s.file)
	}
	s.pass(6 * time.Minute)
	holders := make(map[string]*box) // by bond
	for addr, slot := range s.addresses() {
		bond := s.file.bond(slot)
		var held []string
		able := 0
		for _, b := range s.boxes {
			if b.host.addresses.holds(addrs(addr)[0]) {
				held = append(held, b.host.name)
				if other := holders[bond]; other != nil && other != b {
					s.complain("%s is at %s and what moves with it at %s", addr, b.host.name, other.host.name)
				}
				holders[bond] = b
			}
			if !slices.Contains(s.file.tracks[bond], "uplink") || b.trackers["uplink"] != tracker.Down {
				able++
			}
		}
		if len(held) != min(1, able) {
			s.complain("%s is held by %v, and %d nodes could", addr, held, able)
		}
	}
	for slot := range slots {
		if s.file.there[slot] {
			s.compare(slot, holders[s.file.bond(slot)])
		}
	}
}

// compare compares what was told and wished for a router with who holds it.
func (s *tale) compare(slot int, holder *box) {
	name, group := s.file.names[slot], s.file.groups[slot]
	for _, b := range s.boxes {
		s.judge(b)
		for _, who := range []subject{{name: name}, {group: true, name: group}} {
			if at := b.last[who]; who.name != "" && (at == ConditionActive) != (b == holder) && !b.loose[who] {
				s.complain("%s told that %v is %v, and it serves: %v", b.host.name, who, at, b == holder)
			}
		}
		if !s.file.serves[slot] {
			continue
		}
		b.host.services.mu.Lock()
		said := b.host.services.said
		b.host.services.mu.Unlock()
		last := ""
		for _, wish := range said {
			if strings.HasPrefix(wish, name+" ") {
				last = wish
			}
		}
		if last != fmt.Sprintf("%s %v", name, b == holder) {
			s.complain("%s was last told %q, and it serves: %v", b.host.name, last, b == holder)
		}
	}
}

// Whatever is configured, fails, flaps and stops: an address has one holder in the end, what moves together is together,
// what is told of a name is one story, and everything ends.
func TestRandomLife(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		first := files.Draw(rt, "file")
		machines := rapid.IntRange(2, 3).Draw(rt, "machines")
		story := rapid.SliceOfN(happenings, 0, 15).Draw(rt, "story")
		var wrong []string
		synctest.Test(t, func(t *testing.T) {
			s := &tale{lan: &lan{t: t}, file: first}
			for i := range machines {
				b := &box{octet: byte(i + 1), trackers: map[string]tracker.State{"proxy": tracker.Up, "uplink": tracker.Up}}
				s.boxes = append(s.boxes, b)
				s.boot(b)
			}
			for _, h := range story {
				h.machine %= machines
				s.play(h)
				if len(s.wrong) > 0 {
					break
				}
			}
			if len(s.wrong) == 0 {
				s.quiet()
			}
			for _, b := range s.boxes {
				if !b.stopping {
					b.host.engine.Stop()
				}
			}
			for _, b := range s.boxes {
				s.end(b)
			}
			wrong = s.wrong
		})
		if len(wrong) > 0 {
			var told []string
			for _, h := range story {
				told = append(told, h.String())
			}
			rt.Fatalf("%s\nafter %+v and\n%s", strings.Join(wrong, "\n"), first, strings.Join(told, "\n"))
		}
	})
}
