//go:build privileged || interop

package conformance_test

import (
	"os"
	"slices"
	"testing"

	"github.com/aloft-ha/aloft/internal/conformance"
	"github.com/aloft-ha/aloft/internal/lab/labtest"
)

func TestMain(m *testing.M) { os.Exit(labtest.Main(m)) }

// cases are some of the plan, by profile.
type cases map[conformance.Profile][]string

// run runs cases against a daemon.
func run(t *testing.T, d conformance.Driver, list cases) []*conformance.Result {
	t.Helper()
	reports, err := conformance.Run(t.Context(), conformance.Options{
		Drivers: []conformance.Driver{d}, Profiles: conformance.Profiles(), Cases: conformance.Cases(), Parallel: 12,
		Only: func(c conformance.Case, p conformance.Profile) bool { return slices.Contains(list[p], c.ID) },
	})
	if err != nil {
		t.Fatal(err)
	}
	r := reports[0]
	if r.Missing != "" || len(r.Results) == 0 {
		t.Fatalf("%s was not run: %s", r.Daemon, r.Missing)
	}
	for _, x := range r.Results {
		for _, problem := range x.Again {
			t.Logf("%s %s %s, at the first try: %s", r.Daemon, x.Profile, x.Case, problem)
		}
	}
	return r.Results
}
