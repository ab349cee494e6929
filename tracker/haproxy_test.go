package tracker

import (
	"bufio"
	"context"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// serveUnix is serve on a socket of the file system.
func serveUnix(t testing.TB, handle func(context.Context, net.Conn)) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	serve(t, l, handle)
	return path
}

// fakeHAProxy answers "show stat" by a text and closes.
func fakeHAProxy(text string) func(context.Context, net.Conn) {
	return func(_ context.Context, conn net.Conn) {
		if command, err := bufio.NewReader(conn).ReadString('\n'); err != nil || command != "show stat\n" {
			return
		}
		_, _ = io.WriteString(conn, text)
	}
}

func TestHAProxyJudgement(t *testing.T) {
	socket := serveUnix(t, fakeHAProxy(shop))
	for _, c := range []struct {
		name string
		kind HAProxy // without the socket
		ok   bool
		text string
	}{
		{"it answers", HAProxy{}, true, "haproxy answers"},
		{"a frontend", HAProxy{Frontend: "www"}, true, "frontend www is open"},
		{"a stopped one", HAProxy{Frontend: "old"}, false, "frontend old is STOP"},
		{"an unknown one", HAProxy{Frontend: "app"}, false, "there is no frontend app"},
		{"a backend", HAProxy{Backend: "app"}, true, "backend app has 3 of 9 servers up"},
		{"as many as needed", HAProxy{Backend: "app", Need: 3}, true, "backend app has 3 of 9 servers up"},
		{"too few", HAProxy{Backend: "app", Need: 4}, false, "backend app has 3 of 9 servers up, 4 are needed " +
			"(app4 DOWN, app5 DOWN 1/2, app6 MAINT, app7 MAINT (via app/app6), app8 DRAIN, 1 more)"},
		{"all are too few", HAProxy{Backend: "both", Need: 2}, false, "backend both has 1 of 1 servers up, 2 are needed"},
		{"none", HAProxy{Backend: "dead"}, false, "backend dead has no server up (dead1 DOWN, dead2 MAINT)"},
		{"an unknown backend", HAProxy{Backend: "www"}, false, "there is no backend www"},
		{"one without servers", HAProxy{Backend: "static"}, true, "backend static is UP"},
		{"one without servers that is down", HAProxy{Backend: "gone"}, false, "backend gone is DOWN"},
		{"servers are needed where there are none", HAProxy{Backend: "static", Need: 2}, false, "backend static has no servers, 2 are needed"},
		{"both", HAProxy{Frontend: "www", Backend: "app"}, true, "frontend www is open, backend app has 3 of 9 servers up"},
		{"both, the frontend is stopped", HAProxy{Frontend: "old", Backend: "app"}, false, "frontend old is STOP"},
		{"both, the backend is down", HAProxy{Frontend: "www", Backend: "dead"}, false, "backend dead has no server up (dead1 DOWN, dead2 MAINT)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.kind.Socket = socket
			p := newHAProxyProbe(c.kind)
			defer p.close()
			for range 2 {
				p.check(within(t, ample)).judge(t, c.ok, c.text)
			}
		})
	}
}

func TestHAProxyThatDoesNotAnswerWell(t *testing.T) {
	for _, c := range []struct {
		name     string
		handle   func(context.Context, net.Conn)
		patience time.Duration
		text     string // "@" is the socket
	}{
		{"silence", silent, little, "no answer within 100ms"},
		{"half an answer", saysAndStays(header + row("app", "app1", "UP", "2")), little, "no answer within 100ms"},
		{"closed", fakeHAProxy(""), ample, "the connection was closed before the answer was complete"},
		{"closed within the answer", fakeHAProxy(header + row("app", "app1", "UP", "2")), ample, "the connection was closed before the answer was complete"},
		{"closed at once", says(""), ample, "the connection was closed before the answer was complete"},
		{"another socket", fakeHAProxy("Unknown command\n\n"), ample, `@ gives no statistics: it does not know the command "show stat"; is it the stats socket of HAProxy?`},
		{"garbage", fakeHAProxy("\x00\x01\x02\n"), ample, `@ gives no statistics: it says ""`},
		{"without an end", fakeHAProxy(header + strings.Repeat(row("a", "b", "UP", "2"), maxStats/50)), ample, "@ gives no statistics: they are more than 4 MiB"},
	} {
		t.Run(c.name, func(t *testing.T) {
			socket := serveUnix(t, c.handle)
			p := newHAProxyProbe(HAProxy{Socket: socket, Backend: "app"})
			got := p.check(within(t, c.patience))
			if c.name == "closed at once" && strings.HasPrefix(got.Text, "connection reset by ") {
				return // where the close is sooner than the command
			}
			got.judge(t, false, strings.ReplaceAll(c.text, "@", socket))
		})
	}
}

