//go:build privileged

package scout_test

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/aloft-ha/aloft/internal/lab"
	"github.com/aloft-ha/aloft/internal/lab/labtest"
	"github.com/aloft-ha/aloft/internal/link"
	"github.com/aloft-ha/aloft/internal/scout"
)

func TestMain(m *testing.M) { os.Exit(labtest.Main(m)) }

// A host that takes no part hears who is Active on its link, in both families.
func TestListenHearsTheActive(t *testing.T) {
	c := labtest.Cluster(t, lab.ClusterOptions{Nodes: make([]lab.Software, 2), Interval: 10, IPv6: true})
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	families := make(map[bool]scout.Router)
	for range 10 {
		err := c.Client.Do(func() error {
			s, err := link.Read()
			if err != nil {
				return err
			}
			heard, err := scout.Listen(context.Background(), scout.Audible(s.Links), 500*time.Millisecond)
			for _, r := range heard {
				families[r.IPv6] = r
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if len(families) == 2 {
			break
		}
	}
	for _, ipv6 := range []bool{false, true} {
		r := families[ipv6]
		if r.VRID != 51 || r.Version != 3 || r.Priority != 200 || r.Interface != lab.HostInterface || r.Source.Is6() != ipv6 {
			t.Errorf("IPv6 %t: heard %+v", ipv6, r)
		}
	}
}
