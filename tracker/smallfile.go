package tracker

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// fileLimit is how many bytes a small file has at most, which is read for a number or a pid.
const fileLimit = 4096

// content is what a small file holds.
type content struct {
	string
	secret bool // not everybody may read the file, which a link may have led to
}

// quote shows the beginning of a text that a person has to recognise, and that anybody may see.
func (c content) quote() string {
	switch {
	case c.string == "":
		return "nothing"
	case c.secret:
		return "a text"
	case len(c.string) > 40:
		return strconv.Quote(c.string[:40]) + "…"
	}
	return strconv.Quote(c.string)
}

// readSmall reads a regular file of at most 4 KiB, without the white space around its text. It never waits, and opens
// nothing else: to open a FIFO lets its writer go on, and to open a device may do something, as watchdog(4) shows.
func readSmall(path string) (content, error) {
	place, err := unix.Open(path, unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		return content{}, fileError(path, err)
	}
	defer unix.Close(place)
	var st unix.Stat_t
	if err := unix.Fstat(place, &st); err != nil {
		return content{}, fileError(path, err)
	}
	if st.Mode&unix.S_IFMT != unix.S_IFREG {
		return content{}, fmt.Errorf("%s is not a regular file", path)
	}
	file, err := os.Open(fmt.Sprintf("/proc/self/fd/%d", place)) // and no other that has taken its place
	if err != nil {
		return content{}, fileError(path, err)
	}
	defer func() { _ = file.Close() }()
	text, err := io.ReadAll(io.LimitReader(file, fileLimit+1))
	if err != nil {
		return content{}, fileError(path, err)
	}
	if len(text) > fileLimit {
		return content{}, fmt.Errorf("%s has more than %d bytes", path, fileLimit)
	}
	return content{strings.TrimSpace(string(text)), st.Mode&unix.S_IROTH == 0}, nil
}

// fileError makes a sentence of what the kernel said of a file.
func fileError(path string, err error) error {
	errno := syscall.Errno(0)
	switch {
	case !errors.As(err, &errno):
		return err
	case errno == unix.ENOENT:
		return fmt.Errorf("%s does not exist", path)
	}
	return fmt.Errorf("%s: %w", path, errno)
}
