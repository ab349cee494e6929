package engine

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing/synctest"

	"github.com/aloft-ha/aloft/vrrp"
)

// logbook keeps log records. As the daemon's queue does, it looks at them only later.
type logbook struct {
	mu      sync.Mutex
	records []slog.Record
}

// Enabled implements slog.Handler.
func (b *logbook) Enabled(context.Context, slog.Level) bool { return true }

// Handle implements slog.Handler.
func (b *logbook) Handle(_ context.Context, r slog.Record) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.records = append(b.records, r.Clone())
	return nil
}

// WithAttrs implements slog.Handler; the engine has no use for it.
func (b *logbook) WithAttrs([]slog.Attr) slog.Handler { panic("not used") }

// WithGroup implements slog.Handler; the engine has no use for it.
func (b *logbook) WithGroup(string) slog.Handler { panic("not used") }

// entry is a log record as text.
type entry struct {
	level   slog.Level
	message string
	attrs   map[string]string
}

// entries returns the records of a message, with all these attributes given as "key=value".
func (b *logbook) entries(message string, attrs ...string) (list []entry) {
	synctest.Wait()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, r := range b.records {
		if r.Message != message {
			continue
		}
		e := entry{level: r.Level, message: r.Message, attrs: make(map[string]string)}
		r.Attrs(func(a slog.Attr) bool {
			e.attrs[a.Key] = a.Value.String()
			return true
		})
		if e.has(attrs) {
			list = append(list, e)
		}
	}
	return list
}

func (e entry) has(attrs []string) bool {
	for _, want := range attrs {
		key, value, _ := strings.Cut(want, "=")
		if e.attrs[key] != value {
			return false
		}
	}
	return true
}

// state returns the state that a router logged last, and the reason.
func (b *logbook) state(router string) (to, reason, fault string) {
	all := b.entries("state", "router="+router)
	if len(all) == 0 {
		return vrrp.Initialize.String(), "", ""
	}
	last := all[len(all)-1]
	return last.attrs["to"], last.attrs["reason"], last.attrs["fault"]
}

// wantState compares the state and why it was entered; ReasonNone: whatever the reason.
func (h *host) wantState(why, router string, want vrrp.State, reason vrrp.Reason) {
	h.lan.t.Helper()
	to, because, fault := h.log.state(router)
	if to != want.String() || (reason != vrrp.ReasonNone && because != reason.String()) {
		h.lan.t.Fatalf("%s: %s on %s is %s (%s %s), want %v (%v)", why, router, h.name, to, because, fault, want, reason)
	}
}

// wantFault asserts that the router is in Initialize with this fault.
func (h *host) wantFault(why, router string, want vrrp.Fault) {
	h.lan.t.Helper()
	to, because, fault := h.log.state(router)
	if to != vrrp.Initialize.String() || because != vrrp.ReasonFault.String() || fault != want.String() {
		h.lan.t.Fatalf("%s: %s on %s is %s (%s %s), want a fault: %v", why, router, h.name, to, because, fault, want)
	}
}

// wantLog asserts how often something was logged.
func (h *host) wantLog(why string, times int, message string, attrs ...string) {
	h.lan.t.Helper()
	if got := len(h.log.entries(message, attrs...)); got != times {
		h.lan.t.Fatalf("%s: %s logged %q %v %d times, want %d", why, h.name, message, attrs, got, times)
	}
}
