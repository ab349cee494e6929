package tracker

import (
	"cmp"
	"os"
	"slices"
	"strconv"
	"sync"
	"time"
)

// How old a reading of /proc may be: what suits a few hundred processes; where there are so many that a reading takes long,
// readings take a twentieth of one processor's time at most, until they are a second old.
const (
	tableAge    = 200 * time.Millisecond
	tableAgeMax = time.Second
	tableShare  = 20
)

// How often a reading may be made for somebody who knows that the last one is out of date.
const (
	rushGap   = 40 * time.Millisecond
	rushShare = 4
)

// procTable is a reading of /proc that all trackers of processes share, so that five hundred of them that miss their
// process read it five times a second and not five hundred times. Any goroutine may ask.
type procTable struct {
	root  string
	limit time.Duration // tableAgeMax; a test that wants each reading fresh sets 0

	mu     sync.Mutex
	read   time.Time // when the reading began; zero: never
	took   time.Duration
	age    time.Duration
	names  map[string][]proc
	hidden bool
	scans  int
}

// newProcTable reads the /proc that is mounted at root.
func newProcTable(root string) *procTable { return &procTable{root: root, limit: tableAgeMax} }

// named returns the processes of a name that ran when /proc was read, oldest first. The reading is not older than since,
// where that is not zero, for which named may wait a moment.
func (t *procTable) named(name string, since time.Time) ([]proc, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	old := t.read.IsZero() || time.Since(t.read) >= t.age
	if !old && t.read.Before(since) {
		time.Sleep(max(rushGap, rushShare*t.took) - time.Since(t.read))
		old = true
	}
	if old {
		if err := t.scan(time.Now()); err != nil {
			return nil, err
		}
	}
	return t.names[name], nil
}

// blind is the end of a sentence about processes that were not found, where /proc does not show those of others.
func (t *procTable) blind() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.hidden {
		return "; " + t.root + " hides other users' processes (its option hidepid, or ProtectProc= of aloft's unit)"
	}
	return ""
}

// scan reads the whole of /proc.
func (t *procTable) scan(now time.Time) error {
	pids, err := listPIDs(t.root)
	if err != nil {
		return err
	}
	t.scans++
	// Each pid namespace has a process 1, so where it cannot be seen, there is more that cannot.
	t.names, t.hidden = make(map[string][]proc, len(pids)), true
	for _, pid := range pids {
		p, err := readProc(t.root, pid)
		if err != nil {
			continue // it has ended since, or is hidden
		}
		if pid == 1 {
			t.hidden = false
		}
		if !p.counts() {
			continue
		}
		for _, name := range p.names {
			t.names[name] = append(t.names[name], p)
		}
	}
	for _, list := range t.names {
		slices.SortFunc(list, func(a, b proc) int {
			return cmp.Or(cmp.Compare(a.started, b.started), cmp.Compare(a.pid, b.pid))
		})
	}
	t.read, t.took = now, time.Since(now)
	t.age = min(max(tableAge, tableShare*t.took), t.limit)
	return nil
}

// listPIDs lists the numbers in /proc.
func listPIDs(root string) ([]int, error) {
	dir, err := os.Open(root)
	if err != nil {
		return nil, err
	}
	defer func() { _ = dir.Close() }()
	entries, err := dir.Readdirnames(-1)
	if err != nil {
		return nil, err
	}
	pids := make([]int, 0, len(entries))
	for _, e := range entries {
		if pid, err := strconv.Atoi(e); err == nil && pid > 0 {
			pids = append(pids, pid)
		}
	}
	return pids, nil
}
