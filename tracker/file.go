package tracker

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

const (
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
		return Result{Text: fileError(p.kind.Path, err).Error()}
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
