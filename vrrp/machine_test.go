package vrrp

import (
	"net/netip"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// epoch is when the tests begin. Any instant would do.
var epoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// The routers of the single-machine tests.
var (
	lowAddr  = netip.MustParseAddr("192.0.2.1")
	ownAddr  = netip.MustParseAddr("192.0.2.2")
	highAddr = netip.MustParseAddr("192.0.2.3")
	vip1     = netip.MustParseAddr("192.0.2.100")
	vip2     = netip.MustParseAddr("192.0.2.101")
)

// stock is a router that does what the RFC says and no more: no leases, no refresh, no quick intervals.
func stock(priority uint8) Config {
	return Config{
		VRID: 51, Priority: priority, Interval: 100, DownAdverts: 3, Preempt: true,
		Addresses: []netip.Addr{vip1},
		Others:    2, Gap: 0, // others whom no quick interval can order
	}
}

// A bench is one machine under test, and its clock.
type bench struct {
	t   *testing.T
	m   *Machine
	now time.Time
}

func newBench(t *testing.T, cfg Config) *bench {
	t.Helper()
	b := &bench{t: t, m: NewMachine(cfg), now: epoch}
	b.want("the source is a fact to remember", SourceChanged{Source: ownAddr})
	return b
}

// backup returns a bench in Backup, just started.
func newBackup(t *testing.T, cfg Config) *bench {
	t.Helper()
	b := newBench(t, cfg)
	b.want("it starts as Backup", Startup{}, "Initialize -> Backup (startup)")
	return b
}

// newActive returns a bench that has just become Active, by silence. What an Active is asked to do next differs from
// test to test, so its first adverts are left to them; the bench itself reports nothing.
func newActive(t *testing.T, cfg Config) *bench {
	t.Helper()
	b := newBackup(t, cfg)
	b.now = b.m.Deadline()
	b.m.Step(b.now, Tick{})
	if b.m.State() != Active {
		t.Fatalf("state %v after a whole Active_Down_Interval of silence, want Active", b.m.State())
	}
	return b
}

// after moves the clock. It does not tick.
func (b *bench) after(d time.Duration) *bench {
	b.now = b.now.Add(d)
	return b
}

// do steps the machine and ignores what it wants.
func (b *bench) do(events ...Event) {
	for _, ev := range events {
		b.m.Step(b.now, ev)
	}
}

// want steps the machine, and wants exactly these actions, none being silence.
func (b *bench) want(why string, ev Event, want ...string) {
	b.t.Helper()
	got := describeAll(b.m.Step(b.now, ev))
	if diff := cmp.Diff(want, got); diff != "" {
		b.t.Errorf("%s: at %v, %T (-want +got):\n%s", why, b.now.Sub(epoch), ev, diff)
	}
}

// wantTimer wants the next timer to end in exactly d: nothing happens a nanosecond before, and these actions then.
func (b *bench) wantTimer(why string, d time.Duration, want ...string) {
	b.t.Helper()
	at := b.now.Add(d)
	if got := b.m.Deadline(); !got.Equal(at) {
		b.t.Fatalf("%s: the deadline is in %v, want %v", why, got.Sub(b.now), d)
	}
	b.now = at.Add(-1)
	b.want(why+", and not a nanosecond earlier", Tick{})
	b.now = at
	b.want(why, Tick{}, want...)
}

// wantNoTimer wants that nothing will happen by itself.
func (b *bench) wantNoTimer(why string) {
	b.t.Helper()
	if at := b.m.Deadline(); !at.IsZero() {
		b.t.Errorf("%s: the deadline is in %v, want none", why, at.Sub(b.now))
	}
	b.now = b.now.Add(time.Hour)
	b.want(why, Tick{})
}

func (b *bench) wantState(why string, want State) {
	b.t.Helper()
	if got := b.m.State(); got != want {
		b.t.Errorf("%s: state %v, want %v", why, got, want)
	}
}

// wantDownIn wants Active_Down_Timer to end in exactly d.
func (b *bench) wantDownIn(why string, d time.Duration) {
	b.t.Helper()
	if b.m.State() != Backup {
		b.t.Fatalf("%s: state %v, want Backup", why, b.m.State())
	}
	if got := b.m.Deadline().Sub(b.now); got != d {
		b.t.Errorf("%s: Active_Down_Timer ends in %v, want %v", why, got, d)
	}
}

// from is an advert that arrives now.
func from(source netip.Addr, priority uint8, interval Centiseconds) Advert {
	return Advert{
		Source: source,
		Packet: Packet{VRID: 51, Priority: priority, Interval: interval, Addresses: []netip.Addr{vip1}},
	}
}

// word is a priority as the transcripts show it.
func word(priority uint8) string { return strconv.Itoa(int(priority)) }
