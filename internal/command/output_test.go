package command

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// kept returns the text of what was read in these parts.
func kept(parts ...string) string {
	o := &output{}
	for _, part := range parts {
		o.keep([]byte(part))
	}
	return o.text()
}

func TestOutputIsPrintableText(t *testing.T) {
	for given, want := range map[string]string{
		"":                            "",
		"\n \t\n":                     "",
		"  up\n":                      "up",
		"a\r\nb\n":                    "a\nb",
		"a\tb":                        "a b",
		"\x1b[31mred\x1b[0m":          "?[31mred?[0m",
		"a\x00b\x07c\x7fd":            "a?b?c?d",
		"w\xc3\xa4re \xe2\x82\xac 5":  "wäre € 5",
		"\xff\xfe latin1 \xe4":        "? latin1 ?",
		"left\u202eright\u2028\u0085": "left?right??",
	} {
		if got := kept(given); got != want {
			t.Errorf("%q: %q, want %q", given, got, want)
		}
	}
}

func TestOutputKeepsBeginningAndEnd(t *testing.T) {
	head, tail := strings.Repeat("h", keptHead), strings.Repeat("t", keptTail)
	for _, test := range []struct {
		name  string
		parts []string
		want  string
	}{
		{"all that fits", []string{head, tail}, head + tail},
		{"all that fits, in one read", []string{head + tail}, head + tail},
		{"one byte too much", []string{head, "x", tail}, head + "\n[1 bytes left out]\n" + tail},
		{"much too much", []string{head, strings.Repeat("x", 1<<20), tail}, head + "\n[1048576 bytes left out]\n" + tail},
		{"in small parts", strings.SplitAfter(head+"xxxxxxxxxx"+tail, ""), head + "\n[10 bytes left out]\n" + tail},
	} {
		if got := kept(test.parts...); got != test.want {
			t.Errorf("%s: %d bytes, want %d", test.name, len(got), len(test.want))
		}
	}
}

func TestAnyOutputIsBoundedAndValid(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o, all := &output{}, []byte{}
		for _, n := range rapid.SliceOfN(rapid.IntRange(0, 3000), 0, 8).Draw(t, "sizes") {
			part := rapid.SliceOfN(rapid.Byte(), n, n).Draw(t, "part")
			all = append(all, part...)
			o.keep(part)
		}
		kept := string(o.head) + string(o.tail)
		want := string(all)
		if len(all) > keptHead+keptTail {
			want = string(all[:keptHead]) + string(all[len(all)-keptTail:])
		}
		if kept != want {
			t.Errorf("kept %d bytes of %d, and not the right ones", len(kept), len(all))
		}
		if text := o.text(); !utf8.ValidString(text) || len(text) > keptHead+keptTail+100 {
			t.Errorf("%d bytes, or not UTF-8", len(text))
		}
	})
}
