package lab

import (
	"bytes"
	"context"
	"strings"
	"sync"
	"time"
)

// outputLimit is how many lines of a process are kept.
const outputLimit = 20_000

// Line is a line that a process wrote, without its end.
type Line struct {
	At   time.Time // when it was read
	Text string
}

// Output is what a process wrote, standard output and standard error together: the last 10,000 lines at least. It is
// safe for concurrent use.
type Output struct {
	lines journal[Line]

	mu      sync.Mutex
	partial []byte // of a line whose end has not come
}

// newOutput returns an empty output.
func newOutput() *Output { return &Output{lines: journal[Line]{limit: outputLimit}} }

// Write takes what the process wrote. It never fails.
func (o *Output) Write(b []byte) (int, error) {
	now := time.Now()
	o.mu.Lock()
	defer o.mu.Unlock()
	n := len(b)
	var lines []Line
	for {
		text, rest, ended := bytes.Cut(b, []byte{'\n'})
		o.partial = append(o.partial, text...)
		if !ended {
			break
		}
		lines = append(lines, Line{At: now, Text: strings.TrimSuffix(string(o.partial), "\r")})
		o.partial, b = o.partial[:0], rest
	}
	o.lines.append(lines...)
	return n, nil
}

// Lines returns all lines that are kept.
func (o *Output) Lines() []Line { return o.lines.all() }

// Tail returns the last n lines.
func (o *Output) Tail(n int) []Line {
	all := o.Lines()
	return all[max(len(all)-n, 0):]
}

// Contains says whether a line contains the text.
func (o *Output) Contains(text string) bool {
	for _, l := range o.Lines() {
		if strings.Contains(l.Text, text) {
			return true
		}
	}
	return false
}

// Await returns the first line that contains the text, waiting for it until ctx is done.
func (o *Output) Await(ctx context.Context, text string) (Line, error) {
	return o.lines.await(ctx, func(l Line) bool { return strings.Contains(l.Text, text) })
}

// String returns all lines, as they were written.
func (o *Output) String() string {
	var b strings.Builder
	for _, l := range o.Lines() {
		b.WriteString(l.Text)
		b.WriteByte('\n')
	}
	return b.String()
}
