package tracker

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"
)

// fileBench is a probe of a file, the watcher behind it, and the times it asked for a check.
type fileBench struct {
	*fileProbe
	t     *testing.T
	woken chan struct{}
}

// runWatcher runs a watcher for the length of a test, and returns when it watches.
func runWatcher(t *testing.T) *fileWatcher {
	t.Helper()
	w := newFileWatcher()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- w.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	waitFor(t, "the watcher", func() bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		return w.notify != nil
	})
	return w
}

func newFileBench(t *testing.T, k File, w *fileWatcher) *fileBench {
	t.Helper()
	b := &fileBench{t: t, woken: make(chan struct{}, 1)}
	b.fileProbe = newFileProbe(k, w, func() {
		select {
		case b.woken <- struct{}{}:
		default:
		}
	})
	t.Cleanup(b.close)
	return b
}

func (b *fileBench) want(why string, want Result) {
	b.t.Helper()
	if got := b.check(b.t.Context()); got != want {
		b.t.Errorf("%s: got %+v, want %+v", why, got, want)
	}
}

// wantSoon wants an early check to be asked for until one gives a result: a change may be several events.
func (b *fileBench) wantSoon(why string, want Result) {
	b.t.Helper()
	limit := time.After(10 * time.Second)
	var got Result
	for {
		select {
		case <-b.woken:
			if got = b.check(b.t.Context()); got == want {
				return
			}
		case <-limit:
			b.t.Fatalf("%s: got %+v, want %+v, and no further check was asked for", why, got, want)
		}
	}
}

// settle takes the events that are under way.
func (b *fileBench) settle() {
	for {
		select {
		case <-b.woken:
		case <-time.After(50 * time.Millisecond):
			return
		}
	}
}

func number(path string, n int) Result {
	return Result{OK: n == 0, Numeric: true, Value: n, Text: fmt.Sprintf("%s holds %d", path, n)}
}

func TestFileExistsOrNot(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	w := runWatcher(t)
	exists, absent := newFileBench(t, File{Path: path}, w), newFileBench(t, File{Path: path, Want: FileAbsent}, w)
	exists.want("before", Result{Text: path + " does not exist"})
	absent.want("before", Result{OK: true, Text: path + " does not exist"})
	write(t, path, "")
	exists.wantSoon("created", Result{OK: true, Text: path + " exists"})
	absent.wantSoon("created", Result{Text: path + " exists"})
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	exists.wantSoon("removed", Result{Text: path + " does not exist"})
	absent.wantSoon("removed", Result{OK: true, Text: path + " does not exist"})
	exists.settle()
	write(t, filepath.Join(dir, "other"), "")
	exists.settle()
	absent.settle()
	write(t, filepath.Join(dir, "a.new"), "")
	select {
	case <-exists.woken:
		t.Error("woken for another file of the folder")
	case <-time.After(100 * time.Millisecond):
	}
	under := filepath.Join(dir, "other", "b")
	newFileBench(t, File{Path: under, Want: FileAbsent}, w).want("its folder is a file", Result{OK: true, Text: under + " does not exist"})
}

func TestFileNumber(t *testing.T) {
	path := filepath.Join(t.TempDir(), "n")
	w := runWatcher(t)
	b := newFileBench(t, File{Path: path, Want: FileNumber}, w)
	b.want("no file", Result{Text: path + " does not exist"})
	for text, want := range map[string]Result{
		"0":            number(path, 0),
		" 15\n":        number(path, 15),
		"-7\n":         number(path, -7),
		"+3":           number(path, 3),
		"1000000000":   number(path, 1_000_000_000),
		"-1000000000":  number(path, -1_000_000_000),
		"1000000001":   {Text: path + ` holds "1000000001", which is beyond 1000000000`},
		"-1000000001":  {Text: path + ` holds "-1000000001", which is beyond 1000000000`},
		"1" + tens(30): {Text: path + ` holds "1` + tens(30) + `", which is beyond 1000000000`},
		"0x10":         {Text: path + ` holds "0x10", which is not a number`},
		"1.5":          {Text: path + ` holds "1.5", which is not a number`},
		"1 2":          {Text: path + ` holds "1 2", which is not a number`},
		"\n":           {Text: path + ` holds nothing, which is not a number`},
		tens(60) + "x": {Text: path + ` holds "` + tens(40) + `"…, which is not a number`},
		tens(4097):     {Text: path + " has more than 4096 bytes"},
	} {
		write(t, path, text)
		b.want(fmt.Sprintf("%.20q", text), want)
	}
}

func tens(n int) string { return strings.Repeat("0", n) }

func TestFileNumberFlips(t *testing.T) {
	path := filepath.Join(t.TempDir(), "n")
	write(t, path, "0\n")
	b := newFileBench(t, File{Path: path, Want: FileNumber}, runWatcher(t))
	b.want("at first", number(path, 0))
	for i := range 20 {
		write(t, path, fmt.Sprintln(i%2*30))
		b.wantSoon("flipped", number(path, i%2*30))
	}
}

