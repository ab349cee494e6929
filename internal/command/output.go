package command

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"unicode"
)

// What is kept of an output: its beginning, where a program says what it does, and its end, where it says why it fails.
const (
	keptHead = 3 << 10
	keptTail = 1 << 10
)

// The sizes of reads: most commands say little, but one that prints a gigabyte must not cost a read for each page of it.
const (
	firstRead = 4 << 10
	laterRead = 64 << 10
)

// output reads both streams of a command until nobody can write to them any more, and keeps a little.
type output struct {
	pipe  *os.File
	doneC chan struct{} // closed at the end of the pipe, or once it was cut

	mu    sync.Mutex // guards what follows
	head  []byte
	tail  []byte // the last bytes beyond the head, at most keptTail
	total int64
}

// newOutput takes the reading end of a pipe, which is in non-blocking mode.
func newOutput(fd int) *output {
	return &output{pipe: os.NewFile(uintptr(fd), "output"), doneC: make(chan struct{})}
}

// drain reads to the end and closes the pipe.
func (o *output) drain() {
	defer close(o.doneC)
	defer o.pipe.Close()
	buf := make([]byte, firstRead)
	for {
		n, err := o.pipe.Read(buf)
		o.keep(buf[:n])
		if err != nil {
			return // io.EOF, or the deadline of a cut
		}
		if n == len(buf) && n < laterRead {
			buf = make([]byte, laterRead)
		}
	}
}

// keep takes what was read.
func (o *output) keep(b []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.total += int64(len(b))
	n := min(len(b), keptHead-len(o.head))
	o.head = append(o.head, b[:n]...)
	b = b[n:]
	if len(b) >= keptTail {
		o.tail = append(o.tail[:0], b[len(b)-keptTail:]...)
		return
	}
	if over := len(o.tail) + len(b) - keptTail; over > 0 {
		o.tail = o.tail[:copy(o.tail, o.tail[over:])]
	}
	o.tail = append(o.tail, b...)
}

// text returns what has been kept so far, fit for a terminal and a log.
func (o *output) text() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	left := o.total - int64(len(o.head)+len(o.tail))
	if left == 0 {
		return printable(string(o.head) + string(o.tail))
	}
	return fmt.Sprintf("%s\n[%d bytes left out]\n%s", printable(string(o.head)), left, printable(string(o.tail)))
}

// printable trims a text and replaces what would act on a terminal, and what is no UTF-8, by question marks. Line ends
// stay, tabs become blanks.
func printable(text string) string {
	text = strings.ReplaceAll(strings.ToValidUTF8(text, "?"), "\r\n", "\n")
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case r == '\n', unicode.IsGraphic(r):
			return r
		case r == '\t':
			return ' '
		}
		return '?'
	}, text))
}
