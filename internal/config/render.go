package config

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode"
)

// renderWidth is how much of a long source line is shown.
const renderWidth = 88

// Render writes problems for a person: each with the line of the file that it is about, and a caret below the place.
// Data is what was parsed; color asks for ANSI colours. What comes from the file is shown without control characters,
// so that a file cannot steer the terminal, and a line that may have a secret in it is not shown.
func Render(w io.Writer, data []byte, problems []Problem, color bool) error {
	paint := func(code, s string) string {
		if !color || s == "" {
			return s
		}
		return "\x1b[" + code + "m" + s + "\x1b[0m"
	}
	lines := bytes.Split(data, []byte("\n"))
	secret := secretLines(data)
	var out strings.Builder
	for _, p := range problems {
		severityColor := "1;31"
		if p.Severity == Warning {
			severityColor = "1;33"
		}
		fmt.Fprintf(&out, "%s %s %s\n",
			paint("1", fmt.Sprintf("%s:%d:%d:", p.File, p.Line, p.Column)),
			paint(severityColor, p.Severity.String()+":"), printable(p.Message))
		if p.Line >= 1 && p.Line <= len(lines) && !secret[p.Line] {
			source, caret := excerpt(string(lines[p.Line-1]), p.Column)
			if strings.TrimSpace(source) != "" {
				gutter := fmt.Sprintf("%5d | ", p.Line)
				blank := strings.Repeat(" ", len(gutter)-2) + "| "
				fmt.Fprintf(&out, "%s%s\n%s%s\n", gutter, source, blank, caret+paint(severityColor, "^"))
			}
		}
		if p.Hint != "" {
			fmt.Fprintf(&out, "        %s %s\n", paint("36", "hint:"), printable(p.Hint))
		}
	}
	if _, err := io.WriteString(w, out.String()); err != nil {
		return fmt.Errorf("writing problems: %w", err)
	}
	return nil
}

// excerpt returns the part of a line around a column, and the white space that puts a caret below that column.
func excerpt(line string, column int) (source, indent string) {
	runes := []rune(strings.ToValidUTF8(strings.TrimRight(line, "\r"), "\uFFFD"))
	at := min(max(column-1, 0), len(runes))
	from, to := 0, len(runes)
	if len(runes) > renderWidth {
		from = max(0, min(at-renderWidth/2, len(runes)-renderWidth))
		to = from + renderWidth
	}
	var head, tail string
	if from > 0 {
		head = "..."
	}
	if to < len(runes) {
		tail = "..."
	}
	var pad strings.Builder
	pad.WriteString(strings.Repeat(" ", len(head)))
	for _, r := range runes[from:at] {
		if r == '\t' {
			pad.WriteRune('\t')
		} else {
			pad.WriteRune(' ')
		}
	}
	return head + printable(string(runes[from:to])) + tail, pad.String()
}

// printable replaces what is not printable, except tabs.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\t' || unicode.IsPrint(r) {
			return r
		}
		return '\uFFFD'
	}, s)
}
