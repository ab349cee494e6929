package config

import (
	"fmt"
	"strings"
	"testing"
)

// TestMistakesAreToldWhereTheyAre has files that are no YAML because of a line before the one where YAML notices.
func TestMistakesAreToldWhereTheyAre(t *testing.T) {
	const (
		space = "a space is missing after the colon"
		noKey = "this is no key with a colon, and no entry of a list with a dash"
		after = "a second colon in one value, or a wrong indentation"
		like  = "what follows the colon looks like a space and is none"
	)
	tests := []struct{ name, data, want string }{
		{"no space after a colon", "a:1\nb: 2\n", "1:3: " + space + " (write a: 1)"},
		{"no space in a list", "nodes:\n  - name:www1\n    addresses: []\n", "2:10: " + space + " (write name: www1)"},
		{"lines that say nothing between them", "x:\n  a:1\n\n  # b\n  b: 2\n", "2:5: " + space + " (write a: 1)"},
		{"Windows line ends", "a:1\r\nb: 2\r\n", "1:3: " + space + " (write a: 1)"},
		{"a space that is none", "a:\u00a01\nb: 2\n", "1:3: " + like + " (write a: 1)"},
		{"letters count, not bytes", "x:\n  é\n  b: 2\n", "2:3: " + noKey},
		{"no colon at all", "vrid 51\nb: 2\n", "1:1: " + noKey},
		{"a word above deeper lines", "a\n  b: 2\n", "1:2: a colon is missing after a (write a:)"},
		{"the first of two", "x:\n  a:1\n  b:2\n  c: 3\n", "2:5: " + space + " (write a: 1)"},
		{"in the last line", "x:\n  c: 3\n  vrid:51\n", "3:8: " + space + " (write vrid: 51)"},
		{"behind a document's begin", "---\nnodes:[www1]\nb: 2\n", "2:7: " + space + " (write nodes: [www1])"},
		{"a dash alone is no key", "x:\n-\n    name:www1\n    b: 2\n", "3:10: " + space + " (write name: www1)"},
		{"an address of the web is no key", "a: x\n  http://y\n  b: 2\n", "3:4: " + after},
		{"a list of several lines", "a: [x,\n  y]\nb: c: d\n", "3:5: " + after},
		{"a time of day is no key", "a: 1\n10:30\nb: 2\n", "2:1: " + noKey},
		{"two colons in one line", "a: b: c\n", "1:5: " + after},
		{"a wrong indentation after a key", "x:\n   a: 1\n  b: 2\n", "3:3: no key stands here"},
		{"a merge conflict", "a: 1\n<<<<<<< HEAD\nb: 1\n=======\nb: 2\n>>>>>>> x\n", "2:1: this is the mark of a merge conflict"},
		{"a merge conflict at the begin", "<<<<<<< HEAD\na: 1\n=======\n", "1:1: this is the mark of a merge conflict"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, problems := Parse("f", []byte(tt.data))
			if c != nil || len(problems) != 1 || !strings.HasPrefix(problems[0].Error(), "f:"+tt.want) {
				t.Errorf("%q: %v, want %s", tt.data, problems, tt.want)
			}
		})
	}
}

func TestMistakesAreFoundQuickly(t *testing.T) {
	for _, filler := range []string{"\n", "# x\n", "a:b\n", "a\n", "vrid:51\n", "a b\n"} {
		data := "a:b\n" + strings.Repeat(filler, (MaxSize-100)/len(filler)) + "c: d\n"
		if c, problems := parseQuickly(t, []byte(data)); c != nil || len(problems) != 1 {
			t.Errorf("%q: %d problems", filler, len(problems))
		}
	}
}

// TestMergeMarksAreNoMergeKeys keeps << apart from the marks of git.
func TestMergeMarksAreNoMergeKeys(t *testing.T) {
	data := fmt.Sprintf("nodes: [a, b]\ndefaults: &d {interface: eth0}\nvirtual_routers:\n  web:\n    %s: *d\n    vrid: 1\n    addresses: [192.0.2.1]\n", mergeWord)
	mustParse(t, []byte(data))
}
