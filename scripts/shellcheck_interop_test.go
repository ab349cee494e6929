//go:build interop

package scripts

import (
	"os/exec"
	"testing"
)

func TestShellcheck(t *testing.T) {
	args := append([]string{"--shell=sh", "--severity=style"}, scriptNames(t)...)
	if out, err := exec.Command("shellcheck", args...).CombinedOutput(); err != nil {
		t.Errorf("shellcheck: %v\n%s", err, out)
	}
}
