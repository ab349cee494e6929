package wire

import (
	"sync"
	"testing"
	"time"
)

// soon is long enough for any machine, and short enough to wait for in a test that fails.
const soon = 10 * time.Second

func newNet(t testing.TB) *Net {
	t.Helper()
	n, err := New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Close(); err != nil {
			t.Errorf("closing: %v", err)
		}
	})
	return n
}

// wait waits, and returns how long it took.
func (n *Net) wait(t testing.TB, deadline time.Time) time.Duration {
	t.Helper()
	start := time.Now()
	if err := n.Wait(deadline); err != nil {
		t.Fatal(err)
	}
	return time.Since(start)
}

func TestWaitReturnsAtTheDeadlineAndNotBefore(t *testing.T) {
	n := newNet(t)
	for _, ahead := range []time.Duration{0, time.Microsecond, time.Millisecond, 20 * time.Millisecond} {
		deadline := time.Now().Add(ahead)
		n.wait(t, deadline)
		late := time.Since(deadline)
		if late < 0 || late > soon {
			t.Errorf("a wait of %v ended %v after its deadline", ahead, late)
		}
		t.Logf("a wait of %v: %v late", ahead, late)
	}
}

func TestWaitReturnsAtOnceForADeadlineThatHasPassed(t *testing.T) {
	n := newNet(t)
	past := time.Now().Add(-time.Second)
	for range 3 { // the same deadline again is as past as it was
		if took := n.wait(t, past); took > soon {
			t.Errorf("took %v", took)
		}
	}
}

func TestWaitKeepsADeadlineThatWasMovedLater(t *testing.T) {
	n := newNet(t)
	n.wait(t, time.Now())
	deadline := time.Now().Add(10 * time.Millisecond)
	n.wait(t, deadline)
	if early := time.Until(deadline); early > 0 {
		t.Errorf("the expiry of the deadline before ended the wait %v early", early)
	}
}

func TestWakeEndsTheCurrentWait(t *testing.T) {
	n := newNet(t)
	var ringer sync.WaitGroup
	ringer.Go(n.Wake)
	n.wait(t, time.Time{}) // no deadline: hangs if it fails
	ringer.Wait()
}

func TestManyWakesAreOne(t *testing.T) {
	n := newNet(t)
	for range 1000 {
		n.Wake()
	}
	if took := n.wait(t, time.Now().Add(soon)); took >= soon {
		t.Error("the wakes before it did not end the wait")
	}
	deadline := time.Now().Add(10 * time.Millisecond)
	n.wait(t, deadline)
	if early := time.Until(deadline); early > 0 {
		t.Errorf("a wake that was answered ended another wait, %v early", early)
	}
}

func TestWakesFromManyGoroutines(t *testing.T) {
	n := newNet(t)
	var ringers sync.WaitGroup
	for range 8 {
		ringers.Go(func() {
			for range 100 {
				n.Wake()
			}
		})
	}
	n.wait(t, time.Time{})
	ringers.Wait()
}

func TestReceiveLeavesTheWakeForWait(t *testing.T) {
	n := newNet(t)
	n.Wake()
	if got := n.Receive(make([]Datagram, 4)); got != 0 {
		t.Fatalf("received %d datagrams without a socket", got)
	}
	if took := n.wait(t, time.Now().Add(soon)); took >= soon {
		t.Error("receiving swallowed the wake")
	}
}

func TestWakeAfterCloseDoesNothing(t *testing.T) {
	n, err := New()
	if err != nil {
		t.Fatal(err)
	}
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	n.Wake()
	if err := n.Close(); err != nil {
		t.Errorf("closing again: %v", err)
	}
	if err := n.Wait(time.Time{}); err == nil {
		t.Error("waiting on a closed set is no error")
	}
}
