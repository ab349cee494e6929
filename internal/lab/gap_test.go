package lab

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// epoch is when the clocks of the pure tests begin.
var epoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// at returns a time in milliseconds.
func at(ms float64) time.Time { return epoch.Add(time.Duration(ms * float64(time.Millisecond))) }

// everyMilli returns the times of requests, one a millisecond, without those that skip holds.
func everyMilli(n int, skip func(ms int) bool) []time.Time {
	var all []time.Time
	for ms := range n {
		if skip == nil || !skip(ms) {
			all = append(all, at(float64(ms)))
		}
	}
	return all
}

// answer returns the answers to requests, 0.1 ms after each, but for those that are lost.
func answer(sent []time.Time, lost func(ms float64) bool) []Reply {
	var all []Reply
	for seq, s := range sent {
		if ms := float64(s.Sub(epoch)) / float64(time.Millisecond); lost == nil || !lost(ms) {
			all = append(all, Reply{Seq: uint64(seq), At: s.Add(100 * time.Microsecond)})
		}
	}
	return all
}

// between is true for milliseconds from a to b, both included.
func between(a, b float64) func(ms float64) bool {
	return func(ms float64) bool { return ms >= a && ms <= b }
}

func TestLongestGap(t *testing.T) {
	sent := everyMilli(200, nil)
	never := func(float64) bool { return true }
	for _, c := range []struct {
		name     string
		sent     []time.Time
		replies  []Reply
		from, to float64
		want     Gap
	}{
		{
			name: "everything answered", sent: sent, replies: answer(sent, nil), from: 10.1, to: 100.1,
			want: Gap{From: at(10.1), To: at(11.1), Sent: 1, Starved: 900 * time.Microsecond},
		},
		{
			name: "ten lost in the middle", sent: sent, replies: answer(sent, between(50, 59)), from: 0, to: 150,
			want: Gap{From: at(49.1), To: at(60.1), Sent: 11, Lost: 10, Starved: time.Millisecond},
		},
		{
			name: "the longer of two", sent: sent, from: 0, to: 150,
			replies: answer(sent, func(ms float64) bool { return between(20, 22)(ms) || between(80, 89)(ms) }),
			want:    Gap{From: at(79.1), To: at(90.1), Sent: 11, Lost: 10, Starved: time.Millisecond},
		},
		{
			name: "never answered", sent: sent, replies: answer(sent, never), from: 10, to: 110,
			want: Gap{From: at(10), To: at(110), Sent: 101, Lost: 101, Starved: time.Millisecond},
		},
		{
			name: "not ended before the end of the look", sent: sent, replies: answer(sent, between(60, 199)), from: 10, to: 100,
			want: Gap{From: at(59.1), To: at(100), Sent: 41, Lost: 41, Starved: time.Millisecond},
		},
		{
			name: "begun before the look counts from its begin", sent: sent, replies: answer(sent, between(0, 39)), from: 30, to: 100,
			want: Gap{From: at(30), To: at(40.1), Sent: 11, Lost: 10, Starved: time.Millisecond},
		},
		{
			name: "outside of the look does not count", sent: sent, replies: answer(sent, between(120, 180)), from: 10.1, to: 100.1,
			want: Gap{From: at(10.1), To: at(11.1), Sent: 1, Starved: 900 * time.Microsecond},
		},
		{
			name: "nothing sent, nothing answered", from: 0, to: 50,
			want: Gap{From: at(0), To: at(50), Starved: 50 * time.Millisecond},
		},
		{
			name: "nothing to look at", sent: sent, replies: answer(sent, nil), from: 50, to: 50,
			want: Gap{From: at(50), To: at(50)},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := longestGap(c.sent, c.replies, at(c.from), at(c.to))
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
		})
	}
}

