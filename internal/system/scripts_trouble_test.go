//go:build privileged

package system_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aloft-ha/aloft/internal/lab"
)

// trouble are scripts as nobody should write them, by name, and what an operator is to read about each.
var trouble = []struct{ name, text, says string }{
	{"hangs", "sleep 1000", "without an answer"},
	{"ignores", "trap '' TERM; while :; do sleep 1; done", "answer"},
	{"forks", "sleep 1000 & sleep 1000 & echo two children; exit 3", "exit status 3: two children"},
	{"babbles", "yes | head -c 1000000000; exit 4", "exit status 4: y"},
	{"kills", "kill -9 $$", "SIGKILL"},
	{"asks", "read -r answer </dev/tty; exit 5", "exit status"},
	{"waits", "read -r answer || { echo nobody answers; exit 6; }", "exit status 6: nobody answers"},
	{"plain", "", "not run: "},
	{"missing", "", "not run: "},
}

// Scripts that hang, ignore the signal to end, fork, print a gigabyte, kill themselves, want a terminal, cannot be executed
// or are not there: each is a tracker that fails, with a sentence that says why, and nothing of them is left behind.
func TestScriptsInTroubleFailClearlyAndLeaveNothingBehind(t *testing.T) {
	dir := publicDir(t)
	var trackers, names strings.Builder
	for i, s := range trouble {
		path := filepath.Join(dir, s.name)
		mode := os.FileMode(0o755)
		if s.name == "plain" {
			mode = 0o644
		}
		if s.name != "missing" {
			writeScript(t, path, s.text, mode)
		}
		timeout := "500ms"
		if s.name == "babbles" {
			timeout = "30s" // a gigabyte takes its time
		}
		fmt.Fprintf(&trackers, "  %s: {script: %s, interval: 500ms, timeout: %s}\n", s.name, path, timeout)
		if i > 0 {
			names.WriteString(", ")
		}
		fmt.Fprintf(&names, "{%s: -%d}", s.name, i+1)
	}
	s := setScene(t, lab.ClusterOptions{Nodes: make([]lab.Software, 1), Interval: 10, File: fmt.Sprintf(
		"nodes: [{name: www1, addresses: [192.0.2.1]}]\nscripts: {insecure: true}\n"+
			"virtual_routers: {web: {vrid: 51, addresses: [192.0.2.100], advert_interval: 100ms, track: [%s]}}\ntrackers:\n%s",
		names.String(), trackers.String())})
	n := s.Nodes[0]
	s.ok(s.Start())
	for _, script := range trouble {
		s.awaitLog(n, script.name, func(line string) bool {
			return strings.Contains(line, "tracker down") && strings.Contains(line, "tracker="+script.name+" ") && strings.Contains(line, script.says)
		})
	}
	s.awaitAlone(time.Now(), n, s.down(0)+patience)
	began := time.Now()
	time.Sleep(2 * time.Second) // what is judged: twenty adverts, and four rounds of the scripts
	if all := s.advertsOf(n, began, time.Now(), (*lab.Frame).Advertises); len(all) < 18 {
		t.Errorf("%d adverts in 2 s, and 20 are due", len(all))
	}
	s.leave(n)
	awaitNoneOf(t, dir)
}

// publicDir is a folder that everybody may read: scripts are run as nobody.
func publicDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "aloft-scripts-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

func writeScript(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text+"\n"), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

// awaitLog waits for a line of a daemon's log.
func (s *scene) awaitLog(n *lab.Node, what string, match func(line string) bool) {
	s.t.Helper()
	for deadline := time.Now().Add(40 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		for line := range strings.Lines(n.Process().Output.String()) {
			if match(line) {
				return
			}
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("%s: no such line in the log of %s:\n%s", what, n.Name, n.Process().Output.String())
		}
	}
}

// awaitNoneOf waits until no process of this machine has the folder in its command line: the kernel may still be at
// taking down those that were killed.
func awaitNoneOf(t *testing.T, dir string) {
	t.Helper()
	var left []string
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		left = nil
		all, err := filepath.Glob("/proc/[0-9]*/cmdline")
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range all {
			line, _ := os.ReadFile(path) // it may have ended meanwhile
			// The children of the scripts are known by what they were told to do.
			if words := strings.ReplaceAll(string(line), "\x00", " "); strings.Contains(words, dir) || words == "sleep 1000 " || words == "yes " {
				left = append(left, words)
			}
		}
		if left == nil {
			return
		}
	}
	t.Errorf("left behind: %q", left)
}

// A notify command that sleeps while the state changes twenty times runs at most twice more, the last time with the last
// state, and holds up no advert.
func TestASleepingNotifyCommandIsToldTheLastStateAndHoldsUpNothing(t *testing.T) {
	t.Parallel()
	dir := publicDir(t)
	script, record, drain := filepath.Join(dir, "notify"), filepath.Join(dir, "record"), filepath.Join(dir, "drain")
	writeScript(t, script, fmt.Sprintf(`echo "$3 $ALOFT_NODE" >>%s; sleep 4`, record), 0o755)
	if err := os.WriteFile(record, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(record, 0o666); err != nil {
		t.Fatal(err)
	}
	o := pair(10)
	o.File = fmt.Sprintf(`
nodes: [{name: www1, addresses: [192.0.2.1]}, {name: www2, addresses: [192.0.2.2]}]
scripts: {insecure: true}
trackers: {drain: {file: {path: %s, want: absent}, interval: 10s}}
virtual_routers:
  web:
    vrid: 51
    addresses: [192.0.2.100]
    advert_interval: 100ms
    per_node:
      www1: {track: [{drain: fault}], notify: {any: %s}}
`, drain, script)
	s := setScene(t, o).withClient()
	s.raise()
	www1 := s.Nodes[0]
	time.Sleep(5 * time.Second) // until the commands of the start have slept
	before := len(lines(t, record))
	flapping := time.Now()
	for range 10 {
		s.ok(os.WriteFile(drain, nil, 0o644))
		time.Sleep(100 * time.Millisecond) // long enough for the kernel to tell, and the address to move
		s.ok(os.Remove(drain))
		time.Sleep(100 * time.Millisecond)
	}
	ended := time.Now()
	if changes := strings.Count(www1.Process().Output.String(), "msg=state"); changes < 15 {
		t.Fatalf("the state changed %d times: the test tests nothing", changes)
	}
	time.Sleep(13 * time.Second) // until three commands have slept
	told := lines(t, record)[before:]
	if len(told) == 0 || len(told) > 3 {
		t.Errorf("the command ran %d times, %q: want the one that was asleep and at most two more", len(told), told)
	}
	if last := told[len(told)-1]; last != "MASTER www1" {
		t.Errorf("it was told %q last", last)
	}
	s.holdersServe(flapping, ended)
}

// holdersServe asserts that somebody advertised all the time: no silence was as long as a takeover by silence.
func (s *scene) holdersServe(from, to time.Time) {
	s.t.Helper()
	last := from
	for _, f := range s.tap.Frames((*lab.Frame).Advertises) {
		if f.At.Before(from) || f.At.After(to) {
			continue
		}
		if silence := f.At.Sub(last); silence > s.down(0) {
			s.t.Errorf("nobody advertised for %s", silence)
		}
		last = f.At
	}
}

func lines(t *testing.T, path string) []string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
}
