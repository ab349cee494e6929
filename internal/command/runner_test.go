package command

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

func TestDoSaysHowACommandEnded(t *testing.T) {
	r := run(t, own)
	for _, test := range []struct {
		command Command
		want    Result
	}{
		{Command{Argv: []string{"true"}}, Result{}},
		{sh("echo up"), Result{Output: "up"}},
		{sh("echo out; echo why >&2; exit 3"), Result{Code: 3, Output: "out\nwhy"}},
		{sh("echo bye; kill -SEGV $$"), Result{Outcome: Signalled, Signal: unix.SIGSEGV, Output: "bye"}},
		{sh("kill -KILL $$"), Result{Outcome: Signalled, Signal: unix.SIGKILL}},
		{sh("aloft-nowhere 2>/dev/null"), Result{Code: 127}},
		{Command{Argv: []string{script(t, "#!/bin/sh\nrm \"$0\"; echo \"$@\""), "a b", "c"}}, Result{Output: "a b c"}},
	} {
		got := r.Do(t.Context(), test.command)
		if got.Took <= 0 || got.Took > deadline {
			t.Errorf("%q took %v", test.command.Argv, got.Took)
		}
		got.Took = 0
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", test.command.Argv, diff)
		}
	}
}

func TestDoRefusesWhatCannotRun(t *testing.T) {
	r := run(t, own)
	noInterpreter, noFormat := script(t, "#!/nowhere/sh\n"), script(t, "echo x\n")
	for want, c := range map[string]Command{
		"/nowhere does not exist": {Argv: []string{"/nowhere/x"}},
		noInterpreter + " names an interpreter in its first line that does not exist; look for a carriage return there": {Argv: []string{noInterpreter}},
		noFormat + " is neither a program of this machine nor a script with a first line such as #!/bin/sh":             {Argv: []string{noFormat}},
		"its arguments and environment are too long":                                                                    {Argv: []string{"true", strings.Repeat("x", 1<<20)}},
		"there is no user aloft-nobody in /etc/passwd (user: unknown user aloft-nobody)":                                {Argv: []string{"true"}, User: "aloft-nobody"},
		"starting " + noFormat + " as " + ownIdentity().name + ": invalid argument":                                     {Argv: []string{noFormat, "a\x00b"}},
	} {
		got := r.Do(t.Context(), c)
		if got.Outcome != Refused || got.Took != 0 || fmt.Sprint(got.Err) != want {
			t.Errorf("%v\nwant %s", got, want)
		}
	}
}

func TestDoRefusesAFileThatIsBeingWritten(t *testing.T) {
	r := run(t, own)
	file := script(t, "#!/bin/sh\n")
	w, err := os.OpenFile(file, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	got := r.Do(t.Context(), Command{Argv: []string{file}})
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if got.Outcome != Refused || fmt.Sprint(got.Err) != file+" is being written" {
		t.Error(got)
	}
	if got := r.Do(t.Context(), Command{Argv: []string{file}}); !got.OK() {
		t.Error(got)
	}
}

func TestTimeoutEndsTheWholeGroup(t *testing.T) {
	r := run(t, Settings{})
	for _, test := range []struct {
		name, line string
		least      time.Duration
	}{
		{"hangs", "echo $$; sleep 1000", 0},
		{"ignores SIGTERM", "trap '' TERM; echo $$; while :; do sleep 1000; done", grace},
		{"forks children", "echo $$; (sleep 1000 & sleep 1000) & sleep 1000", 0},
		{"ends, its children do not", "echo $$; (trap '' TERM; sleep 1000 & wait) & trap 'exit 0' TERM; wait", 0},
		{"is stopped", "echo $$; kill -STOP $$", grace},
		{"closes its output", "echo $$; exec >&- 2>&-; sleep 1000", 0},
	} {
		for _, leave := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, leave=%t", test.name, leave), func(t *testing.T) {
				t.Parallel()
				c := sh(test.line)
				c.Timeout, c.LeaveChildren = time.Second, leave
				got := r.Do(t.Context(), c)
				if got.Outcome != TimedOut || got.Err != nil || got.OK() {
					t.Error(got)
				}
				if got.Took < c.Timeout+test.least {
					t.Errorf("it took %v only", got.Took)
				}
				gone(t, firstLine(got.Output))
			})
		}
	}
}

