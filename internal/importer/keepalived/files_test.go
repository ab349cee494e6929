package keepalived

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDiskReadsAndBounds(t *testing.T) {
	name := filepath.Join(t.TempDir(), "a.conf")
	if err := os.WriteFile(name, []byte("12345"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := (Disk{}).ReadFile(name, 5); string(got) != "12345" || err != nil {
		t.Errorf("want 12345, got %q and %v", got, err)
	}
	if _, err := (Disk{}).ReadFile(name, 4); err == nil || !strings.HasSuffix(err.Error(), "a.conf is larger than 0 KiB") {
		t.Errorf("want that it is larger, got %v", err)
	}
	if _, err := (Disk{}).ReadFile(name+"x", 4); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("want that it does not exist, got %v", err)
	}
	if _, err := (Disk{}).ReadFile(filepath.Dir(name), 4); err == nil || !strings.Contains(err.Error(), "reading "+filepath.Dir(name)) {
		t.Errorf("want that a directory cannot be read, got %v", err)
	}
}

// TestDiskFindsFilesOnly has a folder, and a pipe that nobody writes into, which would be read forever.
func TestDiskFindsFilesOnly(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"b.conf", "a.conf", "c.txt"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "d.conf"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "e.conf"), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := (Disk{}).Glob(filepath.Join(dir, "*.conf"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{filepath.Join(dir, "a.conf"), filepath.Join(dir, "b.conf")}, got); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	if _, err := (Disk{}).Glob("["); err == nil {
		t.Error("a pattern without end is taken")
	}
}
