package conformance

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// casePatience bounds a case: the longest takes some 40 s in version 2.
const casePatience = 3 * time.Minute

// Options say what is run.
type Options struct {
	Drivers  []Driver
	Profiles []Profile
	Cases    []Case
	Only     func(Case, Profile) bool // which of them; nil: all
	Partner  Driver                   // the second daemon of a pair; nil: another of the one that is judged
	Parallel int                      // how many cases run at the same time, each in a LAN of its own
	Progress func(string, *Result)    // told of each result as it comes, with the daemon's name; may be nil
}

// DaemonReport is what became of all cases against one daemon.
type DaemonReport struct {
	Daemon  string    `json:"daemon"`
	Version string    `json:"version,omitempty"`
	Missing string    `json:"missing,omitempty"` // why it was not run
	Results []*Result `json:"results,omitempty"`
}

// Failed returns the results of failed cases.
func (r *DaemonReport) Failed() (list []*Result) {
	for _, x := range r.Results {
		if x.Verdict == Fail {
			list = append(list, x)
		}
	}
	return list
}

// Run runs the cases against each daemon, one daemon after the other, and returns a report on each. A daemon that is not
// installed is one that says so. The error is the laboratory's or the context's, never a daemon's.
func Run(ctx context.Context, o Options) ([]*DaemonReport, error) {
	var all []*DaemonReport
	for _, d := range o.Drivers {
		r := &DaemonReport{Daemon: d.Traits().Name}
		all = append(all, r)
		var err error
		if r.Version, err = d.Version(); err != nil {
			if !errors.Is(err, ErrNotInstalled) {
				return all, err
			}
			r.Missing = err.Error()
			continue
		}
		if err := o.runAll(ctx, d, r); err != nil {
			return all, err
		}
	}
	return all, ctx.Err()
}

// job is a case to be run in a profile.
type job struct {
	c Case
	p Profile
	x *Result
}

// runAll runs all cases against a daemon. The last profile comes first: version 2 takes longest.
func (o *Options) runAll(ctx context.Context, d Driver, r *DaemonReport) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var jobs []job
	for _, p := range o.Profiles {
		for _, c := range o.Cases {
			if len(c.points(p)) > 0 && (o.Only == nil || o.Only(c, p)) {
				jobs = append(jobs, job{c, p, &Result{Case: c.ID, Title: c.Title, Profile: p.String()}})
				r.Results = append(r.Results, jobs[len(jobs)-1].x)
			}
		}
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	free := make(chan struct{}, max(o.Parallel, 1))
	for _, j := range slices.Backward(jobs) {
		free <- struct{}{}
		if ctx.Err() != nil {
			break
		}
		wg.Go(func() {
			defer func() { <-free }()
			if err := o.try(ctx, d, j.c, j.p, j.x); err != nil {
				cancel(fmt.Errorf("case %s of %s: %w", j.c.ID, j.p, err))
			}
			if o.Progress != nil {
				mu.Lock()
				defer mu.Unlock()
				o.Progress(r.Daemon, j.x)
			}
		})
	}
	wg.Wait()
	return context.Cause(ctx)
}

// try runs a case, and once more if it fails: on a busy machine something may be late once.
func (o *Options) try(ctx context.Context, d Driver, c Case, p Profile, x *Result) error {
	began := time.Now()
	defer func() { x.Seconds = time.Since(began).Round(time.Millisecond).Seconds() }()
	for x.Tries < 2 && x.Verdict != Pass && x.Verdict != Differs && x.Verdict != Cannot {
		x.Tries++
		for _, p := range x.Points {
			if p.Verdict == Fail {
				x.Again = append(x.Again, p.ID+": "+p.Note)
			}
		}
		if err := o.runOnce(ctx, d, c, p, x); err != nil {
			return err
		}
	}
	return nil
}

// runOnce runs a case in a new LAN.
func (o *Options) runOnce(ctx context.Context, d Driver, c Case, p Profile, x *Result) (err error) {
	drivers := map[string]Driver{subject: d}
	if c.Pair {
		drivers[partner] = d
		if o.Partner != nil {
			drivers[partner] = o.Partner
		}
	}
	l, err := newLAN(p, drivers)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.close()) }()
	x.Points = execute(ctx, l, c, p, drivers)
	x.Verdict = fold(x.Points)
	return ctx.Err()
}

// execute runs a case in a rig and returns what became of its points.
func execute(ctx context.Context, r rig, c Case, p Profile, drivers map[string]Driver) []PointResult {
	ctx, cancel := context.WithTimeout(ctx, casePatience)
	defer cancel()
	b := &Bench{Profile: p, rig: r, ctx: ctx, driver: drivers[subject], partner: drivers[partner], points: make(map[string]string)}
	err := c.run(b)
	var list []PointResult
	for _, x := range c.points(p) {
		list = append(list, b.result(x, err))
	}
	return list
}

// result is what became of a point, where the case ended with an error or not.
func (b *Bench) result(x Point, err error) PointResult {
	r := PointResult{ID: x.ID, Rule: x.Sections.in(b.Profile) + ": " + x.Rule}
	problem, judged := b.points[x.ID]
	var cannot errCannot
	switch {
	case !judged && errors.As(err, &cannot):
		r.Verdict, r.Note = Cannot, cannot.Error()
	case !judged && err != nil:
		r.Verdict, r.Note = Fail, "not reached: "+err.Error()
	case !judged:
		r.Verdict, r.Note = Fail, "not reached"
	case problem == "":
		r.Verdict = Pass
	default:
		r.Verdict, r.Note = Fail, problem
		if why := b.driver.Traits().Differs[x.Deviation]; x.Deviation != "" && why != "" {
			r.Verdict, r.Note = Differs, problem+": "+why
		}
	}
	return r
}
