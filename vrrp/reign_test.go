package vrrp

import (
	"testing"
	"time"
)

// flap makes a machine hear adverts in turn, one after each gap, for a while, and lets its timers end meanwhile. It
// returns when the machine became Active.
func (b *bench) flap(gap, lasting time.Duration, adverts ...Advert) (promoted []time.Time) {
	next := b.now
	for i := 0; b.now.Sub(epoch) < lasting; i++ {
		next = next.Add(gap)
		for at := b.m.Deadline(); !at.IsZero() && at.Before(next); at = b.m.Deadline() {
			b.now = at
			promoted = append(promoted, b.promotions(Tick{})...)
		}
		b.now = next
		promoted = append(promoted, b.promotions(adverts[i%len(adverts)])...)
	}
	return promoted
}

// promotions steps the machine, and says when it became Active.
func (b *bench) promotions(ev Event) (at []time.Time) {
	for _, a := range b.m.Step(b.now, ev) {
		switch a := a.(type) {
		case Send:
			defer b.m.Step(b.now, Sent{OK: true})
		case Transition:
			if a.To == Active {
				at = append(at, b.now)
			}
		}
	}
	return at
}

// Whoever alternates priorities at full speed, at the shortest interval, with or without priority 0: after a few turns
// the router takes over at most once in its own Active_Down_Interval.
func TestAFlapperIsSuffered(t *testing.T) {
	cfg := stock(100)
	cfg.Interval = 10
	down := ActiveDownInterval(100, 10, 3)
	for name, adverts := range map[string][]Advert{
		"255 and 0":                      {from(highAddr, 255, 1), from(highAddr, 0, 1)},
		"255 and 0 of another":           {from(highAddr, 255, 1), from(lowAddr, 0, 1)},
		"255 and 1":                      {from(highAddr, 255, 1), from(highAddr, 1, 4095), from(highAddr, 1, 1), from(highAddr, 1, 1)},
		"equal and 0":                    {from(highAddr, 100, 1), from(highAddr, 0, 1)},
		"101 at the own interval, and 0": {from(highAddr, 101, 10), from(highAddr, 0, 10)},
	} {
		for _, gap := range []time.Duration{20 * time.Microsecond, time.Millisecond, 15 * time.Millisecond, 70 * time.Millisecond} {
			t.Run(name+" every "+gap.String(), func(t *testing.T) {
				b := newActive(t, cfg)
				b.do(Sent{OK: true})
				promoted := b.flap(gap, 10*down, adverts...)
				for i := mostShortReigns; i < len(promoted); i++ {
					if apart := promoted[i].Sub(promoted[i-1]); apart < down {
						t.Errorf("takeover %d is %v after the one before, want %v at least", i+1, apart, down)
					}
				}
			})
		}
	}
}

// One that fails at once after taking over, and departs, is replaced at once: a few short reigns are usual.
func TestAFewShortReignsAreNoReasonToHesitate(t *testing.T) {
	b := newActive(t, stock(100))
	b.do(Sent{OK: true})
	for range mostShortReigns - 1 {
		b.after(100*time.Millisecond).do(from(highAddr, 200, 100), from(highAddr, 0, 100))
		b.wantDownIn("it is called back", skew100)
		b.after(skew100).do(Tick{}, Sent{OK: true})
		b.wantState("at once", Active)
	}
}

// The third time it waits, from when it was deposed; and whoever is heard meanwhile is followed as ever.
func TestAfterShortReignsABackupWaitsForAWholeInterval(t *testing.T) {
	b := newActive(t, stock(100))
	b.do(Sent{OK: true})
	for range mostShortReigns {
		b.wantState("deposed again", Active)
		b.after(100*time.Millisecond).do(from(highAddr, 200, 1), from(highAddr, 0, 1))
		b.after(b.m.Deadline().Sub(b.now)).do(Tick{}, Sent{OK: true})
	}
	b.wantState("enough", Backup)
	b.wantDownIn("since it was deposed", down100-skew100/100)
	b.after(time.Second).do(from(highAddr, 200, 100))
	b.wantDownIn("an Active that stays is followed", down100)
	b.do(from(highAddr, 0, 100))
	b.wantTimer("it is not called back by priority 0 yet", skew100)
	b.wantTimer("but when the interval is over", down100-time.Second-skew100/100-skew100,
		"send 100 1s", "claim", "announce", "Backup -> Active (departure 192.0.2.3 200)")
	b.do(Sent{OK: true})
	b.after(100*time.Millisecond).do(from(highAddr, 200, 1), from(highAddr, 0, 1))
	b.after(time.Second).do(Tick{})
	b.wantState("the very next one is one too many again", Backup)
	b.after(down100).do(Tick{}, Sent{OK: true})
	b.wantState("it comes", Active)
}

// A reign that was long, and a rest, are the end of it.
func TestAReignThatWasLongIsForgiven(t *testing.T) {
	for name, settle := range map[string]func(*bench){
		"a long reign": func(b *bench) {
			for end := b.now.Add(down100); b.now.Before(end); {
				b.after(b.m.Deadline().Sub(b.now)).do(Tick{}, Sent{OK: true})
			}
		},
		"a long rest": func(b *bench) {
			b.do(from(highAddr, 200, 200))
			b.after(2*down100).do(Tick{}, Sent{OK: true})
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newActive(t, stock(100))
			b.do(Sent{OK: true})
			for range mostShortReigns - 1 {
				b.after(10*time.Millisecond).do(from(highAddr, 200, 100), from(highAddr, 0, 100))
				b.after(skew100).do(Tick{}, Sent{OK: true})
			}
			settle(b)
			b.wantState("settled", Active)
			b.after(10*time.Millisecond).do(from(highAddr, 200, 100), from(highAddr, 0, 100))
			b.after(skew100).do(Tick{}, Sent{OK: true})
			b.wantState("called back at once", Active)
		})
	}
}
