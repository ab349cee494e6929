package vrrp

import (
	"testing"
	"time"
)

func TestAFaultInEachState(t *testing.T) {
	b := newBench(t, stock(100))
	b.want("before Startup", FaultChanged{Fault: FaultNoCarrier})
	b.want("it does not start", Startup{})
	b.want("it starts when the fault is gone", FaultChanged{}, "Initialize -> Backup (startup)")
	b.do(from(highAddr, 200, 500))
	b.want("a Backup just stops", FaultChanged{Fault: FaultTracker},
		"Backup -> Initialize (fault tracker)")
	b.want("another fault is no news", FaultChanged{Fault: FaultNoSource})
	b.want("and what is heard meanwhile is not learned", from(highAddr, 200, 50))
	b.wantNoTimer("it waits for the caller")
	b.want("a whole down interval begins", FaultChanged{}, "Initialize -> Backup (startup)")
	b.wantDownIn("anew", down100)
}

func TestEveryFaultOfAnActive(t *testing.T) {
	for fault := FaultNone + 1; int(fault) < len(faultNames); fault++ {
		b := newActive(t, stock(100))
		if fault.Deaf() {
			b.want("it cannot be heard: the addresses go at once", FaultChanged{Fault: fault},
				"release all", "Active -> Initialize (fault "+fault.String()+")")
			continue
		}
		b.want("it says farewell", FaultChanged{Fault: fault}, "send 0 1s")
		b.do(Announced{Address: vip1})
		b.want("and goes when the successor is there", from(lowAddr, 90, 100), "release all",
			"Active -> Initialize (fault "+fault.String()+")", "departed (fault) to 192.0.2.1 after 0s")
		b.want("it comes back as Backup", FaultChanged{}, "Initialize -> Backup (startup)")
	}
}

func TestADeafFaultEndsAFarewell(t *testing.T) {
	b := newActive(t, stock(100))
	b.want("a tracker", FaultChanged{Fault: FaultTracker}, "send 0 1s")
	b.want("and then the link", FaultChanged{Fault: FaultNoCarrier},
		"release all", "Active -> Initialize (fault no-carrier)", "departed (fault)")
}

func TestAFaultThatPassesDuringItsFarewell(t *testing.T) {
	b := newActive(t, stock(100))
	b.do(FaultChanged{Fault: FaultTracker})
	b.want("the others were told already", FaultChanged{})
	b.do(Announced{Address: vip1})
	b.want("a successor: it becomes Backup at once", from(lowAddr, 90, 100), "release all",
		"Active -> Initialize (fault)", "departed (fault) to 192.0.2.1 after 0s", "Initialize -> Backup (startup)")

	b = newActive(t, stock(100))
	b.do(FaultChanged{Fault: FaultTracker}, FaultChanged{})
	b.wantTimer("no successor: it goes on", 4500*time.Millisecond, "departed (no-successor)", "send 100 1s", "claim", "announce")

	b = newActive(t, stock(100))
	b.do(FaultChanged{Fault: FaultTracker})
	b.wantTimer("no successor, and the fault stands: nobody serves", 4500*time.Millisecond,
		"release all", "Active -> Initialize (fault tracker)", "departed (fault)")
}

func TestAFaultDuringStartupDelay(t *testing.T) {
	cfg := stock(100)
	cfg.StartupDelay = time.Minute
	b := newBench(t, cfg)
	b.want("it waits", Startup{})
	b.after(time.Second).want("a fault", FaultChanged{Fault: FaultNoCarrier})
	b.after(time.Second).want("which passes", FaultChanged{})
	b.wantTimer("the delay is over when it would have been", 58*time.Second, "Initialize -> Backup (startup)")

	b = newBench(t, cfg)
	b.do(Startup{}, FaultChanged{Fault: FaultNoCarrier})
	b.wantTimer("a fault that outlasts it", time.Minute)
	b.after(time.Hour).want("does not begin it again", FaultChanged{}, "Initialize -> Backup (startup)")
}

func TestTheCallersFaultHidesOurOwn(t *testing.T) {
	b := newActive(t, stock(100))
	b.do(ClaimFailed{})
	if got := b.m.Fault(); got != FaultClaim {
		t.Errorf("fault %v, want %v", got, FaultClaim)
	}
	b.do(FaultChanged{Fault: FaultTracker})
	if got := b.m.Fault(); got != FaultTracker {
		t.Errorf("fault %v, want %v", got, FaultTracker)
	}
	b.want("one passes", FaultChanged{})
	b.wantTimer("and then the other", time.Second, "Initialize -> Backup (startup)")
}

// An interface that is deleted makes the kernel refuse addresses and adverts before the caller has seen that it is gone.
// When it is back, the router returns as after any fault of its link: it is not shy.
func TestALostLinkExplainsWhatWasRefused(t *testing.T) {
	for name, refused := range map[string]struct {
		ev    Event
		fault Fault
	}{
		"a claim":   {ClaimFailed{}, FaultClaim},
		"an advert": {Sent{OK: false}, FaultSend},
	} {
		t.Run(name, func(t *testing.T) {
			b := newActive(t, stock(100))
			b.do(refused.ev)
			if b.m.State() != Initialize || b.m.Fault() != refused.fault {
				t.Fatalf("want a fault of its own, got %v (%v)", b.m.State(), b.m.Fault())
			}
			b.do(FaultChanged{Fault: FaultInterfaceMissing})
			b.wantNoTimer("it waits for the link alone")
			b.want("the link is back", FaultChanged{}, "Initialize -> Backup (startup)")
			b.after(time.Second).do(from(lowAddr, 50, 100))
			b.wantDownIn("it preempts as ever", down100-time.Second)
		})
	}
}
