package systemd

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
)

const unit = "haproxy.service"

func newBus(t *testing.T) *Bus {
	t.Helper()
	b := New()
	t.Cleanup(b.Close)
	return b
}

func (b *Bus) wantState(t *testing.T, why, want string) {
	t.Helper()
	if got, err := b.ActiveState(t.Context(), unit); got != want || err != nil {
		t.Errorf("%s: got %q, %v, want %q", why, got, err, want)
	}
}

func TestActiveState(t *testing.T) {
	f, b := newFakeBus(t), newBus(t)
	if got := f.took(); got != "" {
		t.Errorf("before the first question: %s", got)
	}
	f.units[unit] = "active"
	b.wantState(t, "first", "active")
	if got, want := f.took(), "Hello LoadUnit Get"; got != want {
		t.Errorf("asked %q, want %q", got, want)
	}
	b.wantState(t, "again", "active")
	if got, want := f.took(), "Get"; got != want {
		t.Errorf("asked %q, want %q", got, want)
	}
	for _, state := range []string{"failed", "reloading", "inactive", "maintenance"} {
		f.set(func(f *fakeBus) { f.units[unit] = state })
		b.wantState(t, "changed", state)
	}
	_, err := b.ActiveState(t.Context(), "haprxy.service")
	wantError(t, "no unit", err, "there is no unit haprxy.service")
	if !errors.Is(err, ErrNoUnit) {
		t.Errorf("%v is not ErrNoUnit", err)
	}
}

func TestConnectionIsMadeAgain(t *testing.T) {
	f, b := newFakeBus(t), newBus(t)
	f.units[unit] = "active"
	b.wantState(t, "first", "active")
	f.hangUp()
	b.wantState(t, "after a loss", "active")
	path := f.listener.Addr().String()
	f.stop()
	_, err := b.ActiveState(t.Context(), unit)
	wantError(t, "no bus", err, "systemd does not answer: dial unix "+path+": connect: no such file or directory")
	f.listen(path)
	b.wantState(t, "the bus is back", "active")
	b.Close()
	_, err = b.ActiveState(t.Context(), unit)
	wantError(t, "closed", err, "systemd does not answer: aloft has closed its connection")
	wantError(t, "closed", b.Start(t.Context(), unit), "systemd does not answer: aloft has closed its connection")
}

func TestRefusals(t *testing.T) {
	f, b := newFakeBus(t), newBus(t)
	for name, want := range map[string]string{
		"org.freedesktop.systemd1.NoSuchUnit":           "there is no unit haproxy.service",
		"org.freedesktop.DBus.Error.ServiceUnknown":     "systemd does not answer: it is not on the bus",
		"org.freedesktop.DBus.Error.NoReply":            "systemd does not answer: why",
		"org.freedesktop.DBus.Error.AccessDenied":       "systemd does not allow it for haproxy.service: why; run aloft as root, or allow its user in polkit",
		"org.freedesktop.DBus.Error.InvalidArgs":        "systemd says of haproxy.service: why",
		"org.freedesktop.systemd1.TransactionIsInvalid": "systemd says of haproxy.service: why",
	} {
		f.set(func(f *fakeBus) { f.refuse = &dbus.Error{Name: name, Body: []any{"why"}} })
		_, err := b.ActiveState(t.Context(), unit)
		wantError(t, name, err, want)
		wantError(t, name, b.Start(t.Context(), unit), want)
	}
}

// TestSilenceEndsWithTheContext: of a bus that accepts and says nothing, and of one that stops to answer.
func TestSilenceEndsWithTheContext(t *testing.T) {
	f, b := newFakeBus(t), newBus(t)
	f.units[unit] = "active"
	brief := func() error {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		_, err := b.ActiveState(ctx, unit)
		return err
	}
	f.deaf = true
	wantError(t, "at Hello", brief(), "systemd does not answer in time")
	f.set(func(f *fakeBus) { f.deaf = false })
	b.wantState(t, "it answers again", "active")
	f.set(func(f *fakeBus) { f.deaf = true })
	wantError(t, "at Get", brief(), "systemd does not answer in time")
	f.took()
	f.set(func(f *fakeBus) { f.deaf = false })
	b.wantState(t, "it answers again", "active")
	if got, want := f.took(), "LoadUnit Get"; got != want {
		t.Errorf("asked %q, want %q: a late answer is no reason to connect again", got, want)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := b.ActiveState(ctx, unit)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want that it was cancelled", err)
	}
}

// TestBusThatReadsNothing: a call is ended while it is written, too.
func TestBusThatReadsNothing(t *testing.T) {
	f, b := newFakeBus(t), newBus(t)
	f.units[unit] = "active"
	b.wantState(t, "first", "active")
	f.mu.Lock() // the fake stops in the middle of an answer
	var wait sync.WaitGroup
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	for range 50 {
		wait.Go(func() {
			for ctx.Err() == nil {
				brief, cancel := context.WithTimeout(ctx, time.Millisecond)
				if _, err := b.ActiveState(brief, unit); err == nil {
					t.Error("it answered")
				}
				cancel()
			}
		})
	}
	wait.Wait()
	f.mu.Unlock()
	b.wantState(t, "it reads again", "active")
}

// TestSocketThatSaysNothing accepts, and does not even log in.
func TestSocketThatSaysNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bus")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	t.Setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path="+path)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err = newBus(t).ActiveState(ctx, unit)
	wantError(t, "login", err, "systemd does not answer in time")
}

func TestManyAskAtOnce(t *testing.T) {
	f, b := newFakeBus(t), newBus(t)
	for i := range 100 {
		f.units[fmt.Sprintf("u%d.service", i)] = fmt.Sprintf("state-%d", i)
	}
	var wait sync.WaitGroup
	for i := range 100 {
		wait.Go(func() {
			for range 5 {
				got, err := b.ActiveState(t.Context(), fmt.Sprintf("u%d.service", i))
				if want := fmt.Sprintf("state-%d", i); got != want || err != nil {
					t.Errorf("got %q, %v, want %q", got, err, want)
				}
			}
			if err := b.Start(t.Context(), unit); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
}

// TestSystemdItself is the private socket: no Hello, no rules, no senders.
func TestSystemdItself(t *testing.T) {
	f := newFakeBus(t)
	f.units[unit] = "active"
	c, err := dial(t.Context(), "tcp:host=localhost;"+f.address, true)
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	if got, err := c.activeState(t.Context(), unit); got != "active" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	if got, want := f.took(), "LoadUnit Get"; got != want {
		t.Errorf("asked %q, want %q", got, want)
	}
}

func TestSocketName(t *testing.T) {
	for address, want := range map[string]string{
		"unix:path=/run/dbus/system_bus_socket": "/run/dbus/system_bus_socket",
		"unix:path=/run/a%20b,guid=12":          "/run/a b",
		"unix:guid=12,abstract=/tmp/x":          "@/tmp/x",
		"unix:path=":                            "",
		"unix:path=/a%zz":                       "",
		"unix:tmpdir=/tmp":                      "",
		"tcp:host=127.0.0.1,port=4242":          "",
		"unixexec:path=/bin/true":               "",
		"":                                      "",
	} {
		got, err := socketName(address)
		if got != want || (err != nil) != (want == "") {
			t.Errorf("%q: got %q, %v, want %q", address, got, err, want)
		}
	}
}
