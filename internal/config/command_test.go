package config

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestLinesThatNeedAShellGetOne reads a line of either kind; which is which is package command's to say.
func TestLinesThatNeedAShellGetOne(t *testing.T) {
	for line, want := range map[string][]string{
		"  /bin/x  -q  a,b:c=d ": {"/bin/x", "-q", "a,b:c=d"},
		"echo $HOME | cat":       {"/bin/sh", "-c", "echo $HOME | cat"},
	} {
		c := mustParse(t, fmt.Appendf(nil, "nodes: [a, b]\nnotify: {any: %q}\n"+
			"virtual_routers: {web: {vrid: 1, interface: eth0, addresses: [192.0.2.1]}}\n", line))
		if diff := cmp.Diff(want, c.Notify.Any.Argv); diff != "" {
			t.Errorf("%q (-want +got):\n%s", line, diff)
		}
	}
}

// TestEnvironmentIsSorted has a daemon that is reloaded with another order not take it for a change.
func TestEnvironmentIsSorted(t *testing.T) {
	c := mustParse(t, []byte("nodes: [a, b]\nscripts: {environment: {Z: 1, A: 2, M: 3}}\n"+
		"virtual_routers: {web: {vrid: 1, interface: eth0, addresses: [192.0.2.1]}}\n"))
	if !slices.Equal(c.Scripts.Environment, []string{"A=2", "M=3", "Z=1"}) {
		t.Errorf("%q", c.Scripts.Environment)
	}
}
