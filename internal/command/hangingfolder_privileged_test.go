//go:build privileged

package command

import (
	"context"
	"fmt"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// hangingFolder mounts a file system that answers nothing, as one does whose server is gone, until release.
func hangingFolder(t *testing.T) (path string, release func()) {
	t.Helper()
	device, err := unix.Open("/dev/fuse", unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	path = t.TempDir()
	options := fmt.Sprintf("fd=%d,rootmode=40000,user_id=0,group_id=0", device)
	if err := unix.Mount("aloft-test", path, "fuse", 0, options); err != nil {
		t.Fatal(err)
	}
	return path, func() {
		unix.Close(device) // which ends whoever waits for it
		if err := unix.Unmount(path, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	}
}

func TestTheEndOfTheRunnerDoesNotWaitForALookAtAProgram(t *testing.T) {
	folder, release := hangingFolder(t)
	r, stop := runUntil(t, own)
	resultC := make(chan Result, 1)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	go func() { resultC <- r.Do(ctx, Command{Argv: []string{folder + "/check"}}) }()
	<-ctx.Done() // it looks at the folder by now, and has no ear for this
	began := time.Now()
	stop()
	if took := time.Since(began); took > time.Second {
		t.Errorf("the end took %v", took)
	}
	select {
	case got := <-resultC:
		t.Errorf("it did not hang: %v", got)
	default:
	}
	release()
	if got := <-resultC; got.Outcome == Exited {
		t.Error(got)
	}
}
