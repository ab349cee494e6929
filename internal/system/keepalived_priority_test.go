//go:build interop

package system_test

import (
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/aloft-ha/aloft/internal/lab"
	"github.com/aloft-ha/aloft/vrrp"
)

// reload gives aloft's node a priority in the file, as an operator would, and tells it.
func (c *company) reload(n *lab.Node, priority int) time.Time {
	c.t.Helper()
	s := c.Setup
	s.Extra = []string{fmt.Sprintf("priority: {%s: %d}", n.Name, priority)}
	c.do(os.WriteFile(c.File, []byte(s.YAML()), 0o644))
	at := time.Now()
	c.do(n.Signal(unix.SIGHUP))
	return at
}

// A keepalived that has become the better one by it takes over, at once.
func TestLoweredPriorityHandsOverToKeepalived(t *testing.T) {
	t.Parallel()
	pair := []lab.Software{lab.Aloft, lab.Keepalived}
	for name, o := range map[string]lab.ClusterOptions{
		"a pair":       {Nodes: pair},
		"both":         {Nodes: pair, IPv6: true},
		"two Backups":  {Nodes: append(slices.Clone(pair), lab.Keepalived)},
		"pair unicast": {Nodes: pair, Unicast: true},
	} {
		o.Interval = usualInterval
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			steadily(t, o.Interval.Duration(), func(t *attempt) { lowered(t, o) })
		})
	}
}

// lowered lowers aloft's priority and puts it back, again and again.
func lowered(t *attempt, o lab.ClusterOptions) {
	rounds := 2
	if long {
		rounds = 20
	}
	c := newCompany(t, o, lab.DefaultProbeInterval)
	ours, heir := c.Nodes[0], c.Nodes[1]
	began := time.Now()
	c.do(c.Start())
	c.firstAdvert(ours, began, c.down(ours)+bootPatience)
	c.forget()

	var moves, gaps []time.Duration
	for range rounds {
		at := c.reload(ours, 50)
		first := c.firstAdvert(heir, at, movePatience)
		c.answered(heir, first, answerPatience)
		c.alone(heir, movePatience)
		moves = append(moves, first.Sub(at))
		gaps = append(gaps, c.gap(at, time.Now().Add(-onTheLink)).Outage())

		at = c.reload(ours, 200)
		c.firstAdvert(ours, at, c.down(ours)+movePatience)
		c.forget()
		c.awaitAlone(ours, noticeTime)
	}
	t.Logf("lowered: %s took over after %v, the client's gaps %v", heir.Software, moves, gaps)
	if moved := median(moves); len(c.Nodes) == 2 && moved >= moveOfPair {
		t.Slow("%s takes over %s after the reload, not within %s", heir.Software, moved, moveOfPair)
	}
	if gap := median(gaps); gap >= gapOfPair {
		t.Slow("the client's gap is %s, not under %s", gap, gapOfPair)
	}
}

// Where keepalived is still the worse one nothing moves, and the adverts come at their own interval again.
func TestLoweredPriorityStaysAboveKeepalived(t *testing.T) {
	t.Parallel()
	steadily(t, vrrp.Centiseconds(usualInterval).Duration(), func(t *attempt) {
		c := newCompany(t, lab.ClusterOptions{
			Nodes: []lab.Software{lab.Aloft, lab.Keepalived}, Interval: usualInterval,
		}, lab.DefaultProbeInterval)
		ours := c.Nodes[0]
		began := time.Now()
		c.do(c.Start())
		c.firstAdvert(ours, began, c.down(ours)+bootPatience)
		c.forget()

		at := c.reload(ours, 195)
		time.Sleep(2 * time.Second) // the quick adverts of the change are over
		back := time.Now()
		time.Sleep(c.longestDown() + quietMargin) // until every Backup would have taken over
		c.wasAlone(ours, at, time.Now())
		c.answered(ours, back, answerPatience)
		adverts := c.tap.Frames(func(f *lab.Frame) bool { return f.Kind == lab.KindAdvert && f.At.After(back) })
		if n := len(adverts); n < 3 || n > 4 {
			t.Errorf("%d adverts in %s", n, time.Since(back))
		}
		for _, f := range adverts {
			if f.Advert.Interval != usualInterval || f.Advert.Priority != 195 {
				t.Errorf("2 s after the reload there is still %s", &f)
			}
		}
		if gap := c.gap(at, time.Now().Add(-onTheLink)); gap.Outage() >= gapOfPair {
			t.Slow("the client's gap is %s", gap)
		}
	})
}
