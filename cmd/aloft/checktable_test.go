package main

import (
	"fmt"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/aloft-ha/aloft/internal/config"
)

// tableRow makes a row of the table.
func tableRow(node, router, link string, peers ...config.Peer) config.Instance {
	return config.Instance{
		Node: node, Router: router, VRID: 51, Interface: link, Priority: 200, Interval: 100, DownAdverts: 3, Peers: peers,
		Local: []config.NodeAddress{{Address: netip.MustParseAddr("2001:db8:1111:2222:3333:4444:5555:6666")}},
	}
}

func TestCheckTableFits(t *testing.T) {
	var many []config.Peer
	for i := range 31 {
		many = append(many, config.Peer{Node: fmt.Sprintf("node%d.example.com", i), Priority: uint8(200 - i)})
	}
	long := strings.Repeat("very-long-name.", 10)
	tests := map[string][]config.Instance{
		"short":           {tableRow("www1", "web", "eth0")},
		"long names":      {tableRow(long, long, long, config.Peer{Node: long, Priority: 100})},
		"many peers":      {tableRow("www1", "web", "", many...)},
		"all of it":       {tableRow(long, long, "", many...), tableRow("a", "b", "c")},
		"a wide alphabet": {tableRow("www1", "web", strings.Repeat("é", 100), many...)},
	}
	for name, rows := range tests {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			if err := writeCheckTable(&out, rows); err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(out.String()) {
				line = strings.TrimSuffix(line, "\n")
				if utf8.RuneCountInString(line) > mostTableWidth || strings.TrimRight(line, " ") != line || !utf8.ValidString(line) {
					t.Errorf("%d characters: %q", utf8.RuneCountInString(line), line)
				}
			}
			if name == "many peers" {
				for _, p := range many {
					if !strings.Contains(out.String(), fmt.Sprintf("%s %d", p.Node, p.Priority)) {
						t.Errorf("%s is missing in\n%s", p.Node, out.String())
					}
				}
			}
		})
	}
}

// TestCheckTableOfEveryExample checks that nothing of the examples has to be shortened: the table of what a newcomer
// tries first is whole.
func TestCheckTableOfEveryExample(t *testing.T) {
	files, err := filepath.Glob("../../configs/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d examples: %v", len(files), err)
	}
	for _, file := range files {
		var out strings.Builder
		if err := check(checkOptions{file: file}, nil, &out); err != nil {
			t.Errorf("%s: %v", file, err)
		}
		for line := range strings.Lines(out.String()) {
			if utf8.RuneCountInString(line)-1 > tableWidth || strings.Contains(line, "...") || strings.Contains(line, " -  ") {
				t.Errorf("%s: %s", file, line)
			}
		}
	}
}

func TestCheckTableWrapsPeers(t *testing.T) {
	var peers []config.Peer
	for i := range 6 {
		peers = append(peers, config.Peer{Node: fmt.Sprintf("n%d", i), Priority: uint8(190 - 10*i)})
	}
	var out strings.Builder
	if err := writeCheckTable(&out, []config.Instance{tableRow("www1", "web", "eth0", peers...)}); err != nil {
		t.Fatal(err)
	}
	want := `
NODE  ROUTER  VRID  INTERFACE  PRIORITY  TRANSPORT  TAKEOVER  PEERS
www1  web     51    eth0       200       multicast  3.219s    n0 190, n1 180,
                                                              n2 170, n3 160,
                                                              n4 150, n5 140
`
	if diff := cmp.Diff(want[1:], out.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestCheckTableOfANodeThatServesNothing(t *testing.T) {
	var out strings.Builder
	if err := writeCheckTable(&out, nil); err != nil {
		t.Fatal(err)
	}
	if got, want := out.String(), "This node serves no virtual router.\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestCountProblems(t *testing.T) {
	problem := config.Problem{Severity: config.Error}
	warning := config.Problem{Severity: config.Warning}
	for want, problems := range map[string][]config.Problem{
		"":                    nil,
		"1 error":             {problem},
		"2 errors":            {problem, problem},
		"1 warning":           {warning},
		"2 errors, 1 warning": {problem, warning, problem},
		"1 error, 2 warnings": {warning, problem, warning},
	} {
		if got := countProblems(problems); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
