package tracker

import (
	"context"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

// dice is a probe that passes and fails in a given order, and takes a while.
type dice struct {
	passes []bool
	n      *atomic.Int64 // checks of all
	open   *atomic.Int64 // probes that are not closed
}

func (d dice) check(ctx context.Context) Result {
	n := d.n.Add(1)
	select {
	case <-ctx.Done():
	case <-time.After(time.Duration(n%3) * 70 * time.Millisecond):
	}
	return Result{OK: d.passes[int(n)%len(d.passes)], Text: "rolled"}
}

func (d dice) close() { d.open.Add(-1) }

// reload runs a manager through configurations, so many milliseconds each.
func reload(t *testing.T, rt *rapid.T, configs [][]Spec, pauses []int, passes []bool) {
	synctest.Test(t, func(t *testing.T) {
		var checks, open atomic.Int64
		var m *Manager
		var mu sync.Mutex
		told := make(map[string]State) // as the reports have it
		m = New(Options{
			Report: func(s Status) {
				mu.Lock()
				defer mu.Unlock()
				if told[s.Name] == s.State {
					rt.Errorf("%s was reported %v twice", s.Name, s.State)
				}
				if m.trackers[s.Name] == nil {
					rt.Errorf("%s was reported, and is not configured", s.Name)
				}
				told[s.Name] = s.State
			},
			probe: func(Kind, func()) probe {
				open.Add(1)
				return dice{passes, &checks, &open}
			},
		})
		ctx, end := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- m.Run(ctx) }()
		for i, specs := range configs {
			m.Configure(specs)
			synctest.Wait()
			mu.Lock()
			maps.DeleteFunc(told, func(name string, _ State) bool {
				return !slices.ContainsFunc(specs, func(s Spec) bool { return s.Name == name })
			})
			mu.Unlock()
			time.Sleep(time.Duration(pauses[i]) * time.Millisecond)
			synctest.Wait()
			mu.Lock()
			for _, s := range m.Statuses() {
				if told[s.Name] != s.State {
					rt.Errorf("%s is %v, and was reported %v", s.Name, s.State, told[s.Name])
				}
			}
			mu.Unlock()
		}
		end()
		if err := <-ended; err != nil || open.Load() != 0 {
			rt.Errorf("the end: %v, and %d probes are open", err, open.Load())
		}
	})
}
