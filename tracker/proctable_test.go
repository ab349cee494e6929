package tracker

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// fakeProc is a /proc with what a test wants in it.
func fakeProc(t *testing.T, processes ...string) *procTable {
	t.Helper()
	root := t.TempDir()
	for _, p := range processes {
		pid, rest, _ := strings.Cut(p, " ")
		stat, cmdline, _ := strings.Cut(rest, "|")
		dir := filepath.Join(root, pid)
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		name := strings.TrimPrefix(stat, "(")
		write(t, filepath.Join(dir, "comm"), name[:max(strings.LastIndex(name, ")"), 0)]+"\n")
		write(t, filepath.Join(dir, "stat"), pid+" "+stat)
		write(t, filepath.Join(dir, "cmdline"), strings.ReplaceAll(cmdline, " ", "\x00"))
	}
	if err := os.Mkdir(filepath.Join(root, "sys"), 0o700); err != nil {
		t.Fatal(err)
	}
	return newProcTable(root)
}

// stat is what /proc/PID/stat has after the pid.
func stat(comm, state string, flags, started int) string {
	return fmt.Sprintf("(%s) %s 1 1 1 0 -1 %d 0 0 0 0 0 0 0 0 20 0 1 0 %d 0 0\n", comm, state, flags, started)
}

func TestTableCounts(t *testing.T) {
	table := fakeProc(t,
		"1 "+stat("init", "S", 0, 1)+"|/sbin/init",
		"2 "+stat("kthreadd", "S", kernelThread, 1)+"|",
		"30 "+stat("web", "S", 0, 9)+"|/usr/sbin/web -D",
		"31 "+stat("web", "Z", 0, 2)+"|",
		"32 "+stat("web", "R", 0, 5)+"|web: worker process",
		"33 "+stat("web", "X", 0, 2)+"|",
		"34 "+stat("a) S (b", "S", 0, 2)+"|x",
		"35 "+stat("aloft-script-na", "S", 0, 2)+"|/bin/sh /usr/bin/aloft-script-name 5",
		"36 "+stat("aloft-script-na", "S", 0, 3)+"|/bin/sh /usr/bin/aloft-script-notes",
		"37 garbage|",
	)
	for name, want := range map[string][]int{
		"init": {1}, "kthreadd": nil, "web": {32, 30}, "a) S (b": {34}, "x": {34}, "nobody": nil,
		"aloft-script-na": {35, 36}, "aloft-script-name": {35}, "sh": {35, 36}, "5": nil, "": nil,
	} {
		found, err := table.named(name, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		var got []int
		for _, p := range found {
			got = append(got, p.pid)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if got := table.blind(); got != "" {
		t.Errorf("process 1 is visible, and yet: %s", got)
	}
}

func TestHiddenProcessesAreMentioned(t *testing.T) {
	table := fakeProc(t, "812 "+stat("aloft", "S", 0, 1)+"|aloft run")
	b := newProcessBench(t, Process{Name: "web"}, table)
	b.want("nothing but ourselves", false, "no process of web runs; "+table.root+
		" hides other users' processes (its option hidepid, or ProtectProc= of aloft's unit)")
}

func TestProcThatIsNotThere(t *testing.T) {
	root := filepath.Join(t.TempDir(), "proc")
	b := newProcessBench(t, Process{Name: "web"}, newProcTable(root))
	b.want("no /proc", false, "looking for processes: open "+root+": no such file or directory")
}

// TestKernelThreadIsNoProcess takes a number that is a process's in truth: only the flag says that it is a kernel thread.
func TestKernelThreadIsNoProcess(t *testing.T) {
	c := sleeper(t, "aloft-kernel")
	table := fakeProc(t, "1 "+stat("init", "S", 0, 1)+"|init", fmt.Sprintf("%d %s|", c.pid(), stat("aloft-kernel", "S", kernelThread, 2)))
	newProcessBench(t, Process{Name: "aloft-kernel"}, table).want("by name", false, "no process of aloft-kernel runs")
	path := filepath.Join(t.TempDir(), "a.pid")
	write(t, path, fmt.Sprint(c.pid()))
	newProcessBench(t, Process{PIDFile: path}, table).want("by number", false, fmt.Sprintf("pid %d of %s does not run", c.pid(), path))
}

func TestStatThatIsNone(t *testing.T) {
	for _, text := range []string{"", "5", "5 web S 1", "5 (web", "5 (web) S 1", "x " + stat("web", "S", 0, 1), "5 )web("} {
		if p, err := parseStat([]byte(text)); err == nil {
			t.Errorf("%q is taken for %+v", text, p)
		}
	}
}

func BenchmarkCheckOfAHeldProcess(b *testing.B) {
	p := newProcessProbe(Process{Name: ownName(b)}, newProcTable("/proc"), func() {})
	defer p.close()
	for b.Loop() {
		if got := p.check(b.Context()); !got.OK {
			b.Fatalf("got %+v", got)
		}
	}
}

func BenchmarkCheckOfAPIDFile(b *testing.B) {
	path := filepath.Join(b.TempDir(), "a.pid")
	if err := os.WriteFile(path, fmt.Append(nil, os.Getpid()), 0o600); err != nil {
		b.Fatal(err)
	}
	p := newProcessProbe(Process{PIDFile: path}, newProcTable("/proc"), func() {})
	defer p.close()
	for b.Loop() {
		if got := p.check(b.Context()); !got.OK {
			b.Fatalf("got %+v", got)
		}
	}
}

func BenchmarkScan(b *testing.B) {
	table := newProcTable("/proc")
	table.limit = 0
	for b.Loop() {
		if _, err := table.named("nobody", time.Time{}); err != nil {
			b.Fatal(err)
		}
	}
	pids, err := listPIDs("/proc")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(len(pids)), "processes")
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(pids)), "ns/process")
}

func ownName(b *testing.B) string {
	b.Helper()
	p, err := readProc("/proc", os.Getpid())
	if err != nil {
		b.Fatal(err)
	}
	return p.comm
}
