package vip

import (
	"slices"
	"testing"
	"time"
)

func TestInboxKeepsTheLatestOrderInTheSequenceOfTheFirst(t *testing.T) {
	in := newInbox()
	in.set("b", Want{Generation: 1}, planNow)
	in.set("a", Want{Generation: 2}, planNow)
	in.renew("b", renewOrder{generation: 3})
	in.announce("b")
	in.set("b", Want{Generation: 4}, planNow)
	in.renew("a", renewOrder{generation: 5})
	got := in.take()
	if want := []Owner{"b", "a"}; !slices.Equal(got.sequence, want) {
		t.Errorf("sequence %v, want %v", got.sequence, want)
	}
	if b := got.orders["b"]; b.set.want.Generation != 4 || b.renew != nil || b.announce {
		t.Errorf("b: %+v, want the latest want and what was asked after it", b)
	}
	if a := got.orders["a"]; a.set.want.Generation != 2 || a.renew.generation != 5 {
		t.Errorf("a: %+v, want the want and the renewal after it", a)
	}
	if again := in.take(); len(again.orders) != 0 || len(again.sequence) != 0 {
		t.Errorf("taken twice: %+v", again)
	}
}

func TestInboxDoesNotShareItsCallersSlices(t *testing.T) {
	in := newInbox()
	mine := addrs("192.0.2.1/32")
	in.set("a", Want{Addresses: mine}, planNow)
	in.configure(map[Owner][]Address{"a": mine})
	mine[0].Ifindex = 9
	got := in.take()
	if got.orders["a"].set.want.Addresses[0].Ifindex != 2 || got.configured["a"][0].Ifindex != 2 {
		t.Error("an order changed after it was given")
	}
}

func TestInboxUrgency(t *testing.T) {
	for _, tt := range []struct {
		name                     string
		order                    func(*inbox)
		urgent, idle, onlyNudged bool
	}{
		{"nothing", func(*inbox) {}, false, true, false},
		{"nudge", (*inbox).nudge, false, true, true},
		{"set", func(b *inbox) { b.set("a", Want{}, planNow) }, true, false, false},
		{"configure", func(b *inbox) { b.configure(nil) }, true, false, false},
		{"renew", func(b *inbox) { b.renew("a", renewOrder{}) }, false, false, false},
		{"announce", func(b *inbox) { b.announce("a") }, false, false, false},
		{"flush", func(b *inbox) { b.flush() }, false, false, false},
		{"nudge and renew", func(b *inbox) { b.nudge(); b.renew("a", renewOrder{}) }, false, false, false},
	} {
		in := newInbox()
		tt.order(in)
		if got := in.urgent(); got != tt.urgent {
			t.Errorf("%s: urgent is %v, want %v", tt.name, got, tt.urgent)
		}
		if got := in.idle(); got != tt.idle {
			t.Errorf("%s: idle is %v, want %v", tt.name, got, tt.idle)
		}
		if got := in.onlyNudged(); got != tt.onlyNudged {
			t.Errorf("%s: onlyNudged is %v, want %v", tt.name, got, tt.onlyNudged)
		}
	}
}

func TestPacerAllowsABurstAndThenItsRate(t *testing.T) {
	var p pacer
	now := planNow
	if got := p.take(now, 100); got != renewalBurst {
		t.Fatalf("took %d at first, want %d", got, renewalBurst)
	}
	if got := p.take(now, 1); got != 0 {
		t.Fatalf("took %d of none", got)
	}
	total := 0
	end := now.Add(10 * time.Second)
	for {
		at := p.next(now, 1000)
		if !at.After(now) {
			t.Fatalf("next is at %v, not after %v", at, now)
		}
		if at.After(end) {
			break
		}
		if got := p.take(at.Add(-time.Microsecond), 1000); got >= renewalBurst {
			t.Fatal("a full burst before its time")
		} else {
			total += got
		}
		now = at
		total += p.take(now, 1000)
	}
	if want := 10 * renewalRate; total < want-renewalBurst || total > want {
		t.Errorf("%d renewals in 10 s, want %d", total, want)
	}
}

func TestPacerMakesOneRenewalWaitOnlyForOneToken(t *testing.T) {
	var p pacer
	p.take(planNow, renewalBurst)
	if got, want := p.next(planNow, 1).Sub(planNow), 5*time.Millisecond+1; got != want {
		t.Errorf("the next one after %v, want %v", got, want)
	}
	if at := p.next(planNow, 1); p.take(at, 1) != 1 {
		t.Error("no token at the time that was given for it")
	}
}

func TestWorldFollowsOperations(t *testing.T) {
	w := newWorld([]Present{there("192.0.2.1/24")})
	w.done(Op{Kind: OpAdd, Address: addr("192.0.2.100/24"), Lease: time.Second})
	w.done(Op{Kind: OpAdd, Address: addr("192.0.2.100/32"), Lease: time.Second})
	at := w.at[key("192.0.2.100")]
	if len(at) != 2 || !at[0].Secondary || at[1].Secondary || at[0].Permanent || at[0].Proto != Proto {
		t.Errorf("after two additions: %+v", at)
	}
	w.done(Op{Kind: OpRenew, Address: addr("192.0.2.100/32")})
	if at := w.at[key("192.0.2.100")]; len(at) != 2 || !at[1].Permanent {
		t.Errorf("after a renewal without end: %+v", at)
	}
	w.done(Op{Kind: OpRenew, Address: addr("192.0.2.101/32")})
	if at := w.at[key("192.0.2.101")]; len(at) != 1 {
		t.Errorf("a renewal of what was gone adds it: %+v", at)
	}
	for _, p := range []string{"192.0.2.1/24", "192.0.2.100/24", "192.0.2.100/32", "192.0.2.101/32", "192.0.2.101/32"} {
		w.done(Op{Kind: OpRemove, Address: addr(p)})
	}
	if len(w.at) != 0 {
		t.Errorf("after all is removed: %v", w.at)
	}
	for s, n := range w.subnets {
		if n != 0 {
			t.Errorf("%d addresses are counted in %v", n, s)
		}
	}
}
