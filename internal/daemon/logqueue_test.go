package daemon

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aloft-ha/aloft/internal/logbook"
)

// runQueue runs a queue; the returned function ends it and waits.
func runQueue(q *logQueue) (end func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { q.run(ctx) })
	return func() {
		cancel()
		wg.Wait()
	}
}

func TestLogQueueKeepsTheOrderAndDrainsAtTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, r := newLogQueue(), &logbook.Book{Before: func() { time.Sleep(time.Second) }} // a slow reader, in virtual time
		end := runQueue(q)
		log := slog.New(q.handler(r))
		for i := range 100 {
			log.Info("line", "n", i)
		}
		began := time.Now()
		log.Debug("not enabled")
		if waited := time.Since(began); waited > 0 {
			t.Errorf("logging waited %v for a slow reader", waited)
		}
		end()
		var want []string
		for i := range 100 {
			want = append(want, fmt.Sprintf("INFO line n=%d", i))
		}
		if got := r.Lines(); !slices.Equal(got, want) {
			t.Errorf("got %d lines, want 100 in order: %q", len(got), got)
		}
	})
}

func TestLogQueueNeverWaitsAndCountsWhatIsLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stuck := make(chan struct{})
		q, r := newLogQueue(), &logbook.Book{Before: func() { <-stuck }}
		end := runQueue(q)
		log := slog.New(q.handler(r))
		log.Info("first")
		synctest.Wait() // the reader is stuck with it
		const lost = 17
		for i := range logLength + lost {
			log.Info("line", "n", i)
		}
		close(stuck)
		end()
		got := r.Lines()
		if len(got) != 1+1+logLength {
			t.Fatalf("%d lines, want the first, a note, and %d", len(got), logLength)
		}
		if note := fmt.Sprintf("WARN log records lost count=%d", lost); got[1] != note {
			t.Errorf("the second line is %q, want %q", got[1], note)
		}
		if last := fmt.Sprintf("INFO line n=%d", logLength-1); got[len(got)-1] != last {
			t.Errorf("the last line is %q, want %q", got[len(got)-1], last)
		}
		if n := strings.Count(strings.Join(got, "\n"), "lost"); n != 1 {
			t.Errorf("the loss is told %d times, want once", n)
		}
	})
}

func TestLogQueueTakesRecordsFromManyGoroutines(t *testing.T) {
	q, r := newLogQueue(), &logbook.Book{}
	end := runQueue(q)
	var writers sync.WaitGroup
	for w := range 8 {
		writers.Go(func() {
			log := slog.New(q.handler(r)).With("writer", w)
			for i := range 100 {
				log.Info("line", "n", i)
			}
		})
	}
	writers.Wait()
	end()
	if got := len(r.Lines()); got != 800 {
		t.Errorf("%d lines, want 800", got)
	}
}

func TestLogQueueKeepsAttributesAndGroups(t *testing.T) {
	var out bytes.Buffer
	q := newLogQueue()
	end := runQueue(q)
	text := slog.NewTextHandler(&out, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}})
	slog.New(q.handler(text)).With("router", "web").WithGroup("peer").Info("heard", "priority", 200)
	end()
	if got, want := out.String(), "level=INFO msg=heard router=web peer.priority=200\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A terminal that was stopped, or a full pipe, must not keep the process from ending.
func TestTheEndDoesNotWaitForAStuckReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stuck := make(chan struct{})
		q := newLogQueue()
		stop := q.start()
		slog.New(q.handler(&logbook.Book{Before: func() { <-stuck }})).Info("nobody reads this")
		began := time.Now()
		stop()
		if waited := time.Since(began); waited != lastWords {
			t.Errorf("waited %v, want %v", waited, lastWords)
		}
		close(stuck)
	})
}
