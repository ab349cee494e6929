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

func TestScriptOf(t *testing.T) {
	for line, want := range map[string]string{
		"/opt/check && echo":   "/opt/check",
		"/opt/check;echo":      "/opt/check",
		"  /opt/check | x":     "/opt/check",
		"/opt/$X":              "/opt/",
		"'/opt/a b' | x":       "/opt/a b",
		`"/opt/check" -q`:      "/opt/check",
		`/opt/"a b"/'c'd|x`:    "/opt/a b/cd",
		`"/opt/$X/check" | x`:  "/opt/",
		`'/opt/check | x`:      "",
		"check | x":            "",
		"exit 1":               "",
		"":                     "",
		"/ | x":                "",
		"A=/opt/x /opt/check ": "/opt/check",
		"A='b c' B= /opt/x":    "/opt/x",
		"A=$(/opt/x) /opt/y":   "",
		"exec /opt/check":      "/opt/check",
	} {
		got, ok := scriptOf([]string{"/bin/sh", "-c", line})
		if !ok {
			got = ""
		}
		if got != want {
			t.Errorf("%q: %q, want %q", line, got, want)
		}
	}
	if got, _ := scriptOf([]string{"/bin/sh", "-c", "/opt/check | x", "sh", "INSTANCE", "web"}); got != "/opt/check" {
		t.Errorf("with arguments: %q", got)
	}
	for _, argv := range [][]string{{"/bin/sh", "/opt/check"}, {"/bin/sh", "-c"}, {"/bin/bash", "-c", "/opt/check"}} {
		if got, ok := scriptOf(argv); ok {
			t.Errorf("%q: %q", argv, got)
		}
	}
}
