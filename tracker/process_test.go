package tracker

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// child is a process of a test, under a name of its own.
type child struct {
	t     *testing.T
	cmd   *exec.Cmd
	stdin io.WriteCloser
	ended sync.Once
}

// program makes a link to a program under a name: the kernel takes comm from the name that is executed.
func program(t testing.TB, target, name string) string {
	t.Helper()
	real, err := exec.LookPath(target)
	if err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), name)
	if err := os.Symlink(real, link); err != nil {
		t.Fatal(err)
	}
	return link
}

// sleeper starts a process of a name that does nothing.
func sleeper(t *testing.T, name string) *child {
	t.Helper()
	return start(t, program(t, "sleep", name), "sleep", "600")
}

// start runs a program, and returns when it has been executed.
func start(t *testing.T, file string, argv ...string) *child {
	t.Helper()
	c := &child{t: t, cmd: &exec.Cmd{Path: file, Args: argv}}
	var err error
	if c.stdin, err = c.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.end)
	return c
}

func (c *child) pid() int { return c.cmd.Process.Pid }

// end kills it and collects it.
func (c *child) end() {
	c.ended.Do(func() {
		_ = c.cmd.Process.Kill()
		_ = c.cmd.Wait()
	})
}

// processBench is a probe and the times it asked for a check.
type processBench struct {
	*processProbe
	t     *testing.T
	woken chan time.Time
}

func newProcessBench(t *testing.T, k Process, table *procTable) *processBench {
	t.Helper()
	b := &processBench{t: t, woken: make(chan time.Time, 100)}
	b.processProbe = newProcessProbe(k, table, func() { b.woken <- time.Now() })
	t.Cleanup(b.close)
	return b
}

// fresh is a table that is read again at each question.
func fresh() *procTable {
	t := newProcTable("/proc")
	t.limit = 0
	return t
}

func (b *processBench) want(why string, ok bool, text string) {
	b.t.Helper()
	if got := b.check(b.t.Context()); got != (Result{OK: ok, Text: text}) {
		b.t.Errorf("%s: got %+v, want %v, %q", why, got, ok, text)
	}
}

func (b *processBench) wantWake(why string) time.Time {
	b.t.Helper()
	select {
	case at := <-b.woken:
		return at
	case <-time.After(10 * time.Second):
		b.t.Fatalf("%s: no early check was asked for", why)
	}
	return time.Time{}
}

func (b *processBench) wantSilence(why string) {
	b.t.Helper()
	select {
	case <-b.woken:
		b.t.Errorf("%s: an early check was asked for", why)
	default:
	}
}

func runs(name string, pid int) string { return fmt.Sprintf("%s runs, pid %d", name, pid) }

func TestProcessIsFoundByName(t *testing.T) {
	b := newProcessBench(t, Process{Name: "aloft-web"}, fresh())
	b.want("before", false, "no process of aloft-web runs")
	c := sleeper(t, "aloft-web")
	b.want("started", true, runs("aloft-web", c.pid()))
	b.want("and again", true, runs("aloft-web", c.pid()))
	b.wantSilence("it runs")
}

func TestProcessIsFoundByALongName(t *testing.T) {
	const name = "aloft-with-a-long-name"
	link := program(t, "sleep", name)
	c := start(t, link, link, "600")
	newProcessBench(t, Process{Name: name}, fresh()).want("the base name of argv[0]", true, runs(name, c.pid()))
	newProcessBench(t, Process{Name: name[:15]}, fresh()).want("what the kernel keeps", true, runs(name[:15], c.pid()))
	newProcessBench(t, Process{Name: name[:16]}, fresh()).want("neither", false, "no process of "+name[:16]+" runs")
}

func TestScriptIsFoundByALongName(t *testing.T) {
	const name = "aloft-script-with-a-name"
	script := filepath.Join(t.TempDir(), name)
	// The file is written by another process, so that no child of a parallel test holds it open for writing.
	write := exec.Command("sh", "-c", `printf '#!/bin/sh\nread _\n' >"$0" && chmod 700 "$0"`, script)
	if out, err := write.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	c := start(t, script, script)
	newProcessBench(t, Process{Name: name}, fresh()).want("argv[1] of the interpreter", true, runs(name, c.pid()))
}

func TestEndOfAProcessIsKnownAtOnce(t *testing.T) {
	b := newProcessBench(t, Process{Name: "aloft-end"}, fresh())
	c := sleeper(t, "aloft-end")
	b.want("it runs", true, runs("aloft-end", c.pid()))
	killed := time.Now()
	if err := c.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	took := b.wantWake("killed").Sub(killed)
	t.Logf("its end was known after %v", took)
	if took > 2*time.Second {
		t.Errorf("its end was known after %v", took)
	}
	b.want("a zombie", false, "no process of aloft-end runs")
	c.end()
	b.want("collected", false, "no process of aloft-end runs")
	next := sleeper(t, "aloft-end")
	b.want("started again", true, runs("aloft-end", next.pid()))
}

