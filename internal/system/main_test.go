//go:build privileged || interop

package system_test

import (
	"flag"
	"fmt"
	"net/netip"
	"os"
	"testing"

	"github.com/aloft-ha/aloft/internal/lab"
	"github.com/aloft-ha/aloft/internal/lab/labtest"
)

// together is how many of the tests that call t.Parallel run at once. They wait for timers nearly all their time, so it
// is more than the processors.
const together = "8"

// long says that repetitions and waits are to be as many and as long as the release asks, not as CI can afford.
var long = os.Getenv("ALOFT_LONG") == "1"

// only6 is the floating addresses of a cluster with IPv6 alone.
func only6() []netip.Addr { return []netip.Addr{lab.DefaultLinkLocal, lab.DefaultAddress6} }

func TestMain(m *testing.M) {
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "test.parallel" })
	if !given {
		if err := flag.Set("test.parallel", together); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	code := labtest.Main(m)
	if err := lab.Sweep(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = max(code, 1)
	}
	os.Exit(code)
}
