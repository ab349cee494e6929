//go:build privileged

package system_test

import (
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/aloft-ha/aloft/internal/lab/labtest"
)

// A machine that is to join the network of a running pair is not proposed the VRID of that pair.
func TestInitProposesAVRIDThatIsNotInUse(t *testing.T) {
	t.Parallel()
	s := setScene(t, pair(10))
	s.ok(s.Start())
	s.awaitAlone(time.Now(), s.Nodes[0], s.down(0)+patience)
	p, err := s.Client.Start(exec.Command(labtest.Aloft(t), "init", "www3=192.0.2.3", "www4=192.0.2.4",
		"--address", "192.0.2.51", "--listen", "1s"))
	s.ok(err)
	_, err = p.Wait(labtest.Within(t, 10*time.Second))
	s.ok(err)
	for _, want := range []string{
		"VRID 51 is in use on eth0: 192.0.2.1 says so, with priority 200 (version 3)", "vrid: 52", "nobody was heard to use it",
	} {
		if !strings.Contains(p.Output.String(), want) {
			t.Errorf("it does not say %q:\n%s", want, p.Output.String())
		}
	}
}
