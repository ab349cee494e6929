package keepalived

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestUncomment(t *testing.T) {
	tests := []struct{ line, want string }{
		{"priority 100", "priority 100"},
		{"priority 100 # high", "priority 100 "},
		{"priority 100 ! high", "priority 100 "},
		{"# all of it", ""},
		{`script "a # b" # c`, `script "a # b" `},
		{`script "a \" # b" ! c`, `script "a \" # b" `},
		{`script a\#b # c`, `script a\#b `},
		{`script 'a # b'`, `script 'a `}, // as keepalived has it: only double quotes protect
		{`ends with a backslash \`, `ends with a backslash \`},
		{"", ""},
	}
	for _, test := range tests {
		if got := uncomment(test.line); got != test.want {
			t.Errorf("uncomment(%q): want %q, got %q", test.line, test.want, got)
		}
	}
}

func TestTokenize(t *testing.T) {
	tests := []struct {
		line string
		want []string
	}{
		{"", nil},
		{"  priority\t100 ", []string{"priority", "100"}},
		{`a "{" '}'`, []string{"a", "{", "}"}},
		{`script "/bin/check 'x y'"`, []string{"script", "/bin/check 'x y'"}},
		{`abcd" efg h "mn'o p'q`, []string{"abcd efg h mno pq"}},
		{`""`, []string{""}},
		{`"\a\b\E\f\n\r\t\v"`, []string{"\a\b\x1b\f\n\r\t\v"}},
		{`"\101\7\x41\x4g\cA\q\\\""`, []string{"A\aA\x04g\x01q\\\""}},
		{`a\"b \#c \!d`, []string{`a"b`, "#c", "!d"}},
		{`a\nb c\ d`, []string{`a\nb`, `c\`, "d"}},
		{"a${B}c ${D", []string{"a${B}c", "${D"}},
		{`"\400"`, []string{"\x00"}},
		{`"\xzz"`, []string{"xzz"}},
	}
	for _, test := range tests {
		got, brace, rest, whole := tokenize(test.line)
		if diff := cmp.Diff(test.want, got); diff != "" || brace != 0 || rest != "" || !whole {
			t.Errorf("tokenize(%q): brace %q, rest %q, whole %t (-want +got):\n%s", test.line, brace, rest, whole, diff)
		}
	}
}

func TestTokenizeStopsBehindABrace(t *testing.T) {
	tests := []struct {
		line, word string
		brace      byte
		rest       string
	}{
		{"a{b}c", "a", '{', "b}c"},
		{"b}c", "b", '}', "c"},
		{`"{"} "x`, "{", '}', ` "x`},
	}
	for _, test := range tests {
		words, brace, rest, whole := tokenize(test.line)
		if len(words) != 1 || words[0] != test.word || brace != test.brace || rest != test.rest || !whole {
			t.Errorf("tokenize(%q): want %q, %q and %q, got %q, %q and %q", test.line, test.word, test.brace, test.rest, words, brace, rest)
		}
	}
}

func TestTokenizeMissesTheEndOfAQuote(t *testing.T) {
	for _, line := range []string{`a "b`, `a 'b"`, `"\"`, `"a" "`} {
		if _, _, _, whole := tokenize(line); whole {
			t.Errorf("tokenize(%q) is whole", line)
		}
	}
}
