package main

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/tracker"
)

// detailsOf writes the second table of instances of one router.
func detailsOf(t *testing.T, rows ...config.Instance) string {
	t.Helper()
	var out strings.Builder
	c := &config.Config{Routers: []config.Router{{Name: "web"}}}
	if err := writeCheckDetails(&out, checkDetails(c, rows)); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestCheckDetailsAreShort(t *testing.T) {
	a, b := tracker.Effect{Tracker: "a"}, tracker.Effect{Tracker: "b"}
	on := func(node string, track ...tracker.Effect) config.Instance {
		return config.Instance{Router: "web", Node: node, Track: track}
	}
	tests := []struct {
		name string
		rows []config.Instance
		want string
	}{
		{"nothing to say", []config.Instance{on("www1"), on("www2")}, ""},
		{"one node", []config.Instance{on("www1", a)}, `
ROUTER  NODES  KEY    VALUE
web     www1   track  a -101
`},
		{"nodes that are alike", []config.Instance{on("www1", a), on("www2", a)}, `
ROUTER  NODES  KEY    VALUE
web     all    track  a -101
`},
		{"nodes that differ", []config.Instance{on("www1", a, b), on("www2")}, `
ROUTER  NODES  KEY    VALUE
web     www1   track  a -101 once, b -101 once
`},
		{"every effect", []config.Instance{on("www1", tracker.Effect{Tracker: "x", Mode: tracker.ModeWeight, Weight: 7}, a, tracker.Effect{Tracker: "y", Mode: tracker.ModeFault})}, `
ROUTER  NODES  KEY    VALUE
web     www1   track  x +7, a -101, y fault
`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, detailsOf(t, tt.rows...)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestCheckDetailsFit(t *testing.T) {
	long := strings.Repeat("very-long-name.", 15)
	row := config.Instance{Router: "web", Node: long}
	for i := range 50 {
		row.Track = append(row.Track, tracker.Effect{Tracker: fmt.Sprintf("tracker-%d", i), Mode: tracker.ModeWeight, Weight: -i - 1})
	}
	row.Services = []config.Service{{Name: long}, {Name: "b.service"}}
	row.Notify.FIFO = "/run/" + strings.Repeat("é", 200)
	got := detailsOf(t, row)
	for line := range strings.Lines(got) {
		line = strings.TrimSuffix(line, "\n")
		if utf8.RuneCountInString(line) > tableWidth || strings.TrimRight(line, " ") != line || !utf8.ValidString(line) {
			t.Errorf("%d characters: %q", utf8.RuneCountInString(line), line)
		}
	}
	for i := range 50 {
		if !strings.Contains(got, fmt.Sprintf("tracker-%d -%d", i, i+1)) {
			t.Errorf("tracker-%d is missing in\n%s", i, got)
		}
	}
}
