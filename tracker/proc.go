package tracker

import (
	"bytes"
	"errors"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// commLimit is how many bytes of a name the kernel keeps in comm (TASK_COMM_LEN less the final zero).
const commLimit = 15

// kernelThread is PF_KTHREAD of the flags in /proc/PID/stat.
const kernelThread = 0x00200000

// proc is what /proc says of one process.
type proc struct {
	pid     int
	comm    string
	names   []string // what it may be called: its comm, and the base name of its program
	state   byte     // as in proc_pid_stat(5)
	flags   uint64
	started uint64 // in clock ticks after boot
}

// counts reports whether this is a running program: a kernel thread and a zombie are not.
func (p proc) counts() bool {
	return p.flags&kernelThread == 0 && p.state != 'Z' && p.state != 'X'
}

func (p proc) named(name string) bool { return slices.Contains(p.names, name) }

// runsNow reports whether a process that was found is still the same and runs.
func runsNow(root string, p proc) bool {
	now, err := readProc(root, p.pid)
	return err == nil && now.started == p.started && now.counts() && slices.Equal(now.names, p.names)
}

// readProc reads stat and cmdline of a process.
func readProc(root string, pid int) (proc, error) {
	var buf [4096]byte
	dir := root + "/" + strconv.Itoa(pid)
	stat, err := readInto(buf[:], dir+"/stat")
	if err != nil {
		return proc{}, err
	}
	p, err := parseStat(stat)
	if err != nil || !p.counts() {
		return p, err
	}
	// A command line that is cut at 4 KiB still begins with the program. Some processes have none.
	line, err := readInto(buf[:], dir+"/cmdline")
	if err != nil && !errors.Is(err, unix.ESRCH) {
		return proc{}, err
	}
	p.names = namesOf(p.comm, line)
	return p, nil
}

// parseStat takes apart /proc/PID/stat. The name stands in parentheses and may contain any byte, parentheses too.
func parseStat(stat []byte) (proc, error) {
	open, end := bytes.IndexByte(stat, '('), bytes.LastIndexByte(stat, ')')
	if open < 1 || end < open {
		return proc{}, fmt.Errorf("a stat without a name: %q", stat)
	}
	// After the name: state, ppid, pgrp, session, tty, tpgid, flags, … and the start time as the 20th.
	fields := strings.Fields(string(stat[end+1:]))
	if len(fields) < 20 {
		return proc{}, fmt.Errorf("a stat with %d fields: %q", len(fields), stat)
	}
	pid, err1 := strconv.Atoi(strings.TrimSpace(string(stat[:open])))
	flags, err2 := strconv.ParseUint(fields[6], 10, 64)
	started, err3 := strconv.ParseUint(fields[19], 10, 64)
	if err := errors.Join(err1, err2, err3); err != nil {
		return proc{}, fmt.Errorf("stat: %w", err)
	}
	return proc{pid: pid, comm: string(stat[open+1 : end]), state: fields[0][0], flags: flags, started: started}, nil
}

// namesOf says what a process may be called. A script that its interpreter runs has its own name in comm, and where that
// is cut, the whole of it in the second word of its command line.
func namesOf(comm string, cmdline []byte) []string {
	names := []string{comm}
	words := bytes.SplitN(cmdline, []byte{0}, 3)
	if program := path.Base(string(words[0])); len(words[0]) > 0 && program != comm {
		names = append(names, program)
	}
	if len(words) > 1 && len(comm) == commLimit {
		if script := path.Base(string(words[1])); len(script) > commLimit && strings.HasPrefix(script, comm) && !slices.Contains(names, script) {
			names = append(names, script)
		}
	}
	return names
}

// readInto reads the beginning of a file of /proc, which never blocks: Go's poller, which os.Open would ask first, has
// nothing to do here.
func readInto(buf []byte, file string) ([]byte, error) {
	fd, err := unix.Open(file, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", file, err)
	}
	defer func() { _ = unix.Close(fd) }()
	n, err := unix.Read(fd, buf)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", file, err)
	}
	return buf[:n], nil
}
