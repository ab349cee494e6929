// Package logbook is a log that tests read. Nothing but tests imports it.
package logbook

import (
	"context"
	"log/slog"
	"slices"
	"sync"
)

// Book is a [slog.Handler] that keeps records of level Info and above as lines: level, message, attributes as key=value.
// What a logger was given by With is left out. The zero value is an empty book; any goroutine may write and read.
type Book struct {
	// Before is called before each record is kept, by whoever logs: a reader of the log that is slow, or stuck. Nil: none.
	Before func()

	mu    sync.Mutex
	lines []string
}

// Lines returns a copy of what has been kept so far.
func (b *Book) Lines() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.lines)
}

// Enabled is slog.Handler's.
func (b *Book) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelInfo }

// Handle is slog.Handler's.
func (b *Book) Handle(_ context.Context, r slog.Record) error {
	if b.Before != nil {
		b.Before()
	}
	line := r.Level.String() + " " + r.Message
	r.Attrs(func(a slog.Attr) bool {
		line += " " + a.String()
		return true
	})
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lines = append(b.lines, line)
	return nil
}

// WithAttrs is slog.Handler's.
func (b *Book) WithAttrs([]slog.Attr) slog.Handler { return b }

// WithGroup is slog.Handler's.
func (b *Book) WithGroup(string) slog.Handler { return b }
