package tracker

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aloft-ha/aloft/internal/logbook"
)

// fakeProbe answers what the test says. Its kind is a file, whose path is the name that the scene knows it by.
type fakeProbe struct {
	wake func()

	mu     sync.Mutex
	answer Result
	takes  time.Duration // to answer, unless its context ends before
	stuck  chan struct{} // it does not come back before this is closed, whatever its context says; nil: it does
	began  []time.Time   // when each check began
	inside int
	most   int // checks at once
	closed int
}

func (p *fakeProbe) check(ctx context.Context) Result {
	p.mu.Lock()
	p.began = append(p.began, time.Now())
	p.inside++
	p.most = max(p.most, p.inside)
	takes, stuck := p.takes, p.stuck
	p.mu.Unlock()
	r := p.wait(ctx, takes, stuck)
	p.mu.Lock()
	p.inside--
	p.mu.Unlock()
	return r
}

func (p *fakeProbe) wait(ctx context.Context, takes time.Duration, stuck chan struct{}) Result {
	if stuck != nil {
		<-stuck
	}
	if takes > 0 {
		select {
		case <-time.After(takes):
		case <-ctx.Done():
			return Result{Text: "ended by its context"}
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.answer
}

func (p *fakeProbe) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed++
}

// pass, fail and number set what it answers from now on.
func (p *fakeProbe) pass()            { p.set(Result{OK: true, Text: "fine"}) }
func (p *fakeProbe) fail(text string) { p.set(Result{Text: text}) }
func (p *fakeProbe) number(n int) {
	p.set(Result{OK: n == 0, Numeric: true, Value: n, Text: "a number"})
}

// slow makes it take so long to answer, stick not come back before release.
func (p *fakeProbe) slow(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.takes = d
}

func (p *fakeProbe) stick() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stuck = make(chan struct{})
}

func (p *fakeProbe) release() {
	p.mu.Lock()
	defer p.mu.Unlock()
	close(p.stuck)
	p.stuck = nil
}

// wakeUp asks for an early check, as a probe does that was told of a change.
func (p *fakeProbe) wakeUp() {
	p.mu.Lock()
	wake := p.wake
	p.mu.Unlock()
	wake()
}

func (p *fakeProbe) set(r Result) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answer = r
}

func (p *fakeProbe) checks() []time.Time {
	synctest.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.began)
}

// scene is a manager with fake probes in a bubble of testing/synctest.
type scene struct {
	t     *testing.T
	m     *Manager
	log   *logbook.Book
	start time.Time
	end   context.CancelFunc
	ended chan struct{}

	mu      sync.Mutex
	reports []string
	probes  map[string]*fakeProbe // of each path
}

// play runs a manager in a bubble until the test is over, and asserts that it leaves nothing behind.
func play(t *testing.T, test func(*testing.T, *scene)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t)
		test(t, s)
		s.stop()
		for path, p := range s.probes {
			if p.most > 1 {
				t.Errorf("%d checks of %s at once", p.most, path)
			}
			if p.closed != 1 || p.inside != 0 {
				t.Errorf("the probe of %s was closed %d times, and %d checks are out", path, p.closed, p.inside)
			}
		}
	})
}

func newScene(t *testing.T) *scene {
	s := &scene{
		t: t, log: &logbook.Book{}, start: time.Now(), ended: make(chan struct{}), probes: make(map[string]*fakeProbe),
	}
	s.m = New(Options{
		Log: slog.New(s.log),
		Report: func(st Status) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.reports = append(s.reports, tell(st))
		},
	})
	real := s.m.probe
	s.m.probe = func(k Kind, wake func()) probe {
		file, ok := k.(File)
		if !ok {
			return real(k, wake)
		}
		p := s.at(file.Path)
		p.mu.Lock()
		defer p.mu.Unlock()
		p.wake = wake
		return p
	}
	var ctx context.Context
	ctx, s.end = context.WithCancel(t.Context())
	go func() {
		defer close(s.ended)
		if err := s.m.Run(ctx); err != nil {
			t.Errorf("Run: %v", err)
		}
	}()
	return s
}

// tell is a status in short.
func tell(s Status) string {
	if s.Numeric {
		return s.Name + " " + s.State.String() + " number"
	}
	return s.Name + " " + s.State.String() + ": " + s.Text
}

// at is the probe of a path, which passes unless the test says otherwise.
func (s *scene) at(path string) *fakeProbe {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.probes[path] == nil {
		s.probes[path] = &fakeProbe{answer: Result{OK: true, Text: "fine"}}
	}
	return s.probes[path]
}

func (s *scene) stop() {
	s.end()
	<-s.ended
	synctest.Wait()
}

// spec is a tracker of a fake probe, checked every second.
func spec(name string, change ...func(*Spec)) Spec {
	s := Spec{Name: name, Kind: File{Path: name}, Interval: time.Second, Timeout: time.Second, Rise: 1, Fall: 1}
	for _, f := range change {
		f(&s)
	}
	return s
}

// The changes of a specification that the tests make.
func every(d time.Duration) func(*Spec)    { return func(s *Spec) { s.Interval = d } }
func looksAt(p string) func(*Spec)         { return func(s *Spec) { s.Kind = File{Path: p} } }
func falls(n int) func(*Spec)              { return func(s *Spec) { s.Fall = n } }
func rises(n int) func(*Spec)              { return func(s *Spec) { s.Rise = n } }
func initially(i Initial) func(*Spec)      { return func(s *Spec) { s.Initial = i } }
func timesOut(d time.Duration) func(*Spec) { return func(s *Spec) { s.Timeout = d } }
func damped(d time.Duration) func(*Spec)   { return func(s *Spec) { s.Damping = d } }

// want asserts what was reported since the last time.
func (s *scene) want(why string, reports ...string) {
	s.t.Helper()
	synctest.Wait()
	s.mu.Lock()
	got := s.reports
	s.reports = nil
	s.mu.Unlock()
	if diff := cmp.Diff(reports, got); diff != "" {
		s.t.Fatalf("%s: reports after %v (-want +got):\n%s", why, time.Since(s.start), diff)
	}
}

// quiet asserts that nothing is reported for so long.
func (s *scene) quiet(d time.Duration, why string) {
	s.t.Helper()
	time.Sleep(d)
	s.want(why)
}

// next waits for the next check of a path to be over, and returns when it began, counted from the start.
func (s *scene) next(path string) time.Duration {
	s.t.Helper()
	before := len(s.at(path).checks())
	for range 100_000 {
		time.Sleep(time.Millisecond)
		if all := s.at(path).checks(); len(all) > before {
			return all[before].Sub(s.start)
		}
	}
	s.t.Fatalf("no check of %s", path)
	return 0
}

// logged is the log so far.
func (s *scene) logged() []string {
	synctest.Wait()
	return s.log.Lines()
}

// status is what the manager says of one.
func (s *scene) status(name string) Status {
	s.t.Helper()
	synctest.Wait()
	for _, st := range s.m.Statuses() {
		if st.Name == name {
			return st
		}
	}
	s.t.Fatalf("no status of %s", name)
	return Status{}
}
