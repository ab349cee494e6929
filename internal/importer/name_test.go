package importer

import (
	"strings"
	"testing"
)

func TestRouterName(t *testing.T) {
	tests := []struct{ text, want string }{
		{"VI_1", "VI_1"},
		{"web server (main)", "web_server_main"},
		{"-.x", "x"},
		{"größe", "gr_e"},
		{"\"\n", ""},
		{strings.Repeat("a", 100), strings.Repeat("a", 64)},
	}
	for _, test := range tests {
		if got := RouterName(test.text); got != test.want {
			t.Errorf("RouterName(%q): want %q, got %q", test.text, test.want, got)
		}
	}
}

func TestNodeNameMayBeAsLongAsAHostName(t *testing.T) {
	if got := len(NodeName(strings.Repeat("a", 300))); got != 253 {
		t.Errorf("want 253 letters, got %d", got)
	}
}

func TestUniqueNumbersWhatIsTaken(t *testing.T) {
	var names Names
	long := strings.Repeat("a", 64)
	for _, test := range []struct{ name, want string }{
		{"web", "web"},
		{"WEB", "WEB-2"},
		{"web", "web-3"},
		{"web-2", "web-2-2"},
		{long, long},
		{long, long[:62] + "-2"},
	} {
		if got := names.Unique(test.name); got != test.want {
			t.Errorf("Unique(%q): want %q, got %q", test.name, test.want, got)
		}
	}
}