// A probe that was not run for 30 ms makes a gap without a loss: the record must not blame the network for it.
func TestStarvedProbeIsNoOutage(t *testing.T) {
	sent := everyMilli(100, func(ms int) bool { return ms > 40 && ms < 70 })
	if g := longestGap(sent, answer(sent, nil), at(0), at(90)); g.Outage() > time.Millisecond {
		t.Errorf("the outage is %s", g)
	}
	// With a loss at its end, the rest of it is one.
	g := longestGap(sent, answer(sent, between(70, 79)), at(0), at(95))
	if g.Duration() != 40*time.Millisecond || g.Lost != 10 || g.Starved < 29*time.Millisecond || g.Outage() > 11*time.Millisecond {
		t.Errorf("with ten lost it is %s, an outage of %s", g, g.Outage())
	}
}

// And it must not hide what the network did lose at another time.
func TestOutageIsFoundBesideAStarvedProbe(t *testing.T) {
	sent := everyMilli(200, func(ms int) bool { return ms > 40 && ms < 90 })
	g := longestGap(sent, answer(sent, between(120, 139)), at(0), at(190))
	if g.From != at(119.1) || g.To != at(140.1) || g.Outage() != g.Duration() {
		t.Errorf("the gap is %s, from %s", g, g.From.Sub(epoch))
	}
}

func TestOutageIgnoresOnlyWhatATimerCannotErr(t *testing.T) {
	for _, c := range []struct{ gap, starved, want float64 }{
		{12, 1, 12}, {12, 5, 12}, {12, 6, 6}, {12, 12, 0}, {612, 30, 582},
	} {
		g := Gap{From: at(0), To: at(c.gap), Starved: at(c.starved).Sub(epoch)}
		if want := at(c.want).Sub(epoch); g.Outage() != want {
			t.Errorf("%v ms starved for %v ms: outage %s, want %s", c.gap, c.starved, g.Outage(), want)
		}
	}
}

// An answer that came late was not lost, but the client waited for it all the same.
func TestLateAnswersAreAGapWithoutALoss(t *testing.T) {
	sent := everyMilli(100, nil)
	replies := answer(sent, nil)
	for i := 40; i < 60; i++ {
		replies[i].At = at(60)
	}
	g := longestGap(sent, replies, at(0), at(90))
	if want := at(60).Sub(at(39.1)); g.Duration() != want || g.Lost != 0 {
		t.Errorf("the gap is %s, want %s and none lost", g, want)
	}
}

func TestTurnsFollowTheAnsweringMAC(t *testing.T) {
	mac := func(b byte) [6]byte { return [6]byte{0, 0, 0, 0, 0, b} }
	replies := []Reply{
		{At: at(1), MAC: mac(1)},
		{At: at(2), MAC: mac(1)},
		{At: at(3), MAC: mac(2)},
		{At: at(4), MAC: mac(1)},
		{At: at(5), MAC: mac(1)},
		{At: at(9), MAC: mac(2)},
	}
	host := func(m [6]byte) string { return string('a' + rune(m[5]) - 1) }
	want := []Turn{
		{Host: "a", First: at(2), Last: at(2), Replies: 1},
		{Host: "b", First: at(3), Last: at(3), Replies: 1},
		{Host: "a", First: at(4), Last: at(5), Replies: 2},
	}
	if d := cmp.Diff(want, turns(replies, host, at(2), at(8))); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	if got := turns(nil, host, at(0), at(9)); got != nil {
		t.Errorf("no answers make the turns %v", got)
	}
}

func TestNextSlotStaysOnTheGridAndOutOfThePast(t *testing.T) {
	const interval = 1000
	for _, c := range []struct{ slot, now, want int64 }{
		{0, 0, 1000},          // woken at once
		{5000, 5001, 6000},    // a little late
		{5000, 6000, 6000},    // just in time for the next
		{5000, 6001, 7000},    // one is left out
		{5000, 15_500, 16000}, // ten are
	} {
		if got := nextSlot(c.slot, c.now, interval); got != c.want {
			t.Errorf("after the slot %d, at %d, the next is %d, want %d", c.slot, c.now, got, c.want)
		}
	}
}
