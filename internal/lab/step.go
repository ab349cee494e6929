package lab

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// step is one deed of the story and what is expected of it.
type step struct {
	name, deed string
	do         func() error
	starts     []*Node // whose daemons the deed starts
	stops      *Node   // whose daemon it ends

	successor *Node         // who is to be Active
	departing *Node         // who may be Active beside it for a moment; nil: nobody
	limit     time.Duration // how long to wait for the successor's first advert

	// alone is how long after the first advert the departing one may still hold the address; or after the deed.
	alone         time.Duration
	aloneFromDeed bool
	quiet         time.Duration // how long the successor is then watched holding it alone; 0: a down interval

	expect    string        // in words
	gapLimit  time.Duration // what the client may see; 0: anything
	silence   time.Duration // the successor's first advert comes this long after the last one of the departing; 0: any
	tookLimit time.Duration // how long it may take; 0: any
	tookAlone bool          // it is done when the successor alone holds the address, not with the first advert
	noClient  bool          // there was no answer before, so the client's gap means nothing
	// countFailed says that the client asks for pages, whose failures are counted and lasted no longer than gapLimit.
	countFailed bool
	stays       bool // the successor is Active already, and nothing is to move
}

// outcome is what was seen of a step.
type outcome struct {
	deed    time.Time
	last    time.Time // the departing one's last advert before the deed; zero if there was none
	first   time.Time // the successor's first advert after the deed; zero if it never came
	alone   time.Time // since when the successor alone held the address; zero if it never did
	quiet   bool      // and held it alone, as long as it was watched
	end     time.Time
	gap     Gap      // the longest of all addresses
	failed  failures // of all addresses
	rivals  []string // who else advertised
	crashed []string // whose daemon ended though nobody stopped it
	exited  bool     // the stopped daemon ended
}

// perform does the deed, tells what happens and judges it. The error is the context's or that of the deed.
func (s *story) perform(ctx context.Context, st step) (StepReport, error) {
	s.out.Blank()
	for _, n := range st.starts {
		s.narrator.started(n.Name)
		s.wanted[n] = true
	}
	if st.stops != nil {
		s.wanted[st.stops] = false
	}
	s.say(ToneDeed, st.deed)
	o := outcome{deed: time.Now()}
	if err := st.do(); err != nil {
		return StepReport{}, err
	}
	for _, n := range s.cluster.Nodes {
		s.narrator.setCut(n.Name, n.cut())
	}
	if err := s.observe(ctx, st, &o); err != nil {
		return StepReport{}, err
	}
	r := judge(st, o)
	s.sum(st, o, r)
	return r, nil
}

// observe waits for what the step is to bring about, and measures it.
func (s *story) observe(ctx context.Context, st step, o *outcome) error {
	vrid := s.cluster.Setup.VRID
	if st.departing != nil {
		if f, ok := s.tap.Last(o.deed, ActiveAdvert(st.departing.Name, vrid)); ok {
			o.last = f.At
		}
	}
	sees := func() bool {
		first := s.tap.Frames(func(f *Frame) bool {
			return !f.At.Before(o.deed) && ActiveAdvert(st.successor.Name, vrid)(f)
		})
		if len(first) > 0 {
			o.first = first[0].At
		}
		return len(first) > 0 || s.crashed() != nil
	}
	if _, err := s.wait(ctx, fmt.Sprintf("waiting for %s", st.successor.Name), o.deed.Add(st.limit), sees); err != nil {
		return err
	}
	if !o.first.IsZero() {
		if err := s.observeHolding(ctx, st, o); err != nil {
			return err
		}
	}
	return s.observeEnd(ctx, st, o)
}

// observeHolding waits until the successor alone holds the address, and then for a quiet time.
func (s *story) observeHolding(ctx context.Context, st step, o *outcome) error {
	deadline := o.first.Add(st.alone)
	if st.aloneFromDeed {
		deadline = o.deed.Add(st.alone)
	}
	ok, err := s.wait(ctx, fmt.Sprintf("waiting until %s alone holds it", st.successor.Name), deadline, func() bool {
		o.alone = s.aloneSince(st.successor.Name, o.deed)
		return !o.alone.IsZero()
	})
	if err != nil || !ok {
		return err
	}
	// The tenures of those that are off the switch do not count.
	quiet := st.quiet
	if quiet == 0 {
		quiet = s.cluster.Setup.DownInterval(len(s.cluster.Nodes)-1) + lateTolerance
	}
	until := o.alone.Add(quiet)
	_, err = s.wait(ctx, "a quiet moment", until.Add(time.Second), func() bool { return time.Now().After(until) })
	if err != nil {
		return err
	}
	o.quiet = s.heldAlone(st.successor.Name, o.alone, until)
	return nil
}

