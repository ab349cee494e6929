package lab

import (
	"fmt"
	"net/netip"
	"slices"
	"time"
)

// reorder is how long the narrator holds back what it saw: the observers do not report in the order of the events.
const reorder = 15 * time.Millisecond

// note is something that was seen and is to be told.
type note struct {
	at   time.Time
	text string
	// host and holds say who took (or lost) the story's first address; host is empty in other notes.
	host  string
	holds bool
}

// lastAdvert is what matters of the last advert of a router.
type lastAdvert struct {
	at       time.Time
	interval time.Duration
	priority uint8
}

// lastPage is how the last request for a page ended, in the order in which they were sent.
type lastPage struct {
	sent time.Time
	host string // whose page it was; empty: nobody's
}

// narrator turns what the observers saw into the lines of a story. It belongs to one goroutine.
type narrator struct {
	addresses []netip.Addr // the floating ones; the first is the one that the marks show
	vrid      uint8

	heard    map[string]lastAdvert // of who advertised
	departed map[string]bool       // who said goodbye since its daemon was started
	cut      map[string]bool       // who is off the switch: its adverts reach nobody and are not told
	answers  map[netip.Addr]string
	pages    map[netip.Addr]lastPage
	holders  map[string]bool // of the first address, as told so far
	pending  []note
}

// newNarrator returns a narrator of the addresses.
func newNarrator(vrid uint8, addresses []netip.Addr) *narrator {
	return &narrator{
		addresses: addresses, vrid: vrid,
		heard: make(map[string]lastAdvert), departed: make(map[string]bool), cut: make(map[string]bool),
		answers: make(map[netip.Addr]string), pages: make(map[netip.Addr]lastPage), holders: make(map[string]bool),
	}
}

// sawFrame takes in a frame of the wire.
func (n *narrator) sawFrame(f *Frame) {
	if f.Kind != KindAdvert || f.Advert.VRID != n.vrid || n.cut[f.Port] {
		return
	}
	if n.departed[f.Port] {
		n.takeBack(f)
	}
	if n.departed[f.Port] {
		return
	}
	if f.Advert.Priority == 0 {
		n.departed[f.Port] = true
		n.tell(f.At, goodbye(f.Port))
		return
	}
	// Between two adverts of the same Active Router others may be heard, as when one yields to the other.
	const missed = 3 // adverts, after which a router counts as silent
	before, heard := n.heard[f.Port]
	now := lastAdvert{at: f.At, interval: f.Advert.Interval.Duration(), priority: f.Advert.Priority}
	n.heard[f.Port] = now
	// An advert that makes the others quick for a moment names an interval that it does not keep itself.
	switch silent := missed * max(now.interval, before.interval); {
	case !heard || f.At.Sub(before.at) > silent:
		n.tell(f.At, fmt.Sprintf("%s is Active, priority %d", f.Port, now.priority))
	case now.priority < before.priority:
		n.tell(f.At, fmt.Sprintf("%s lowers its priority to %d", f.Port, now.priority))
	case now.priority > before.priority:
		n.tell(f.At, fmt.Sprintf("%s raises its priority to %d", f.Port, now.priority))
	}
}

func goodbye(host string) string { return host + " says goodbye: priority 0" }

// takeBack forgets a goodbye that was none: a lowered Active Router says priority 0 to several others and goes on at once at
// its new priority. One that departs says at most its last priority once more.
func (n *narrator) takeBack(f *Frame) {
	p := f.Advert.Priority
	if p == 0 || p >= n.heard[f.Port].priority {
		return
	}
	delete(n.departed, f.Port)
	n.pending = slices.DeleteFunc(n.pending, func(o note) bool { return o.text == goodbye(f.Port) })
}

// started takes in that the daemon of a host is started.
func (n *narrator) started(host string) {
	delete(n.departed, host)
	delete(n.heard, host)
}

// setCut takes in that a host is off the switch, or on it again.
func (n *narrator) setCut(host string, cut bool) {
	if n.cut[host] && !cut {
		delete(n.heard, host)
	}
	n.cut[host] = cut
}

// sawChange takes in a change of an address.
func (n *narrator) sawChange(c AddressChange) {
	if c.Change == Renewed || !slices.Contains(n.addresses, c.Address) {
		return
	}
	text := fmt.Sprintf("%s takes %s", c.Host, c.Address)
	if c.Change == Removed {
		text = fmt.Sprintf("%s lets %s go", c.Host, c.Address)
	}
	o := note{at: c.At, text: text}
	if c.Address == n.addresses[0] {
		o.host, o.holds = c.Host, c.Change == Added
	}
	n.pending = append(n.pending, o)
}

// sawTurn takes in that a host answers the client.
func (n *narrator) sawTurn(target netip.Addr, t Turn) {
	if n.answers[target] == t.Host {
		return
	}
	n.answers[target] = t.Host
	n.tell(t.First, fmt.Sprintf("the client is answered by %s", t.Host))
}

// sawRequest takes in how a request for a page ended. One that ended later than others that were sent after it, since
// nobody answered, is old news.
func (n *narrator) sawRequest(target netip.Addr, r WebRequest) {
	last := n.pages[target]
	if r.Sent.Before(last.sent) {
		return
	}
	switch {
	case r.Host == last.host:
	case r.Host == "":
		n.tell(r.Done, fmt.Sprintf("the client gets no page of %s: %s", target, r.Err))
	default:
		n.tell(r.Done, fmt.Sprintf("the client gets the pages of %s from %s", target, r.Host))
	}
	n.pages[target] = lastPage{sent: r.Sent, host: r.Host}
}

// tell queues a line.
func (n *narrator) tell(at time.Time, text string) {
	n.pending = append(n.pending, note{at: at, text: text})
}

// due returns the notes up to a time in their order, and forgets them.
func (n *narrator) due(until time.Time) []note {
	slices.SortStableFunc(n.pending, func(a, b note) int { return a.at.Compare(b.at) })
	i := 0
	for i < len(n.pending) && !n.pending[i].at.After(until) {
		i++
	}
	out := slices.Clone(n.pending[:i])
	n.pending = slices.Delete(n.pending, 0, i)
	return out
}

// apply makes what a note says true for the marks.
func (n *narrator) apply(o note) {
	if o.host != "" {
		n.holders[o.host] = o.holds
	}
}
