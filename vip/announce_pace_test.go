package vip

import (
	"testing"
	"time"
)

func TestPaceLetsTheFirstChunkGo(t *testing.T) {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	var p pace
	for _, n := range []int{1, 1, announceChunk - 2, announceChunk} {
		if wait := p.take(start, n); wait != 0 {
			t.Errorf("within the first two chunks: want no wait, got %v", wait)
		}
	}
	if wait, want := p.take(start, 1), announceSlack; wait != want {
		t.Errorf("after two chunks: want to wait %v, got %v", want, wait)
	}
}

func TestPaceOfABurst(t *testing.T) {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, addresses := range []int{64, 250, 1000, 15000} {
		var p pace
		now := start
		for sent := 0; sent < addresses; sent += announceChunk {
			now = now.Add(p.take(now, announceChunk))
		}
		// Two chunks leave at once, the others one every half millisecond.
		chunks := (addresses + announceChunk - 1) / announceChunk
		want := time.Duration(max(0, chunks-2)) * announceChunk * announceCost
		if got := now.Sub(start); got != want {
			t.Errorf("%d addresses: want the last chunk after %v, got %v", addresses, want, got)
		}
	}
}

func TestPaceHoldsAcrossCallsAndRecovers(t *testing.T) {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	var p pace
	now := start
	for range 100 {
		now = now.Add(p.take(now, 16))
	}
	if got, want := now.Sub(start), 1600*announceCost-2*announceSlack; got < want {
		t.Errorf("1600 addresses in calls of 16: want at least %v, got %v", want, got)
	}
	if wait := p.take(now.Add(time.Millisecond), announceChunk); wait != 0 {
		t.Errorf("a millisecond later: want no wait, got %v", wait)
	}
	if wait := p.take(now.Add(-time.Hour), 1); wait < time.Hour {
		// A clock that went back would make the wait endless; time.Now has a monotonic reading and does not.
		t.Errorf("before what was booked: want the wait to cover it, got %v", wait)
	}
}
