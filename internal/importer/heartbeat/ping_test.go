package heartbeat

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/tracker"
)

// TestWeightsCountAsIpfailDoes holds the weights to ipfail's rule: of two nodes the one that has lost fewer ping nodes
// serves, and if both have lost as many the preferred one does.
func TestWeightsCountAsIpfailDoes(t *testing.T) {
	for nodes := 2; nodes <= 4; nodes++ {
		for pings := 1; pings <= maxPings; pings++ {
			weight, enough := weigh(pings, nodes)
			if !enough {
				continue
			}
			for a := range pings + 1 {
				for b := range pings + 1 {
					first, last := priority(0, pings, a, weight), priority(nodes-1, pings, b, weight)
					if first == last || (first > last) != (a <= b) {
						t.Fatalf("%d nodes, %d pings of %d: %d and %d lost give %d and %d", nodes, pings, weight, a, b, first, last)
					}
				}
			}
		}
	}
}

// priority is that of a node which has lost some of its ping nodes.
func priority(index, pings, lost, weight int) int {
	base, _ := config.PriorityByOrder(index)
	var effects []tracker.Effect
	for i := range pings {
		effects = append(effects, tracker.Effect{Tracker: fmt.Sprint(i), Mode: tracker.ModeWeight, Weight: -weight})
	}
	p := tracker.Weigh(base, effects, func(name string) tracker.Status {
		var i int
		_, _ = fmt.Sscan(name, &i)
		if i < lost {
			return tracker.Status{State: tracker.Down}
		}
		return tracker.Status{State: tracker.Up}
	})
	return int(p.Effective)
}

func TestWeigh(t *testing.T) {
	tests := []struct {
		pings, nodes, weight int
		enough               bool
	}{
		{1, 2, 20, true},
		{9, 2, 20, true},
		{10, 2, 11, true},
		{17, 2, 11, true},
		{18, 2, 11, false},
		{1, 3, 21, true},
		{8, 3, 21, true},
		{9, 3, 21, false},
		{1, 30, 200, false},
	}
	for _, test := range tests {
		if weight, enough := weigh(test.pings, test.nodes); weight != test.weight || enough != test.enough {
			t.Errorf("%d pings on %d nodes: want %d (%t), got %d (%t)", test.pings, test.nodes, test.weight, test.enough, weight, enough)
		}
	}
}

// TestDeadpingBecomesFailures has the time after which a silent host counts as lost: it is never shorter than deadping,
// and by less than one check longer.
func TestDeadpingBecomesFailures(t *testing.T) {
	tests := []struct {
		keepalive, deadping time.Duration
		every               time.Duration
		fall                int
	}{
		{time.Second, 10 * time.Second, 0, 10},
		{time.Second, 9500 * time.Millisecond, 0, 10},
		{2 * time.Second, 30 * time.Second, 2 * time.Second, 15},
		{100 * time.Millisecond, 5 * time.Second, 100 * time.Millisecond, 50},
		{100 * time.Millisecond, 30 * time.Second, 301 * time.Millisecond, 100},
		{40 * time.Second, 90 * time.Second, 40 * time.Second, 3},
		{10 * time.Millisecond, time.Second, 10 * time.Millisecond, 100},
	}
	for _, test := range tests {
		timers := &times{deadping: timer{value: test.deadping}}
		every, fall := timers.pinging(test.keepalive)
		if every != test.every || fall != test.fall {
			t.Errorf("keepalive %s, deadping %s: want %s and %d, got %s and %d", test.keepalive, test.deadping, test.every, test.fall, every, fall)
		}
		if every == 0 {
			every = time.Second
		}
		if total := every * time.Duration(max(fall, 1)); total < test.deadping || total >= test.deadping+every {
			t.Errorf("keepalive %s, deadping %s come to %s", test.keepalive, test.deadping, total)
		}
	}
}

// TestManyPingsAreBounded gives more ping nodes than routers can track, and the daemon takes the file.
func TestManyPingsAreBounded(t *testing.T) {
	haCf := base + "respawn hacluster ipfail\nping " + many(300, "10.9.%d.%d") + "\nping_group g " + many(300, "10.8.%d.%d") + "\n"
	r := Import(File{Name: "ha.cf", Text: []byte(strings.Replace(haCf, "10.9.0.0 ", "", 1))}, File{Name: "haresources", Text: []byte("a 10.0.0.10/24/eth0")}, nil)
	checkResult(t, r)
	if got := len(r.Cluster.Trackers); got != maxPings {
		t.Errorf("want %d trackers, got %d", maxPings, got)
	}
	said := false
	for _, n := range r.Notes {
		said = said || strings.Contains(n.What, "priorities cannot tell who sees more")
	}
	if !said {
		t.Error("nothing says that there are too many to be counted")
	}
}
