//go:build interop

package system_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/aloft-ha/aloft/internal/lab"
)

// gapOfThree is what a client may see of a planned stop where there are several that could follow.
const gapOfThree = 50 * time.Millisecond

// An inheritance is the priorities of two keepalived Backups beside an aloft of 200, and how that says farewell.
type inheritance struct {
	heirs    [2]uint8
	farewell string        // empty: as it does by itself, plainly if there are several
	apart    time.Duration // between the takeovers of the two, and so what the machine must not stand still for
}

// The two are the usual distance apart, or by one. To be made quick they have to be taught an interval that is long
// enough to keep them apart; where they differ by one there is none.
var inheritances = []inheritance{
	{[2]uint8{190, 180}, "", 39 * time.Millisecond},
	{[2]uint8{190, 180}, "fast", 5 * time.Millisecond},
	{[2]uint8{100, 99}, "", 4 * time.Millisecond},
	{[2]uint8{100, 99}, "fast", 4 * time.Millisecond},
}

// Whoever stops, the most preferred of those that are left becomes Active, and nobody else for a moment. All laboratories
// are there at the same time, for nearly all of it is waiting.
func TestMostPreferredKeepalivedFollows(t *testing.T) {
	t.Parallel()
	stops := 4
	if long {
		stops = 25
	}
	for i, in := range inheritances {
		t.Run(fmt.Sprintf("%d, to %d and %d %s", i, in.heirs[0], in.heirs[1], in.farewell), func(t *testing.T) {
			t.Parallel()
			steadily(t, in.apart/2, func(t *attempt) { followed(t, in, stops) })
		})
	}
}

// followed stops aloft again and again, and each time it returns and takes over.
func followed(t *attempt, in inheritance, stops int) {
	o := lab.ClusterOptions{
		Nodes:    []lab.Software{lab.Aloft, lab.Keepalived, lab.Keepalived},
		Interval: usualInterval, Priorities: []uint8{200, in.heirs[0], in.heirs[1]},
	}
	if in.farewell != "" {
		o.Extra = []string{"farewell: " + in.farewell}
	}
	c := newCompany(t, o, lab.DefaultProbeInterval)
	ours, heir := c.Nodes[0], c.Nodes[1]
	began := time.Now()
	c.do(c.Start())
	c.firstAdvert(ours, began, c.down(ours)+bootPatience)
	c.forget()
	var moves, gaps []time.Duration
	for range stops {
		at := time.Now()
		moved, gap := c.stopAndMeasure(ours, heir)
		moves, gaps = append(moves, moved), append(gaps, gap.Outage())
		back := c.start(ours)
		c.firstAdvert(ours, back, c.down(ours)+bootPatience)
		if c.settle(); in.farewell != "" {
			c.forget()
		}
		if who := c.advertisers(at, time.Now()); !slices.Equal(who, []string{ours.Name, heir.Name}) {
			t.Errorf("in the course of a stop and a return there were adverts of %v", who)
		}
		c.awaitAlone(ours, noticeTime)
	}
	t.Logf("aloft stops beside %d and %d: took over after %v, the client's gaps %v", in.heirs[0], in.heirs[1], moves, gaps)
	for _, gap := range gaps {
		if gap >= gapOfThree {
			t.Slow("the client's gap is %s, not under %s", gap, gapOfThree)
		}
	}
}
