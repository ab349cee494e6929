package command

import (
	"os/exec"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestParse(t *testing.T) {
	inShell := func(line string) []string { return []string{"/bin/sh", "-c", line} }
	for line, want := range map[string][]string{
		"":                                   nil,
		" \t ":                               nil,
		"true":                               {"true"},
		"/usr/lib/aloft/check-haproxy":       {"/usr/lib/aloft/check-haproxy"},
		" /opt/check  -a\t--level=3 a,b:c@d": {"/opt/check", "-a", "--level=3", "a,b:c@d"},
		"killall -0 haproxy":                 {"killall", "-0", "haproxy"},
		"ip addr show dev eth0 %h + -":       {"ip", "addr", "show", "dev", "eth0", "%h", "+", "-"},
		"a | b":                              inShell("a | b"),
		"a && b":                             inShell("a && b"),
		"a 'b c'":                            inShell("a 'b c'"),
		`a "b c"`:                            inShell(`a "b c"`),
		`a b\ c`:                             inShell(`a b\ c`),
		"a > /dev/null":                      inShell("a > /dev/null"),
		"a $HOME":                            inShell("a $HOME"),
		"a ~/x":                              inShell("a ~/x"),
		"a *.x":                              inShell("a *.x"),
		"a\nb":                               inShell("a\nb"),
		"a # b":                              inShell("a # b"),
		"! a":                                inShell("! a"),
		"[ -f /x ]":                          inShell("[ -f /x ]"),
		"LANG=C a":                           inShell("LANG=C a"),
		"exit 1":                             inShell("exit 1"),
		" cd /":                              inShell(" cd /"),
		"test -f /x":                         inShell("test -f /x"),
		"if a":                               inShell("if a"),
	} {
		if diff := cmp.Diff(want, Parse(line)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", line, diff)
		}
	}
}

func TestParseMeansWhatAShellMeans(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		line := "printf %s, " + rapid.StringMatching(`[-a-z0-9 \t=/.,:@%+_]{0,20}`).Draw(t, "rest")
		argv := Parse(line)
		if argv[0] != "printf" {
			t.Fatalf("%q is not run without a shell", line)
		}
		got, err := exec.Command(argv[0], argv[1:]...).Output()
		if err != nil {
			t.Fatal(err)
		}
		want, err := exec.Command(shell, "-c", line).Output()
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != string(want) {
			t.Errorf("%q: %q, and %q by the shell", line, got, want)
		}
	})
}

func TestLineIsWhatParseReads(t *testing.T) {
	for _, line := range []string{"true", "/opt/check -a", "a | b", "exit 1"} {
		if got := Line(Parse(line)); got != line {
			t.Errorf("%q is %q", line, got)
		}
	}
	if got, want := Line([]string{"/bin/sh", "-c", "a | b", "sh", "c"}), "/bin/sh -c a | b sh c"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestAppend(t *testing.T) {
	for line, want := range map[string][]string{
		"/opt/check -a":    {"/opt/check", "-a", "b", "c"},
		"/opt/check | x":   {"/bin/sh", "-c", "/opt/check | x", "sh", "b", "c"},
		"/bin/sh /etc/x":   {"/bin/sh", "/etc/x", "b", "c"},
		"/bin/sh -c x arg": {"/bin/sh", "-c", "x", "arg", "b", "c"},
	} {
		if diff := cmp.Diff(want, Append(Parse(line), "b", "c")); diff != "" {
			t.Errorf("%q (-want +got):\n%s", line, diff)
		}
	}
}

func TestAppendNeverTouchesWhatItIsGiven(t *testing.T) {
	argv := make([]string, 1, 8)
	argv[0] = "/bin/x"
	one, two := Append(argv, "a"), Append(argv, "b")
	if one[1] != "a" || two[1] != "b" {
		t.Errorf("got %q and %q, which share their memory", one, two)
	}
}
