package config

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLinesThatNeedAShellGetOne(t *testing.T) {
	for line, want := range map[string][]string{
		"/bin/true":              {"/bin/true"},
		"  /bin/x  -q  a,b:c=d ": {"/bin/x", "-q", "a,b:c=d"},
		"pg_isready -q":          {"pg_isready", "-q"},
		"a | b":                  nil,
		"a && b":                 nil,
		"echo 'x y'":             nil,
		"echo $HOME":             nil,
		"A=1 x":                  nil,
		"a\nb":                   nil,
		"~/x":                    nil,
	} {
		if want == nil {
			want = []string{"/bin/sh", "-c", line}
		}
		if diff := cmp.Diff(want, splitLine(line)); diff != "" {
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
