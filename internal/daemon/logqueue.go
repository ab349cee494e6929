package daemon

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"
)

// logLength is how many log records may wait for a slow reader of the log before further ones are counted and lost.
const logLength = 4096

// logQueue lets the engine log without waiting for whoever reads the log: a terminal that was stopped, a full pipe, a
// slow disk. Records are written by the goroutine of run.
type logQueue struct {
	records chan logRecord
	lost    atomic.Uint64
}

type logRecord struct {
	to     slog.Handler
	record slog.Record
}

func newLogQueue() *logQueue { return &logQueue{records: make(chan logRecord, logLength)} }

// lastWords is how long the daemon's end waits for the reader of its log.
const lastWords = 2 * time.Second

// start begins to write, and returns what ends it: it waits until everything is written, but not for ever, since a
// reader that has stopped must not keep the process.
func (q *logQueue) start() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		q.run(ctx)
	}()
	return func() {
		cancel()
		select {
		case <-done:
		case <-time.After(lastWords):
		}
	}
}

// run writes what comes, and at the end of ctx what is left.
func (q *logQueue) run(ctx context.Context) {
	for {
		select {
		case r := <-q.records:
			q.write(r)
		case <-ctx.Done():
			q.drain()
			return
		}
	}
}

func (q *logQueue) drain() {
	for {
		select {
		case r := <-q.records:
			q.write(r)
		default:
			return
		}
	}
}

func (q *logQueue) write(r logRecord) {
	if n := q.lost.Swap(0); n > 0 {
		note := slog.NewRecord(time.Now(), slog.LevelWarn, "log records lost", 0)
		note.Add("count", n)
		_ = r.to.Handle(context.Background(), note)
	}
	// Where a log cannot be written there is nobody to tell.
	_ = r.to.Handle(context.Background(), r.record)
}

// handler returns a handler that queues for to.
func (q *logQueue) handler(to slog.Handler) slog.Handler { return queued{q: q, to: to} }

// queued is the slog.Handler of a logQueue.
type queued struct {
	q  *logQueue
	to slog.Handler
}

// Enabled is slog.Handler's.
func (h queued) Enabled(ctx context.Context, l slog.Level) bool { return h.to.Enabled(ctx, l) }

// Handle is slog.Handler's. It never waits.
func (h queued) Handle(_ context.Context, r slog.Record) error {
	select {
	case h.q.records <- logRecord{to: h.to, record: r.Clone()}:
	default:
		h.q.lost.Add(1)
	}
	return nil
}

// WithAttrs is slog.Handler's.
func (h queued) WithAttrs(attrs []slog.Attr) slog.Handler { return queued{h.q, h.to.WithAttrs(attrs)} }

// WithGroup is slog.Handler's.
func (h queued) WithGroup(name string) slog.Handler { return queued{h.q, h.to.WithGroup(name)} }
