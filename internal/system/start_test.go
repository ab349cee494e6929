//go:build privileged

package system_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aloft-ha/aloft/internal/lab"
	"github.com/aloft-ha/aloft/internal/lab/labtest"
)

// The exit codes of aloft.
const (
	exitFailed = 1
	exitUsage  = 2
)

// endsWith runs aloft beside whatever runs on the node, and asserts how it ends. It returns what it wrote.
func (s *scene) endsWith(n *lab.Node, code int, args ...string) string {
	s.t.Helper()
	p, err := n.Host.Start(exec.Command(labtest.Aloft(s.t), args...))
	s.ok(err)
	_, err = p.Wait(labtest.Within(s.t, patience))
	status, ended := err.(interface{ ExitCode() int })
	if !ended || status.ExitCode() != code {
		s.t.Errorf("aloft %s ends with %v, not exit code %d", strings.Join(args, " "), err, code)
	}
	return p.Output.String()
}

// A second daemon in a network namespace names the first one and ends, and the first does not notice.
func TestSecondDaemonIsRefused(t *testing.T) {
	t.Parallel()
	s := setScene(t, pair(10)).withClient()
	s.raise()
	first := s.Nodes[0]
	s.stays(first, func() {
		said := s.endsWith(first, exitFailed, "run", "--config", s.File, "--node", first.Name, "--runtime-dir", t.TempDir(), "--state-dir", t.TempDir())
		if !strings.Contains(said, "pid "+strconv.Itoa(first.Process().PID())) {
			t.Errorf("it does not name the first daemon, pid %d: %s", first.Process().PID(), said)
		}
	})
	s.neverEnded()
}

// broken is files that no daemon may start with, and the place and a word of the first complaint.
var broken = []struct{ name, old, new, place, word string }{
	{"a key that does not exist", "vrid: 51", "vrid: 51\n    priorty: {www1: 100}", ":9:5:", "priorty"},
	{"a number out of range", "vrid: 51", "vrid: 256", ":8:11:", "256"},
	{"a duration without a unit", "advert_interval: 100ms", "advert_interval: 1", ":10:22:", "1s"},
	{"a word of keepalived", "vrid: 51", "vrid: 51\n    advert_int: 1", ":9:5:", "advert_interval"},
	{"no address", "192.0.2.100", "", "", "addresses"},
	{"no YAML", "virtual_routers:", "virtual_routers", "", ""},
}

// Nothing starts with a file that has a mistake, and a running daemon keeps what it has.
func TestBrokenConfiguration(t *testing.T) {
	t.Parallel()
	s := setScene(t, pair(10)).withClient()
	good, err := os.ReadFile(s.File)
	s.ok(err)
	node := s.Nodes[0]
	for _, b := range broken {
		text := strings.Replace(string(good), b.old, b.new, 1)
		if text == string(good) {
			t.Fatalf("%s: there is no %q in\n%s", b.name, b.old, good)
		}
		file := filepath.Join(t.TempDir(), "aloft.yaml")
		s.ok(os.WriteFile(file, []byte(text), 0o644))
		said := s.endsWith(node, exitUsage, "run", "--config", file, "--node", node.Name, "--runtime-dir", t.TempDir(), "--state-dir", t.TempDir())
		if !strings.Contains(said, file+b.place) || !strings.Contains(said, b.word) {
			t.Errorf("%s: the complaint does not have %q and %q:\n%s", b.name, file+b.place, b.word, said)
		}
	}
	time.Sleep(s.longestDown()) // one that had started after all would be Active by now
	if got := s.holders(); len(got) != 0 {
		t.Errorf("%v hold the address", got)
	}
	s.advertised(time.Time{}, time.Now())
	s.raise()
	s.stays(node, func() {
		s.ok(os.WriteFile(s.File, []byte(strings.Replace(string(good), "vrid: 51", "vrid: none", 1)), 0o644))
		s.reload(s.Nodes...)
	})
	s.neverEnded()
}

// A node that the file does not know is a mistake of the same kind.
func TestUnknownNode(t *testing.T) {
	t.Parallel()
	s := setScene(t, pair(10))
	said := s.endsWith(s.Nodes[0], exitUsage, "run", "--config", s.File, "--node", "www9", "--runtime-dir", t.TempDir(), "--state-dir", t.TempDir())
	if !strings.Contains(said, "www9") || !strings.Contains(said, "www1") {
		t.Errorf("it does not say which nodes there are: %s", said)
	}
}
