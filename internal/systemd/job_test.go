package systemd

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

func TestJobs(t *testing.T) {
	f, b := newFakeBus(t), newBus(t)
	for result, want := range map[string]string{
		"done":       "<nil>",
		"failed":     "haproxy.service was not %s: it failed; see systemctl status haproxy.service",
		"timeout":    "haproxy.service was not %s: it took longer than its unit allows; see systemctl status haproxy.service",
		"canceled":   "haproxy.service was not %s: another job took the place of this one; see systemctl status haproxy.service",
		"dependency": "haproxy.service was not %s: a unit that it depends on failed; see systemctl status haproxy.service",
		"skipped":    "haproxy.service was not %s: its state does not allow it; see systemctl status haproxy.service",
		"frozen":     "haproxy.service was not %s: the job ended as frozen; see systemctl status haproxy.service",
	} {
		f.set(func(f *fakeBus) { f.result = result })
		wantError(t, result, b.Start(t.Context(), unit), strings.ReplaceAll(want, "%s", "started"))
		wantError(t, result, b.Stop(t.Context(), unit), strings.ReplaceAll(want, "%s", "stopped"))
	}
}

func TestJobIsWaitedForNoLongerThanTheContext(t *testing.T) {
	f, b := newFakeBus(t), newBus(t)
	f.result = ""
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	wantError(t, "it takes long", b.Stop(ctx, unit),
		"haproxy.service was not stopped in time; systemd still tries, see systemctl status haproxy.service")
	f.set(func(f *fakeBus) { f.deaf = true })
	ctx, cancel = context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	wantError(t, "nothing answers", b.Stop(ctx, unit), "systemd does not answer in time")
}

func TestConnectionIsLostDuringAJob(t *testing.T) {
	f, b := newFakeBus(t), newBus(t)
	f.result = ""
	done := make(chan error)
	go func() { done <- b.Start(t.Context(), unit) }()
	select {
	case <-f.given:
	case <-time.After(10 * time.Second):
		t.Fatal("no job was given")
	}
	f.hangUp()
	select {
	case err := <-done:
		// Whether the answer to StartUnit was read already decides what is said of the loss.
		if silent := (&noAnswer{}); !errors.As(err, &silent) {
			t.Errorf("got %v, want that systemd does not answer", err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("Start goes on")
	}
}