// A group may be left, setpgid(2), and a signal to it reaches nobody then.
func TestTimeoutEndsACommandThatLeftItsGroup(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := Command{Argv: []string{self}, Env: []string{deserterEnv + "=1"}, Timeout: 2 * time.Second}
	if got := run(t, own).Do(t.Context(), c); got.Outcome != TimedOut || got.Output != "deserted" || got.Err != nil {
		t.Error(got)
	}
}

func TestATimeoutLeavesTimeToSayWhy(t *testing.T) {
	c := sh("trap 'echo cleaned up; exit 0' TERM; sleep 1000 & wait")
	c.Timeout = time.Second
	got := run(t, Settings{}).Do(t.Context(), c)
	if got.Outcome != TimedOut || got.Output != "cleaned up" {
		t.Error(got)
	}
}

func TestContextEndsACommand(t *testing.T) {
	r := run(t, Settings{})
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if got := r.Do(ctx, sh("sleep 1000")); got.Outcome != TimedOut {
		t.Errorf("a deadline: %v", got)
	}

	ctx, cancel = context.WithCancel(t.Context())
	defer cancel()
	resultC := make(chan Result, 1)
	go func() { resultC <- r.Do(ctx, sh("echo $$; sleep 1000")) }()
	until(t, "started", func() bool { return started(r) == 1 })
	cancel()
	got := <-resultC
	if got.Outcome != Cancelled || got.Took == 0 {
		t.Errorf("a cancellation: %v", got)
	}

	if got := r.Do(ctx, sh("true")); got.Outcome != Cancelled || got.Took != 0 {
		t.Errorf("a context that was done before: %v", got)
	}
}

// started counts the commands that have begun.
func started(r *Runner) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := 0
	for p := range r.running {
		p.mu.Lock()
		if p.exit != nil {
			n++
		}
		p.mu.Unlock()
	}
	return n
}

func TestEndOfTheRunnerEndsCommands(t *testing.T) {
	r, stop := runUntil(t, own)
	mark := t.TempDir() + "/mark"
	resultC := make(chan Result, 1)
	go func() {
		resultC <- r.Do(context.Background(), sh("trap 'echo told; exit 0' TERM; echo >"+mark+"; sleep 1000 & wait"))
	}()
	until(t, "started", func() bool { _, err := os.Stat(mark); return err == nil })
	pgid := strconv.Itoa(onlyPID(t, r))
	stop()
	if left := group(t, pgid); len(left) > 0 {
		t.Errorf("Run returned before %q had ended", left)
	}
	if got := <-resultC; got.Outcome != Cancelled || got.Output != "told" {
		t.Error(got)
	}
	if got := r.Do(t.Context(), sh("true")); got.Outcome != Cancelled || got.Took != 0 {
		t.Errorf("after the end: %v", got)
	}
}

// onlyPID returns the number of the command that runs. It may do things before its Do knows that it has begun.
func onlyPID(t *testing.T, r *Runner) int {
	t.Helper()
	until(t, "begun", func() bool { return started(r) == 1 })
	r.mu.Lock()
	defer r.mu.Unlock()
	for p := range r.running {
		p.mu.Lock()
		defer p.mu.Unlock()
		return p.pid
	}
	t.Fatal("no command runs")
	return 0
}

func TestDoWaitsForTheRunner(t *testing.T) {
	r := New(Settings{}, nil)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	want := "not run: its time was over before it could start"
	if got := r.Do(ctx, sh("true")); got.Outcome != TimedOut || got.String() != want {
		t.Errorf("%v, want %s", got, want)
	}
}

func TestChildrenAreKilledOrLeft(t *testing.T) {
	r := run(t, Settings{})
	for _, leave := range []bool{false, true} {
		c := sh("echo $$; sleep 1000 >/dev/null 2>&1 & exit 0")
		c.LeaveChildren = leave
		pgid := said(t, r, c)
		if leave {
			endOnlyOne(t, pgid)
		}
		gone(t, pgid)
	}
}

