package config

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"
)

// render renders one problem without colour.
func render(t *testing.T, data string, p Problem) string {
	t.Helper()
	var out strings.Builder
	if err := Render(&out, []byte(data), []Problem{p}, false); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestRender(t *testing.T) {
	at := func(line, column int) Problem {
		return Problem{File: "a.yaml", Line: line, Column: column, Message: "no good", Hint: "do better"}
	}
	tests := []struct {
		name, data string
		problem    Problem
		want       string
	}{
		{"the caret stands below the place", "a: 1\n  b: 2\n", at(2, 3), `
a.yaml:2:3: error: no good
    2 |   b: 2
      |   ^
        hint: do better
`},
		{"characters count, not bytes", "é: ü x\n", at(1, 6), `
a.yaml:1:6: error: no good
    1 | é: ü x
      |      ^
        hint: do better
`},
		{"tabs stay tabs above the caret", "a:\tb\tc\n", at(1, 6), "\na.yaml:1:6: error: no good\n    1 | a:\tb\tc\n      |   \t \t^\n        hint: do better\n"},
		{"a CR is not shown", "a: 1\r\nb: 2\r\n", at(1, 4), `
a.yaml:1:4: error: no good
    1 | a: 1
      |    ^
        hint: do better
`},
		{"an empty line is not shown", "a: 1\n", at(2, 1), "\na.yaml:2:1: error: no good\n        hint: do better\n"},
		{"a line that is not there is not shown", "a: 1\n", at(9, 9), "\na.yaml:9:9: error: no good\n        hint: do better\n"},
		{"a column behind the end points behind the end", "a: 1\n", at(1, 40), `
a.yaml:1:40: error: no good
    1 | a: 1
      |     ^
        hint: do better
`},
		{"control characters do not reach the terminal", "a: \x1b[31m\n", at(1, 4), "\na.yaml:1:4: error: no good\n    1 | a: \uFFFD[31m\n      |    ^\n        hint: do better\n"},
		{"invalid UTF-8 does not either", "a: \xff\n", at(1, 4), "\na.yaml:1:4: error: no good\n    1 | a: \uFFFD\n      |    ^\n        hint: do better\n"},
		{"a warning without a hint", "a: 1\n", Problem{File: "a.yaml", Line: 1, Column: 1, Severity: Warning, Message: "odd"}, `
a.yaml:1:1: warning: odd
    1 | a: 1
      | ^
`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want[1:], render(t, tt.data, tt.problem)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestRenderCutsLongLines(t *testing.T) {
	long := strings.Repeat("a", 200) + "X" + strings.Repeat("b", 200)
	for _, column := range []int{1, 44, 45, 201, 380, 401} {
		lines := strings.Split(render(t, long, Problem{File: "f", Line: 1, Column: column, Message: "m"}), "\n")
		if n := len(lines[1]); n > 103 {
			t.Errorf("column %d: the line has %d characters", column, n)
		}
		if caret := strings.IndexByte(lines[2], '^'); column == 201 && lines[1][caret] != 'X' {
			t.Errorf("the caret points at %q in\n%s\n%s", lines[1][caret], lines[1], lines[2])
		}
	}
}

func TestRenderInColour(t *testing.T) {
	var out strings.Builder
	problem := Problem{File: "f", Line: 1, Column: 1, Message: "m", Hint: "h"}
	if err := Render(&out, []byte("a"), []Problem{problem}, true); err != nil {
		t.Fatal(err)
	}
	want := "\x1b[1mf:1:1:\x1b[0m \x1b[1;31merror:\x1b[0m m\n    1 | a\n      | \x1b[1;31m^\x1b[0m\n        \x1b[36mhint:\x1b[0m h\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// full is a disk without space.
type full struct{}

var errFull = errors.New("no space left")

func (full) Write([]byte) (int, error) { return 0, errFull }

func TestRenderReportsWriteErrors(t *testing.T) {
	if err := Render(full{}, nil, []Problem{{}}, false); !errors.Is(err, errFull) {
		t.Errorf("error %v", err)
	}
}

func TestProblemsAsText(t *testing.T) {
	p := Problem{File: "f.yaml", Line: 3, Column: 7, Message: "no good", Hint: "do better"}
	if got, want := p.Error(), "f.yaml:3:7: no good (do better)"; got != want || p.String() != want {
		t.Errorf("%q and %q, want %q", got, p.String(), want)
	}
	p.Severity, p.Hint = Warning, ""
	if got, want := p.Error(), "f.yaml:3:7: warning: no good"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestProblemsAreSortedAndEachIsToldOnce(t *testing.T) {
	in := []Problem{
		{Line: 2, Column: 1, Message: "c"},
		{Line: 1, Column: 5, Severity: Warning, Message: "b", Path: "x"},
		{Line: 1, Column: 5, Severity: Warning, Message: "b", Path: "y"},
		{Line: 1, Column: 5, Message: "b"},
		{Line: 1, Column: 2, Message: "z"},
		{Line: 2, Column: 1, Message: "a"},
	}
	want := []Problem{
		{Line: 1, Column: 2, Message: "z"},
		{Line: 1, Column: 5, Message: "b"},
		{Line: 1, Column: 5, Severity: Warning, Message: "b", Path: "x"},
		{Line: 2, Column: 1, Message: "a"},
		{Line: 2, Column: 1, Message: "c"},
	}
	var w walker
	for _, p := range in {
		v := value{node: &yaml.Node{Line: p.Line, Column: p.Column}, path: p.Path}
		w.add(p.Severity, v, "", "%s", p.Message)
	}
	if diff := cmp.Diff(want, tidy(w.problems, w.untold)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestEnumsHaveWords(t *testing.T) {
	for want, got := range map[string]string{
		"error": Error.String(), "warning": Warning.String(), "invalid": Severity(9).String(),
		"multicast": Multicast.String(), "unicast": Unicast.String(),
		"auto": ChecksumAuto.String(), "rfc9568": ChecksumRFC9568.String(), "rfc5798": ChecksumRFC5798.String(),
		"global": ScopeGlobal.String(), "site": ScopeSite.String(), "link": ScopeLink.String(), "host": ScopeHost.String(),
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
