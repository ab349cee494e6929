package tracker

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestScriptsAreRunByTheCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		script := Script{Argv: []string{"/usr/lib/aloft/check-haproxy", "--quick"}, User: "nobody"}
		var runs []Script
		var ended []error
		var told []Status
		m := New(Options{
			Run: func(ctx context.Context, s Script) Result {
				runs = append(runs, s)
				if len(runs) > 1 {
					<-ctx.Done()
					ended = append(ended, ctx.Err())
					return Result{Text: "ended after 2s without an answer"}
				}
				return Result{OK: true, Text: "exit status 0"}
			},
			Report: func(s Status) { told = append(told, s) },
		})
		m.Configure([]Spec{spec("a", func(s *Spec) { s.Kind = script }, timesOut(2*time.Second), every(10*time.Second))})
		ctx, end := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- m.Run(ctx) }()
		time.Sleep(17 * time.Second)
		end()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
		if diff := cmp.Diff([]Script{script, script}, runs); diff != "" {
			t.Errorf("runs (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"exit status 0", "ended after 2s without an answer"}, []string{told[0].Text, told[1].Text}); diff != "" {
			t.Errorf("reports (-want +got):\n%s", diff)
		}
		if len(ended) != 1 || ended[0] != context.DeadlineExceeded {
			t.Errorf("contexts ended with %v", ended)
		}
	})
}

func TestWhatNobodyCanLookAtFails(t *testing.T) {
	m := New(Options{})
	p := m.newProbe(Systemd{Unit: "haproxy.service"}, func() {})
	defer p.close()
	if got, want := p.check(t.Context()), (Result{Text: "trackers of the kind systemd are not supported"}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
