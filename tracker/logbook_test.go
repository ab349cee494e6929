package tracker

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing/synctest"
)

// logbook keeps log lines as text: level, message and attributes.
type logbook struct {
	mu    sync.Mutex
	lines []string
}

// Enabled implements slog.Handler.
func (b *logbook) Enabled(context.Context, slog.Level) bool { return true }

// Handle implements slog.Handler.
func (b *logbook) Handle(_ context.Context, r slog.Record) error {
	line := r.Level.String() + " " + r.Message
	r.Attrs(func(a slog.Attr) bool {
		line += " " + a.Key + "=" + a.Value.String()
		return true
	})
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lines = append(b.lines, line)
	return nil
}

// WithAttrs implements slog.Handler; the manager has no use for it.
func (b *logbook) WithAttrs([]slog.Attr) slog.Handler { panic("not used") }

// WithGroup implements slog.Handler; the manager has no use for it.
func (b *logbook) WithGroup(string) slog.Handler { panic("not used") }

// take returns the lines since the last time that are not only for debugging.
func (b *logbook) take() (lines []string) {
	synctest.Wait()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, l := range b.lines {
		if !strings.HasPrefix(l, "DEBUG") {
			lines = append(lines, l)
		}
	}
	b.lines = nil
	return lines
}
