package vrrp

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var rewrite = flag.Bool("rewrite", false, "rewrite the transcripts in testdata/scenario; read the difference")

// A scenario is a file of blocks: comments and commands, a line of four dashes, and what the nodes then do. The commands
// are in command_test.go. TestScenarios compares; with -rewrite it writes what it sees.
func TestScenarios(t *testing.T) {
	for _, file := range scenarioFiles(t) {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := play(t, string(text), newLAN())
			if *rewrite {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(strings.Split(string(text), "\n"), strings.Split(got, "\n")); diff != "" {
				t.Errorf("%s (-want +got):\n%s", file, diff)
			}
		})
	}
}

func scenarioFiles(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/scenario/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scenarios: %v", err)
	}
	return files
}

// play runs the commands of a scenario, and returns it with what happened.
func play(t *testing.T, text string, l *lan) string {
	t.Helper()
	d := &director{lan: l}
	l.log = d.transcript.add
	l.fate = d.fate
	var out strings.Builder
	for i, block := range strings.Split(strings.TrimSpace(text), "\n\n") {
		commands, _, _ := strings.Cut(block, "\n----")
		if i > 0 {
			out.WriteByte('\n')
		}
		out.WriteString(commands + "\n----\n")
		for _, command := range strings.Split(commands, "\n") {
			if strings.HasPrefix(command, "#") || command == "" {
				continue
			}
			if err := d.do(strings.Fields(command)); err != nil {
				t.Fatalf("%s: %v", command, err)
			}
		}
		out.WriteString(d.heard())
		for _, err := range l.errs {
			t.Error(err)
		}
		l.errs = nil
	}
	return out.String()
}
