package command

import (
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// pipePatience is how long the end of the output is waited for after the end of the command, when a process that it
	// has left behind still holds the pipe.
	pipePatience = 100 * time.Millisecond
	// maxPipes is how many such pipes are read on, so that what is left behind can go on writing. The process that holds
	// one more gets SIGPIPE when it writes.
	maxPipes = 200
	// maxUnkillable is how many processes may hang in the kernel before no more commands are started.
	maxUnkillable = 50
)

// leftovers are the descriptors of what outlives the call of Do that made it: pipes and pidfds.
type leftovers map[*os.File]leftover

// leftover is why a descriptor is kept.
type leftover uint8

const (
	heldPipe leftover = iota
	unkillable
)

func (l leftovers) count(why leftover) int {
	n := 0
	for _, w := range l {
		if w == why {
			n++
		}
	}
	return n
}

// cutAll ends the waits for all of them; those who wait close the descriptors.
func (l leftovers) cutAll() {
	for f := range l {
		_ = f.SetReadDeadline(longAgo) // fails if it is closed, which is as good
	}
}

// leave keeps a descriptor until forget. false: there are too many, or the runner ends.
func (r *Runner) leave(f *os.File, why leftover, most int) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ending || r.left.count(why) >= most {
		return false
	}
	r.left[f] = why
	return true
}

func (r *Runner) forget(f *os.File) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.left, f)
}

// crowded says why nothing more can be started.
func (r *Runner) crowded() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if n := r.left.count(unkillable); n >= maxUnkillable {
		return fmt.Errorf("%d earlier commands do not end on SIGKILL, as they wait inside the kernel, for storage it may be", n)
	}
	return nil
}

// collect waits a moment for the end of the output, and has the rest read in the background.
func (r *Runner) collect(out *output) {
	timer := time.NewTimer(pipePatience)
	defer timer.Stop()
	select {
	case <-out.doneC:
		return
	case <-timer.C:
	}
	if !r.leave(out.pipe, heldPipe, maxPipes) {
		_ = out.pipe.SetReadDeadline(longAgo) // fails if it has just ended
		<-out.doneC
		return
	}
	r.busy.Go(func() {
		<-out.doneC
		r.forget(out.pipe)
	})
}

// leaveProcess has a process reaped that did not end on SIGKILL, whenever it does.
func (r *Runner) leaveProcess(p *process) {
	_ = p.exit.SetReadDeadline(time.Time{}) // before leave, as the runner's end may cut it then
	if !r.leave(p.exit, unkillable, maxUnkillable) {
		p.close()
		return
	}
	r.busy.Go(func() {
		defer r.forget(p.exit)
		if !p.await() {
			p.close()
			return
		}
		p.signalGroup(unix.SIGKILL)
		_, _ = p.reap() // nobody asks for it any more
	})
}
