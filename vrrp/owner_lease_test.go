package vrrp

import (
	"testing"
	"time"
)

// What the host has by itself carries no lease of ours, and an owner that waited for its end would step back for nothing.
func TestWhatTheHostHasItselfHasNoLease(t *testing.T) {
	cfg := stock(255)
	cfg.Lease = 3 * time.Second
	b := newBench(t, cfg)
	b.do(Startup{}, Sent{OK: true}, Held{})
	for range 10 {
		b.now = b.m.adverAt
		b.do(Tick{}, Sent{OK: true}, Held{})
	}
	b.wantState("after ten intervals without a lease", Active)

	b.do(Held{Until: b.now.Add(2500 * time.Millisecond)}) // one of its addresses is ours by now
	b.now = b.m.adverAt
	b.do(Tick{}, Sent{OK: true})
	b.now = b.m.adverAt
	b.do(Tick{}, Sent{OK: true})
	b.now = b.m.adverAt
	b.do(Tick{})
	b.wantState("that lease was not confirmed again", Initialize)
}
