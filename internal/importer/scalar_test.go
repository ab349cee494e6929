package importer

import (
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

func TestWord(t *testing.T) {
	tests := []struct{ text, want string }{
		{"", ""},
		{"www1", "www1"},
		{"VI_1", "VI_1"},
		{"eth0.100", "eth0.100"},
		{"192.0.2.1", "192.0.2.1"},
		{"192.0.2.1/24", "192.0.2.1/24"},
		{"/etc/x.sh", "/etc/x.sh"},
		{"2001:db8::1", `"2001:db8::1"`},
		{"51", `"51"`},
		{"0x1f", `"0x1f"`},
		{"1e3", `"1e3"`},
		{"1.5", `"1.5"`},
		{".inf", `".inf"`},
		{"-", `"-"`},
		{"true", `"true"`},
		{"No", `"No"`},
		{"null", `"null"`},
		{"~", `"~"`},
		{"a b", `"a b"`},
		{"a: b", `"a: b"`},
		{"a#b", `"a#b"`},
		{`say "x\y"`, `"say \"x\\y\""`},
		{"a\nb\x00\x7f", `"a\u000ab\u0000\u007f"`},
		{"\u2028", `"\u2028"`},
		{"größe", `"größe"`},
		{"\U000E0001", `"\U000e0001"`},
		{"\xff\uFFFD", "\"\\xff\uFFFD\""},
	}
	for _, test := range tests {
		if got := word(test.text); got != test.want {
			t.Errorf("word(%q): want %s, got %s", test.text, test.want, got)
		}
	}
}

func FuzzWord(f *testing.F) {
	for _, s := range []string{"a", "yes", "1", "2001-01-01", "a\tb", "é", "- a", "{", "\u0085", "&a", "*a", "!a", "%", "@", "`", "<<"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if s == "" || len(s) > 200 || strings.ToValidUTF8(s, "") != s {
			return // YAML takes a key of 1024 letters at most, escapes included
		}
		text := "- " + word(s) + "\n- {k: [" + word(s) + "]}\n- {" + word(s) + ": x}\n"
		var got []any
		if err := yaml.Unmarshal([]byte(text), &got); err != nil {
			t.Fatalf("%q becomes %q: %v", s, text, err)
		}
		if got[0] != any(s) {
			t.Errorf("want %q, got %q from %q", s, got[0], text)
		}
	})
}

func TestComment(t *testing.T) {
	const want = "a b\uFFFDvirtual_routers: x"
	if got := comment("a\tb\nvirtual_routers: x"); got != want {
		t.Errorf("want %q, got %q", want, got)
	}
}