// Names and states get into logs and onto terminals, and whoever has taken over the proxy may answer in its place.
func TestHAProxyThatSaysWhatActsOnATerminal(t *testing.T) {
	long := strings.Repeat("x", 100_000)
	socket := serveUnix(t, fakeHAProxy(show(
		row("www", "FRONTEND", "\x1b[2J"+long, "0"), row("app", "\x1b]0;"+long, "DOWN", "2"), row("app", "BACKEND", "DOWN", "1"),
	)))
	for _, kind := range []HAProxy{{Frontend: "www"}, {Backend: "app"}} {
		kind.Socket = socket
		got := newHAProxyProbe(kind).check(within(t, ample))
		if got.OK || strings.Contains(got.Text, "\x1b") || len(got.Text) > 2*maxBrief {
			t.Errorf("%d bytes: %.200q", len(got.Text), got.Text)
		}
	}
}

func TestHAProxyThatIsNotThere(t *testing.T) {
	dir := t.TempDir()
	missing := filepath.Join(dir, "missing")
	newHAProxyProbe(HAProxy{Socket: missing}).check(within(t, ample)).judge(t, false, "no socket "+missing+": is haproxy running?")

	left := filepath.Join(dir, "left")
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: left})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	_ = l.Close()
	newHAProxyProbe(HAProxy{Socket: left}).check(within(t, ample)).judge(t, false, "nobody listens on "+left+": is haproxy running?")

	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	newHAProxyProbe(HAProxy{Socket: file}).check(within(t, ample)).judge(t, false, "nobody listens on "+file+": is haproxy running?")

	datagrams := filepath.Join(dir, "datagrams")
	d, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: datagrams})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	newHAProxyProbe(HAProxy{Socket: datagrams}).check(within(t, ample)).judge(t, false, datagrams+" is not a stats socket")

	hung := fullQueue(t, "unix", &unix.SockaddrUnix{Name: filepath.Join(dir, "hung")})
	newHAProxyProbe(HAProxy{Socket: hung}).check(within(t, ample)).judge(t, false, "haproxy accepts no connection on "+hung+": its queue is full")

	long := filepath.Join(dir, strings.Repeat("x", 200))
	newHAProxyProbe(HAProxy{Socket: long}).check(within(t, ample)).judge(t, false, "the path is too long for a socket: "+long)
}

// Root is denied nothing, so the error is made here.
func TestHAProxyThatDoesNotLetUsIn(t *testing.T) {
	dir := t.TempDir()
	for path, want := range map[string]string{
		"/":                     "permission denied on /: add the user to the group root",
		filepath.Join(dir, "s"): "permission denied on " + filepath.Join(dir, "s"),
	} {
		p := newHAProxyProbe(HAProxy{Socket: path})
		if got := p.explainDial(t.Context(), time.Now(), &net.OpError{Op: "dial", Err: unix.EACCES}); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestGroupHint(t *testing.T) {
	if got := groupHint("/"); got != ": add the user to the group root" {
		t.Errorf("%q", got)
	}
	file := filepath.Join(t.TempDir(), "s")
	if got := groupHint(file); got != "" {
		t.Errorf("of nothing: %q", got)
	}
}

func BenchmarkHAProxy(b *testing.B) {
	p := newHAProxyProbe(HAProxy{Socket: serveUnix(b, fakeHAProxy(shop)), Backend: "app"})
	benchmarkCheck(b, p.check)
}

// BenchmarkHAProxyOfManyServers reads some 400 KiB, as of a thousand servers.
func BenchmarkHAProxyOfManyServers(b *testing.B) {
	wide := strings.TrimSuffix(row("app", "app1", "UP", "2"), "\n") + strings.Repeat(",0", 150) + "\n"
	large := show(strings.Repeat(wide, 1000), row("app", "BACKEND", "UP", "1"))
	p := newHAProxyProbe(HAProxy{Socket: serveUnix(b, fakeHAProxy(large)), Backend: "app"})
	benchmarkCheck(b, p.check)
}
