package tracker

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"sync"
	"time"
)

// spare is how many processes a tracker holds beyond those that it needs: when one of a pool of workers ends, the next is
// known already and /proc is not read.
const spare = 2

// processProbe looks for processes by name or by pid file, and holds those that it found by a pidfd each, at most
// Need and two more. While enough are held, a check asks these and reads nothing of the others.
//
// A pid file is read again at each check. One that is stale, and whose number the kernel gave to another program since,
// cannot be told from a good one: the number is all that it says.
type processProbe struct {
	kind  Process
	need  int
	table *procTable
	open  func(pid int) (*heldProcess, error)
	wake  func() // when one that is held has ended
	held  []*heldProcess
	wait  sync.WaitGroup
}

func newProcessProbe(k Process, table *procTable, wake func()) *processProbe {
	return &processProbe{kind: k, need: max(k.Need, 1), table: table, open: holdProcess, wake: wake}
}

func (p *processProbe) check(context.Context) Result {
	if p.kind.PIDFile != "" {
		return p.checkFile()
	}
	before, since := len(p.held), time.Time{}
	p.release(func(h *heldProcess) bool { return !h.named(p.table.root, p.kind.Name) || !h.alive() })
	if len(p.held) >= p.need {
		return p.enough(p.held[0].pid)
	}
	if len(p.held) < before {
		since = time.Now() // another may have taken its place just before it ended, as when a proxy reloads
	}
	found, err := p.table.named(p.kind.Name, since)
	if err != nil {
		return Result{Text: "looking for processes: " + err.Error()}
	}
	loose := p.hold(found)
	switch n := len(p.held) + len(loose); {
	case n >= p.need && len(p.held) > 0:
		return p.enough(p.held[0].pid)
	case n >= p.need:
		return p.enough(loose[0])
	case n > 0:
		return Result{Text: fmt.Sprintf("%d of %d processes of %s run%s", n, p.need, p.kind.Name, p.table.blind())}
	}
	return Result{Text: "no process of " + p.kind.Name + " runs" + p.table.blind()}
}

func (p *processProbe) enough(pid int) Result {
	return Result{OK: true, Text: fmt.Sprintf("%s runs, pid %d", p.kind.Name, pid)}
}

// hold takes hold of the processes found, oldest first, up to what one tracker holds. It returns those that run but
// cannot be held, where the kernel or a sandbox has no pidfds: they count, and each check looks for them again.
func (p *processProbe) hold(found []proc) (loose []int) {
	for _, f := range found {
		if len(p.held)+len(loose) >= p.need+spare {
			break
		}
		if slices.ContainsFunc(p.held, func(h *heldProcess) bool { return h.pid == f.pid }) {
			continue
		}
		h, err := p.open(f.pid)
		if err == nil && h.named(p.table.root, p.kind.Name) && h.alive() {
			p.watch(h)
			continue
		}
		if h != nil {
			h.release()
		} else if !gone(err) && runsNow(p.table.root, f) {
			loose = append(loose, f.pid)
		}
	}
	return loose
}

// watch waits for the end of a process in the poller of the Go runtime: that costs a goroutine and no thread.
func (p *processProbe) watch(h *heldProcess) {
	p.held = append(p.held, h)
	p.wait.Go(func() {
		if h.ended() {
			p.wake()
		}
	})
}

func (p *processProbe) checkFile() Result {
	path := p.kind.PIDFile
	pid, err := readPID(path)
	if err != nil {
		p.release(func(*heldProcess) bool { return true })
		return Result{Text: err.Error()}
	}
	up := Result{OK: true, Text: fmt.Sprintf("pid %d of %s runs", pid, path)}
	p.release(func(h *heldProcess) bool { return h.pid != pid || !h.alive() })
	if len(p.held) > 0 {
		return up
	}
	if !p.holdPID(pid) {
		return Result{Text: fmt.Sprintf("pid %d of %s does not run", pid, path)}
	}
	return up
}

// holdPID takes hold of the process of a pid, and reports whether it runs. Where pidfds are refused it holds nothing.
func (p *processProbe) holdPID(pid int) bool {
	h, err := p.open(pid)
	if gone(err) {
		return false
	}
	now, unseen := readProc(p.table.root, pid)
	if h == nil {
		return unseen == nil && now.counts()
	}
	// A kernel thread does not count. Where /proc hides a process, its pidfd is enough.
	if unseen == nil && !now.counts() || !h.alive() {
		h.release()
		return false
	}
	p.watch(h)
	return true
}

// readPID reads the number that a pid file begins with.
func readPID(path string) (int, error) {
	text, err := readSmall(path)
	if err != nil {
		return 0, err
	}
	pid, err := strconv.Atoi(text.string)
	if err != nil || pid < 1 || pid > math.MaxInt32 {
		return 0, fmt.Errorf("%s holds %s, which is not a pid", path, text.quote())
	}
	return pid, nil
}

// release lets go of those held that match.
func (p *processProbe) release(match func(*heldProcess) bool) {
	p.held = slices.DeleteFunc(p.held, func(h *heldProcess) bool {
		if !match(h) {
			return false
		}
		h.release()
		return true
	})
}

func (p *processProbe) close() {
	p.release(func(*heldProcess) bool { return true })
	p.wait.Wait()
}
