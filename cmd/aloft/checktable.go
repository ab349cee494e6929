package main

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aloft-ha/aloft/internal/config"
)

// The measures of the tables, in characters. They fit a terminal of the usual width; what would have to be shortened for
// that may make the first one wider. Long lists of peers go on in the next line; other columns are shortened where they
// leave the peers less than the longest of them needs, or less than peersWidth.
const (
	tableWidth     = 80
	mostTableWidth = 100
	tableGap       = 2
	peersWidth     = 30
)

// checkHeadings are the columns of the table. The last takes what width is left.
var checkHeadings = []string{"NODE", "ROUTER", "VRID", "INTERFACE", "PRIORITY", "TRANSPORT", "TAKEOVER", "PEERS"}

// writeCheckTable prints a line for every router of every node.
func writeCheckTable(w io.Writer, rows []config.Instance) error {
	if len(rows) == 0 {
		_, err := fmt.Fprintln(w, "This node serves no virtual router.")
		return err
	}
	table := [][]string{checkHeadings}
	for _, i := range rows {
		takeover := i.Version.ActiveDownInterval(i.Priority, i.Interval, i.DownAdverts)
		table = append(table, []string{
			i.Node, i.Router, strconv.Itoa(int(i.VRID)), interfaceText(i), strconv.Itoa(int(i.Priority)),
			i.Transport.String(), takeover.Round(takeoverDigits(takeover)).String(), peersText(i.Peers),
		})
	}
	widths, total := checkWidths(table)
	var out strings.Builder
	for _, row := range table {
		writeCheckRow(&out, row, widths, total)
	}
	_, err := io.WriteString(w, out.String())
	return err
}

// takeoverDigits is the precision that a time is shown with.
func takeoverDigits(d time.Duration) time.Duration {
	if d < 100*time.Millisecond {
		return 10 * time.Microsecond
	}
	return time.Millisecond
}

// interfaceText names the interface of a router, or how it will be found.
func interfaceText(i config.Instance) string {
	switch {
	case i.Interface != "":
		return i.Interface
	case len(i.Local) > 0:
		return "with " + i.Local[0].Address.String()
	}
	return "-"
}

func peersText(peers []config.Peer) string {
	if len(peers) == 0 {
		return "none"
	}
	var list []string
	for _, p := range peers {
		list = append(list, fmt.Sprintf("%s %d", p.Node, p.Priority))
	}
	return strings.Join(list, ", ")
}

// checkWidths returns the widths of all columns but the last, such that this one keeps its least width, and of the table.
func checkWidths(table [][]string) (widths []int, total int) {
	widths = make([]int, len(checkHeadings)-1)
	for _, row := range table {
		for i := range widths {
			widths[i] = max(widths[i], utf8.RuneCountInString(row[i]))
		}
	}
	longest := 0
	for _, row := range table {
		for peer := range strings.SplitSeq(row[len(widths)], ", ") {
			longest = max(longest, len(peer)+len(","))
		}
	}
	needed := min(longest, peersWidth)
	for _, width := range widths {
		needed += width + tableGap
	}
	total = min(max(needed, tableWidth), mostTableWidth)
	for ; needed > total; needed-- {
		widths[slices.Index(widths, slices.Max(widths))]--
	}
	return widths, total
}

// writeCheckRow writes one line of either table, and more where its last column, a list, needs them.
func writeCheckRow(out *strings.Builder, row []string, widths []int, total int) {
	var line strings.Builder
	for i, width := range widths {
		cell := shorten(row[i], width)
		line.WriteString(cell)
		line.WriteString(strings.Repeat(" ", width-utf8.RuneCountInString(cell)+tableGap))
	}
	indent := utf8.RuneCountInString(line.String())
	for n, list := range wrap(row[len(widths)], total-indent) {
		if n > 0 {
			line.WriteString(strings.Repeat(" ", indent))
		}
		line.WriteString(list)
		out.WriteString(strings.TrimRight(line.String(), " ") + "\n")
		line.Reset()
	}
}

// shorten cuts a text that is wider than its column.
func shorten(cell string, width int) string {
	if utf8.RuneCountInString(cell) <= width {
		return cell
	}
	return string([]rune(cell)[:width-len("...")]) + "..."
}

// wrap breaks a list at its commas into lines of at most width characters. An item that is longer by itself is cut, and
// its last word stays: the priority of a peer, the weight of a tracker.
func wrap(list string, width int) []string {
	var lines []string
	line := ""
	items := strings.Split(list, ", ")
	for i, item := range items {
		if i < len(items)-1 {
			item += ","
		}
		if letters := []rune(item); len(letters) > width {
			last := letters[len(letters)-width/2:]
			if i := strings.LastIndexByte(string(last), ' '); i >= 0 {
				last = []rune(string(last)[i:])
			}
			item = string(letters[:width-len("...")-len(last)]) + "..." + string(last)
		}
		switch {
		case line == "":
			line = item
		case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(item) <= width:
			line += " " + item
		default:
			lines = append(lines, line)
			line = item
		}
	}
	return append(lines, line)
}
