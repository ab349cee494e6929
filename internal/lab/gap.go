package lab

import (
	"fmt"
	"slices"
	"time"
)

// Gap is a time in which a client got no answer.
type Gap struct {
	From, To time.Time // from one answer to the next, or the edge of what was looked at
	Sent     int       // requests that were sent in it
	Lost     int       // those of them that were never answered

	// Starved is the longest time in which the probe itself did not send; normally its interval. Where it is nearly as
	// long as the gap, the measuring machine was at fault and not the network.
	Starved time.Duration
}

// Duration returns how long the gap lasted.
func (g Gap) Duration() time.Duration { return g.To.Sub(g.From) }

// Outage returns the part of the gap that the network must answer for: without the longest time in which nobody asked,
// where that is longer than a timer may err.
func (g Gap) Outage() time.Duration {
	const timerError = 5 * time.Millisecond
	if g.Starved <= timerError {
		return g.Duration()
	}
	return max(g.Duration()-g.Starved, 0)
}

// String describes the gap in one line.
func (g Gap) String() string {
	return fmt.Sprintf("%s without an answer, %d of %d lost, starved %s", g.Duration().Round(10*time.Microsecond), g.Lost,
		g.Sent, g.Starved.Round(10*time.Microsecond))
}

// longestGap finds the longest outage between two answers, from from until to. The edges count as answers: so what no
// answer ever ended is an outage too.
func longestGap(sent []time.Time, replies []Reply, from, to time.Time) Gap {
	answered := make(map[uint64]bool, len(replies))
	times := []time.Time{from}
	for _, r := range replies {
		answered[r.Seq] = true
		if r.At.After(from) && r.At.Before(to) {
			times = append(times, r.At)
		}
	}
	times = append(times, to)
	longest := Gap{From: from, To: from}
	for i := 1; i < len(times); i++ {
		g := Gap{From: times[i-1], To: times[i]}
		if g.Duration() <= longest.Outage() {
			continue // it cannot be longer, so it need not be looked at
		}
		if g.count(sent, answered); g.Outage() > longest.Outage() || longest.Duration() == 0 {
			longest = g
		}
	}
	return longest
}

// count fills in what happened to the requests of the gap.
func (g *Gap) count(sent []time.Time, answered map[uint64]bool) {
	first, _ := slices.BinarySearchFunc(sent, g.From, time.Time.Compare)
	last := g.From
	for seq := first; seq < len(sent) && !sent[seq].After(g.To); seq++ {
		g.Sent++
		if !answered[uint64(seq)] {
			g.Lost++
		}
		g.Starved = max(g.Starved, sent[seq].Sub(last))
		last = sent[seq]
	}
	g.Starved = max(g.Starved, g.To.Sub(last))
}

// Turn is an unbroken run of answers from one host.
type Turn struct {
	Host        string // or its MAC, where it is no host of the LAN
	First, Last time.Time
	Replies     int
}

// turns makes turns out of the answers between from and to.
func turns(replies []Reply, host func(mac [6]byte) string, from, to time.Time) []Turn {
	var all []Turn
	var mac [6]byte
	for _, r := range replies {
		if r.At.Before(from) || r.At.After(to) {
			continue
		}
		if len(all) == 0 || r.MAC != mac {
			mac = r.MAC
			all = append(all, Turn{Host: host(mac), First: r.At})
		}
		t := &all[len(all)-1]
		t.Last = r.At
		t.Replies++
	}
	return all
}
