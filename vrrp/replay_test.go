package vrrp

import (
	"net/netip"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// numbered is advert4 with a trailer of exactly that number, from src.
func numbered(n number, src netip.Addr) []byte {
	s := NewSigner(ring(monotonic))
	s.last, s.began = n-1, true
	return s.Sign(append([]byte(nil), advert4...), src, Group4, time.Unix(int64(n>>32)-1, 0)) // its clock is behind
}

// A hearing is an advert that is heard at a time of our clock, and what becomes of it.
type hearing struct {
	number number
	at     int64 // seconds
	want   DropReason
}

func TestReplays(t *testing.T) {
	tests := []struct {
		name     string
		changes  []func(*Keyring)
		hearings []hearing
	}{
		{"the same one, an older one, a newer one", nil, []hearing{
			{0x1000_0000_0001, 0x1000, DropNone},
			{0x1000_0000_0001, 0x1000, DropAuthReplay},
			{0x1000_0000_0000, 0x1000, DropAuthReplay},
			{0x0fff_ffff_ffff, 0x1000, DropAuthReplay},
			{0x1000_0000_0002, 0x1000, DropNone},
			{0x1000_0000_0001, 0x1000, DropAuthReplay},
		}},
		{"reordered on the way", nil, []hearing{
			{0x1000_0000_0001, 0x1000, DropNone},
			{0x1000_0000_0003, 0x1000, DropNone},
			{0x1000_0000_0002, 0x1000, DropAuthReplay},
			{0x1000_0000_0004, 0x1000, DropNone},
		}},
		{"the counter carries", nil, []hearing{
			{0x1000_0000_ffff, 0x1000, DropNone},
			{0x1000_0001_0000, 0x1000, DropNone},
			{0x1000_0000_ffff, 0x1000, DropAuthReplay},
		}},
		{"the fraction carries", nil, []hearing{
			{0x1000_ffff_ffff, 0x1000, DropNone},
			{0x1001_0000_0000, 0x1001, DropNone},
			{0x1000_ffff_ffff, 0x1001, DropAuthReplay},
		}},
		{"the seconds wrap", nil, []hearing{
			{0xffffffff_ffff_ffff, 0xffffffff, DropNone},
			{0x00000000_0000_0000, 0x100000000, DropNone},
			{0xffffffff_ffff_ffff, 0x100000000, DropAuthReplay},
			{0x00000000_0000_0000, 0xffffffff, DropAuthReplay},
			{0x00000005_0000_0000, 0x100000000, DropNone},
			{0xfffffffb_0000_0000, 0x100000000, DropAuthReplay},
			{0xfffffffa_0000_0000, 0x100000000, DropAuthStale},
			{0x00000006_0000_0000, 0x100000000, DropAuthStale},
		}},
		{"the seconds wrap, monotonic", []func(*Keyring){monotonic}, []hearing{
			{0xffffffff_ffff_ffff, 0, DropNone},
			{0x00000000_0000_0000, 0, DropNone},
			{0xffffffff_ffff_ffff, 0, DropAuthReplay},
			{0x7fffffff_0000_0000, 0, DropNone},
			{0x00000000_0000_0000, 0, DropAuthReplay},
			{0xfffffffe_0000_0000, 0, DropNone},
		}},
		{"the edges of the window", nil, []hearing{
			{0x0ffa_ffff_ffff, 0x1000, DropAuthStale},
			{0x1006_0000_0000, 0x1000, DropAuthStale},
			{0x0ffb_0000_0000, 0x1000, DropNone},
			{0x1005_ffff_ffff, 0x1000, DropNone},
		}},
		{"a stale one leaves no mark", nil, []hearing{
			{0x1006_0000_0000, 0x1000, DropAuthStale},
			{0x1000_0000_0000, 0x1000, DropNone},
		}},
		{"both clocks set back beyond the window", nil, []hearing{
			{0x2000_0000_0000, 0x2000, DropNone},
			{0x1000_0000_0000, 0x1000, DropNone},
			{0x1000_0000_0000, 0x1000, DropAuthReplay},
			{0x0fff_0000_0000, 0x1000, DropAuthReplay},
			{0x1001_0000_0000, 0x1001, DropNone},
			{0x2000_0000_0000, 0x1001, DropAuthStale},
		}},
		{"both clocks set back by one more than the window", nil, []hearing{
			{0x1006_0000_0000, 0x1006, DropNone},
			{0x1000_0000_0000, 0x1000, DropNone},
		}},
		// The sender goes on with growing numbers then; what is older is a replay.
		{"both clocks set back within the window", nil, []hearing{
			{0x1005_0000_0000, 0x1005, DropNone},
			{0x1000_0000_0000, 0x1000, DropAuthReplay},
			{0x1005_0000_0001, 0x1000, DropNone},
		}},
		{"our clock alone set back and forth", nil, []hearing{
			{0x1000_0000_0000, 0x1000, DropNone},
			{0x1001_0000_0000, 0x0800, DropAuthStale},
			{0x1001_0000_0000, 0x1001, DropNone},
		}},
		{"our clock alone set forth and back", nil, []hearing{
			{0x1000_0000_0000, 0x1000, DropNone},
			{0x1001_0000_0000, 0x2000, DropAuthStale},
			{0x1000_0000_0000, 0x1001, DropAuthReplay},
			{0x1001_0000_0000, 0x1001, DropNone},
		}},
		{"set back, monotonic", []func(*Keyring){monotonic}, []hearing{
			{0x2000_0000_0000, 0x2000, DropNone},
			{0x1000_0000_0000, 0x1000, DropAuthReplay},
			{0x1fff_ffff_ffff, 0x1000, DropAuthReplay},
			{0x2000_0000_0001, 0x1000, DropNone},
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := NewVerifier(ring(test.changes...))
			for i, h := range test.hearings {
				if _, got := w.Verify(numbered(h.number, source4), source4, time.Unix(h.at, 0)); got != h.want {
					t.Errorf("%d: number %#016x at %#x: drop = %v, want %v", i, h.number, h.at, got, h.want)
				}
			}
		})
	}
}

func TestForgedAdvertsMoveNoMark(t *testing.T) {
	w := NewVerifier(ring())
	now := time.Unix(0x1000, 0)
	for i, step := range []struct {
		number number
		forged bool
		want   DropReason
	}{
		{0x1000_0000_0005, false, DropNone},
		{0x1003_0000_0000, true, DropAuthDigest},
		{0x1000_0000_0004, true, DropAuthDigest},
		{0x1000_0000_0006, false, DropNone},
	} {
		b := numbered(step.number, source4)
		if step.forged {
			b[2] ^= 1
		}
		if _, got := w.Verify(b, source4, now); got != step.want {
			t.Errorf("%d: drop = %v, want %v", i, got, step.want)
		}
	}
}

func TestSendersAreApart(t *testing.T) {
	w := NewVerifier(ring())
	now, other := time.Unix(0x1000, 0), netip.MustParseAddr("198.51.100.11")
	for i, step := range []struct {
		number number
		src    netip.Addr
		want   DropReason
	}{
		{0x1003_0000_0000, source4, DropNone},
		{0x1000_0000_0000, other, DropNone},
		{0x1000_0000_0000, other, DropAuthReplay},
		{0x1002_0000_0000, other, DropNone},
		{0x1003_0000_0000, source4, DropAuthReplay},
		{0x1003_0000_0001, source4, DropNone},
	} {
		if _, got := w.Verify(numbered(step.number, step.src), step.src, now); got != step.want {
			t.Errorf("%d: drop = %v, want %v", i, got, step.want)
		}
	}
}

// An address has several ways to be written, which are one sender: else an advert could be taken once in each of them.
func TestASenderIsOneHoweverItsAddressIsWritten(t *testing.T) {
	four, six := signedVectors[0], signedVectors[1]
	for _, test := range []struct {
		wire        string
		first, then netip.Addr
	}{
		{four.wire, four.src, netip.AddrFrom16(four.src.As16())},
		{six.wire, six.src.WithZone("eth0"), six.src.WithZone("eth1")},
	} {
		w := NewVerifier(ring())
		if _, drop := w.Verify(unhex(test.wire), test.first, vectorTime); drop != DropNone {
			t.Errorf("%v: drop = %v, want %v", test.first, drop, DropNone)
		}
		if _, drop := w.Verify(unhex(test.wire), test.then, vectorTime); drop != DropAuthReplay {
			t.Errorf("%v after %v: drop = %v, want %v", test.then, test.first, drop, DropAuthReplay)
		}
	}
}

func TestTheSenderHeardLongestAgoIsForgotten(t *testing.T) {
	w := NewVerifier(ring())
	now := time.Unix(0x1000, 0)
	hear := func(what string, n number, i int, want DropReason) {
		t.Helper()
		src := netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)})
		b := numbered(n, src)
		if want == DropAuthDigest {
			b[len(b)-1] ^= 1
		}
		if _, got := w.Verify(b, src, now); got != want {
			t.Errorf("%s: sender %d: drop = %v, want %v", what, i, got, want)
		}
	}
	for i := range maxSenders {
		hear("first", 0x1000_0000_0000, i, DropNone)
	}
	for i := range 200 {
		hear("forged", 0x1000_0000_0000, 1000+i, DropAuthDigest) // nobody without a key drives another one out
	}
	for i := range maxSenders {
		hear("replayed", 0x1000_0000_0000, i, DropAuthReplay)
	}
	hear("again", 0x1000_0000_0001, 0, DropNone)      // so that 1 is now the one that was not heard for longest
	hear("a new one", 0x1000_0000_0000, 64, DropNone) // and forgotten
	hear("replayed", 0x1000_0000_0000, 64, DropAuthReplay)
	hear("replayed", 0x1000_0000_0001, 0, DropAuthReplay)
	hear("replayed", 0x1000_0000_0000, 2, DropAuthReplay)
	hear("replayed", 0x1000_0000_0000, 63, DropAuthReplay)
	hear("forgotten", 0x1000_0000_0000, 1, DropNone)
	hear("forgotten", 0x1000_0000_0000, 2, DropNone) // by that in turn
	if len(w.marks) != maxSenders {
		t.Errorf("%d senders are remembered, want %d", len(w.marks), maxSenders)
	}
}

