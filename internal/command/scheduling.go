package command

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// A child inherits the scheduling of the thread that starts it, and that thread stands still until the program is loaded,
// as vfork(2) says. The Go runtime does not know that it stands still: until then a collection of garbage cannot begin, and
// with it waits everything. Measured on two busy processors: a thread with normal scheduling in a real-time process, whose
// child gets no processor for a while, held up the whole process for up to 180 ms, one with real-time scheduling for 2 ms.
//
// So the thread of a real-time daemon stays real-time, and its child is stopped where it has been loaded and has not done
// anything yet: it gets normal scheduling there. Tracing is what can stop it there, ptrace(2).

// realTimeOf returns the real-time policy that the calling thread has and may keep, since it is able to free its children
// of it; 0: none.
func realTimeOf() (policy uint32, err error) {
	attr, err := unix.SchedGetAttr(0, 0)
	if err != nil || attr.Policy != unix.SCHED_FIFO && attr.Policy != unix.SCHED_RR {
		return 0, err
	}
	able, err := capable(unix.CAP_SYS_NICE) // to change a process of another user
	if err != nil || !able {
		return 0, err
	}
	return attr.Policy, nil
}

// lowestRealTime gives the calling thread the lowest priority of a real-time policy: above all that is not, and below what
// the daemon is real-time for.
func lowestRealTime(policy uint32) error {
	return unix.SchedSetAttr(0, &unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: policy, Priority: 1}, 0)
}

// gainsPrivilege says whether a program has set-user-ID bits or capabilities of its own, such as sudo and ping. They would
// mean nothing if it were traced, execve(2).
func gainsPrivilege(file string) bool {
	var st unix.Stat_t
	if unix.Stat(file, &st) == nil && st.Mode&(unix.S_ISUID|unix.S_ISGID) != 0 {
		return true
	}
	n, err := unix.Getxattr(file, "security.capability", nil)
	return err == nil && n > 0
}

// normalScheduling takes a thread's priority over others; 0 is the calling one. It leaves a lower one than normal, which
// somebody has given the daemon on purpose and which a process without privilege may not raise.
func normalScheduling(tid int) error {
	attr, err := unix.SchedGetAttr(tid, 0)
	if err != nil {
		return err
	}
	// Of a real-time thread the nice value is not told here; getpriority(2) knows it, as 20 less it.
	raw, err := unix.Getpriority(unix.PRIO_PROCESS, tid)
	if err != nil {
		return err
	}
	nice := int32(20 - raw)
	switch attr.Policy {
	case unix.SCHED_FIFO, unix.SCHED_RR, unix.SCHED_DEADLINE:
	default:
		if nice >= 0 {
			return nil
		}
	}
	return unix.SchedSetAttr(tid, &unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: unix.SCHED_NORMAL, Nice: max(nice, 0)}, 0)
}

// release gives a traced child normal scheduling once it is loaded, and lets it run.
func release(pid int) error {
	var info unix.Siginfo
	err := retry(func() error {
		return unix.Waitid(unix.P_PID, pid, &info, unix.WSTOPPED|unix.WEXITED|unix.WNOWAIT, nil)
	})
	if err != nil {
		return fmt.Errorf("waiting until it is loaded: %w", err)
	}
	if info.Code != cldTrapped {
		return nil // it has been killed, and is reaped as all are
	}
	if err := normalScheduling(pid); err != nil {
		return fmt.Errorf("giving it normal scheduling: %w", err)
	}
	if err := unix.PtraceDetach(pid); err != nil && !errors.Is(err, unix.ESRCH) { // killed in this moment
		return fmt.Errorf("letting it run: %w", err)
	}
	return nil
}

// cldTrapped is CLD_TRAPPED, sigaction(2): a traced child has stopped.
const cldTrapped = 4
