package heartbeat

import (
	"strings"
	"testing"
	"time"
)

func TestParseTime(t *testing.T) {
	const invalid = -1
	tests := []struct {
		text string
		want time.Duration
	}{
		{"10", 10 * time.Second},
		{"0", 0},
		{"0.5", 500 * time.Millisecond},
		{".5", 500 * time.Millisecond},
		{"5.", 5 * time.Second},
		{"1500ms", 1500 * time.Millisecond},
		{"1500msec", 1500 * time.Millisecond},
		{"0.5ms", time.Millisecond}, // rounded
		{"0.4ms", 0},
		{"250000us", 250 * time.Millisecond},
		{"1499usec", time.Millisecond},
		{"1500usec", 2 * time.Millisecond},
		{"010", 10 * time.Second},
		{"10s", invalid},
		{"10sec", invalid},
		{"1m", invalid},
		{"1h", invalid},
		{"10 ", invalid},
		{"-1", invalid},
		{"+1", invalid},
		{"1e3", invalid},
		{"1,5", invalid},
		{"", invalid},
		{".", invalid},
		{"ms", invalid},
		{"10MS", invalid},
		{"1.2.3", invalid},
		{"inf", invalid},
		{"99999999999999999999", invalid},
		{strings.Repeat("9", 400), invalid},
	}
	for _, test := range tests {
		got, ok := parseTime(test.text)
		if !ok {
			got = invalid
		}
		if got != test.want {
			t.Errorf("parseTime(%q): want %v, got %v", test.text, test.want, got)
		}
	}
}

func TestTimeHintSaysHowToWriteIt(t *testing.T) {
	tests := []struct{ text, want string }{
		{"10s", "write 10: "},
		{"2m", "write 120: "},
		{"1.5s", "write 1500ms: "},
		{"soon", "a time is a number of seconds"},
		{"-5s", "a time is a number of seconds"},
	}
	for _, test := range tests {
		if got := timeHint(test.text); !strings.HasPrefix(got, test.want) {
			t.Errorf("timeHint(%q): want %q..., got %q", test.text, test.want, got)
		}
	}
}

func TestParseBool(t *testing.T) {
	for _, text := range strings.Fields("true on yes y 1 TRUE On YES Y") {
		if value, ok := parseBool(text); !ok || !value {
			t.Errorf("parseBool(%q): want true, got %t, %t", text, value, ok)
		}
	}
	for _, text := range strings.Fields("false off no n 0 FALSE Off NO N") {
		if value, ok := parseBool(text); !ok || value {
			t.Errorf("parseBool(%q): want false, got %t, %t", text, value, ok)
		}
	}
	for _, text := range []string{"", "legacy", "2", "onn", "enable", "t"} {
		if value, ok := parseBool(text); ok {
			t.Errorf("parseBool(%q): want nothing, got %t", text, value)
		}
	}
}