// Whoever leaves nothing behind is not waited for; the quickest of some tells, on a busy machine.
func TestACommandCostsNoPatience(t *testing.T) {
	r := run(t, Settings{})
	quickest := deadline
	for range 20 {
		if got := r.Do(t.Context(), sh("echo x")); got.Took < quickest {
			quickest = got.Took
		}
	}
	if quickest >= pipePatience {
		t.Errorf("the quickest of 20 took %v", quickest)
	}
}

// A child that lives on and writes must neither hold up the result nor be killed by SIGPIPE.
func TestOutputOfChildrenIsReadOn(t *testing.T) {
	r := run(t, own)
	mark := t.TempDir() + "/mark"
	c := sh("echo $$; (sleep 0.5; head -c 300000 /dev/zero; echo x >" + mark + ") & exit 0")
	c.LeaveChildren = true
	got := r.Do(t.Context(), c)
	if !got.OK() || len(got.Output) == 0 {
		t.Fatal(got)
	}
	if _, err := os.Stat(mark); err == nil {
		t.Error("Do waited for the child")
	}
	until(t, "written", func() bool { _, err := os.Stat(mark); return err == nil })
	until(t, "forgotten", func() bool { r.mu.Lock(); defer r.mu.Unlock(); return len(r.left) == 0 })
	gone(t, firstLine(got.Output))
}

func TestHeldPipesAreBounded(t *testing.T) {
	r := run(t, Settings{})
	held, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	if !r.leave(held, heldPipe, 1) || r.leave(os.Stdin, heldPipe, 1) {
		t.Error("the bound is not one")
	}
	if !r.leave(os.Stdin, unkillable, 1) {
		t.Error("one kind counts as another")
	}
	if err := r.crowded(); err != nil {
		t.Error(err)
	}
	r.mu.Lock()
	for range maxUnkillable {
		r.left[new(os.File)] = unkillable
	}
	r.mu.Unlock()
	if got := r.Do(t.Context(), sh("true")); got.Outcome != Refused || got.Err == nil {
		t.Error(got)
	}
	r.mu.Lock()
	clear(r.left)
	r.mu.Unlock()
}

func TestTheEndOfTheRunnerCutsHeldPipes(t *testing.T) {
	r, stop := runUntil(t, Settings{})
	c := sh("echo $$; sleep 1000 & exit 0")
	c.LeaveChildren = true
	pgid := said(t, r, c)
	stop() // and goleak looks for the reader
	endOnlyOne(t, pgid)
	gone(t, pgid)
}

func TestAGigabyteOfOutputCostsNoMemory(t *testing.T) {
	r := run(t, Settings{})
	got := testing.Benchmark(func(b *testing.B) {
		if b.N > 1 {
			return
		}
		b.ReportAllocs()
		result := r.Do(t.Context(), sh("head -c 1073741824 /dev/zero; echo; echo the end"))
		if !result.OK() || !strings.HasSuffix(result.Output, "the end") || len(result.Output) > keptHead+keptTail+100 {
			t.Errorf("%v with %d bytes", result, len(result.Output))
		}
		if want := "[1073737737 bytes left out]"; !strings.Contains(result.Output, want) {
			t.Errorf("no %q in the output", want)
		}
	})
	if got.MemBytes > 1<<20 {
		t.Errorf("it allocated %d bytes", got.MemBytes)
	}
}

func TestStandardInput(t *testing.T) {
	r := run(t, Settings{})
	large := []byte(strings.Repeat("x", 3<<20))
	for _, test := range []struct {
		line  string
		stdin []byte
		want  string
	}{
		{"cat", []byte(`{"event":"active"}`), `{"event":"active"}`},
		{"cat; echo end", nil, "end"},
		{"read x || echo end", nil, "end"},
		{"wc -c", large, "3145728"},
		{"cat /dev/stdin | wc -c", large, "3145728"},
		{"exec <&-; echo not read", large, "not read"},
	} {
		c := sh(test.line)
		c.Stdin = test.stdin
		if got := said(t, r, c); got != test.want {
			t.Errorf("%s: %q, want %q", test.line, got, test.want)
		}
	}
}

