package vrrp

import (
	"fmt"
	"strings"
	"time"
)

// A transcript collects what nodes do, one line for each instant and node. Lines of a node that repeat, as the adverts
// of a quiet Active do, are folded into one.
type transcript struct{ lines []line }

type line struct {
	first, last time.Time
	count       int
	node        string
	texts       []string
}

// add notes that a node did something.
func (tr *transcript) add(at time.Time, n *node, text string) {
	if len(tr.lines) > 0 {
		last := &tr.lines[len(tr.lines)-1]
		if last.node == n.name && last.last.Equal(at) {
			last.texts = append(last.texts, text)
			return
		}
		tr.fold()
	}
	tr.lines = append(tr.lines, line{first: at, last: at, count: 1, node: n.name, texts: []string{text}})
}

// fold merges the last line into the one before if they say the same.
func (tr *transcript) fold() {
	n := len(tr.lines)
	if n < 2 {
		return
	}
	before, last := &tr.lines[n-2], &tr.lines[n-1]
	if before.node == last.node && before.text() == last.text() {
		before.last = last.last
		before.count++
		tr.lines = tr.lines[:n-1]
	}
}

func (l *line) text() string { return strings.Join(l.texts, "; ") }

// String returns the transcript, and forgets it.
func (tr *transcript) String() string {
	tr.fold()
	var b strings.Builder
	for _, l := range tr.lines {
		when := l.first.Sub(epoch).String()
		if l.count > 1 {
			when = fmt.Sprintf("%v..%v", when, l.last.Sub(epoch))
		}
		fmt.Fprintf(&b, "%s %s: %s", when, l.node, l.text())
		if l.count > 1 {
			fmt.Fprintf(&b, " (%d times)", l.count)
		}
		b.WriteByte('\n')
	}
	tr.lines = nil
	return b.String()
}
