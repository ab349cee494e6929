package heartbeat

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// describe writes groups one a line, each word with its line where that is not the group's first.
func describe(groups []group) (list []string) {
	for _, g := range groups {
		words := []string{fmt.Sprintf("%d:%s", g.node.line, g.node.text)}
		for _, w := range g.resources {
			text := w.text
			if w.line != g.node.line {
				text = fmt.Sprintf("%d:%s", w.line, text)
			}
			words = append(words, text)
		}
		list = append(list, strings.Join(words, " "))
	}
	return list
}

func TestParseHaresources(t *testing.T) {
	tests := []struct {
		name  string
		text  string
		want  []string
		notes int
	}{
		{"nothing", "", nil, 0},
		{"comments and empty lines", "# www1 10.0.0.1\n\n  \t\n", nil, 0},
		{"a group", "www1 10.0.0.1 pound\n", []string{"1:www1 10.0.0.1 pound"}, 0},
		{"two groups", "www1 10.0.0.1\n\nwww2 10.0.0.2\n", []string{"1:www1 10.0.0.1", "3:www2 10.0.0.2"}, 0},
		{"the node in small letters, the rest not", "WWW1 IPaddr::10.0.0.1\n", []string{"1:www1 IPaddr::10.0.0.1"}, 0},
		{"blanks", "  www1 \t 10.0.0.1  \r\n", []string{"1:www1 10.0.0.1"}, 0},
		{"a comment behind", "www1 10.0.0.1 # the web\n", []string{"1:www1 10.0.0.1"}, 0},
		{"a comment within a word", "www1 10.0.0.1#web\n", []string{"1:www1 10.0.0.1"}, 0},
		{"continued", "www1 \\\n10.0.0.1 \\\n  pound\n", []string{"1:www1 2:10.0.0.1 3:pound"}, 0},
		{"continued in a word", "www1 IPaddr::10.0.0.1/24\\\n/eth0 x\n", []string{"1:www1 IPaddr::10.0.0.1/24/eth0 2:x"}, 0},
		{"continued at a blank", "www1 10.0.0.1\\\n pound\n", []string{"1:www1 10.0.0.1 2:pound"}, 0},
		{"continued in the node", "ww\\\nw1 x\n", []string{"1:www1 2:x"}, 0},
		{"continued in a word, twice", "www1 a\\\nb\\\nc\n", []string{"1:www1 abc"}, 0},
		{"continued in a word, over an empty line", "www1 a\\\n\\\nb\n", []string{"1:www1 ab"}, 0},
		{"a backslash before a comment that ends in one", "www1 \\ # x \\\nb\n", []string{"1:www1 2:b"}, 1},
		{"continued in a word, with a comment", "www1 a\\ # x\nb\n", []string{"1:www1 a 2:b"}, 1},
		{"continued with line ends of Windows", "www1 \\\r\npound\r\n", []string{"1:www1 2:pound"}, 0},
		{"continued at the end of the file", "www1 pound \\", []string{"1:www1 pound"}, 1},
		{"continued by an empty line", "www1 pound \\\n\nwww2 x\n", []string{"1:www1 pound", "3:www2 x"}, 0},
		{"a comment on the continued line", "www1 \\\npound # web\nwww2 x\n", []string{"1:www1 2:pound", "3:www2 x"}, 1},
		{"a comment that goes on", "www1 \\\n# 10.0.0.9 \\\npound\n", []string{"1:www1 3:pound"}, 1},
		{"a comment that does not go on", "www1 \\\n# 10.0.0.9\npound x\n", []string{"1:www1", "3:pound x"}, 1},
		{"a commented line does not go on", "# www1 \\\nwww2 x\n", []string{"2:www2 x"}, 0},
		{"a backslash with a comment behind", "www1 \\ # web\npound\n", []string{"1:www1 2:pound"}, 1},
		{"a backslash with blanks behind", "www1 \\  \npound\n", []string{"1:www1 2:pound"}, 1},
		{"a backslash and a comment on a continued line", "www1 \\\nx \\ # web\npound\n", []string{"1:www1 2:x 3:pound"}, 2},
		{"a backslash within a line", "www1 \\ x\n", []string{`1:www1 \ x`}, 0},
		{"a node alone", "www1\n", []string{"1:www1"}, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			n := &notebook{file: "haresources"}
			got := describe(parseHaresources(test.text, n))
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if len(n.notes) != test.notes {
				t.Errorf("want %d notes, got %v", test.notes, n.notes)
			}
		})
	}
}

func TestParseResource(t *testing.T) {
	tests := []struct {
		text    string
		script  string
		args    []string
		address bool
	}{
		{"10.0.0.1", "IPaddr", []string{"10.0.0.1"}, true},
		{"10.0.0.1/24/eth0", "IPaddr", []string{"10.0.0.1/24/eth0"}, true},
		{"1x.2y.3z.4", "IPaddr", []string{"1x.2y.3z.4"}, true}, // as heartbeat's pattern has it
		{"10.0.0", "10.0.0", nil, false},
		{"10.0.0.x", "10.0.0.x", nil, false},
		{"IPaddr::10.0.0.1", "IPaddr", []string{"10.0.0.1"}, true},
		{"IPaddr2::10.0.0.1/24", "IPaddr2", []string{"10.0.0.1/24"}, true},
		{"IPv6addr::2001:db8::1/64/eth0", "IPv6addr", []string{"2001:db8::1/64/eth0"}, true},
		{"ipaddr::10.0.0.1", "ipaddr", []string{"10.0.0.1"}, false}, // scripts have the case of their file
		{"IPaddr", "IPaddr", nil, true},
		{"httpd", "httpd", nil, false},
		{"Filesystem::/dev/sdb1::/srv::ext4", "Filesystem", []string{"/dev/sdb1", "/srv", "ext4"}, false},
		{"MailTo::a@example.com::down", "MailTo", []string{"a@example.com", "down"}, false},
	}
	for _, test := range tests {
		got := parseResource(word{7, test.text})
		if got.script != test.script || !cmp.Equal(test.args, got.args) || got.isAddress() != test.address || got.line != 7 {
			t.Errorf("%q: want %s %q (address: %t), got %+v (address: %t)", test.text, test.script, test.args, test.address, got, got.isAddress())
		}
	}
}