func TestOutputMayBeOpenedByName(t *testing.T) {
	if got := said(t, run(t, Settings{}), sh("echo out >/dev/stdout; echo err >/dev/stderr")); got != "out\nerr" {
		t.Errorf("%q", got)
	}
}

func TestEnvironmentOfACommand(t *testing.T) {
	t.Setenv("ALOFT_SECRET", "x")
	s := own
	s.Environment = []string{"SITE=north", "LANG=C"}
	r := run(t, s)
	c := Command{Argv: []string{"env"}, Env: []string{"ALOFT_ROUTER=web"}}
	who := ownIdentity()
	want := []string{
		"ALOFT_ROUTER=web", "HOME=" + who.home, "LANG=C", "LOGNAME=" + who.name, "PATH=" + programPath, "SHELL=/bin/sh",
		"SITE=north", "USER=" + who.name,
	}
	got := strings.Split(said(t, r, c), "\n")
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	r.Configure(own)
	if got := said(t, r, Command{Argv: []string{"env"}}); strings.Contains(got, "SITE") {
		t.Errorf("after Configure: %s", got)
	}
}

func TestSurroundingsOfACommand(t *testing.T) {
	inherited, err := unix.Open("/dev/null", unix.O_RDONLY, 0) // as whoever starts the daemon may have left it open
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(inherited)
	old := unix.Umask(0o077)
	defer unix.Umask(old)
	r := run(t, Settings{})
	if got := said(t, r, Command{Argv: []string{"ls", "/proc/self/fd"}}); got != "0\n1\n2\n3" { // 3 is the folder's
		t.Errorf("open descriptors: %q", got)
	}
	for line, want := range map[string]string{
		"readlink /proc/self/fd/0": "/dev/null",
		"pwd":                      "/",
		"umask":                    "0022",
		"test $$ = $(cut -d' ' -f5 /proc/$$/stat) && echo a group": "a group",
		"(: </dev/tty) 2>/dev/null || echo no terminal":            "no terminal",
		"ulimit -c; nice": "0\n0",
	} {
		if got := said(t, r, sh(line)); got != want {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
	}
	if got := unix.Umask(0o077); got != 0o077 {
		t.Errorf("the mask of the daemon has become %o", got)
	}
}

func TestManyCommandsCostFewThreads(t *testing.T) {
	const many = 200
	r := run(t, Settings{})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	resultC := make(chan Result, many)
	for range many {
		go func() { resultC <- r.Do(ctx, Command{Argv: []string{"sleep", "1000"}}) }()
	}
	until(t, "200 at once", func() bool { return started(r) == many })
	threads, err := strconv.Atoi(status(t, "Threads"))
	if err != nil || threads > 40 {
		t.Errorf("%d threads, %v", threads, err)
	}
	t.Logf("%d threads", threads)
	cancel()
	for range many {
		if got := <-resultC; got.Outcome != Cancelled || got.Took == 0 {
			t.Error(got)
		}
	}
	children, err := exec.Command("pgrep", "-c", "-P", strconv.Itoa(os.Getpid()), "sleep").Output()
	if got := strings.TrimSpace(string(children)); got != "0" {
		t.Errorf("%s are left, %v", got, err)
	}
}

// The kernel kills commands with the daemon, however it ends.
func TestCommandsDieWithTheDaemon(t *testing.T) {
	mark := t.TempDir() + "/pid"
	daemon := again(t, daemonEnv+"=echo $$ >"+mark+".new; mv "+mark+".new "+mark+"; exec sleep 1000", daemonUserEnv+"="+own.User)
	if err := daemon.Start(); err != nil {
		t.Fatal(err)
	}
	until(t, "started", func() bool { _, err := os.Stat(mark); return err == nil })
	pid, err := os.ReadFile(mark)
	if err != nil {
		t.Fatal(err)
	}
	pgid := strings.TrimSpace(string(pid))
	if got := group(t, pgid); len(got) != 1 {
		t.Errorf("%q run, want one", got)
	}
	if err := daemon.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = daemon.Wait() // it was killed
	gone(t, pgid)
}
