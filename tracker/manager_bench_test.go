package tracker

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// instant is a probe that passes at once, and says at a certain number of checks that it is enough.
type instant struct {
	left   *atomic.Int64
	enough chan struct{}
}

func (p instant) check(context.Context) Result {
	if p.left.Add(-1) == 0 {
		close(p.enough)
	}
	return Result{OK: true, Text: "fine"}
}

func (p instant) close() {}

// BenchmarkManager runs 5,000 trackers at an interval of 1 s on the real clock. An operation is a check: its time is
// given by the interval, and what counts is the CPU time of the process for each.
func BenchmarkManager(b *testing.B) {
	var specs []Spec
	for i := range 5000 {
		specs = append(specs, spec(fmt.Sprint(i)))
	}
	var left atomic.Int64
	left.Store(int64(len(specs))) // the first round is not measured
	warm := make(chan struct{})
	p := &instant{&left, warm}
	m := New(Options{probe: func(Kind, func()) probe { return p }})
	ctx, end := context.WithCancel(b.Context())
	done := make(chan error)
	go func() { done <- m.Run(ctx) }()
	m.Configure(specs)
	<-warm
	p.enough = make(chan struct{})
	left.Store(int64(b.N))
	b.ReportAllocs()
	b.ResetTimer()
	before := processCPU(b)
	<-p.enough
	b.StopTimer()
	b.ReportMetric(float64(processCPU(b)-before)/float64(b.N), "cpu-ns/check")
	end()
	if err := <-done; err != nil {
		b.Error(err)
	}
}

// processCPU is the time that this process has used, in user and kernel mode (getrusage(2)).
func processCPU(b *testing.B) time.Duration {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
