package wire

import (
	"errors"
	"os"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// descriptors counts the open descriptors of the process.
func descriptors(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

func TestCloseGivesAllDescriptorsBack(t *testing.T) {
	before := descriptors(t)
	for range 10 {
		n, err := New()
		if err != nil {
			t.Fatal(err)
		}
		if err := n.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if after := descriptors(t); after != before {
		t.Errorf("%d descriptors before, %d after", before, after)
	}
}

func TestCloseSocketGivesItsDescriptorBack(t *testing.T) {
	n := newNet(t)
	feed(t, n, feed6)
	before := descriptors(t)
	n.CloseSocket(feed6)
	if after := descriptors(t); after != before-1 {
		t.Errorf("%d descriptors before, %d after", before, after)
	}
	if len(n.events) != 2 {
		t.Errorf("room for %d events, want the timer's and the wake-up's", len(n.events))
	}
}

func TestCloseSocketOfNoSocketDoesNothing(t *testing.T) {
	n := newNet(t)
	n.CloseSocket(Key{Ifindex: 1})
}

func TestSendWithoutASocketOrWithMixedFamilies(t *testing.T) {
	n := newNet(t)
	feed(t, n, Key{Ifindex: 1})
	v4, v6 := Key{Ifindex: 1}, Key{Ifindex: 1, IPv6: true}
	out := []Outgoing{
		{Key: v6, Src: host6, Dst: group6},
		{Key: v4, Src: host4, Dst: group6},
		{Key: v4, Src: host6, Dst: group4},
		{Key: v4, Src: host4},
		{Key: Key{Ifindex: 2}, Src: host4, Dst: group4},
	}
	want := []error{ErrNotOpen, ErrFamily, ErrFamily, ErrFamily, ErrNotOpen}
	n.Send(out)
	for i := range out {
		if !errors.Is(out[i].Err, want[i]) {
			t.Errorf("message %d: %v, want %v", i, out[i].Err, want[i])
		}
	}
}

func TestSendClearsAnEarlierError(t *testing.T) {
	n := newNet(t)
	out := []Outgoing{{Key: Key{Ifindex: 1}, Dst: group4, Err: os.ErrInvalid}}
	n.Send(out)
	if !errors.Is(out[0].Err, ErrNotOpen) {
		t.Errorf("got %v, want %v", out[0].Err, ErrNotOpen)
	}
	n.Send(nil)
}
