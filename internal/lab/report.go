package lab

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Millis is a duration that JSON and people see as milliseconds.
type Millis time.Duration

// MarshalJSON writes milliseconds with three places.
func (m Millis) MarshalJSON() ([]byte, error) {
	return fmt.Appendf(nil, "%.3f", float64(m)/float64(time.Millisecond)), nil
}

// String returns the duration with as many places as matter: "7.2 ms", "612 ms", "3,221 ms".
func (m Millis) String() string {
	ms := float64(m) / float64(time.Millisecond)
	switch {
	case ms < 100:
		return fmt.Sprintf("%.1f ms", ms)
	case ms < 1000:
		return fmt.Sprintf("%.0f ms", ms)
	}
	whole := int64(ms + 0.5)
	return fmt.Sprintf("%d,%03d ms", whole/1000, whole%1000)
}

// StepReport is what became of one step of the story.
type StepReport struct {
	Step     string   `json:"step"`
	Active   string   `json:"active"`  // who is the new Active; empty if nobody
	Took     *Millis  `json:"took_ms"` // from the deed to its first advert, or until it alone held the address; nil: never
	Gap      *Millis  `json:"gap_ms"`  // the client's longest time without an answer; nil where there was none to compare
	Failed   *int     `json:"failed,omitempty"`
	Expect   string   `json:"expect"`   // in words
	Problems []string `json:"problems"` // what was not as expected
	OK       bool     `json:"ok"`
}

// Report is what became of the story.
type Report struct {
	Nodes    []string     `json:"nodes"`
	Software []string     `json:"software"`
	Interval Millis       `json:"interval_ms"`
	Proxies  bool         `json:"proxies,omitempty"` // the story of proxies was told
	Steps    []StepReport `json:"steps"`
	OK       bool         `json:"ok"`
}

// JSON returns the report as indented JSON with a newline at its end.
func (r *Report) JSON() ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false) // "gap < 20 ms" is for people too
	if err := enc.Encode(r); err != nil {
		return nil, fmt.Errorf("writing the report: %w", err)
	}
	return b.Bytes(), nil
}

// Table returns the report as a table, in colour if wanted.
func (r *Report) Table(color bool) string {
	rows := r.rows()
	var b strings.Builder
	for i, row := range rows {
		line := alignRow(row, columnWidths(rows))
		switch {
		case !color:
		case i == 0:
			line = ToneDeed.String() + line + "\x1b[0m"
		case r.Steps[i-1].OK:
			line = strings.TrimSuffix(line, "ok") + ToneGood.String() + "ok\x1b[0m"
		default:
			line = ToneBad.String() + line + "\x1b[0m"
		}
		b.WriteString("  " + line + "\n")
		if i > 0 {
			for _, p := range r.Steps[i-1].Problems {
				fmt.Fprintf(&b, "    - %s\n", p)
			}
		}
	}
	return b.String()
}

// rows returns the head of the table and a row for each step. The story of proxies has a column more: the requests that
// failed.
func (r *Report) rows() [][]string {
	rows := [][]string{{"step", "new Active", "took", "client gap", "expected", ""}}
	if r.Proxies {
		rows[0] = []string{"step", "Active", "took", "client gap", "failed", "expected", ""}
	}
	for _, s := range r.Steps {
		row := []string{s.Step, orDash(s.Active), millisOrDash(s.Took), millisOrDash(s.Gap)}
		if r.Proxies {
			row = append(row, countOrDash(s.Failed))
		}
		verdict := "ok"
		if !s.OK {
			verdict = "FAILED"
		}
		rows = append(rows, append(row, s.Expect, verdict))
	}
	return rows
}

// columnWidths returns the width of each column, in characters.
func columnWidths(rows [][]string) []int {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	return widths
}

// alignRow pads the cells; the numbers, which stand between the second cell and the last but one, stand at the right.
func alignRow(row []string, widths []int) string {
	first, last := 2, len(row)-3
	cells := make([]string, len(row))
	for i, cell := range row {
		pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
		if first <= i && i <= last {
			cells[i] = pad + cell
		} else {
			cells[i] = cell + pad
		}
	}
	return strings.TrimRight(strings.Join(cells, "   "), " ")
}

// orDash returns the text, or a dash for none.
func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// millisOrDash returns the duration, or a dash for none.
func millisOrDash(m *Millis) string {
	if m == nil {
		return "-"
	}
	return m.String()
}

// countOrDash returns the number, or a dash for none.
func countOrDash(n *int) string {
	if n == nil {
		return "-"
	}
	return strconv.Itoa(*n)
}
