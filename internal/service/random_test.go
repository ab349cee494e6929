package service

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/aloft-ha/aloft/internal/config"
)

// pool is all services of a random story; "b!" and "e!" have no status.
var pool = []string{"a", "b!", "c.service", "d", "e!"}

// move is one step of a random story.
type move struct {
	kind     string
	services []string
	deed     deed
	manner   manner
	wait     time.Duration // afterwards
}

func (m move) String() string {
	return fmt.Sprintf("%s %v %v %v, then %v", m.kind, m.services, m.deed, m.manner, m.wait)
}

var moves = rapid.Custom(func(t *rapid.T) move {
	m := move{
		kind: rapid.SampledFrom([]string{"up", "up", "down", "configure", "manner", "mend", "crash"}).Draw(t, "kind"),
		wait: rapid.SampledFrom([]time.Duration{
			0, time.Second / 2, time.Second, 3 * time.Second / 2, 4 * time.Second, 40 * time.Second, time.Hour,
		}).Draw(t, "wait"),
	}
	switch m.kind {
	case "configure":
		m.services = rapid.Permutation(pool).Draw(t, "order")[:rapid.IntRange(0, len(pool)).Draw(t, "count")]
	case "manner":
		m.deed.verb = rapid.SampledFrom([]string{"start", "start", "stop", "status"}).Draw(t, "verb")
		m.manner = rapid.SampledFrom([]manner{badly, halfway, never, lately, refuses}).Draw(t, "manner")
		if m.deed.verb == "status" { // which may be silent, but does not lie
			m.manner = rapid.SampledFrom([]manner{never, refuses}).Draw(t, "silence")
		}
		fallthrough
	case "crash":
		m.deed.name = strings.TrimSuffix(rapid.SampledFrom(pool).Draw(t, "name"), "!")
	}
	return m
})

// judge follows a story from outside: what was ordered, what the host saw, and what was reported. All of it is called
// with the host's lock, or while nothing else runs.
type judge struct {
	*bench
	order  []config.Service
	wanted bool
	up     bool
	owed   bool // an answer

	knows map[string]bool // the last that was learned is that it runs
	half  map[string]bool // a start of it did not end well
	stuck map[string]bool // a stop of it failed, under this wish
	ours  map[string]bool // it was started by the Manager, ever

	wrong []string
}

func newJudge(b *bench) *judge {
	j := &judge{
		bench: b,
		knows: map[string]bool{}, half: map[string]bool{}, stuck: map[string]bool{}, ours: map[string]bool{},
	}
	b.seen, b.learned = j.begins, j.ends
	b.m.report = j.hear
	return j
}

func (j *judge) complain(format string, args ...any) {
	j.wrong = append(j.wrong, fmt.Sprintf(format, args...))
}

func (j *judge) place(name string) int {
	return slices.IndexFunc(j.order, func(s config.Service) bool { return s.Name == name })
}

// alive says that it is to be thought of as running, and that there is hope to stop it.
func (j *judge) alive(name string) bool { return (j.knows[name] || j.half[name]) && !j.stuck[name] }

func (j *judge) begins(d deed) {
	place := j.place(d.name)
	switch d.verb {
	case "start":
		j.ours[d.name] = true
		if !j.up || place < 0 {
			j.complain("%s is started, and not wanted", d.name)
			return
		}
		for i, s := range j.order {
			if i < place && !j.knows[s.Name] {
				j.complain("%s is started before %s", d.name, s.Name)
			}
			if i > place && j.alive(s.Name) {
				j.complain("%s is started while %s, which is after it, runs", d.name, s.Name)
			}
		}
		if j.alive(d.name) {
			j.complain("%s is started, and runs", d.name)
		}
	case "stop":
		for i, s := range j.order {
			if place >= 0 && i > place && j.alive(s.Name) {
				j.complain("%s is stopped while %s, which is after it, runs", d.name, s.Name)
			}
		}
	}
}

func (j *judge) ends(d deed, done, runs bool) {
	switch {
	case d.verb == "status" && done:
		j.knows[d.name], j.half[d.name] = runs, false
	case d.verb == "start":
		j.knows[d.name] = done
		j.half[d.name] = !done && j.manners[d] != refuses
	case d.verb == "stop" && done:
		j.knows[d.name], j.half[d.name], j.stuck[d.name] = false, false, false
	case d.verb == "stop":
		j.stuck[d.name] = true
	}
}

