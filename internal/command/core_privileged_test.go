//go:build privileged

package command

import (
	"testing"

	"golang.org/x/sys/unix"
)

func TestCommandsRunInADaemonWithoutACore(t *testing.T) {
	before, err := unix.PrctlRetInt(unix.PR_GET_DUMPABLE, 0, 0, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unix.Prctl(unix.PR_SET_DUMPABLE, uintptr(before), 0, 0, 0) }()
	r := run(t, Settings{})
	if got := said(t, r, sh("id -un; "+capabilities)); got != "nobody\n"+noCapabilities {
		t.Errorf("as nobody: %q", got)
	}
	c := sh("id -un")
	c.User = "root"
	if got := said(t, r, c); got != "root" {
		t.Errorf("as root: %q", got)
	}
	if now, err := unix.PrctlRetInt(unix.PR_GET_DUMPABLE, 0, 0, 0, 0); err != nil || now != 0 {
		t.Errorf("afterwards it may have a core: %d, %v", now, err)
	}
}
