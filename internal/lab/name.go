package lab

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
)

// namePrefix begins the name of every namespace of a laboratory.
const namePrefix = "aloft-"

// switchName is the host part of the name of the switch's namespace.
const switchName = "sw"

// owner is a process that has a laboratory. The start time tells it from a later process of the same number.
type owner struct {
	PID   int
	Start uint64 // clock ticks since boot, /proc/pid/stat field 22
}

// name is the name of a namespace: "aloft-4711-9ix-1-www1". It says whose it is, so that what a crashed owner left
// behind can be told from what is in use.
type name struct {
	Owner  owner
	Serial int // counts the laboratories of one process
	Host   string
}

// serials counts the laboratories of this process.
var serials atomic.Int64

// String returns the name as it stands in /run/netns.
func (n name) String() string {
	return fmt.Sprintf("%s%d-%s-%d-%s", namePrefix, n.Owner.PID, strconv.FormatUint(n.Owner.Start, 36), n.Serial, n.Host)
}

// parseName reads a name; it is not ok for a namespace that is no laboratory's.
func parseName(s string) (n name, ok bool) {
	rest, ok := strings.CutPrefix(s, namePrefix)
	if !ok {
		return name{}, false
	}
	parts := strings.SplitN(rest, "-", 4)
	if len(parts) != 4 || parts[3] == "" {
		return name{}, false
	}
	pid, errPID := strconv.Atoi(parts[0])
	start, errStart := strconv.ParseUint(parts[1], 36, 64)
	serial, errSerial := strconv.Atoi(parts[2])
	n = name{Owner: owner{PID: pid, Start: start}, Serial: serial, Host: parts[3]}
	// Only what String writes is a name: "+1" and "01" are somebody else's.
	return n, errPID == nil && errStart == nil && errSerial == nil && pid > 0 && n.String() == s
}

// self returns this process as an owner.
func self() (owner, error) {
	pid := os.Getpid()
	start, err := startTime(pid)
	return owner{PID: pid, Start: start}, err
}

// alive says whether the owner still runs.
func (o owner) alive() bool {
	start, err := startTime(o.PID)
	return err == nil && start == o.Start
}

// startTime returns when a process started, in clock ticks since boot, proc_pid_stat(5).
func startTime(pid int) (uint64, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	return parseStartTime(string(b))
}

// parseStartTime reads field 22 of /proc/pid/stat. The second field is the program's name in parentheses, which may
// itself contain spaces and parentheses; so the count begins behind the last one.
func parseStartTime(stat string) (uint64, error) {
	end := strings.LastIndexByte(stat, ')')
	fields := strings.Fields(stat[end+1:])
	const startTimeIndex = 22 - 3 // the field behind the name is number 3
	if end < 0 || len(fields) <= startTimeIndex {
		return 0, fmt.Errorf("process status %q has no start time", stat)
	}
	return strconv.ParseUint(fields[startTimeIndex], 10, 64)
}
