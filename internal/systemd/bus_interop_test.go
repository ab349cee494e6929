//go:build interop

package systemd

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
	"github.com/godbus/dbus/v5/prop"
)

// A private bus needs no privileges: whoever runs it may own names and is heard.
const daemonConfig = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <listen>unix:path=%s</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
`

// startDaemon runs Debian's dbus-daemon, and returns what ends it.
func startDaemon(t *testing.T, dir string) (stop func()) {
	t.Helper()
	file, socket := filepath.Join(dir, "bus.conf"), filepath.Join(dir, "bus")
	if err := os.WriteFile(file, fmt.Appendf(nil, daemonConfig, socket), 0o600); err != nil {
		t.Fatal(err)
	}
	_ = os.Remove(socket)
	cmd := exec.Command("dbus-daemon", "--config-file="+file, "--nofork", "--nopidfile", "--print-address")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("dbus-daemon, which .ci/install-peers installs: %v", err)
	}
	stop = sync.OnceFunc(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	t.Cleanup(stop)
	address, err := bufio.NewReader(out).ReadString('\n') // it listens when it has printed that
	if err != nil {
		t.Fatalf("dbus-daemon printed %q: %v", address, err)
	}
	t.Setenv("DBUS_SYSTEM_BUS_ADDRESS", strings.TrimSpace(address))
	return stop
}

// fakeSystemd has the part of org.freedesktop.systemd1 that this package uses, with one unit.
type fakeSystemd struct {
	conn   *dbus.Conn
	props  *prop.Properties
	mu     sync.Mutex
	jobs   uint32
	result string
	delay  time.Duration
}

func startSystemd(t *testing.T) *fakeSystemd {
	t.Helper()
	conn, err := dbus.ConnectSystemBus()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	s := &fakeSystemd{conn: conn, result: "done"}
	for name, state := range map[string][2]string{unit: {"inactive", "loaded"}, "none.service": {"inactive", "not-found"}} {
		props, err := prop.Export(conn, unitPath(name), prop.Map{destination + ".Unit": {
			"ActiveState": {Value: state[0]}, "LoadState": {Value: state[1]},
		}})
		if err != nil {
			t.Fatal(err)
		}
		if name == unit {
			s.props = props
		}
	}
	if err := conn.Export(s, managerPath, manager); err != nil {
		t.Fatal(err)
	}
	if reply, err := conn.RequestName(destination, 0); err != nil || reply != dbus.RequestNameReplyPrimaryOwner {
		t.Fatalf("the name of systemd: %v, %v", reply, err)
	}
	return s
}

// LoadUnit is the method of the bus.
func (s *fakeSystemd) LoadUnit(name string) (dbus.ObjectPath, *dbus.Error) {
	if !strings.Contains(name, ".") {
		return "", dbus.NewError("org.freedesktop.DBus.Error.InvalidArgs", []any{"Unit name " + name + " is not valid."})
	}
	return unitPath(name), nil
}

// StartUnit is the method of the bus.
func (s *fakeSystemd) StartUnit(name, mode string) (dbus.ObjectPath, *dbus.Error) {
	return s.job(name, mode, "active")
}

// StopUnit is the method of the bus.
func (s *fakeSystemd) StopUnit(name, mode string) (dbus.ObjectPath, *dbus.Error) {
	return s.job(name, mode, "inactive")
}

// job changes the state and ends after a while, with the signal that systemd sends.
func (s *fakeSystemd) job(name, mode, state string) (dbus.ObjectPath, *dbus.Error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if name != unit || mode != "replace" {
		return "", dbus.NewError("org.freedesktop.systemd1.NoSuchUnit", []any{"Unit " + name + " not found."})
	}
	s.jobs++
	id, result, delay := s.jobs, s.result, s.delay
	path := dbus.ObjectPath(fmt.Sprintf("%s/job/%d", managerPath, id))
	end := func() {
		if result == "done" {
			s.props.SetMust(destination+".Unit", "ActiveState", state)
		} else {
			s.props.SetMust(destination+".Unit", "ActiveState", "failed")
		}
		_ = s.conn.Emit(managerPath, manager+"."+jobRemoved, id, path, name, result)
	}
	if delay == 0 {
		end() // before the reply: a job can be that quick
	} else {
		time.AfterFunc(delay, end)
	}
	return path, nil
}

func TestInteropWithTheBusOfDebian(t *testing.T) {
	dir := t.TempDir()
	stop := startDaemon(t, dir)
	b := newBus(t)
	_, err := b.ActiveState(t.Context(), unit)
	wantError(t, "a bus without systemd", err, "systemd does not answer: it is not on the bus")
	wantError(t, "a bus without systemd", b.Start(t.Context(), unit), "systemd does not answer: it is not on the bus")

	s := startSystemd(t)
	b.wantState(t, "before", "inactive")
	_, err = b.ActiveState(t.Context(), "none.service")
	if !errors.Is(err, ErrNoUnit) {
		t.Errorf("got %v, want %v", err, ErrNoUnit)
	}
	_, err = b.ActiveState(t.Context(), "nonsense")
	wantError(t, "no name of a unit", err, "systemd says of nonsense: Unit name nonsense is not valid.")
	wantError(t, "start", b.Start(t.Context(), "none.service"), "there is no unit none.service")

	for _, delay := range []time.Duration{0, 100 * time.Millisecond} {
		s.mu.Lock()
		s.delay = delay
		s.mu.Unlock()
		wantError(t, "start", b.Start(t.Context(), unit), "<nil>")
		b.wantState(t, "started", "active")
		wantError(t, "stop", b.Stop(t.Context(), unit), "<nil>")
		b.wantState(t, "stopped", "inactive")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	wantError(t, "too slow", b.Start(ctx, unit), "haproxy.service was not started in time; systemd still tries, see systemctl status haproxy.service")
	s.mu.Lock()
	s.result = "failed"
	s.mu.Unlock()
	wantError(t, "failed", b.Start(t.Context(), unit), "haproxy.service was not started: it failed; see systemctl status haproxy.service")
	b.wantState(t, "failed", "failed")

	stop()
	if state, err := b.ActiveState(t.Context(), unit); err == nil {
		t.Errorf("without a bus: %q", state)
	}
	startDaemon(t, dir)
	startSystemd(t)
	b.wantState(t, "a new bus", "inactive")
	wantError(t, "start", b.Start(t.Context(), unit), "<nil>")
	b.wantState(t, "started", "active")
}
