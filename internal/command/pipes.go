package command

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// pipes are the descriptors of a command on both sides.
type pipes struct {
	child [3]uintptr // its standard input, output and error
	ours  int        // the reading end of its output; -1: taken by reader
}

// open opens them. All are closed on exec: the child gets its three, and no command those of another.
func open(stdin []byte) (*pipes, error) {
	in, err := input(stdin)
	if err != nil {
		return nil, fmt.Errorf("opening its standard input: %w", err)
	}
	var ends [2]int
	if err := unix.Pipe2(ends[:], unix.O_CLOEXEC); err != nil {
		unix.Close(in)
		return nil, fmt.Errorf("opening a pipe for its output: %w", err)
	}
	p := &pipes{child: [3]uintptr{uintptr(in), uintptr(ends[1]), uintptr(ends[1])}, ours: ends[0]}
	// Our end alone: the flag is one of the end, and few programs know what to do with one that does not block.
	if err := unix.SetNonblock(p.ours, true); err != nil {
		p.close()
		return nil, fmt.Errorf("setting up the pipe for its output: %w", err)
	}
	// So that a script of another user may open /dev/stderr, which is a link to the pipe.
	if err := unix.Fchmod(ends[1], 0o622); err != nil {
		p.close()
		return nil, fmt.Errorf("setting up the pipe for its output: %w", err)
	}
	return p, nil
}

// input returns a descriptor to read the bytes from. It is a file in memory, not a pipe: a command that never reads holds
// nobody up, however much there is.
func input(b []byte) (int, error) {
	if len(b) == 0 {
		return unix.Open("/dev/null", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	}
	fd, err := unix.MemfdCreate("stdin", unix.MFD_CLOEXEC)
	if err != nil {
		return -1, err
	}
	for at := int64(0); at < int64(len(b)); {
		// pwrite(2) leaves the position where the command begins to read.
		n, err := unix.Pwrite(fd, b[at:], at)
		if err != nil {
			unix.Close(fd)
			return -1, err
		}
		at += int64(n)
	}
	return fd, nil
}

// reader hands over our end and closes the child's, which has its own copies by now: only then the pipe can end.
func (p *pipes) reader() *output {
	out := newOutput(p.ours)
	p.ours = -1
	p.closeChild()
	return out
}

// close closes what has not been handed over.
func (p *pipes) close() {
	p.closeChild()
	if p.ours >= 0 {
		unix.Close(p.ours)
		p.ours = -1
	}
}

func (p *pipes) closeChild() {
	if p.child[0] == 0 {
		return
	}
	unix.Close(int(p.child[0]))
	unix.Close(int(p.child[1]))
	p.child = [3]uintptr{}
}