// Whatever two senders' clocks do, and however their adverts are delayed, reordered and sent again: an advert is taken if
// and only if it is within the window and newer than all that were taken from its sender. So each is taken once at most.
func TestEachAdvertIsTakenOnceAtMost(t *testing.T) {
	type flying struct {
		b      []byte
		sender int
		taken  bool
	}
	rapid.Check(t, func(t *rapid.T) {
		k := ring(func(k *Keyring) {
			k.Replay = rapid.SampledFrom([]Replay{ReplayTime, ReplayMonotonic}).Draw(t, "replay")
		})
		now := time.Unix(1<<32-rapid.Int64Range(0, 60).Draw(t, "before the wrap"), 0)
		sources := []netip.Addr{source4, source4.Next()}
		clocks := []time.Time{now, now}
		signers := []*Signer{NewSigner(k), NewSigner(k)}
		newest := make([]*number, 2)
		w := NewVerifier(k)
		var sent []*flying
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			passed := time.Duration(rapid.Int64Range(0, int64(3*time.Second)).Draw(t, "passed"))
			now = now.Add(passed) // our clock is not set back: marks would expire, and adverts be taken again
			for i := range clocks {
				clocks[i] = clocks[i].Add(passed)
			}
			i := rapid.IntRange(0, 1).Draw(t, "sender")
			switch rapid.SampledFrom([]string{"send", "send", "deliver", "deliver", "deliver", "set"}).Draw(t, "what") {
			case "send":
				b := signers[i].Sign(append([]byte(nil), advert4...), sources[i], Group4, clocks[i])
				sent = append(sent, &flying{b: b, sender: i})
			case "set":
				clocks[i] = clocks[i].Add(time.Duration(rapid.Int64Range(-int64(9*time.Second), int64(9*time.Second)).Draw(t, "by")))
			case "deliver":
				if len(sent) == 0 {
					continue
				}
				f := rapid.SampledFrom(sent).Draw(t, "which")
				n := numberIn(f.b)
				ahead := n.seconds(numberAtTime(now))
				want := DropNone
				if last := newest[f.sender]; k.Replay == ReplayTime && (ahead < -5 || ahead > 5) {
					want = DropAuthStale
				} else if last != nil && !n.after(*last) {
					want = DropAuthReplay
				}
				_, drop := w.Verify(f.b, sources[f.sender], now)
				if drop != want || drop == DropNone && f.taken {
					t.Fatalf("%#016x at %#016x: drop = %v, want %v; taken before: %v", n, numberAtTime(now), drop, want, f.taken)
				}
				if drop == DropNone {
					f.taken, newest[f.sender] = true, &n
				}
			}
		}
	})
}