// TestFileIsReplacedByAnother: most writers that care write beside the file and rename.
func TestFileIsReplacedByAnother(t *testing.T) {
	path := filepath.Join(t.TempDir(), "n")
	write(t, path, "0")
	b := newFileBench(t, File{Path: path, Want: FileNumber}, runWatcher(t))
	b.want("at first", number(path, 0))
	for n := 1; n <= 3; n++ {
		write(t, path+".new", fmt.Sprint(n))
		if err := os.Rename(path+".new", path); err != nil {
			t.Fatal(err)
		}
		b.wantSoon("replaced", number(path, n))
	}
	if err := os.Rename(path, path+".old"); err != nil {
		t.Fatal(err)
	}
	b.wantSoon("renamed away", Result{Text: path + " does not exist"})
}

// TestEmptyFileIsLookedAtTwice: between the truncation and the write of `echo 5 >file` there is nothing in it.
func TestEmptyFileIsLookedAtTwice(t *testing.T) {
	path := filepath.Join(t.TempDir(), "n")
	synctest.Test(t, func(t *testing.T) {
		b := newFileBench(t, File{Path: path, Want: FileNumber}, newFileWatcher())
		write(t, path, "")
		done := make(chan Result, 1)
		go func() { done <- b.check(t.Context()) }()
		synctest.Wait()
		write(t, path, "5")
		if got := <-done; got != number(path, 5) {
			t.Errorf("got %+v", got)
		}
		write(t, path, "")
		over, cancel := context.WithCancel(t.Context())
		cancel()
		begin := time.Now()
		if got := b.check(over); got.OK || got.Numeric || !time.Now().Equal(begin) {
			t.Errorf("got %+v after %v, want a failure at once", got, time.Since(begin))
		}
	})
}

func TestFileThatIsNoRegularOne(t *testing.T) {
	dir := t.TempDir()
	fifo := filepath.Join(dir, "fifo")
	if err := unix.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	w := newFileWatcher()
	for _, path := range []string{fifo, dir, "/dev/null", "/dev/zero"} {
		newFileBench(t, File{Path: path, Want: FileNumber}, w).want(path, Result{Text: path + " is not a regular file"})
		newFileBench(t, File{Path: path}, w).want(path, Result{OK: true, Text: path + " exists"})
		newProcessBench(t, Process{PIDFile: path}, fresh()).want("a pid file", false, path+" is not a regular file")
	}
	loop := filepath.Join(dir, "loop")
	if err := os.Symlink(loop, loop); err != nil {
		t.Fatal(err)
	}
	for want := FileExists; want <= FileNumber; want++ {
		newFileBench(t, File{Path: loop, Want: want}, w).want("cannot be told", Result{Text: loop + ": too many levels of symbolic links"})
	}
}

// TestAFileThatIsNoRegularOneIsNotOpened: to open a device may do something, as watchdog(4) shows, and the folder of a
// tracked file may be somebody's who can put a link to one there.
func TestAFileThatIsNoRegularOneIsNotOpened(t *testing.T) {
	fifo := filepath.Join(t.TempDir(), "fifo")
	if err := unix.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	if _, err := unix.InotifyAddWatch(fd, fifo, unix.IN_OPEN); err != nil {
		t.Fatal(err)
	}
	if _, err := readSmall(fifo); err == nil {
		t.Error("it was read")
	}
	if n, err := unix.Read(fd, make([]byte, 4096)); err != unix.EAGAIN {
		t.Errorf("it was opened: %d bytes of events, %v", n, err)
	}
}

// TestWhatNotEverybodyMayReadIsNotShown: texts of trackers get into logs and to commands, and whose folder it is may put
// a link to any file there.
func TestWhatNotEverybodyMayReadIsNotShown(t *testing.T) {
	dir := t.TempDir()
	secret, link := filepath.Join(dir, "secret"), filepath.Join(dir, "link")
	write(t, secret, "root:x")
	if err := os.Chmod(secret, 0o640); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(secret, link); err != nil {
		t.Fatal(err)
	}
	newFileBench(t, File{Path: link, Want: FileNumber}, newFileWatcher()).
		want("a number", Result{Text: link + " holds a text, which is not a number"})
	newProcessBench(t, Process{PIDFile: link}, fresh()).want("a pid file", false, link+" holds a text, which is not a pid")
}

func TestHugeFileIsRefusedQuickly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "huge")
	write(t, path, "")
	if err := os.Truncate(path, 1<<40); err != nil {
		t.Fatal(err)
	}
	newFileBench(t, File{Path: path, Want: FileNumber}, newFileWatcher()).want("a terabyte", Result{Text: path + " has more than 4096 bytes"})
}

func TestFileIsFollowedThroughLinks(t *testing.T) {
	dir := t.TempDir()
	target, link := filepath.Join(dir, "target"), filepath.Join(dir, "link")
	if err := os.Symlink(target, link); err != nil {
		t.Fatal(err)
	}
	w := runWatcher(t)
	b := newFileBench(t, File{Path: link}, w)
	b.want("a link to nothing", Result{Text: link + " does not exist"})
	write(t, target, "")
	b.want("a link to something", Result{OK: true, Text: link + " exists"})
}
