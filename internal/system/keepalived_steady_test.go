//go:build interop

package system_test

import (
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"
)

// unsteady is the pause of the machine from which on a figure of some milliseconds says nothing.
const unsteady = 5 * time.Millisecond

// steadily runs a scenario, and runs it again if it failed while the machine itself stood still: for longer than the
// limit, beyond which even the result must be another, since daemons that cannot run for as long as their timers last
// have to lose their addresses; or, if nothing but a figure was bad, for some milliseconds. It does so twice at most, and
// a failure on a machine that ran counts at once.
func steadily(t *testing.T, limit time.Duration, scenario func(t *attempt)) {
	t.Helper()
	const attempts = 3
	for i := range attempts {
		a := &attempt{TB: t}
		pulse := feelPulse()
		a.run(scenario)
		pause := pulse.stop()
		for _, line := range a.lines {
			t.Log(line)
		}
		excused := a.failed && pause > limit || !a.failed && a.slow && pause > unsteady
		switch {
		case !a.Failed():
			t.Logf("the machine stood still for %s at most", pause)
		case excused && i+1 < attempts:
			t.Logf("attempt %d does not count: the machine stood still for %s", i+1, pause)
			continue
		default:
			t.Errorf("failed, and the machine stood still for no more than %s", pause)
		}
		return
	}
}

// attempt is a test whose failure need not be one of the test that it belongs to.
type attempt struct {
	testing.TB

	mu       sync.Mutex
	failed   bool // a result is wrong
	slow     bool // a figure is bad
	lines    []string
	cleanups []func()
}

// run runs the scenario and then what it asked to have cleaned up, in a goroutine that it may end at any point.
func (a *attempt) run(scenario func(t *attempt)) {
	inGoroutine(func() { scenario(a) })
	for _, f := range slices.Backward(a.cleanups) {
		inGoroutine(f)
	}
}

// inGoroutine runs f in a goroutine and waits for its end.
func inGoroutine(f func()) {
	doneC := make(chan struct{})
	go func() {
		defer close(doneC)
		f()
	}()
	<-doneC
}

// Cleanup has f run at the end of the attempt.
func (a *attempt) Cleanup(f func()) { a.cleanups = append(a.cleanups, f) }

// Log keeps the line until it is known what becomes of the attempt.
func (a *attempt) Log(args ...any) { a.note(nil, fmt.Sprint(args...)) }

// Logf is Log with a format.
func (a *attempt) Logf(format string, args ...any) { a.note(nil, fmt.Sprintf(format, args...)) }

// Error fails the attempt.
func (a *attempt) Error(args ...any) { a.note(&a.failed, fmt.Sprint(args...)) }

// Errorf fails the attempt.
func (a *attempt) Errorf(format string, args ...any) { a.note(&a.failed, fmt.Sprintf(format, args...)) }

// Fatal fails the attempt and ends it.
func (a *attempt) Fatal(args ...any) {
	a.note(&a.failed, fmt.Sprint(args...))
	runtime.Goexit()
}

// Fatalf fails the attempt and ends it.
func (a *attempt) Fatalf(format string, args ...any) {
	a.note(&a.failed, fmt.Sprintf(format, args...))
	runtime.Goexit()
}

// Slow fails the attempt for a figure that a busy machine may be the reason of.
func (a *attempt) Slow(format string, args ...any) { a.note(&a.slow, fmt.Sprintf(format, args...)) }

// Failed says whether the attempt failed.
func (a *attempt) Failed() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.failed || a.slow
}

// note keeps a line, and sets the flag if there is one. A failure comes with the places that it comes from: where the
// check stands, and who asked for it.
func (a *attempt) note(flag *bool, text string) {
	const first, last = 2, 4 // above this method and the one that called it
	where := ""
	for i := last; flag != nil && i >= first; i-- {
		if _, file, line, ok := runtime.Caller(i); ok {
			where += fmt.Sprintf("%s:%d: ", filepath.Base(file), line)
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if flag != nil {
		*flag = true
	}
	a.lines = append(a.lines, where+text)
}

// pulse finds out how long the machine does not let a program run that wants to.
type pulse struct {
	stopC, doneC chan struct{}
	longest      time.Duration
}

// feelPulse starts a pulse.
func feelPulse() *pulse {
	p := &pulse{stopC: make(chan struct{}), doneC: make(chan struct{})}
	go p.beat()
	return p
}

// beat is the goroutine that wants to run every few milliseconds.
func (p *pulse) beat() {
	defer close(p.doneC)
	const beat = 5 * time.Millisecond
	for last := time.Now(); ; {
		select {
		case <-p.stopC:
			return
		case <-time.After(beat):
		}
		now := time.Now()
		p.longest = max(p.longest, now.Sub(last)-beat)
		last = now
	}
}

// stop ends the pulse and returns the longest pause.
func (p *pulse) stop() time.Duration {
	close(p.stopC)
	<-p.doneC
	return p.longest
}
