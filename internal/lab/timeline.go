package lab

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// Mark is how a node stands at a moment of the timeline.
type Mark uint8

// The marks.
const (
	MarkStopped  Mark = iota // its daemon does not run and it does not hold the address
	MarkStandby              // its daemon runs, the address is elsewhere
	MarkHolds                // it holds the address
	MarkStranded             // it holds the address but is off the switch
	MarkOrphaned             // it holds the address though its daemon is dead
)

var markGlyphs = [...]string{
	MarkStopped:  "✗",
	MarkStandby:  "·",
	MarkHolds:    "●",
	MarkStranded: "◌",
	MarkOrphaned: "†",
}

// String returns the mark's character.
func (m Mark) String() string {
	if int(m) < len(markGlyphs) {
		return markGlyphs[m]
	}
	return "?"
}

// markOf says how a node stands.
func markOf(holds, running, cut bool) Mark {
	switch {
	case holds && cut:
		return MarkStranded
	case holds && !running:
		return MarkOrphaned
	case holds:
		return MarkHolds
	case running:
		return MarkStandby
	}
	return MarkStopped
}

// Tone is what a line of the timeline is about.
type Tone uint8

// The tones.
const (
	TonePlain Tone = iota
	ToneDeed       // what the laboratory did
	ToneGood       // an expectation met
	ToneBad        // an expectation failed
	ToneFaint      // an aside
)

var toneColors = [...]string{
	TonePlain: "",
	ToneDeed:  "\x1b[1m",
	ToneGood:  "\x1b[32m",
	ToneBad:   "\x1b[1;31m",
	ToneFaint: "\x1b[2m",
}

// String returns the escape sequence that a terminal shows the tone with, ECMA-48 section 8.3.117.
func (t Tone) String() string {
	if int(t) < len(toneColors) {
		return toneColors[t]
	}
	return ""
}

// Moment is a line of the timeline.
type Moment struct {
	After time.Duration // since the story began
	Marks []Mark        // of all nodes, in order
	Tone  Tone
	Text  string
}

// Timeline prints moments, aligned.
type Timeline struct {
	w     io.Writer
	nodes []string
	color bool
	live  bool // the writer is a terminal: show what is waited for
	shown bool // a line of that kind stands there
}

// NewTimeline returns a timeline of the nodes. Live shows between the moments what is waited for, in a line that the
// next one overwrites.
func NewTimeline(w io.Writer, nodes []string, color, live bool) *Timeline {
	return &Timeline{w: w, nodes: nodes, color: color, live: live}
}

// Head prints the legend and the heads of the columns.
func (t *Timeline) Head(title string) {
	t.printf("%s\n\n", t.paint(ToneDeed, title))
	legend := fmt.Sprintf("%s holds the address   %s stands by   %s does not run   %s holds it, cut off   %s holds it, dead",
		MarkHolds, MarkStandby, MarkStopped, MarkStranded, MarkOrphaned)
	t.printf("  %s\n\n", t.paint(ToneFaint, legend))
	t.printf("%10s   %s\n", "time", strings.Join(t.nodes, "  "))
}

// Print prints a moment.
func (t *Timeline) Print(m Moment) {
	t.erase()
	clock := fmt.Sprintf("%8.3f s", m.After.Seconds())
	t.printf("%s   %s  %s\n", t.paint(ToneFaint, clock), t.columns(m.Marks), t.paint(m.Tone, m.Text))
}

// Blank prints an empty line.
func (t *Timeline) Blank() {
	t.erase()
	t.printf("\n")
}

// Waiting shows, on a terminal, what is waited for and for how long already.
func (t *Timeline) Waiting(what string, since time.Duration) {
	if !t.live {
		return
	}
	t.erase()
	const spinner = "|/-\\"
	spin := spinner[int(since/(100*time.Millisecond))%len(spinner)]
	t.printf("%s", t.paint(ToneFaint, fmt.Sprintf("%10s   %c %s, %.1f s", "", spin, what, since.Seconds())))
	t.shown = true
}

// columns puts each mark under the middle of its node's name.
func (t *Timeline) columns(marks []Mark) string {
	var b strings.Builder
	for i, n := range t.nodes {
		mark := " "
		if i < len(marks) {
			mark = marks[i].String()
		}
		left := (len(n) - 1) / 2
		b.WriteString(strings.Repeat(" ", left) + mark + strings.Repeat(" ", len(n)-1-left+2))
	}
	return strings.TrimSuffix(b.String(), "  ")
}

// erase removes the line of Waiting.
func (t *Timeline) erase() {
	if t.shown {
		t.printf("\r\x1b[K")
		t.shown = false
	}
}

// paint colours the text, if this is a terminal.
func (t *Timeline) paint(tone Tone, text string) string {
	if !t.color || tone.String() == "" || text == "" {
		return text
	}
	return tone.String() + text + "\x1b[0m"
}

// printf writes. A terminal that has gone away is no reason to stop the story: its end removes the namespaces.
func (t *Timeline) printf(format string, args ...any) { _, _ = fmt.Fprintf(t.w, format, args...) }
