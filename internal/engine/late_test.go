package engine

import (
	"strings"
	"testing"
	"time"

	"github.com/aloft-ha/aloft/vrrp"
)

func TestLeaseIsRenewedAfterAdvertsThatWereSent(t *testing.T) {
	simulate(t, func(t *testing.T, n *lan) {
		a := n.alone(web(200))
		began := time.Now()
		n.pass(time.Minute)
		// A third of 4 s, and then the next advert: every 2 s.
		if got := a.renewals(began); got < 29 || got > 31 {
			t.Errorf("%d renewals a minute, want 30", got)
		}
		for _, o := range a.addresses.since(began, "") {
			if at := n.sent(o.at, anything); strings.HasPrefix(o.text, "renew") && (len(at) == 0 || !at[0].at.Equal(o.at)) {
				t.Fatalf("%s at %v is not with an advert", o.text, o.at)
			}
		}
		n.wantHolders("it never ended", "192.0.2.100", a)
	})
}

func TestNoAdvertNoRenewal(t *testing.T) {
	simulate(t, func(t *testing.T, n *lan) {
		a := n.alone(web(200))
		a.refuseSends(errNoBuffer)
		failing := time.Now()
		n.pass(time.Minute)
		wantEqual(t, "renewals", a.renewals(failing), 0)
	})
}

func TestHungAddressManagerCostsTheLease(t *testing.T) {
	simulate(t, func(t *testing.T, n *lan) {
		a, b := n.pair()
		a.addresses.setHung(true)
		hung := time.Now()
		n.wantSilence("until the lease is over", 2*time.Second, from(b))
		n.wantSend("b takes over", 8*time.Second, from(b))
		a.wantLog("nothing is advertised that is not held", 1, "state", "from=Active", "fault=claim-failed")
		if took := time.Since(hung); took > 8*time.Second {
			t.Errorf("after %v", took)
		}
		n.wantHolders("the kernel has taken it away", "192.0.2.100")
		n.pass(managerDelay)
		n.wantHolders("one has it", "192.0.2.100", b)
		n.wantSilence("and keeps it: a node that cannot hold an address leaves it alone", 4*time.Minute, from(a))
	})
}

func TestAddressManagerHungFromTheStart(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		a := n.host("a", 1)
		a.addresses.setHung(true)
		a.start(web(200))
		n.wantSend("it tries", 4*time.Second, from(a))
		n.pass(5 * time.Second)
		a.wantLog("and gives up", 1, "state", "from=Active", "fault=claim-failed")
	})
}

func TestActiveThatWokeLateStepsBackFirst(t *testing.T) {
	for name, option := range map[string]func(*lan) (a, b *host){
		"failback":    func(n *lan) (a, b *host) { return n.pair() },
		"no failback": func(n *lan) (a, b *host) { return n.pair(noFailback) },
	} {
		t.Run(name, func(t *testing.T) {
			simulate(t, func(t *testing.T, n *lan) {
				a, b := option(n)
				a.stall(10 * time.Second)
				woke := time.Now()
				a.wantState("it was asleep", "web", vrrp.Backup, vrrp.ReasonWokeLate)
				a.wantOrders("it lets go and puts nothing back", woke, "51@eth0/ipv4: release")
				n.wantSilence("it listens", downAfter(200)-5*time.Millisecond, from(a))
				b.wantState("b took over meanwhile", "web", vrrp.Active, vrrp.ReasonSilence)
				n.wantHolders("one has it", "192.0.2.100", b)
				if name == "failback" {
					n.wantSend("then it takes over", 2*time.Second, from(a))
					return
				}
				n.wantSilence("b is healthy", time.Minute, from(a))
			})
		})
	}
}

func TestActiveThatWokeALittleLateGoesOn(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		a, b := n.pair()
		n.wantSend("regular", time.Second, from(a))
		a.stall(1900 * time.Millisecond) // shorter than three intervals, and than what is left of the lease
		n.wantSend("nobody can have taken over", 1, from(a))
		a.wantState("all is well", "web", vrrp.Active, vrrp.ReasonSilence)
		n.wantSilence("nobody has", time.Minute, from(b))
	})
}

func TestActiveWhoseClockStoodStillHearsTheQueueFirst(t *testing.T) {
	simulate(t, func(t *testing.T, n *lan) {
		a, b := n.host("a", 1), n.host("b", 2)
		b.setCut(true)
		a.start(web(190))
		b.start(web(200))
		n.wantSend("a is alone", 4*time.Second, from(a))
		n.wantSend("regular", time.Second, from(a))
		n.pass(999 * time.Millisecond)
		b.setCut(false)
		a.freeze(10 * time.Second)
		woke := time.Now()
		a.wantState("its clock says that its next advert is to come, the queue that b is better", "web",
			vrrp.Backup, vrrp.ReasonHigherPriority)
		a.wantOrders("it lets go", woke, "51@eth0/ipv4: release")
		wantEqual(t, "all it says is that it gives way", len(n.sent(woke, from(a))), 1)
		n.wantSilence("for good", time.Minute, from(a))
		n.wantHolders("one has it", "192.0.2.100", b)
		n.wantSilence("and keeps it: a node that cannot hold an address leaves it alone", 4*time.Minute, from(a))
	})
}

func TestBackupThatWokeLateListensFirst(t *testing.T) {
	for name, c := range map[string]struct {
		sleep   func(b *host)
		overrun bool
	}{
		"asleep for a minute, the Active is in the queue": {func(b *host) { b.stall(time.Minute) }, false},
		"asleep for an hour, the queue ran over":          {func(b *host) { b.stall(time.Hour) }, true},
		"its clock stood still":                           {func(b *host) { b.freeze(time.Hour) }, true},
		"its timer ended, asleep for an instant":          {func(b *host) { b.stall(4 * time.Second) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			simulate(t, func(t *testing.T, n *lan) {
				_, b := n.pair()
				c.sleep(b)
				if over := b.lostDatagrams() > 0; over != c.overrun {
					t.Fatalf("queue ran over: %v", over)
				}
				n.wantSilence("the Active is alive", time.Minute, from(b))
				b.wantState("never anything else", "web", vrrp.Backup, vrrp.ReasonStartup)
			})
		})
	}
}

func TestBackupThatWokeLateTakesOverFromADeadActive(t *testing.T) {
	simulate(t, func(_ *testing.T, n *lan) {
		a, b := n.pair()
		a.setCut(true)
		b.stall(time.Minute)
		n.wantSilence("it may be that it was deaf itself", downAfter(190)-1, from(b))
		n.wantSend("it was not", 1, from(b))
	})
}
