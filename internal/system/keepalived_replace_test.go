//go:build interop

package system_test

import (
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/aloft-ha/aloft/internal/lab"
	"github.com/aloft-ha/aloft/internal/lab/labtest"
)

// One of two keepalived nodes is replaced by aloft, with the same priority and addresses: the other one notices nothing,
// and later they serve each other as the two keepalived did.
func TestReplacesOneOfTwoKeepalived(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]lab.ClusterOptions{"IPv4": {}, "both families": {IPv6: true}, "unicast": {Unicast: true}} {
		o.Nodes, o.Interval = []lab.Software{lab.Keepalived, lab.Keepalived}, soon
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			steadily(t, o.Interval.Duration(), func(t *attempt) { replaced(t, o) })
		})
	}
}

// replaced replaces the Backup.
func replaced(t *attempt, o lab.ClusterOptions) {
	c := newCompany(t, o, lab.DefaultProbeInterval)
	stays, goes := c.Nodes[0], c.Nodes[1]
	c.elects(stays)
	since, _ := c.tap.Last(time.Now(), lab.ActiveAdvert(stays.Name, c.Setup.VRID))
	c.leave(goes)
	c.ended(goes)

	ours, err := goes.Host.Start(exec.Command(labtest.Aloft(t), "run", "--config", c.File, "--node", goes.Name,
		"--runtime-dir", filepath.Join(goes.Dir, "aloft"), "--state-dir", goes.Dir))
	c.do(err)
	c.reigns(stays, since.At)
	c.alone(stays, noticeTime)

	at := c.leave(stays)
	first := c.firstAdvert(goes, at, movePatience)
	c.alone(goes, movePatience)
	c.answered(goes, first, answerPatience)
	c.ended(stays)
	t.Logf("planned stop of the keepalived that stayed: aloft took over after %s", first.Sub(at))
	c.returns(stays)
	c.do(ours.Stop(labtest.Within(t, exitPatience)))
	if _, err := ours.Wait(labtest.Within(t, exitPatience)); err != nil {
		t.Errorf("the stopped aloft ended with: %v", err)
	}
	c.alone(stays, noticeTime)
}
