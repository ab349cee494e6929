package heartbeat

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseHaCf(t *testing.T) {
	tests := []struct {
		name string
		text string
		want []statement
	}{
		{"nothing", "", nil},
		{"comments and empty lines", "# node a\n\n   \t\n  # x\n", nil},
		{"one directive a line", "node a b\ndeadtime 30\n", []statement{{1, "node", []string{"a", "b"}}, {2, "deadtime", []string{"30"}}}},
		{"no end of line at the end", "deadtime 30", []statement{{1, "deadtime", []string{"30"}}}},
		{"blanks in front and behind", " \t node\ta \f\n", []statement{{1, "node", []string{"a"}}}},
		{"a comment behind a value", "node a # b\n", []statement{{1, "node", []string{"a"}}}},
		{"a comment within a word", "node a#b c\n", []statement{{1, "node", []string{"a"}}}},
		{"a comment in place of the value", "node#a\n", []statement{{1, "node", nil}}},
		{"commas divide", "node a,b, c ,,d\n", []statement{{1, "node", []string{"a", "b", "c", "d"}}}},
		{"a comma does not end the directive", "node,a b\n", []statement{{1, "node,a", []string{"b"}}}},
		{"a comma is a letter on a whole line", "respawn u /x a,b\n", []statement{{1, "respawn", []string{"u", "/x", "a,b"}}}},
		{"ucast takes its line", "ucast eth0 a,b\n", []statement{{1, "ucast", []string{"eth0", "a,b"}}}},
		{"case is kept", "Node A\n", []statement{{1, "Node", []string{"A"}}}},
		{"no value", "node\n", []statement{{1, "node", nil}}},
		{"line ends of Windows", "node a\r\ndeadtime 5\r\n", []statement{{1, "node", []string{"a"}}, {2, "deadtime", []string{"5"}}}},
		{"a backslash continues nothing", "node a \\\nb\n", []statement{{1, "node", []string{"a", `\`}}, {2, "b", nil}}},
		{"quotes are letters", `node "a b"` + "\n", []statement{{1, "node", []string{`"a`, `b"`}}}},
		{"lines are counted with the empty ones", "\n\n#\nnode a\n", []statement{{4, "node", []string{"a"}}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := parseHaCf(test.text)
			for i := range got {
				if len(got[i].args) == 0 {
					got[i].args = nil
				}
			}
			if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(statement{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