func TestProcessThatExecutesAnotherProgram(t *testing.T) {
	other := program(t, "sleep", "aloft-after")
	c := start(t, program(t, "sh", "aloft-before"), "sh", "-c", "read _; exec "+other+" 600")
	before := newProcessBench(t, Process{Name: "aloft-before"}, fresh())
	after := newProcessBench(t, Process{Name: "aloft-after"}, fresh())
	before.want("before", true, runs("aloft-before", c.pid()))
	after.want("before", false, "no process of aloft-after runs")
	_ = c.stdin.Close()
	waitFor(t, "the other program", func() bool { return after.check(t.Context()).OK })
	before.want("after", false, "no process of aloft-before runs")
	after.want("after", true, runs("aloft-after", c.pid()))
	before.wantSilence("it was let go of")
	c.end()
	after.wantWake("the end of the other program")
	before.wantSilence("it is not held any more")
}

func TestSeveralProcessesAreNeeded(t *testing.T) {
	b := newProcessBench(t, Process{Name: "aloft-pool", Need: 2}, fresh())
	var pool []*child
	for range 6 {
		pool = append(pool, sleeper(t, "aloft-pool"))
		if len(pool) == 1 {
			b.want("one", false, "1 of 2 processes of aloft-pool run")
		}
	}
	if !b.check(t.Context()).OK || len(b.held) != 2+spare {
		t.Fatalf("holds %d, want %d", len(b.held), 2+spare)
	}
	scans := b.table.scans
	oldest := b.held[0].pid
	if oldest != pool[0].pid() {
		t.Errorf("the first held is %d, want the oldest, %d", oldest, pool[0].pid())
	}
	pool[0].end()
	pool[1].end()
	b.wantWake("one")
	b.wantWake("two")
	b.want("two less", true, runs("aloft-pool", b.held[2].pid))
	if b.table.scans != scans {
		t.Error("/proc was read although enough were held")
	}
	pool[2].end()
	if !b.check(t.Context()).OK || b.table.scans != scans+1 {
		t.Errorf("with too few held /proc was read %d times, want once", b.table.scans-scans)
	}
	for _, c := range pool[3:5] {
		c.end()
	}
	b.want("one is left", false, "1 of 2 processes of aloft-pool run")
}

func TestPIDFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.pid")
	b := newProcessBench(t, Process{PIDFile: path}, fresh())
	state := func(c *child, does string) string { return fmt.Sprintf("pid %d of %s %s", c.pid(), path, does) }
	b.want("no file", false, path+" does not exist")
	for text, says := range map[string]string{
		"":            "nothing, which is not a pid",
		"abc\n":       `"abc", which is not a pid`,
		"-5":          `"-5", which is not a pid`,
		"0":           `"0", which is not a pid`,
		"99999999999": `"99999999999", which is not a pid`,
	} {
		write(t, path, text)
		b.want("nonsense", false, path+" holds "+says)
	}
	one, two := sleeper(t, "aloft-one"), sleeper(t, "aloft-two")
	write(t, path, fmt.Sprintf(" %d\n", one.pid()))
	b.want("one", true, state(one, "runs"))
	write(t, path, fmt.Sprintln(two.pid()))
	b.want("rewritten", true, state(two, "runs"))
	one.end()
	b.want("the former is of no interest", true, state(two, "runs"))
	b.wantSilence("the former ended")
	if err := two.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	b.wantWake("killed")
	b.want("a zombie", false, state(two, "does not run"))
	two.end()
	b.want("stale", false, state(two, "does not run"))
	if b.table.scans != 0 {
		t.Errorf("/proc was read %d times for a pid file", b.table.scans)
	}
}

// TestThreadsAreNoProcesses: a pid file with the number of a thread names no process.
func TestThreadsAreNoProcesses(t *testing.T) {
	tasks, err := os.ReadDir("/proc/self/task")
	if err != nil || len(tasks) < 2 {
		t.Fatalf("%d threads, %v", len(tasks), err)
	}
	path := filepath.Join(t.TempDir(), "a.pid")
	thread := tasks[len(tasks)-1].Name()
	write(t, path, thread)
	newProcessBench(t, Process{PIDFile: path}, fresh()).
		want("a thread", false, fmt.Sprintf("pid %s of %s does not run", thread, path))
}

// TestManyTrackersShareAScan: what 500 trackers of a missing process cost is one reading of /proc.
func TestManyTrackersShareAScan(t *testing.T) {
	table := newProcTable("/proc")
	table.age = time.Hour
	var wait sync.WaitGroup
	for i := range 500 {
		wait.Go(func() {
			p := newProcessProbe(Process{Name: fmt.Sprintf("aloft-no-%d", i)}, table, func() {})
			defer p.close()
			if got := p.check(t.Context()); got.OK {
				t.Errorf("found: %+v", got)
			}
		})
	}
	wait.Wait()
	if took := table.age; table.scans < 1 || table.scans > 10 {
		t.Errorf("/proc was read %d times, age %v", table.scans, took)
	}
}