// observeEnd waits for the end of a stopped daemon and measures the rest.
func (s *story) observeEnd(ctx context.Context, st step, o *outcome) error {
	o.exited = true
	if st.stops != nil {
		var err error
		o.exited, err = s.wait(ctx, fmt.Sprintf("waiting for the end of %s", st.stops.Name), o.deed.Add(exitTime),
			func() bool { return !st.stops.Running() })
		if err != nil {
			return err
		}
	}
	o.end = time.Now().Add(-reorder) // what was asked just now may still be answered
	for _, p := range s.probes {
		if g := p.Gap(o.deed, o.end); g.Outage() >= o.gap.Outage() {
			o.gap = g
		}
	}
	for _, c := range s.webs {
		if g := c.Gap(o.deed, o.end); g.Outage() >= o.gap.Outage() {
			o.gap = g
		}
		o.failed.add(c.Failed(o.deed, o.end))
	}
	o.rivals = s.rivals(st, o)
	o.crashed = s.crashed()
	return nil
}

// rivals returns who advertised during the step, apart from those who should.
func (s *story) rivals(st step, o *outcome) []string {
	var names []string
	for _, f := range s.tap.Frames((*Frame).Advertises) {
		expected := f.Port == st.successor.Name || st.departing != nil && f.Port == st.departing.Name
		if !f.At.Before(o.deed) && !expected && !slices.Contains(names, f.Port) {
			names = append(names, f.Port)
		}
	}
	return names
}

// crashed returns the nodes whose daemon has ended though nobody ended it.
func (s *story) crashed() []string {
	var names []string
	for _, n := range s.cluster.Nodes {
		if s.wanted[n] && !n.Running() {
			names = append(names, n.Name)
		}
	}
	return names
}

// sum prints what the client saw and what was not as expected.
func (s *story) sum(st step, o outcome, r StepReport) {
	if o.quiet {
		s.say(ToneFaint, fmt.Sprintf("%s alone has held it for %.1f s", st.successor.Name, o.end.Sub(o.alone).Seconds()))
	}
	tone := ToneGood
	if !r.OK {
		tone = ToneBad
	}
	if r.Gap != nil {
		text := fmt.Sprintf("the client's longest time without %s: %s", s.asksFor(), r.Gap)
		if st.gapLimit > 0 {
			text += fmt.Sprintf(" (expected: under %d ms)", st.gapLimit.Milliseconds())
		}
		if o.gap.Outage() < o.gap.Duration() {
			text += fmt.Sprintf("; not counted: %s in which this busy machine did not run the probe", Millis(o.gap.Starved))
		}
		s.say(tone, text)
	}
	if r.Failed != nil && o.failed.count > 0 {
		s.say(tone, fmt.Sprintf("%d of the client's requests failed, the last one %s after the first", o.failed.count, Millis(o.failed.span())))
	}
	if len(r.Problems) > 0 {
		s.say(ToneBad, "FAILED: "+strings.Join(r.Problems, "; "))
	}
}

// asksFor says what the client waits for.
func (s *stage) asksFor() string {
	if len(s.webs) > 0 {
		return "a page"
	}
	return "an answer"
}

// aloneSince returns since when the host has been the only one to hold the address, but no time before from; zero if
// it is not.
func aloneSince(all []Tenure, host string, from time.Time) time.Time {
	since := time.Time{}
	for _, t := range all {
		switch {
		case !t.To.IsZero():
		case t.Host != host:
			return time.Time{} // another holds it
		default:
			since = t.From
		}
	}
	if since.IsZero() {
		return since
	}
	for _, t := range all {
		if t.Host != host {
			since = latest(since, t.To)
		}
	}
	return latest(since, from)
}

// latest returns the later of two times.
func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
