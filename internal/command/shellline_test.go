package command

import "testing"

func TestNameHasNoArgumentsAndNoVariables(t *testing.T) {
	for _, test := range []struct {
		argv []string
		want string
	}{
		{[]string{"/bin/move", "-p", "geheim"}, "/bin/move"},
		{[]string{"/bin/sh", "-c", " /bin/move -p geheim | logger"}, "/bin/move"},
		{[]string{"/bin/sh", "-c", "/bin/move geheim", "sh", "INSTANCE", "web", "MASTER", "200"}, "/bin/move"},
		{[]string{"/bin/sh", "-c", "PASSWORD=geheim exec '/opt/my move' -a"}, "/opt/my move"},
		{[]string{"/bin/sh", "-c", "PASSWORD=geheim"}, "/bin/sh"},
		{[]string{"/bin/sh", "-c", `PASSWORD="geheim $X" /bin/move`}, "/bin/sh"},
		{[]string{"/bin/sh", "-c", "(/bin/move geheim)"}, "/bin/sh"},
		{[]string{"/bin/sh", "/etc/notify.sh"}, "/bin/sh"},
		{nil, ""},
	} {
		if got := Name(test.argv); got != test.want {
			t.Errorf("%q is %q, want %q", test.argv, got, test.want)
		}
	}
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