// hear judges an answer.
func (j *judge) hear(r Result) {
	j.report(r)
	j.mu.Lock()
	defer j.mu.Unlock()
	if !j.owed || r.Up != j.up {
		j.complain("%+v, and owed is %t, up %t", r, j.owed, j.up)
	}
	j.owed = false
	for _, word := range pool {
		name := strings.TrimSuffix(word, "!")
		place := j.place(name)
		switch {
		case r.Up && r.Err == nil && place >= 0:
			if !j.knows[name] {
				j.complain("up, and %s does not run", name)
			}
		case j.alive(name), !r.Up && r.Err == nil && j.ours[name] && j.runs[name]:
			j.complain("%+v, and %s runs", r, name)
		case !r.Up && r.Err == nil && place >= 0 && askable(j.order[place]) && j.runs[name]:
			j.complain("down, and %s, which was started by somebody else, runs", name)
		}
	}
}

func (j *judge) expectWish(up bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if !j.wanted || up != j.up {
		clear(j.stuck)
	}
	j.wanted, j.up, j.owed = true, up, true
}

func (j *judge) expectServices(list []config.Service) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if !slices.EqualFunc(list, j.order, equal) {
		if j.order = list; len(list) > 0 {
			j.owed = j.wanted
		}
		clear(j.stuck)
	}
	if len(list) == 0 {
		j.wanted, j.up, j.owed = false, false, j.owed && !j.up
	}
}

// play makes one move. Nothing else runs meanwhile.
func (j *judge) play(m move) {
	synctest.Wait()
	j.note("-- %v", m)
	switch m.kind {
	case "up", "down":
		j.expectWish(m.kind == "up")
		j.m.Want("web", m.kind == "up")
	case "configure":
		list := services(m.services...)
		j.expectServices(list)
		j.m.Configure(map[string][]config.Service{"web": list})
	case "manner":
		j.set(m.deed.verb, m.deed.name, m.manner)
	case "mend":
		j.mu.Lock()
		clear(j.manners)
		j.mu.Unlock()
	case "crash":
		j.crash(m.deed.name)
	}
	time.Sleep(m.wait)
	synctest.Wait()
	if m.wait == time.Hour && j.owed {
		j.complain("no answer within an hour")
	}
}

// Whatever is wanted, configured, fails and hangs: the order is kept, each wish that stays is answered once, and nothing
// is left running after a down that went well.
func TestRandomWishes(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		story := rapid.SliceOfN(moves, 1, 60).Draw(rt, "story")
		foreign := rapid.SliceOfDistinct(rapid.SampledFrom([]string{"a", "c.service", "d"}), rapid.ID).Draw(rt, "runs already")
		var wrong, journal []string
		onHostUnstarted(t, func(b *bench) {
			j := newJudge(b)
			for _, word := range foreign {
				b.runs[word] = true
			}
			defer b.begin()()
			for _, m := range story {
				j.play(m)
				if len(j.wrong) > 0 {
					break
				}
			}
			for _, kind := range []string{"mend", "up", "down"} {
				j.play(move{kind: kind, wait: time.Hour})
			}
			for name := range j.ours {
				if b.running(name) {
					j.complain("%s runs at the end", name)
				}
			}
			wrong, journal = j.wrong, b.read()
			if last := journal[len(journal)-1]; last != "web down" {
				wrong = append(wrong, "the end is "+last)
			}
		})
		if len(wrong) > 0 {
			rt.Fatalf("%s\nafter:\n%s", strings.Join(wrong, "\n"), strings.Join(journal, "\n"))
		}
	})
}

// Wishes from many goroutines at once, without a pause: the last one still decides.
func TestWishesFromManyGoroutines(t *testing.T) {
	onHost(t, func(b *bench) {
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				for n := range 200 {
					b.m.Want([]string{"web", "mail"}[i%2], n%3 != 0)
					if n%20 == 0 {
						b.configure(pool[i%4:]...)
						time.Sleep(time.Duration(i) * time.Millisecond)
					}
				}
			})
		}
		wg.Wait()
		b.configure("a", "b!")
		b.up()
		b.after(time.Hour)
		lines := b.read()
		if last := lines[len(lines)-1]; last != "web up" && last != "mail up" {
			t.Errorf("the last is %q", last)
		}
		if got := strings.Join(b.all(), " "); got != "a b" {
			t.Errorf("%q run", got)
		}
		b.down()
		b.after(time.Hour)
		if got := b.all(); got != nil {
			t.Errorf("%v run after down", got)
		}
	})
}
