package lab

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

// Sweep removes what crashed laboratories left behind: namespaces whose owner no longer runs, the processes in them, and
// the files of clusters. [New] calls it. Those of running owners are left alone.
func Sweep() error {
	return errors.Join(
		sweepDir("/run/netns", sweepNamespace),
		sweepDir(os.TempDir(), func(name string) error { return os.RemoveAll(filepath.Join(os.TempDir(), name)) }),
	)
}

// sweepDir removes those entries of a directory whose names say that their owner is dead.
func sweepDir(dir string, remove func(name string) error) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("looking for leftovers: %w", err)
	}
	var errs []error
	for _, e := range entries {
		n, ok := parseName(e.Name())
		if !ok || n.Owner.alive() {
			continue
		}
		if err := remove(e.Name()); err != nil {
			errs = append(errs, fmt.Errorf("removing the leftover %s: %w", e.Name(), err))
		}
	}
	return errors.Join(errs...)
}

// sweepNamespace ends the processes in a namespace and removes its name.
func sweepNamespace(name string) error {
	// A name without a namespace behind it (a crash while it was made) has no processes: there the kill says ENOENT or
	// finds nothing, and the name goes all the same.
	if h, err := netns.GetFromName(name); err == nil {
		err = killAllIn(h)
		h.Close()
		if err != nil {
			return err
		}
	}
	return deleteNamed(name)
}

// killAllIn ends every process in a namespace and waits, two seconds at most, until they are gone. Each is found by its
// namespace and ended by its number; this process is never among them.
func killAllIn(h netns.NsHandle) error {
	const patience = 2 * time.Second
	for deadline := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		pids, err := processesIn(h)
		if err != nil || len(pids) == 0 {
			return err
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("processes %v do not end", pids)
		}
		for _, pid := range pids {
			if err := unix.Kill(pid, unix.SIGKILL); err != nil && !errors.Is(err, unix.ESRCH) {
				return fmt.Errorf("killing process %d: %w", pid, err)
			}
		}
	}
}

// processesIn returns the processes in a namespace, without this one and without those that have ended.
func processesIn(h netns.NsHandle) ([]int, error) {
	var want unix.Stat_t
	if err := unix.Fstat(int(h), &want); err != nil {
		return nil, err
	}
	links, err := filepath.Glob("/proc/[0-9]*/ns/net")
	if err != nil {
		return nil, err
	}
	var pids []int
	for _, l := range links {
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(l))))
		if err != nil || pid == os.Getpid() {
			continue
		}
		var got unix.Stat_t
		// A process that ended meanwhile, or is a zombie, has no namespace to look at.
		if unix.Stat(l, &got) == nil && got.Ino == want.Ino && got.Dev == want.Dev {
			pids = append(pids, pid)
		}
	}
	return pids, nil
}
