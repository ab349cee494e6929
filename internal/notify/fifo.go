package notify

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// fifoMode lets the group of the file read. Who wants another makes the FIFO before aloft does.
const fifoMode = 0o640

// fifo is one named pipe, see fifo(7). It is open for reading too, so that it needs no reader: what is written waits in
// the pipe, and a reader that goes away is no error.
type fifo struct {
	path string
	fd   int // -1: not open
	id   fileID
	made bool // by us, so it is removed at the end
}

// fileID tells a file from another that has taken its path.
type fileID struct{ device, inode uint64 }

func idOf(s unix.Stat_t) fileID { return fileID{device: uint64(s.Dev), inode: s.Ino} }

var (
	errFull = errors.New("the pipe is full")

	errSymlink  = errors.New("it is a symbolic link, which aloft does not follow")
	errNotAFIFO = errors.New("it is there and no FIFO")
)

// open makes the FIFO if it is missing and opens it. Where it is open and still has its path, nothing happens; where
// somebody has put another one in its place, that one is opened.
func (f *fifo) open() error {
	if f.fd >= 0 {
		if f.current() {
			return nil
		}
		f.shut()
	}
	made, err := f.make()
	if err != nil {
		return err
	}
	if err := f.openFile(); err != nil {
		if made {
			_ = unix.Unlink(f.path)
		}
		return fmt.Errorf("opening FIFO %s: %w", f.path, err)
	}
	if f.made = made; !made {
		return nil
	}
	// The umask took bits away.
	if err := unix.Fchmod(f.fd, fifoMode); err != nil {
		return fmt.Errorf("setting the mode of FIFO %s: %w", f.path, err)
	}
	return nil
}

// make makes the FIFO, or sees that what is there can be one of ours. A device must not even be opened.
func (f *fifo) make() (made bool, err error) {
	switch err := unix.Mkfifo(f.path, fifoMode); {
	case err == nil:
		return true, nil
	case !errors.Is(err, fs.ErrExist):
		return false, fmt.Errorf("making FIFO %s: %w", f.path, err)
	}
	var s unix.Stat_t
	if err := unix.Lstat(f.path, &s); err != nil {
		return false, fmt.Errorf("looking at FIFO %s: %w", f.path, err)
	}
	if err := usable(s); err != nil {
		return false, fmt.Errorf("using FIFO %s: %w", f.path, err)
	}
	return false, nil
}

// openFile opens what has the path and looks again, since it may have been exchanged.
func (f *fifo) openFile() error {
	fd, err := unix.Open(f.path, unix.O_RDWR|unix.O_NONBLOCK|unix.O_NOFOLLOW|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	var s unix.Stat_t
	err = unix.Fstat(fd, &s)
	if err == nil {
		err = usable(s)
	}
	if err != nil {
		_ = unix.Close(fd)
		return err
	}
	f.fd, f.id = fd, idOf(s)
	return nil
}

// usable asks for keepalived's rule: the FIFO belongs to whom the daemon runs as. Another owner could read, take away
// and forge what others act on.
func usable(s unix.Stat_t) error {
	switch s.Mode & unix.S_IFMT {
	case unix.S_IFIFO:
	case unix.S_IFLNK:
		return errSymlink
	default:
		return errNotAFIFO
	}
	if us := os.Geteuid(); int(s.Uid) != us {
		return fmt.Errorf("it belongs to user id %d, and aloft runs as %d", s.Uid, us)
	}
	return nil
}

// current reports whether the path still leads to the open FIFO.
func (f *fifo) current() bool {
	var s unix.Stat_t
	return unix.Lstat(f.path, &s) == nil && idOf(s) == f.id
}

// write writes a line as a whole or not at all, which the kernel promises up to PIPE_BUF, and never waits; see pipe(7).
func (f *fifo) write(line string) error {
	if err := f.open(); err != nil {
		return err
	}
	for {
		_, err := unix.Write(f.fd, []byte(line))
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case errors.Is(err, unix.EAGAIN):
			return fmt.Errorf("writing to FIFO %s: %w", f.path, errFull)
		case err != nil:
			return fmt.Errorf("writing to FIFO %s: %w", f.path, err)
		}
		return nil
	}
}

// shut closes it. What a reader has not read yet stays for a reader that has it open.
func (f *fifo) shut() {
	if f.fd >= 0 {
		_ = unix.Close(f.fd)
	}
	f.fd = -1
}

// remove closes it and takes it off the file system if we made it.
func (f *fifo) remove() error {
	ours := f.fd >= 0 && f.made && f.current()
	f.shut()
	if !ours {
		return nil
	}
	if err := unix.Unlink(f.path); err != nil {
		return fmt.Errorf("removing FIFO %s: %w", f.path, err)
	}
	return nil
}
