//go:build interop

package tracker

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// realHAProxy is a haproxy of this host, in the foreground.
type realHAProxy struct {
	t       *testing.T
	socket  string
	process *os.Process
}

// startHAProxy runs haproxy with a frontend on a socket of the file system, a backend of four servers (one that listens,
// one that nobody listens for, one in maintenance, one that is not checked), and two without servers.
func startHAProxy(t *testing.T) *realHAProxy {
	t.Helper()
	up := serveTCP(t, "127.0.0.1", func(_ context.Context, conn net.Conn) { _, _ = io.Copy(io.Discard, conn) })
	dir := t.TempDir()
	h := &realHAProxy{t: t, socket: filepath.Join(dir, "admin.sock")}
	file := filepath.Join(dir, "haproxy.cfg")
	text := fmt.Sprintf(`
global
	stats socket %[1]s mode 600 level admin
defaults
	mode http
	timeout connect 1s
	timeout client 1s
	timeout server 1s
frontend www
	bind unix@%[2]s
	default_backend app
backend app
	server app1 %[3]s check inter 20ms rise 1 fall 1
	server app2 %[4]s check inter 20ms rise 1 fall 1
	server app3 %[3]s check inter 20ms disabled
	server app4 %[4]s
backend dead
	server dead1 %[4]s check inter 20ms rise 1 fall 1
backend static
	http-request return status 200 content-type text/plain string ok
`, h.socket, filepath.Join(dir, "www.sock"), up, nobody(t))
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var output bytes.Buffer
	command := exec.Command("haproxy", "-db", "-f", file)
	command.Stdout, command.Stderr = &output, &output
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := command.Start(); err != nil {
		t.Fatalf("haproxy, which this test needs: %v", err)
	}
	h.process = command.Process
	t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
		if t.Failed() {
			t.Logf("haproxy said:\n%s", output.String())
		}
	})
	return h
}

// becomes checks until the result is as wanted, and then once more.
func (h *realHAProxy) becomes(kind HAProxy, ok bool, text string) {
	h.t.Helper()
	kind.Socket = h.socket
	p := newHAProxyProbe(kind)
	defer p.close()
	for start := time.Now(); time.Since(start) < ample; time.Sleep(5 * time.Millisecond) {
		if got := p.check(within(h.t, ample)); got.OK == ok && got.Text == text {
			break
		}
	}
	p.check(within(h.t, ample)).judge(h.t, ok, text)
}

// tell gives a command, to which haproxy has nothing to say.
func (h *realHAProxy) tell(command string) {
	h.t.Helper()
	conn, err := net.Dial("unix", h.socket)
	if err != nil {
		h.t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, command+"\n"); err != nil {
		h.t.Fatal(err)
	}
	answer, err := io.ReadAll(bufio.NewReader(conn))
	if err != nil || strings.TrimSpace(string(answer)) != "" {
		h.t.Fatalf("%s: haproxy says %q, %v", command, answer, err)
	}
}

// TestRealHAProxy asks Debian's haproxy while its servers go up and down, and until it is gone.
func TestRealHAProxy(t *testing.T) {
	h := startHAProxy(t)
	h.becomes(HAProxy{}, true, "haproxy answers")
	h.becomes(HAProxy{Frontend: "www", Backend: "app", Need: 2}, true, "frontend www is open, backend app has 2 of 4 servers up")
	h.becomes(HAProxy{Backend: "app", Need: 3}, false, "backend app has 2 of 4 servers up, 3 are needed (app2 DOWN, app3 MAINT)")
	h.becomes(HAProxy{Backend: "dead"}, false, "backend dead has no server up (dead1 DOWN)")
	h.becomes(HAProxy{Backend: "static"}, true, "backend static is UP")
	h.becomes(HAProxy{Backend: "www"}, false, "there is no backend www")
	h.becomes(HAProxy{Frontend: "app"}, false, "there is no frontend app")

	h.tell("set server app/app3 state ready")
	h.becomes(HAProxy{Backend: "app"}, true, "backend app has 3 of 4 servers up")
	h.tell("set server app/app1 state drain")
	h.becomes(HAProxy{Backend: "app", Need: 3}, false, "backend app has 2 of 4 servers up, 3 are needed (app1 DRAIN, app2 DOWN)")
	h.tell("disable frontend www")
	h.becomes(HAProxy{Frontend: "www"}, false, "frontend www is PAUSED")
	h.tell("enable frontend www")
	h.becomes(HAProxy{Frontend: "www"}, true, "frontend www is open")
	h.tell("shutdown frontend www")
	h.becomes(HAProxy{Frontend: "www"}, false, "frontend www is STOP")
}

// TestRealHAProxyThatHangs is stopped: it accepts no more, and then its queue is full. When it is gone it leaves its socket
// behind.
func TestRealHAProxyThatHangs(t *testing.T) {
	h := startHAProxy(t)
	h.becomes(HAProxy{}, true, "haproxy answers")
	p := newHAProxyProbe(HAProxy{Socket: h.socket})
	if err := h.process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	p.check(within(t, little)).judge(t, false, "no answer within 100ms")
	if err := h.process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	h.becomes(HAProxy{}, true, "haproxy answers")
	if err := h.process.Kill(); err != nil {
		t.Fatal(err)
	}
	h.becomes(HAProxy{}, false, "nobody listens on "+h.socket+": is haproxy running?")
}

// TestRealHAProxyIsNotDisturbedByTCP: in TCP mode haproxy connects to a server for each client, but not for a check.
func TestRealHAProxyIsNotDisturbedByTCP(t *testing.T) {
	const checks = 200
	var reached atomic.Int32
	server := serveTCP(t, "127.0.0.1", func(_ context.Context, conn net.Conn) {
		reached.Add(1)
		_, _ = io.Copy(io.Discard, conn)
	})
	front := nobody(t)
	file := filepath.Join(t.TempDir(), "haproxy.cfg")
	text := fmt.Sprintf(`
defaults
	mode tcp
	timeout connect 1s
	timeout client 1s
	timeout server 1s
listen front
	bind %s
	server app1 %s
`, front, server)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	command := exec.Command("haproxy", "-db", "-f", file)
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := command.Start(); err != nil {
		t.Fatalf("haproxy, which this test needs: %v", err)
	}
	t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
	})
	p := newTCPProbe(TCP{Address: front})
	waitFor(t, "haproxy to listen", func() bool { return p.check(within(t, ample)).OK })
	for range checks {
		p.check(within(t, ample)).judge(t, true, front+" accepts connections")
	}
	// A connection after them is behind them in every queue.
	newTCPProbe(TCP{Address: front, Send: "hello"}).check(within(t, ample)).judge(t, true, front+" accepts what is sent")
	waitFor(t, "a connection on which something was said to get to the server", func() bool { return reached.Load() > 0 })
	// Those that took longer than the kernel holds back an acknowledgement do get there.
	if n := reached.Load(); n > checks/4 {
		t.Errorf("haproxy connected to its server %d times for %d checks", n, checks)
	}
}
