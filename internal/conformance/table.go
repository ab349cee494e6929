package conformance

import (
	"fmt"
	"strings"
	"text/tabwriter"
)

// column is one daemon in one profile.
type column struct {
	daemon, profile string
	byCase          map[string]*Result
}

// grid is the reports as a table: a row a case, a column a daemon and profile.
type grid struct {
	columns []column
	rows    []*Result // any result of the case, for its id and title
}

// newGrid arranges reports; the order is that of the results.
func newGrid(reports []*DaemonReport) grid {
	var g grid
	at := make(map[string]int)
	seen := make(map[string]bool)
	for _, r := range reports {
		for _, x := range r.Results {
			key := r.Daemon + " " + x.Profile
			if _, ok := at[key]; !ok {
				at[key] = len(g.columns)
				g.columns = append(g.columns, column{r.Daemon, x.Profile, make(map[string]*Result)})
			}
			g.columns[at[key]].byCase[x.Case] = x
		}
	}
	for _, c := range Cases() {
		for _, col := range g.columns {
			if x := col.byCase[c.ID]; x != nil && !seen[c.ID] {
				seen[c.ID] = true
				g.rows = append(g.rows, x)
			}
		}
	}
	return g
}

// cell is what a table says of a case: the verdict, and how many of its points have another.
func cell(x *Result) string {
	if x == nil {
		return ""
	}
	count := make(map[Verdict]int)
	for _, p := range x.Points {
		count[p.Verdict]++
	}
	word := x.Verdict.String()
	var notes []string
	switch x.Verdict {
	case Fail:
		word = fmt.Sprintf("FAIL %d of %d", count[Fail], len(x.Points))
		fallthrough
	case Pass:
		if n := count[Differs]; n > 0 {
			notes = append(notes, fmt.Sprintf("%d differ", n))
		}
		if n := count[Cannot]; n > 0 {
			notes = append(notes, fmt.Sprintf("%d cannot", n))
		}
	}
	if len(notes) > 0 {
		word += " (" + strings.Join(notes, ", ") + ")"
	}
	return word
}

// note is what is to be said of a point that did not pass, in all profiles of that verdict; the words are those of the first.
type note struct {
	daemon, id string
	profiles   []string
	point      PointResult
}

// notes returns them by daemon, case and point.
func notes(reports []*DaemonReport) (list []note) {
	for _, r := range reports {
		at := make(map[string]int)
		for _, c := range Cases() {
			for _, x := range r.Results {
				if x.Case != c.ID {
					continue
				}
				for _, p := range x.Points {
					key := x.Case + p.ID + p.Verdict.String()
					if i, ok := at[key]; ok && p.Verdict != Pass {
						list[i].profiles = append(list[i].profiles, x.Profile)
					} else if p.Verdict != Pass {
						at[key] = len(list)
						list = append(list, note{r.Daemon, x.Case + p.ID, []string{x.Profile}, p})
					}
				}
			}
		}
	}
	return list
}

// totals counts the cases of a column by verdict.
func (c *column) totals() string {
	count := make(map[Verdict]int)
	for _, x := range c.byCase {
		count[x.Verdict]++
	}
	var words []string
	for _, v := range []Verdict{Pass, Differs, Cannot, Fail} {
		if count[v] > 0 {
			words = append(words, fmt.Sprintf("%d %s", count[v], v))
		}
	}
	return strings.Join(words, ", ")
}

// Text writes reports as aligned text.
func Text(reports []*DaemonReport) string {
	var b strings.Builder
	for _, r := range reports {
		b.WriteString(headline(r) + "\n")
	}
	g := newGrid(reports)
	if len(g.rows) == 0 {
		return b.String()
	}
	b.WriteString("\n")
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	line := func(first string, words func(*column) string) {
		fmt.Fprint(w, first)
		for i := range g.columns {
			fmt.Fprint(w, "\t", words(&g.columns[i]))
		}
		fmt.Fprintln(w)
	}
	line("\t", func(c *column) string { return c.daemon })
	line("\t", func(c *column) string { return c.profile })
	for _, x := range g.rows {
		line(x.Case+"\t"+x.Title, func(c *column) string { return cell(c.byCase[x.Case]) })
	}
	line("\t", (*column).totals)
	_ = w.Flush() // a strings.Builder takes everything
	for _, n := range notes(reports) {
		fmt.Fprintf(&b, "\n%s %s %s %s\n    %s\n    %s\n", n.daemon, strings.Join(n.profiles, ", "), n.id, n.point.Verdict, n.point.Rule, n.point.Note)
	}
	return trimLines(b.String())
}

// Markdown writes reports as Markdown, for docs/conformance.md.
func Markdown(reports []*DaemonReport) string {
	var b strings.Builder
	for _, r := range reports {
		fmt.Fprintf(&b, "- %s\n", headline(r))
	}
	g := newGrid(reports)
	b.WriteString("\n| case | |")
	for _, c := range g.columns {
		fmt.Fprintf(&b, " %s %s |", c.daemon, c.profile)
	}
	b.WriteString("\n|---|---|" + strings.Repeat("---|", len(g.columns)) + "\n")
	for _, x := range g.rows {
		fmt.Fprintf(&b, "| %s | %s |", x.Case, x.Title)
		for _, c := range g.columns {
			fmt.Fprintf(&b, " %s |", cell(c.byCase[x.Case]))
		}
		b.WriteString("\n")
	}
	b.WriteString("| | all |")
	for _, c := range g.columns {
		fmt.Fprintf(&b, " %s |", c.totals())
	}
	b.WriteString("\n\n| daemon | point | profiles | verdict | rule | expected and seen |\n|---|---|---|---|---|---|\n")
	for _, n := range notes(reports) {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", n.daemon, n.id, strings.Join(n.profiles, ", "), n.point.Verdict, n.point.Rule, n.point.Note)
	}
	return b.String()
}

// headline says which daemon it is, or why it is not there.
func headline(r *DaemonReport) string {
	if r.Missing != "" {
		return fmt.Sprintf("%s: left out: %s", r.Daemon, r.Missing)
	}
	return fmt.Sprintf("%s %s", r.Daemon, r.Version)
}

// trimLines removes the blanks that end lines.
func trimLines(s string) string {
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(l, " ")
	}
	return strings.Join(lines, "\n")
}
