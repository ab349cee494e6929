package command

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

// tree is a file system for tests: what lstat says of each path.
type tree map[string]entry

func (f tree) inspect(name string) (entry, error) {
	e, ok := f[name]
	if !ok {
		return entry{}, unix.ENOENT
	}
	return e, nil
}

func folder(mode uint32) entry       { return entry{mode: unix.S_IFDIR | mode} }
func file(mode uint32) entry         { return entry{mode: unix.S_IFREG | mode} }
func link(target string) entry       { return entry{mode: unix.S_IFLNK | 0o777, target: target} }
func (e entry) of(u, g uint32) entry { e.uid, e.gid = u, g; return e }

// sound is a tree that nobody but root can write.
func sound() tree {
	return tree{
		"/": folder(0o755), "/usr": folder(0o755), "/usr/bin": folder(0o755), "/usr/bin/dash": file(0o755),
		"/bin": link("usr/bin"), "/usr/bin/sh": link("dash"),
		"/opt": folder(0o755), "/opt/check": link("/opt/v2/./../v1//check"), "/opt/v1": folder(0o755), "/opt/v2": folder(0o755),
		"/opt/v1/check": file(0o755), "/opt/loop": link("loop"), "/opt/gone": link("nowhere"), "/opt/up": link("../.."),
	}
}

func TestWalkVisitsEveryComponent(t *testing.T) {
	for given, want := range map[string][]string{
		"/usr/bin/dash":    {"/", "/usr", "/usr/bin", "/usr/bin/dash"},
		"/bin/sh":          {"/", "/bin", "/usr", "/usr/bin", "/usr/bin/sh", "/usr/bin/dash"},
		"/opt/check":       {"/", "/opt", "/opt/check", "/opt", "/opt/v2", "/opt/v2", "/opt", "/opt/v1", "/opt/v1/check"},
		"//opt/../usr/bin": {"/", "/opt", "/", "/usr", "/usr/bin"},
		"/opt/up/bin/dash": {"/", "/opt", "/opt/up", "/", "/", "/bin", "/usr", "/usr/bin", "/usr/bin/dash"},
	} {
		var got []string
		visit := func(name string, _ entry) error { got = append(got, name); return nil }
		if _, err := walk(given, sound().inspect, visit); err != nil {
			t.Errorf("%s: %v", given, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", given, diff)
		}
	}
}

func TestWalkSaysWhereItEnds(t *testing.T) {
	for given, want := range map[string]string{
		"/opt/v3/check":      "/opt/v3 does not exist",
		"/opt/gone":          "/opt/nowhere does not exist",
		"/opt/v1/check/x":    "/opt/v1/check is not a folder",
		"/opt/v1/check/../x": "/opt/v1/check is not a folder",
		"/opt/loop":          "/opt/loop leads through more than 40 symbolic links",
	} {
		_, err := walk(given, sound().inspect, func(string, entry) error { return nil })
		if got := fmt.Sprint(err); got != want {
			t.Errorf("%s: %q, want %q", given, got, want)
		}
	}
}
