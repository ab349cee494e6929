package scripts

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// stage is a folder of programs that stand in for those that a script calls, and the environment it runs in.
type stage struct {
	t   *testing.T
	dir string
	env []string
}

func newStage(t *testing.T) *stage { return &stage{t: t, dir: t.TempDir()} }

// program puts a program of this text on the PATH.
func (s *stage) program(name, text string) {
	s.t.Helper()
	s.file(name, "#!/bin/sh\n"+text+"\n", 0o755)
}

func (s *stage) file(name, text string, mode os.FileMode) string {
	s.t.Helper()
	path := filepath.Join(s.dir, name)
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		s.t.Fatal(err)
	}
	return path
}

// process starts a process of this name and returns a file with its number. It is a script: the kernel names a process by
// the file that was executed.
func (s *stage) process(name string) (pidfile string) {
	s.t.Helper()
	path := filepath.Join(s.t.TempDir(), name)
	if err := os.WriteFile(path, []byte("#!/bin/sh\nread -r line\n"), 0o755); err != nil {
		s.t.Fatal(err)
	}
	cmd := exec.Command(path)
	end, err := cmd.StdinPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() {
		_ = end.Close()
		_ = cmd.Wait()
	})
	return s.file(name+".pid", strconv.Itoa(cmd.Process.Pid)+"\n", 0o644)
}

// run runs a script and returns its exit status and what it said.
func (s *stage) run(stdin, script string, args ...string) (status int, output string) {
	s.t.Helper()
	cmd := exec.Command("/bin/sh", append([]string{"./" + script}, args...)...)
	cmd.Env = append([]string{"PATH=" + s.dir + ":/usr/bin:/bin"}, s.env...)
	cmd.Stdin = strings.NewReader(stdin)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.WaitDelay = 10 * time.Second
	err := cmd.Run()
	if err != nil && cmd.ProcessState == nil {
		s.t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), strings.TrimSpace(out.String())
}

// want runs a script and compares.
func (s *stage) want(status int, output, script string, args ...string) {
	s.t.Helper()
	gotStatus, gotOutput := s.run("", script, args...)
	if gotStatus != status || !strings.Contains(gotOutput, output) {
		s.t.Errorf("%s %q: status %d, %q; want %d, %q", script, args, gotStatus, gotOutput, status, output)
	}
}

// curl stands in for curl where only the status matters.
const curl = `case "$*" in
*/good*) printf 200 ;;
*/bad*) printf 503 ;;
*) exit 7 ;;
esac`

func TestCheckHAProxy(t *testing.T) {
	s := newStage(t)
	s.program("pidof", "exit 1")
	s.want(1, "haproxy is not running", "check-haproxy")
	s.program("pidof", "echo 1")
	s.want(0, "haproxy serves", "check-haproxy")

	pidfile := s.process("haproxy")
	s.want(0, "haproxy serves", "check-haproxy", "-p", pidfile)
	s.want(1, "haproxy is not running: process", "check-haproxy", "-p", s.process("other"))
	s.want(1, "process 4194305 has gone", "check-haproxy", "-p", s.file("gone.pid", "4194305", 0o644))
	s.want(1, "is empty", "check-haproxy", "-p", s.file("empty.pid", "", 0o644))
	s.want(1, "there is no", "check-haproxy", "-p", "/nowhere/haproxy.pid")

	s.program("socat", `read -r command; [ "$command" = 'show info' ] && echo 'Uptime_sec: 12'`)
	s.want(0, "haproxy serves", "check-haproxy", "-s", "/run/haproxy.sock")
	s.program("socat", `echo 'Permission denied' >&2; exit 1`)
	s.want(1, "the socket does not answer: Permission denied", "check-haproxy", "-s", "/run/haproxy.sock")
	s.program("socat", "echo nothing")
	s.want(1, "the socket gives no information", "check-haproxy", "-s", "/run/haproxy.sock")

	s.program("curl", curl)
	s.want(0, "haproxy serves", "check-haproxy", "-u", "http://127.0.0.1/good")
	s.want(1, "status 503 from http://127.0.0.1/bad", "check-haproxy", "-u", "http://127.0.0.1/bad")
	s.want(1, "no answer from http://127.0.0.1/", "check-haproxy", "-u", "http://127.0.0.1/")
	s.want(2, "", "check-haproxy", "-x")
}

func TestCheckNginx(t *testing.T) {
	s := newStage(t)
	s.program("curl", curl)
	pidfile := s.process("nginx")
	s.want(0, "nginx serves", "check-nginx", "-p", pidfile)
	s.want(0, "nginx serves", "check-nginx", "-p", pidfile, "-u", "http://127.0.0.1/good")
	s.want(1, "status 503", "check-nginx", "-p", pidfile, "-u", "http://127.0.0.1/bad")
	s.want(1, "no answer", "check-nginx", "-p", pidfile, "-u", "http://127.0.0.1/")
	s.want(1, "nginx is not running: process", "check-nginx", "-p", s.process("haproxy"))
	s.want(1, "there is no /nowhere", "check-nginx", "-p", "/nowhere")
	s.want(2, "", "check-nginx", "-x")
}

