package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aloft-ha/aloft/internal/logbook"
)

// waits is a part that runs until it is told to end, and a little longer, in virtual time.
func waits(ended *int) func(context.Context) error {
	return func(ctx context.Context) error {
		<-ctx.Done()
		time.Sleep(time.Second)
		*ended++
		return nil
	}
}

func TestPartsRunUntilStopAndAreJoined(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newParts(func() { t.Error("the daemon is told to leave") }, slog.New(slog.DiscardHandler))
		first, second := 0, 0
		p.start("first", waits(&first))
		p.start("second", waits(&second))
		time.Sleep(time.Hour)
		synctest.Wait()
		if err := p.stop(); err != nil {
			t.Errorf("stop: %v", err)
		}
		if first != 1 || second != 1 {
			t.Error("a part was not waited for")
		}
	})
}

func TestPartThatFailsMakesTheDaemonLeave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ended, left := 0, atomic.Int32{}
		r := &logbook.Book{}
		p := newParts(func() { left.Add(1) }, slog.New(r))
		broken := errors.New("no such device")
		healthy := p.ctx
		p.start("healthy", waits(&ended))
		p.start("links", func(context.Context) error {
			time.Sleep(time.Minute)
			return broken
		})
		time.Sleep(time.Minute - 1)
		synctest.Wait()
		if left.Load() != 0 {
			t.Error("the daemon leaves too early")
		}
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		if left.Load() != 1 {
			t.Errorf("the daemon was told %d times to leave, want once", left.Load())
		}
		if healthy.Err() != nil {
			t.Error("the other parts are ended: the farewells need them")
		}
		err := p.stop()
		if !errors.Is(err, broken) || err.Error() != "links: no such device" {
			t.Errorf("stop: %v, want the part and its error", err)
		}
		if ended != 1 {
			t.Error("the other part was not waited for")
		}
		want := "ERROR part ended, so the daemon leaves part=links error=no such device"
		if got := r.Lines(); len(got) != 1 || got[0] != want {
			t.Errorf("logged %q, want %q", got, want)
		}
	})
}

func TestPartThatEndsBecauseItWasToldIsNoFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newParts(func() { t.Error("the daemon is told to leave") }, slog.New(slog.DiscardHandler))
		p.start("links", func(ctx context.Context) error {
			<-ctx.Done()
			return fmt.Errorf("reading: %w", ctx.Err())
		})
		if err := p.stop(); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
}

func TestPartsThatFailAreAllNamed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newParts(func() {}, slog.New(slog.DiscardHandler))
		one, two := errors.New("one"), errors.New("two")
		p.start("first", func(context.Context) error { return one })
		p.start("second", func(ctx context.Context) error { <-ctx.Done(); return two })
		if err := p.stop(); !errors.Is(err, one) || !errors.Is(err, two) {
			t.Errorf("stop: %v, want both", err)
		}
	})
}
