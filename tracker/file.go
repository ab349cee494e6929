package tracker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	fileLimit  = 4096          // bytes of a file that is read, for a number or a pid
	maxNumber  = 1_000_000_000 // what the number of a file may be, either way
	emptyGrace = 20 * time.Millisecond
)

// fileProbe looks at a file, at the interval and when something in its folder happens to it. It follows symbolic links;
// what changes behind one is seen at the interval.
type fileProbe struct {
	kind    File
	watcher *fileWatcher
	watch   *fileWatch
}

func newFileProbe(k File, w *fileWatcher, wake func()) *fileProbe {
	return &fileProbe{kind: k, watcher: w, watch: w.add(k.Path, wake)}
}

func (p *fileProbe) check(ctx context.Context) Result {
	p.watcher.follow(p.watch) // before it looks, so that no change falls between the two
	if p.kind.Want == FileNumber {
		return p.number(ctx)
	}
	there := true
	if _, err := os.Stat(p.kind.Path); errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ENOTDIR) {
		there = false
	} else if err != nil {
		return Result{Text: sentence(p.kind.Path, err)}
	}
	if there {
		return Result{OK: p.kind.Want == FileExists, Text: p.kind.Path + " exists"}
	}
	return Result{OK: p.kind.Want == FileAbsent, Text: p.kind.Path + " does not exist"}
}

func (p *fileProbe) close() { p.watcher.remove(p.watch) }

// number reads the number. A shell that writes one with ">" empties the file first, and a look just then would count as
// a failure: what is empty is looked at once more.
func (p *fileProbe) number(ctx context.Context) Result {
	text, err := readSmall(p.kind.Path)
	if err == nil && text.string == "" {
		select {
		case <-ctx.Done():
		case <-time.After(emptyGrace):
		}
		text, err = readSmall(p.kind.Path)
	}
	if err != nil {
		return Result{Text: err.Error()}
	}
	n, err := parseNumber(text)
	if err != nil {
		return Result{Text: p.kind.Path + " holds " + err.Error()}
	}
	return Result{OK: n == 0, Numeric: true, Value: n, Text: fmt.Sprintf("%s holds %d", p.kind.Path, n)}
}

// parseNumber reads a decimal number, with or without a sign.
func parseNumber(text content) (int, error) {
	n, err := strconv.Atoi(text.string)
	switch {
	case errors.Is(err, strconv.ErrRange), err == nil && (n > maxNumber || n < -maxNumber):
		return 0, fmt.Errorf("%s, which is beyond %d", text.quote(), maxNumber)
	case err != nil:
		return 0, fmt.Errorf("%s, which is not a number", text.quote())
	}
	return n, nil
}

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
		return content{}, &fileError{path, err}
	}
	defer unix.Close(place)
	var st unix.Stat_t
	if err := unix.Fstat(place, &st); err != nil {
		return content{}, &fileError{path, err}
	}
	if st.Mode&unix.S_IFMT != unix.S_IFREG {
		return content{}, fmt.Errorf("%s is not a regular file", path)
	}
	file, err := os.Open(fmt.Sprintf("/proc/self/fd/%d", place)) // and no other that has taken its place
	if err != nil {
		return content{}, &fileError{path, err}
	}
	defer func() { _ = file.Close() }()
	text, err := io.ReadAll(io.LimitReader(file, fileLimit+1))
	if err != nil {
		return content{}, &fileError{path, err}
	}
	if len(text) > fileLimit {
		return content{}, fmt.Errorf("%s has more than %d bytes", path, fileLimit)
	}
	return content{strings.TrimSpace(string(text)), st.Mode&unix.S_IROTH == 0}, nil
}

// fileError is what the kernel said of a file, as a sentence.
type fileError struct {
	path  string
	cause error
}

func (e *fileError) Error() string { return sentence(e.path, e.cause) }
func (e *fileError) Unwrap() error { return e.cause }

// sentence says what the kernel said of a file.
func sentence(path string, err error) string {
	if errno := syscall.Errno(0); errors.As(err, &errno) {
		if errno == unix.ENOENT {
			return path + " does not exist"
		}
		return path + ": " + errno.Error()
	}
	return err.Error()
}