func TestCheckPostgresPrimary(t *testing.T) {
	s := newStage(t)
	s.program("psql", "echo f")
	s.want(0, "the server is the primary", "check-postgres-primary")
	s.program("psql", "echo t")
	s.want(1, "the server is a standby", "check-postgres-primary")
	s.program("psql", "echo 'connection refused' >&2; exit 2")
	s.want(1, "the server does not answer: connection refused", "check-postgres-primary")
	s.program("psql", `echo "$PGHOST $PGPORT $PGUSER $*"`)
	s.want(1, "/run/postgresql 5433 nagios", "check-postgres-primary", "-h", "/run/postgresql", "-p", "5433", "-U", "nagios")
	s.want(1, "--dbname=app", "check-postgres-primary", "-d", "app")
	s.want(2, "", "check-postgres-primary", "-x")
}

// event is the environment that aloft gives a notify command.
var event = []string{
	"ALOFT_NODE=www1", "ALOFT_ROUTER=web", "ALOFT_STATE=Fault", "ALOFT_PREVIOUS_STATE=Active", "ALOFT_REASON=fault",
	"ALOFT_FAULT=tracker", "ALOFT_DETAIL=haproxy: exit status 1", "ALOFT_PRIORITY=99", "ALOFT_TIME=2026-11-25T03:00:00Z",
	"ALOFT_ADDRESSES=192.0.2.100 192.0.2.101 2001:db8::100",
}

func TestNotifyMail(t *testing.T) {
	s := newStage(t)
	s.env = event
	s.program("sendmail", `[ "$1" = -t ] && cat`)
	s.want(0, "To: ops@example.org\nSubject: [aloft] web is Fault on www1\n", "notify-mail", "ops@example.org", "INSTANCE", "web", "FAULT", "99")
	s.want(0, "reason:    fault (tracker)\ndetail:    haproxy: exit status 1\n", "notify-mail", "ops@example.org")
	s.want(2, "usage", "notify-mail", "INSTANCE", "web", "FAULT", "99")
	s.program("sendmail", "exit 75")
	s.want(75, "", "notify-mail", "ops@example.org")
}

// TestNotifyWebhook uses the real curl where there is one, and else one that does what the script wants of it.
func TestNotifyWebhook(t *testing.T) {
	got := make(chan string, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body bytes.Buffer
		_, _ = body.ReadFrom(r.Body)
		got <- fmt.Sprintf("%s %s %s", r.Method, r.Header.Get("Content-Type"), body.String())
	}))
	defer server.Close()
	s := newStage(t)
	if _, err := exec.LookPath("curl"); err != nil {
		s.program("curl", `for url; do :; done; echo "$*" | grep -q -- '--data-binary @-' && cat >"`+s.dir+`/posted"`)
	}
	status, output := s.run(`{"router":"web"}`, "notify-webhook", server.URL, "INSTANCE", "web", "MASTER", "200")
	if status != 0 {
		t.Fatalf("status %d: %s", status, output)
	}
	select {
	case request := <-got:
		if want := `POST application/json {"router":"web"}`; request != want {
			t.Errorf("got %q, want %q", request, want)
		}
	default:
		if posted, err := os.ReadFile(filepath.Join(s.dir, "posted")); err != nil || string(posted) != `{"router":"web"}` {
			t.Errorf("posted %q, %v", posted, err)
		}
	}
	s.want(2, "usage", "notify-webhook", "INSTANCE", "web", "MASTER", "200")
}

func TestNotifyHetzner(t *testing.T) {
	s := newStage(t)
	s.program("hcloud", `echo "$*"`)
	s.program("hostname", "echo www1")
	s.want(0, "floating-ip assign web-ip www1", "notify-hetzner", "web-ip")
	s.want(0, "floating-ip assign web-ip web-1", "notify-hetzner", "web-ip", "web-1")
	s.program("hcloud", "exit 1")
	s.want(1, "", "notify-hetzner", "web-ip")
}

func TestNotifyAWS(t *testing.T) {
	s := newStage(t)
	s.program("aws", `echo "$*"`)
	s.env = event
	s.want(0, "ec2 assign-private-ip-addresses --allow-reassignment --network-interface-id eni-1 --private-ip-addresses 192.0.2.100 192.0.2.101\n"+
		"ec2 assign-ipv6-addresses --network-interface-id eni-1 --ipv6-addresses 2001:db8::100", "notify-aws", "eni-1")
	s.env = []string{"ALOFT_ADDRESSES=192.0.2.100"}
	if _, output := s.run("", "notify-aws", "eni-1"); strings.Contains(output, "ipv6") {
		t.Errorf("without an IPv6 address it says %q", output)
	}
	s.program("aws", "exit 254")
	s.want(254, "", "notify-aws", "eni-1")
}

// scriptNames lists the scripts.
func scriptNames(t *testing.T) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if filepath.Ext(e.Name()) == "" {
			names = append(names, e.Name())
		}
	}
	if len(names) < 7 {
		t.Fatalf("only %q are here", names)
	}
	return names
}

func TestEachScriptCanBeRunAndSaysWhatItIs(t *testing.T) {
	for _, name := range scriptNames(t) {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm()&0o100 == 0 {
			t.Errorf("%s has the mode %v", name, info.Mode())
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if want := "#!/bin/sh\n# " + name + ": "; !strings.HasPrefix(string(text), want) {
			t.Errorf("%s does not begin with %q", name, want)
		}
	}
}
