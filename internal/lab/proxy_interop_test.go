//go:build interop

package lab_test

import (
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/aloft-ha/aloft/internal/lab"
	"github.com/aloft-ha/aloft/internal/lab/labtest"
)

// TestWebClientSeesWhatAProxyDoes has the proxy on an address that the host gets only later, as on a standby.
func TestWebClientSeesWhatAProxyDoes(t *testing.T) {
	c := labtest.Cluster(t, lab.ClusterOptions{Nodes: []lab.Software{lab.Aloft}})
	n := c.Nodes[0]
	p, err := c.AddProxy(n)
	must(t, err)
	must(t, p.Start())
	addAddress(t, n.Host, vip, 0)
	web := c.Client.StartWebClient(lab.ProbeOptions{Target: vip, Interval: 5 * time.Millisecond})
	awaitRequest(t, web, "a page", func(r lab.WebRequest) bool { return r.Host == n.Name })
	served := time.Now()
	awaitRequest(t, web, "a page after a second", func(r lab.WebRequest) bool { return r.Sent.Sub(served) > time.Second })
	if failed := web.Failed(served, time.Now()); len(failed) > 0 {
		t.Errorf("%d requests failed while nothing was done, the first: %+v", len(failed), failed[0])
	}

	stopped := time.Now()
	must(t, p.Stop())
	awaitRequest(t, web, "a failure", func(r lab.WebRequest) bool {
		return r.Err == unix.ECONNREFUSED.Error() && r.Sent.After(stopped)
	})
	if p.Running() {
		t.Error("it still runs")
	}
	must(t, p.Start())
	started := time.Now()
	awaitRequest(t, web, "a page again", func(r lab.WebRequest) bool { return r.Host == n.Name && r.Sent.After(started) })
	now := time.Now()
	failed := web.Failed(stopped, now)
	if gap := web.Gap(stopped, now); len(failed) == 0 || gap.Lost == 0 {
		t.Errorf("%d failed, gap %s", len(failed), gap)
	}

	paused := time.Now()
	must(t, p.Pause())
	awaitRequest(t, web, "a request that is not answered", func(r lab.WebRequest) bool {
		return r.Err != "" && r.Sent.After(paused) && r.Done.Sub(r.Sent) >= 200*time.Millisecond
	})
	must(t, p.Resume())
	must(t, web.Stop())
}

// awaitRequest waits for a request that matches.
func awaitRequest(t *testing.T, c *lab.WebClient, what string, match func(lab.WebRequest) bool) {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for !slices.ContainsFunc(c.Requests(), match) {
		if time.Now().After(deadline) {
			t.Fatalf("no %s within 10s; %d requests", what, len(c.Requests()))
		}
		time.Sleep(5 * time.Millisecond) // real time: the proxy is a real process
	}
}