func TestTableIsReadAgainWhenItIsOld(t *testing.T) {
	table := newProcTable("/proc")
	ask := func(want int, why string) {
		t.Helper()
		if _, err := table.named("aloft", time.Time{}); err != nil || table.scans != want {
			t.Errorf("%s: read %d times, %v, want %d", why, table.scans, err, want)
		}
	}
	ask(1, "first")
	table.age = time.Hour
	ask(1, "it is young")
	table.read = table.read.Add(-2 * time.Hour)
	ask(2, "it is old")
	if table.age < tableAge || table.age > tableAgeMax {
		t.Errorf("it is good for %v", table.age)
	}
}

// TestProcessThatReplacedAnother: a reload of a proxy starts a new process and ends the old one within milliseconds. Another
// tracker that misses its process may have read /proc just before.
func TestProcessThatReplacedAnother(t *testing.T) {
	table := newProcTable("/proc")
	b := newProcessBench(t, Process{Name: "aloft-reload"}, table)
	before := sleeper(t, "aloft-reload")
	b.want("the old one", true, runs("aloft-reload", before.pid()))
	table.age = 0
	newProcessBench(t, Process{Name: "aloft-missing"}, table).want("reads /proc", false, "no process of aloft-missing runs")
	table.age = time.Hour // as long as it takes
	after := sleeper(t, "aloft-reload")
	before.end()
	b.wantWake("the old one ended")
	scans := table.scans
	b.want("the new one", true, runs("aloft-reload", after.pid()))
	newProcessBench(t, Process{Name: "aloft-missing"}, table).want("a young table is good", false, "no process of aloft-missing runs")
	if table.scans != scans+1 {
		t.Errorf("/proc was read %d times, want once", table.scans-scans)
	}
}

// TestHoldingCostsNoThread: 500 trackers that hold a process each wait in the poller.
func TestHoldingCostsNoThread(t *testing.T) {
	c := sleeper(t, "aloft-threads")
	table := newProcTable("/proc")
	var wakes sync.WaitGroup
	before := threads(t)
	for range 500 {
		wakes.Add(1)
		p := newProcessProbe(Process{Name: "aloft-threads"}, table, wakes.Done)
		t.Cleanup(p.close)
		if got := p.check(t.Context()); !got.OK {
			t.Fatalf("got %+v", got)
		}
	}
	after := threads(t)
	t.Logf("%d threads before, %d with 500 held processes", before, after)
	if after > before+20 {
		t.Errorf("%d threads before, %d after", before, after)
	}
	c.end()
	wakes.Wait() // hangs where one of them does not hear of the end
}

func threads(t *testing.T) int {
	t.Helper()
	list, err := os.ReadDir("/proc/self/task")
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

// TestProcessWithoutPIDFDs is a sandbox that forbids pidfd_open: a check reads the table then.
func TestProcessWithoutPIDFDs(t *testing.T) {
	refuse := func(int) (*heldProcess, error) { return nil, unix.EPERM }
	path := filepath.Join(t.TempDir(), "a.pid")
	named := newProcessBench(t, Process{Name: "aloft-loose", Need: 2}, fresh())
	filed := newProcessBench(t, Process{PIDFile: path}, fresh())
	named.open, filed.open = refuse, refuse
	one, two := sleeper(t, "aloft-loose"), sleeper(t, "aloft-loose")
	write(t, path, fmt.Sprint(two.pid()))
	named.want("two run", true, runs("aloft-loose", one.pid()))
	filed.want("it runs", true, fmt.Sprintf("pid %d of %s runs", two.pid(), path))
	if err := two.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "its end", func() bool { return !filed.check(t.Context()).OK })
	named.want("a zombie", false, "1 of 2 processes of aloft-loose run")
	two.end()
	filed.want("collected", false, fmt.Sprintf("pid %d of %s does not run", two.pid(), path))
}

// TestProcessesDoNotLeakDescriptors: what is let go of is closed.
func TestProcessesDoNotLeakDescriptors(t *testing.T) {
	p := newProcessProbe(Process{Name: "aloft-leak"}, fresh(), func() {})
	before := descriptors(t)
	for range 20 {
		c := sleeper(t, "aloft-leak")
		if got := p.check(t.Context()); !got.OK {
			t.Fatalf("got %+v", got)
		}
		c.end()
		_ = c.stdin.Close()
		if got := p.check(t.Context()); got.OK {
			t.Fatalf("got %+v", got)
		}
	}
	p.close()
	if after := descriptors(t); after > before {
		t.Errorf("%d descriptors before, %d after", before, after)
	}
}

func descriptors(t *testing.T) (n int) {
	t.Helper()
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		if to, _ := os.Readlink("/proc/self/fd/" + e.Name()); strings.Contains(to, "pidfd") || strings.HasSuffix(to, "/comm") {
			n++
		}
	}
	return n
}

// waitFor polls until something is so.
func waitFor(t *testing.T, what string, so func() bool) {
	t.Helper()
	for limit := time.Now().Add(ample); !so(); time.Sleep(time.Millisecond) { // real processes take real time
		if time.Now().After(limit) {
			t.Fatalf("waited %v for %s", ample, what)
		}
	}
}

// write writes a file that everybody may read.
func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
