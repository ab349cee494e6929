package vrrp

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestAServiceThatDoesNotStartSaysFarewell(t *testing.T) {
	b := newActive(t, stock(100))
	b.want("the address stays meanwhile", Served{OK: false}, "send 0 1s")
	if got := b.m.Fault(); got != FaultService {
		t.Errorf("fault %v, want %v", got, FaultService)
	}
	b.want("once is enough", Served{OK: false})
	b.want("and what starts after all is stopped again", Served{OK: true})
	b.do(Announced{Address: vip1})
	b.after(600*time.Millisecond).want("the successor is there", from(lowAddr, 90, 100), "release all",
		"Active -> Initialize (fault service-failed)", "departed (fault) to 192.0.2.1 after 600ms")
	b.wantTimer("five seconds after it failed", 4400*time.Millisecond, "Initialize -> Backup (startup)")
}

func TestAServiceThatStartsIsNoNews(t *testing.T) {
	b := newActive(t, stock(100))
	b.want("all is well", Served{OK: true})
	b.wantState("it serves", Active)
}

func TestServicesConcernAnActiveAlone(t *testing.T) {
	for _, ok := range []bool{true, false} {
		b := newBench(t, stock(100))
		b.want("before Startup", Served{OK: ok})
		b.want("it starts", Startup{}, "Initialize -> Backup (startup)")
		b.want("in Backup", Served{OK: ok})
		if got := b.m.Fault(); got != FaultNone {
			t.Errorf("fault %v, want none", got)
		}
		b.now = b.m.Deadline()
		b.do(Tick{}, Leave{Reason: ReasonStandby})
		b.want("in a farewell", Served{OK: ok})
		b.now = b.m.Deadline()
		b.want("which is taken back as ever", Tick{}, "departed (no-successor)", "send 100 1s", "claim", "announce")
	}
}

// Nobody else is there: the router lets go, and tries again after the back-off.
func TestAServiceThatDoesNotStartWithoutASuccessor(t *testing.T) {
	b := newActive(t, stock(100))
	b.do(Served{OK: false})
	b.wantTimer("nobody took over", 4500*time.Millisecond,
		"release all", "Active -> Initialize (fault service-failed)", "departed (fault)")
	b.wantTimer("the back-off", 500*time.Millisecond, "Initialize -> Backup (startup)")
	b.wantTimer("silence", down100, "send 100 1s", "claim", "announce", "Backup -> Active (silence)")

	cfg := stock(100)
	cfg.Interval = 1000
	b = newActive(t, cfg)
	b.do(Served{OK: false})
	b.wantTimer("a farewell that lasts longer than the back-off", 15*time.Second, "release all",
		"Active -> Initialize (fault service-failed)", "departed (fault)", "Initialize -> Backup (startup)")
}

func TestTheBackOffOfServicesGrowsUntilTheyStart(t *testing.T) {
	b := newBackup(t, stock(100))
	fail := func() time.Duration {
		b.now = b.m.downAt
		b.do(Tick{}, Sent{OK: true}, Held{}, Served{OK: false})
		failed := b.now
		b.do(from(lowAddr, 90, 100), Hurry{})
		b.now = b.m.Deadline()
		b.want("again", Tick{}, "Initialize -> Backup (startup)")
		return b.now.Sub(failed)
	}
	for _, want := range []time.Duration{5, 10, 20, 40, 80, 160, 300, 300} {
		if got := fail(); got != want*time.Second {
			t.Errorf("back-off %v, want %v", got, want*time.Second)
		}
	}
	b.now = b.m.downAt
	b.do(Tick{}, Sent{OK: true}, Held{}, Served{OK: true}, Leave{Reason: ReasonStandby}, Hurry{}, Resume{})
	if got := fail(); got != 5*time.Second {
		t.Errorf("back-off %v after they started, want 5s", got)
	}
}

func TestAServiceThatDoesNotStartLeavesAHealthyActiveAlone(t *testing.T) {
	b := newActive(t, stock(100))
	b.do(Served{OK: false}, Announced{Address: vip1}, from(lowAddr, 50, 100))
	b.wantTimer("it may serve again", 5*time.Second, "Initialize -> Backup (startup)")
	for until := b.now.Add(shyFor); b.now.Before(until.Add(-time.Second)); {
		b.after(time.Second).want("the other serves", from(lowAddr, 50, 100))
		b.wantDownIn("the timer begins anew", down100)
	}
	b.after(time.Second).want("it has been long enough", from(lowAddr, 50, 100))
	b.wantDownIn("the timer runs on", down100-time.Second)
}

// A lost link explains why the kernel refused an address, and not why a service did not start.
func TestALostLinkDoesNotExplainAService(t *testing.T) {
	b := newActive(t, stock(100))
	b.do(Served{OK: false})
	b.want("it cannot wait for a successor any more", FaultChanged{Fault: FaultNoCarrier}, "release all",
		"Active -> Initialize (fault no-carrier)", "departed (fault)")
	b.want("the link is back", FaultChanged{})
	b.wantTimer("the service is still given its time", 5*time.Second, "Initialize -> Backup (startup)")
}

func TestAServiceThatDoesNotStartIsSaved(t *testing.T) {
	b := newActive(t, stock(100))
	b.do(Served{OK: false})
	b.after(time.Second)
	text, err := json.Marshal(b.m.Save(b.now))
	if err != nil {
		t.Fatal(err)
	}
	var s Saved
	if err := json.Unmarshal(text, &s); err != nil {
		t.Fatal(err)
	}
	b.now = b.now.Add(time.Hour) // of another clock
	b.m = Restore(b.now, b.m.Config(), s)
	if got := b.m.Fault(); got != FaultService || !b.m.Departing() {
		t.Errorf("fault %v, departing %v", got, b.m.Departing())
	}
	b.want("the farewell goes on", Hurry{}, "release all",
		"Active -> Initialize (fault service-failed)", "departed (fault)")
	b.wantTimer("and the back-off", 4*time.Second, "Initialize -> Backup (startup)")
}

func TestAServiceThatDoesNotStartTakesTheGroupAlong(t *testing.T) {
	tr := newTrio(t, 100, 100, 100).promoted()
	tr.want("all say farewell", tr.one(1, Served{OK: false}), "1 send 0 1s", "0 send 0 1s", "2 send 0 1s")
	var faults []Fault
	for _, m := range tr.g.Members() {
		faults = append(faults, m.Fault())
	}
	if diff := cmp.Diff([]Fault{FaultGroup, FaultService, FaultGroup}, faults); diff != "" {
		t.Errorf("faults (-want +got):\n%s", diff)
	}
	for i := range 3 {
		tr.one(i, Announced{Address: vip1})
		tr.one(i, from(lowAddr, 90, 100))
	}
	if want := [3]State{Initialize, Initialize, Initialize}; tr.states() != want {
		t.Errorf("states %v, want %v", tr.states(), want)
	}
	tr.now = tr.g.Deadline()
	tr.want("all are back together", tr.all(Tick{}),
		"1 Initialize -> Backup (startup)", "0 Initialize -> Backup (startup)", "2 Initialize -> Backup (startup)")
}
