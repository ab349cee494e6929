package lab

import (
	"context"
	"net/netip"
	"time"
)

// pollInterval is how often the story looks at its observers.
const pollInterval = 20 * time.Millisecond

// stage is a cluster under observation, and the timeline that tells of it. It belongs to one goroutine.
type stage struct {
	cluster  *Cluster
	tap      *Tap
	watcher  *Watcher
	probes   []*Probe     // one for each address but link-local ones
	webs     []*WebClient // or these, where proxies serve the addresses
	audited  []netip.Addr // whose holders are judged
	out      *Timeline
	narrator *narrator
	began    time.Time

	// How much of each observer's record has been told.
	frames, changes int
	replies, pages  []int
}

// newStage starts the observers but for the client; they end with the cluster.
func newStage(c *Cluster, out *Timeline) (*stage, error) {
	s := &stage{
		cluster: c, out: out, narrator: newNarrator(c.Setup.VRID, c.Setup.Addresses), began: time.Now(),
		audited: c.Setup.Addresses[:1],
	}
	var err error
	if s.tap, err = c.StartTap(TapOptions{}); err != nil {
		return nil, err
	}
	if s.watcher, err = c.StartWatcher(); err != nil {
		return nil, err
	}
	return s, nil
}

// startProbes starts a client that asks for every address with echo requests.
func (s *stage) startProbes() error {
	for _, a := range s.cluster.Setup.Addresses {
		if a.IsLinkLocalUnicast() {
			continue // it moves with the others, and a client reaches it only by naming its own interface
		}
		p, err := s.cluster.Client.StartProbe(ProbeOptions{Target: a})
		if err != nil {
			return err
		}
		s.probes = append(s.probes, p)
	}
	s.replies = make([]int, len(s.probes))
	return nil
}

// startWebClients starts a client that asks for a page of every address; all of them are audited.
func (s *stage) startWebClients() {
	s.audited = s.cluster.Setup.Addresses
	for _, a := range s.audited {
		s.webs = append(s.webs, s.cluster.Client.StartWebClient(ProbeOptions{Target: a}))
	}
	s.pages = make([]int, len(s.webs))
}

// look takes in what the observers saw since the last time, and prints what is old enough to be in order.
func (s *stage) look(until time.Time) {
	frames, next := s.tap.frames.since(s.frames)
	s.frames = next
	for i := range frames {
		s.narrator.sawFrame(&frames[i])
	}
	changes, next := s.watcher.changes.since(s.changes)
	s.changes = next
	for _, c := range changes {
		s.narrator.sawChange(c)
	}
	for i, p := range s.probes {
		replies, next := p.replies.since(s.replies[i])
		s.replies[i] = next
		for _, t := range turns(replies, p.hostName, time.Time{}, until.Add(time.Hour)) {
			s.narrator.sawTurn(p.Target, t)
		}
	}
	for i, c := range s.webs {
		requests, next := c.requests.since(s.pages[i])
		s.pages[i] = next
		for _, r := range requests {
			s.narrator.sawRequest(c.Target, r)
		}
	}
	for _, n := range s.narrator.due(until) {
		s.narrator.apply(n)
		s.print(n.at, TonePlain, n.text)
	}
}

// say prints a line of the laboratory's own, after all that was seen before it.
func (s *stage) say(tone Tone, text string) {
	now := time.Now()
	s.look(now)
	s.print(now, tone, text)
}

// print prints a line with the marks as they stand.
func (s *stage) print(at time.Time, tone Tone, text string) {
	s.out.Print(Moment{After: at.Sub(s.began), Marks: s.marks(at), Tone: tone, Text: text})
}

// marks says how the nodes stand at a time that is just past.
func (s *stage) marks(at time.Time) []Mark {
	var marks []Mark
	for _, n := range s.cluster.Nodes {
		marks = append(marks, markOf(s.narrator.holders[n.Name], n.runningAt(at), n.cut()))
	}
	return marks
}

// wait tells what happens until done, and says whether that came before the deadline. The error is the context's.
func (s *stage) wait(ctx context.Context, what string, deadline time.Time, done func() bool) (bool, error) {
	began := time.Now()
	for {
		now := time.Now()
		s.look(now.Add(-reorder))
		if done() {
			return true, nil
		}
		if now.After(deadline) {
			return false, nil
		}
		s.out.Waiting(what, now.Sub(began))
		select {
		case <-ctx.Done():
			return false, ctx.Err()
		case <-time.After(pollInterval):
		}
	}
}
