package notify

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// pipe is a FIFO of the test's own, not opened.
func pipe(t *testing.T) *fifo {
	t.Helper()
	f := &fifo{path: filepath.Join(t.TempDir(), "fifo"), fd: -1}
	t.Cleanup(f.shut)
	return f
}

// listen opens a FIFO for reading, as a reader would.
func listen(t *testing.T, path string) *os.File {
	t.Helper()
	r, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r
}

// drain reads what is there now.
func drain(t *testing.T, r *os.File) string {
	t.Helper()
	raw, err := r.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	if err := raw.Read(func(fd uintptr) bool {
		buffer := make([]byte, 1<<16)
		for {
			n, err := unix.Read(int(fd), buffer)
			if n <= 0 || err != nil {
				return true
			}
			text.Write(buffer[:n])
		}
	}); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

// shrink makes the pipe as small as it can be, one page.
func shrink(t *testing.T, r *os.File) {
	t.Helper()
	if _, err := unix.FcntlInt(r.Fd(), unix.F_SETPIPE_SZ, os.Getpagesize()); err != nil {
		t.Fatal(err)
	}
	if err := unix.SetNonblock(int(r.Fd()), true); err != nil {
		t.Fatal(err)
	}
}

func wantFile(t *testing.T, path string, want bool) {
	t.Helper()
	if _, err := os.Lstat(path); (err == nil) != want {
		t.Errorf("%s: there is one: %t, want %t", path, err == nil, want)
	}
}

func TestFIFOIsMadeWithItsModeAndRemoved(t *testing.T) {
	f := pipe(t)
	defer unix.Umask(unix.Umask(0o777))
	if err := f.open(); err != nil {
		t.Fatal(err)
	}
	info, err := os.Lstat(f.path)
	if err != nil {
		t.Fatal(err)
	}
	if want := os.ModeNamedPipe | 0o640; info.Mode() != want {
		t.Errorf("mode %v, want %v", info.Mode(), want)
	}
	if err := f.remove(); err != nil {
		t.Error(err)
	}
	wantFile(t, f.path, false)
}

func TestFIFOOfSomebodyElseIsUsedAndStays(t *testing.T) {
	f := pipe(t)
	if err := unix.Mkfifo(f.path, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := f.write("line\n"); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(f.path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v (%v), want the one it had", info.Mode(), err)
	}
	if err := f.remove(); err != nil {
		t.Error(err)
	}
	wantFile(t, f.path, true)
}

func TestFIFOThatCannotBeOne(t *testing.T) {
	tests := []struct {
		name string
		make func(path string) error
		want string
	}{
		{"a file", func(path string) error { return os.WriteFile(path, []byte("precious"), 0o600) }, "it is there and no FIFO"},
		{"a folder", func(path string) error { return os.Mkdir(path, 0o700) }, "it is there and no FIFO"},
		{"a link to nothing", func(path string) error { return os.Symlink("nowhere", path) }, "symbolic link"},
		{"a link to a FIFO", func(path string) error {
			if err := unix.Mkfifo(path+".real", 0o600); err != nil {
				return err
			}
			return os.Symlink(path+".real", path)
		}, "symbolic link"},
		{"no folder", func(path string) error { return os.Remove(filepath.Dir(path)) }, "no such file or directory"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := pipe(t)
			if err := test.make(f.path); err != nil {
				t.Fatal(err)
			}
			before, _ := os.ReadDir(filepath.Dir(f.path))
			for _, err := range []error{f.open(), f.write("line\n")} {
				if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), f.path) {
					t.Errorf("error %v, want the path and %q", err, test.want)
				}
			}
			if err := f.remove(); err != nil {
				t.Error(err)
			}
			if after, _ := os.ReadDir(filepath.Dir(f.path)); len(after) != len(before) {
				t.Errorf("%d files before, %d after", len(before), len(after))
			}
			if info, err := os.Lstat(f.path); err == nil && info.Mode().IsRegular() && info.Size() != int64(len("precious")) {
				t.Errorf("the file has %d bytes now", info.Size())
			}
		})
	}
}

func TestUsable(t *testing.T) {
	us := uint32(os.Geteuid())
	tests := []struct {
		stat unix.Stat_t
		want string
	}{
		{unix.Stat_t{Mode: unix.S_IFIFO, Uid: us}, ""},
		{unix.Stat_t{Mode: unix.S_IFIFO, Uid: us + 1}, "it belongs to user id"},
		{unix.Stat_t{Mode: unix.S_IFCHR, Uid: us}, "no FIFO"},
		{unix.Stat_t{Mode: unix.S_IFLNK, Uid: us}, "symbolic link"},
	}
	for _, test := range tests {
		err := usable(test.stat)
		if test.want == "" && err == nil {
			continue
		}
		if test.want == "" || err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("mode %o of %d: %v, want %q", test.stat.Mode, test.stat.Uid, err, test.want)
		}
	}
}

func TestFIFONeedsNoReaderAndKeepsLinesForTheNext(t *testing.T) {
	f := pipe(t)
	write := func(line string) {
		t.Helper()
		if err := f.write(line); err != nil {
			t.Fatal(err)
		}
	}
	write("before anybody reads\n")
	r := listen(t, f.path)
	if got, want := drain(t, r), "before anybody reads\n"; got != want {
		t.Errorf("read %q, want %q", got, want)
	}
	_ = r.Close()
	write("while nobody reads\n")
	if got, want := drain(t, listen(t, f.path)), "while nobody reads\n"; got != want {
		t.Errorf("the next reader read %q, want %q", got, want)
	}
}

func TestAFullFIFOTakesWholeLinesOnlyAndNeverWaits(t *testing.T) {
	f := pipe(t)
	if err := f.open(); err != nil {
		t.Fatal(err)
	}
	r := listen(t, f.path)
	shrink(t, r)
	line, written := "INSTANCE \"a-name-that-divides-no-page\" MASTER 200\n", 0
	for ; written < os.Getpagesize(); written++ {
		if err := f.write(line); err != nil {
			if !strings.Contains(err.Error(), errFull.Error()) {
				t.Fatal(err)
			}
			break
		}
	}
	if want := strings.Repeat(line, written); written == 0 || drain(t, r) != want {
		t.Errorf("%d lines were written, and others were read", written)
	}
	if err := f.write(line); err != nil {
		t.Errorf("after it was read: %v", err)
	}
}

func TestAFIFOThatWasReplacedIsOpenedAnewAndNotOursToRemove(t *testing.T) {
	f := pipe(t)
	if err := f.open(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(f.path); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mkfifo(f.path, 0o600); err != nil {
		t.Fatal(err)
	}
	r := listen(t, f.path)
	if err := f.write("line\n"); err != nil {
		t.Fatal(err)
	}
	if got := drain(t, r); got != "line\n" {
		t.Errorf("the reader of the new one read %q", got)
	}
	if err := f.remove(); err != nil {
		t.Error(err)
	}
	wantFile(t, f.path, true)
}

func TestAFIFOThatWasDeletedIsMadeAgain(t *testing.T) {
	f := pipe(t)
	for range 2 {
		if err := f.write("line\n"); err != nil {
			t.Fatal(err)
		}
		wantFile(t, f.path, true)
		if err := os.Remove(f.path); err != nil {
			t.Fatal(err)
		}
	}
	// What has taken the path at the end is not ours.
	if err := os.WriteFile(f.path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := f.remove(); err != nil {
		t.Error(err)
	}
	wantFile(t, f.path, true)
}
