package engine

import (
	"sync"
	"time"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/internal/link"
	"github.com/aloft-ha/aloft/tracker"
	"github.com/aloft-ha/aloft/vip"
	"github.com/aloft-ha/aloft/vrrp"
)

// mostSightings bounds the sightings that wait: a flood of announcements on the link must not fill the memory, and the
// router that waits for one has its own time limit.
const mostSightings = 4096

// mailbox is what other goroutines tell the engine. Of what is a level (links, configuration) the latest counts; what is
// an event is queued.
type mailbox struct {
	mu sync.Mutex
	letters
}

// letters is what the mailbox holds.
type letters struct {
	apply     *[]config.Instance
	links     *link.Snapshot
	trackers  []tracker.Status
	services  []ServiceResult
	results   []vip.Result
	sightings []vip.Sighting
	stops     int
}

// Apply makes the engine run these routers and no others. Those that are unchanged are not touched; those that are gone
// say farewell.
func (e *Engine) Apply(instances []config.Instance) {
	e.post(func(l *letters) { l.apply = &instances })
}

// Links tells the engine the state of the host's links and addresses.
func (e *Engine) Links(s link.Snapshot) { e.post(func(l *letters) { l.links = &s }) }

// Tracked tells the engine what a tracker says now.
func (e *Engine) Tracked(s tracker.Status) {
	e.post(func(l *letters) { l.trackers = append(l.trackers, s) })
}

// Served tells the engine what became of the services of a router.
func (e *Engine) Served(r ServiceResult) {
	e.post(func(l *letters) { l.services = append(l.services, r) })
}

// Result tells the engine what became of an address order.
func (e *Engine) Result(r vip.Result) { e.post(func(l *letters) { l.results = append(l.results, r) }) }

// Sighted tells the engine that another machine announced an address.
func (e *Engine) Sighted(s vip.Sighting) {
	e.post(func(l *letters) {
		if len(l.sightings) < mostSightings {
			l.sightings = append(l.sightings, s)
		}
	})
}

// Stop makes every router depart with the farewell; called again, it cuts the farewells short.
func (e *Engine) Stop() { e.post(func(l *letters) { l.stops++ }) }

func (e *Engine) post(write func(*letters)) {
	e.mail.mu.Lock()
	write(&e.mail.letters)
	e.mail.mu.Unlock()
	e.wire.Wake()
}

// take empties the mailbox.
func (b *mailbox) take() letters {
	b.mu.Lock()
	defer b.mu.Unlock()
	l := b.letters
	b.letters = letters{}
	return l
}

// readMail acts on what came, and says whether anything did.
func (e *Engine) readMail(now time.Time) bool {
	l := e.mail.take()
	for _, r := range l.services {
		e.noteService(now, r) // first: it answers the orders that have been given, not those that follow
	}
	if l.links != nil {
		e.links, e.haveLink = *l.links, true
	}
	if l.apply != nil {
		e.want(*l.apply)
	}
	stopped := l.stops > 0 && e.stop(l.stops)
	settled := !e.convergeAt.IsZero() && !now.Before(e.convergeAt)
	if l.links != nil || l.apply != nil || stopped || settled {
		e.converge(now)
	}
	if len(l.trackers) > 0 {
		e.noteTrackers(now, l.trackers)
	}
	for _, r := range l.results {
		e.noteResult(now, r)
	}
	for _, s := range l.sightings {
		e.noteSighting(now, s)
	}
	if e.hurried {
		for _, r := range e.routers {
			e.stepAll(now, r.group, vrrp.Hurry{})
		}
	}
	return l.links != nil || l.apply != nil || stopped || settled ||
		len(l.trackers) > 0 || len(l.services) > 0 || len(l.results) > 0 || len(l.sightings) > 0
}

// stop takes the order to stop, and says whether it was new.
func (e *Engine) stop(times int) bool {
	e.hurried = e.hurried || e.stopping || times > 1
	first := !e.stopping
	e.stopping = true
	return first || e.hurried
}
