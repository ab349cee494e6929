package command

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// www is a user, and stranger another, that no machine has.
const (
	www      = 4_000_001
	stranger = 4_000_002
)

func TestTrustNamesWhoCouldChangeTheProgram(t *testing.T) {
	const insecure = ", or set `scripts: insecure: true`"
	for _, test := range []struct {
		path   string
		change tree
		want   string
	}{
		{"/bin/sh", nil, "<nil>"},
		{"/opt/check", nil, "<nil>"},
		{"/opt/check", tree{"/opt/v1/check": file(0o755).of(www, www)}, "<nil>"},
		{"/opt/check", tree{"/opt/v1": folder(0o700).of(www, www)}, "<nil>"},
		{"/opt/check", tree{"/opt/v1/check": file(0o775)}, "<nil>"}, // the group root
		{
			"/opt/check",
			tree{"/opt/v1/check": file(0o777)},
			"/opt/v1/check is writable by everybody; run `chmod o-w /opt/v1/check`" + insecure,
		},
		{
			"/opt/check",
			tree{"/opt/v1/check": file(0o775).of(0, stranger)},
			"/opt/v1/check is writable by the group 4000002; run `chmod g-w /opt/v1/check`" + insecure,
		},
		{
			"/opt/check",
			tree{"/opt/v1/check": {mode: unix.S_IFREG | 0o775, acl: true}}, // the group root, and somebody else
			"/opt/v1/check is writable by whom its access control list names; run `setfacl -b /opt/v1/check`" + insecure,
		},
		{
			"/opt/check",
			tree{"/opt/v1/check": file(0o755).of(stranger, 0)},
			"/opt/v1/check belongs to the user 4000002; run `chown root /opt/v1/check`" + insecure,
		},
		{
			"/opt/check",
			tree{"/opt": folder(0o775).of(0, stranger)},
			"/opt is writable by the group 4000002; run `chmod g-w /opt`" + insecure,
		},
		{
			"/opt/check",
			tree{"/opt/v2": folder(0o777)}, // the link's way through it: it could be replaced by a link elsewhere
			"/opt/v2 is writable by everybody; run `chmod o-w /opt/v2`" + insecure,
		},
		{
			"/opt/check",
			tree{"/opt": folder(0o1777)},
			"/opt is writable by everybody; put the program into another folder" + insecure,
		},
		{
			"/opt/check",
			tree{"/opt/check": link("/usr/bin/dash").of(stranger, 0)},
			"/opt/check belongs to the user 4000002; run `chown root /opt/check`" + insecure,
		},
		{"/opt/check", tree{"/": folder(0o777)}, "/ is writable by everybody; run `chmod o-w /`" + insecure},
	} {
		given := sound()
		for name, e := range test.change {
			given[name] = e
		}
		_, err := walk(test.path, given.inspect, identity{uid: www, gid: www}.trust)
		if got := fmt.Sprint(err); got != test.want {
			t.Errorf("%s with %v:\n%s, want\n%s", test.path, test.change, got, test.want)
		}
	}
}

func TestTrustOfRootIsInRootAlone(t *testing.T) {
	given := sound()
	given["/opt/v1/check"] = file(0o755).of(www, www)
	if _, err := walk("/opt/check", given.inspect, identity{}.trust); err == nil {
		t.Error("root runs a program of somebody else")
	}
}

func TestReachNamesWhatIsClosed(t *testing.T) {
	who := identity{name: "www", uid: www, gid: www, groups: []uint32{7}}
	for _, test := range []struct {
		change tree
		want   string
	}{
		{nil, "<nil>"},
		{tree{"/opt/v1": folder(0o710).of(0, 7)}, "<nil>"},
		{tree{"/opt/v1": folder(0o710).of(0, www)}, "<nil>"},
		{tree{"/opt/v1": folder(0o700).of(www, 0)}, "<nil>"},
		{
			tree{"/opt/v1": folder(0o710).of(0, 8)},
			"www may not enter the folder /opt/v1; run it as another user, or move the program",
		},
		{
			tree{"/opt/v1/check": file(0o744)},
			"www may not execute /opt/v1/check; change its permissions, or run it as another user",
		},
		{ // the first that applies decides, path_resolution(7)
			tree{"/opt/v1/check": file(0o477&^0o100).of(www, 7)},
			"www may not execute /opt/v1/check; change its permissions, or run it as another user",
		},
	} {
		given := sound()
		for name, e := range test.change {
			given[name] = e
		}
		_, err := walk("/opt/check", given.inspect, who.reach)
		if got := fmt.Sprint(err); got != test.want {
			t.Errorf("%v:\n%s, want\n%s", test.change, got, test.want)
		}
	}
}

func TestProgramSaysWhatCannotRun(t *testing.T) {
	dir := t.TempDir()
	plain := filepath.Join(dir, "plain")
	if err := os.WriteFile(plain, []byte("#!/bin/sh\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	pipe := filepath.Join(dir, "pipe")
	if err := unix.Mkfifo(pipe, 0o755); err != nil {
		t.Fatal(err)
	}
	for want, argv := range map[string][]string{
		"there is no command":        nil,
		dir + "/gone does not exist": {dir + "/gone"},
		dir + " is a folder":         {dir},
		plain + " is not executable; run `chmod +x " + plain + "`":    {plain},
		pipe + " is not a file that can be executed":                  {pipe},
		"there is no program aloft-nowhere in " + programPath:         {"aloft-nowhere"},
		"bin/x has to be an absolute path, or a name without a slash": {"bin/x"},
	} {
		if _, err := program(argv, ownIdentity(), false); fmt.Sprint(err) != want {
			t.Errorf("%q: %v, want %s", argv, err, want)
		}
	}
}

func TestProgramIsFoundInTheCleanPath(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("PATH", dir)
	if err := os.WriteFile(dir+"/sh", []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	file, err := program([]string{"sh"}, ownIdentity(), false)
	if err != nil || !strings.HasSuffix(file, "bin/sh") || strings.HasPrefix(file, dir) {
		t.Errorf("%q, %v", file, err)
	}
}

// The folders of temporary files are writable by everybody, as on every machine.
func TestProgramIsRefusedInATemporaryFolder(t *testing.T) {
	dir := t.TempDir()
	script := dir + "/script"
	if err := os.WriteFile(script, []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, argv := range [][]string{{script}, {shell, "-c", script + " && true"}, {shell, "-c", `"` + script + `" -q`}} {
		if _, err := program(argv, ownIdentity(), true); err == nil || !strings.Contains(err.Error(), "writable by everybody") {
			t.Errorf("%q: %v", argv, err)
		}
		if _, err := program(argv, ownIdentity(), false); err != nil {
			t.Errorf("%q, insecure: %v", argv, err)
		}
	}
	if _, err := program([]string{shell, "-c", "/nowhere/x || true"}, ownIdentity(), true); err != nil {
		t.Errorf("a line that knows what to do without its program: %v", err)
	}
}
