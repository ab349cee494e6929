package tracker

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestFolderThatAppearsLater(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "sub")
	path := filepath.Join(dir, "a")
	b := newFileBench(t, File{Path: path}, runWatcher(t))
	missing, there := Result{Text: path + " does not exist"}, Result{OK: true, Text: path + " exists"}
	b.want("no folder", missing)
	for range 3 {
		mkdir(t, dir)
		b.want("the check at the interval", missing)
		write(t, path, "")
		b.wantSoon("it is watched from then on", there)
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
		b.wantSoon("removed with its folder", missing)
		b.settle()
	}
}

// TestFolderThatIsMadeAnew between two checks: its watch went with the old one.
func TestFolderThatIsMadeAnew(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "sub")
	path := filepath.Join(dir, "a")
	mkdir(t, dir)
	b := newFileBench(t, File{Path: path}, runWatcher(t))
	missing, there := Result{Text: path + " does not exist"}, Result{OK: true, Text: path + " exists"}
	b.want("at first", missing)
	for i := range 6 {
		var err error
		if i%2 == 0 {
			err = os.Remove(dir)
		} else {
			err = os.Rename(dir, fmt.Sprint(dir, i))
		}
		if err != nil {
			t.Fatal(err)
		}
		mkdir(t, dir)
		b.wantSoon("another folder", missing)
		b.settle()
		b.want("the check at the interval", missing)
		write(t, path, "")
		b.wantSoon("created", there)
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		b.wantSoon("removed", missing)
		b.settle()
	}
}

func TestFolderThatIsMoved(t *testing.T) {
	parent := t.TempDir()
	dir := filepath.Join(parent, "sub")
	mkdir(t, dir)
	path := filepath.Join(dir, "a")
	write(t, path, "")
	w := runWatcher(t)
	b := newFileBench(t, File{Path: path}, w)
	beside := newFileBench(t, File{Path: filepath.Join(parent, "b")}, w) // the parent is watched too
	beside.check(t.Context())
	missing, there := Result{Text: path + " does not exist"}, Result{OK: true, Text: path + " exists"}
	b.want("at first", there)
	if err := os.Rename(dir, dir+".old"); err != nil {
		t.Fatal(err)
	}
	b.wantSoon("moved", missing)
	b.settle()
	mkdir(t, dir)
	b.want("the check at the interval", missing)
	write(t, path, "")
	b.wantSoon("a new one is watched", there)
}

// TestFolderThatComesAndGoes: of a folder that was moved and removed before its events are read inotify has an error to
// tell, and nobody may wait for whom it is told.
func TestFolderThatComesAndGoes(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "sub")
	w := newFileWatcher()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	ended, done := make(chan error, 1), make(chan struct{})
	go func() { ended <- w.Run(ctx) }()
	go func() {
		defer close(done)
		for range 2000 {
			_ = os.Mkdir(dir, 0o700)
			f := w.add(filepath.Join(dir, "a"), func() {})
			w.follow(f)
			_ = os.WriteFile(f.path, nil, 0o600)
			_ = os.Remove(f.path)
			_ = os.Rename(dir, dir+".old")
			_ = os.Remove(dir + ".old")
			w.remove(f)
		}
		cancel()
	}()
	select {
	case <-done:
	case <-time.After(30 * time.Second):
		t.Fatal("a check hangs")
	}
	if err := <-ended; err != nil {
		t.Errorf("Run: %v", err)
	}
}

// TestTwoNamesOfAFolder: inotify knows one of them only.
func TestTwoNamesOfAFolder(t *testing.T) {
	parent := t.TempDir()
	dir, link := filepath.Join(parent, "run"), filepath.Join(parent, "var-run")
	mkdir(t, dir)
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	w := runWatcher(t)
	var benches []*fileBench
	for _, d := range []string{dir, link, link + "/../run/./"} {
		b := newFileBench(t, File{Path: d + "/a"}, w)
		b.want("at first", Result{Text: d + "/a does not exist"})
		benches = append(benches, b)
	}
	if len(w.folders) != 1 {
		t.Errorf("%d folders, want 1", len(w.folders))
	}
	write(t, filepath.Join(dir, "a"), "")
	for _, b := range benches {
		b.wantSoon("created", Result{OK: true, Text: b.kind.Path + " exists"})
	}
}

func TestWatchesAreGivenBack(t *testing.T) {
	dir := t.TempDir()
	w := runWatcher(t)
	var probes []*fileProbe
	for _, name := range []string{"a", "a", "b"} {
		p := newFileProbe(File{Path: filepath.Join(dir, name)}, w, func() {})
		p.check(t.Context())
		probes = append(probes, p)
	}
	for i, p := range probes {
		if got := len(w.notify.WatchList()); got != 1 {
			t.Errorf("%d watches with %d closed, want 1", got, i)
		}
		p.close()
	}
	if got := w.notify.WatchList(); len(got) != 0 || len(w.folders) != 0 {
		t.Errorf("watches %v, folders %v are left", got, w.folders)
	}
	newFileProbe(File{Path: filepath.Join(dir, "never checked")}, w, func() {}).close()
}

// TestFilesAreCheckedWithoutAWatcher: before Run, after it, and where inotify is refused.
func TestFilesAreCheckedWithoutAWatcher(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a")
	w := newFileWatcher()
	b := newFileBench(t, File{Path: path}, w)
	missing, there := Result{Text: path + " does not exist"}, Result{OK: true, Text: path + " exists"}
	b.want("before", missing)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- w.Run(ctx) }()
	b.wantSoon("Run has all files looked at when it begins to watch", missing)
	write(t, path, "")
	b.wantSoon("created", there)
	cancel()
	if err := <-done; err != nil {
		t.Errorf("Run: %v", err)
	}
	b.settle()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	b.want("after", missing)
	select {
	case <-b.woken:
		t.Error("woken after the end of Run")
	case <-time.After(50 * time.Millisecond):
	}
}

// TestLostEventsWakeAll: when the kernel's queue ran over, anything may have happened.
func TestLostEventsWakeAll(t *testing.T) {
	w := newFileWatcher()
	dir := t.TempDir()
	var benches []*fileBench
	for _, name := range []string{"a", "b"} {
		b := newFileBench(t, File{Path: filepath.Join(dir, name)}, w)
		b.check(t.Context())
		benches = append(benches, b)
	}
	w.tellAll()
	for _, b := range benches {
		b.wantSoon("all", Result{Text: b.kind.Path + " does not exist"})
	}
}

func mkdir(t *testing.T, dir string) {
	t.Helper()
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
}

func BenchmarkCheckOfANumber(b *testing.B) {
	path := filepath.Join(b.TempDir(), "n")
	if err := os.WriteFile(path, []byte("0\n"), 0o600); err != nil {
		b.Fatal(err)
	}
	p := newFileProbe(File{Path: path, Want: FileNumber}, newFileWatcher(), func() {})
	defer p.close()
	for b.Loop() {
		if got := p.check(b.Context()); !got.OK {
			b.Fatalf("got %+v", got)
		}
	}
}
