package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/tracker"
)

// detail is a line of the second table: what something tracks, runs or tells, with the key of the file.
type detail struct {
	of, on, key string
	values      []string
}

// checkDetails returns what the file says beside where addresses are: of the routers of rows, of groups, and of all.
func checkDetails(c *config.Config, rows []config.Instance) []detail {
	var list []detail
	parts, moves := make(map[string][]*config.Instance), make(map[string]bool)
	for n := range rows {
		parts[rows[n].Router] = append(parts[rows[n].Router], &rows[n])
		moves[rows[n].Group] = true
	}
	for _, r := range c.Routers {
		list = append(list, routerDetails(parts[r.Name])...)
	}
	for _, g := range c.Groups {
		if !moves[g.Name] {
			continue
		}
		list = append(list, detail{"group " + g.Name, "all", "routers", g.Routers})
		list = append(list, detail{"group " + g.Name, "all", "notify", notifyWords(g.Notify)})
	}
	list = append(list, detail{"any router", "all", "notify", notifyWords(c.Notify)})
	return slices.DeleteFunc(list, func(d detail) bool { return len(d.values) == 0 })
}

// routerDetails returns the lines of one router. Nodes of which the same is to be said share them.
func routerDetails(parts []*config.Instance) (list []detail) {
	const keys = 5
	said := make([][keys]detail, len(parts))
	for n, i := range parts {
		said[n] = [keys]detail{
			{i.Router, i.Node, "version", versionWords(i.Version)},
			{i.Router, i.Node, "authentication", authenticationWords(&i.Authentication)},
			{i.Router, i.Node, "track", effectWords(i.Track)},
			{i.Router, i.Node, "notify", notifyWords(i.Notify)},
			{i.Router, i.Node, "services", serviceNames(i.Services)},
		}
	}
	for key := range keys {
		same := !slices.ContainsFunc(said, func(d [keys]detail) bool { return !slices.Equal(d[key].values, said[0][key].values) })
		for n := range said {
			d := said[n][key]
			if same && len(said) > 1 {
				d.on = "all"
			}
			if n == 0 || !same {
				list = append(list, d)
			}
		}
	}
	slices.SortStableFunc(list, func(x, y detail) int { return strings.Compare(x.on, y.on) })
	return list
}

// effectWords says what each tracker does when it fails, or while it passes if its weight is positive. What those without
// a weight cost is taken once.
func effectWords(effects []tracker.Effect) []string {
	losses := 0
	for _, e := range effects {
		if e.Mode == tracker.ModeLoss {
			losses++
		}
	}
	var words []string
	for _, e := range effects {
		switch {
		case e.Mode == tracker.ModeWeight:
			words = append(words, fmt.Sprintf("%s %+d", e.Tracker, e.Weight))
		case e.Mode == tracker.ModeFault:
			words = append(words, e.Tracker+" fault")
		case losses > 1:
			words = append(words, fmt.Sprintf("%s -%d once", e.Tracker, tracker.Loss))
		default:
			words = append(words, fmt.Sprintf("%s -%d", e.Tracker, tracker.Loss))
		}
	}
	return words
}

// notifyWords names the keys of notify that are there, in the order of the file's documentation.
func notifyWords(n config.Notify) []string {
	var words []string
	for key := range n.Commands() {
		words = append(words, key)
	}
	if n.FIFO != "" {
		words = append(words, "fifo "+n.FIFO)
	}
	return words
}

func serviceNames(services []config.Service) []string {
	var names []string
	for _, s := range services {
		names = append(names, s.Name)
	}
	return names
}

// detailHeadings are the columns of the second table. The last takes what width is left.
var detailHeadings = detail{"ROUTER", "NODES", "KEY", []string{"VALUE"}}

// mostDetailWidth is how wide a name of a router or a node may be before it is shortened.
const mostDetailWidth = 24

// writeCheckDetails prints the second table, below an empty line, if there is anything to say.
func writeCheckDetails(w io.Writer, details []detail) error {
	if len(details) == 0 {
		return nil
	}
	var widths [3]int
	lines := append([]detail{detailHeadings}, details...)
	for _, d := range lines {
		for i, text := range []string{d.of, d.on, d.key} {
			widths[i] = min(max(widths[i], utf8.RuneCountInString(text)), mostDetailWidth)
		}
	}
	var out strings.Builder
	out.WriteString("\n")
	last := detail{}
	for _, d := range lines {
		row := []string{d.of, d.on, d.key, strings.Join(d.values, ", ")}
		if d.of == last.of {
			row[0] = ""
			if d.on == last.on {
				row[1] = ""
			}
		}
		last = d
		writeCheckRow(&out, row, widths[:], tableWidth)
	}
	_, err := io.WriteString(w, out.String())
	return err
}
