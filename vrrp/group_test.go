package vrrp

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// A trio is a group of three under test, which is one more than the two families.
type trio struct {
	t   *testing.T
	g   *Group
	now time.Time
}

func newTrio(t *testing.T, priorities ...uint8) *trio {
	t.Helper()
	var members []*Machine
	for _, p := range priorities {
		members = append(members, NewMachine(stock(p)))
	}
	tr := &trio{t: t, g: NewGroup(members...), now: epoch}
	tr.all(SourceChanged{Source: ownAddr})
	tr.all(Startup{})
	return tr
}

// promoted lets all be silent until the trio is Active.
func (tr *trio) promoted() *trio {
	tr.t.Helper()
	for tr.g.Members()[0].State() != Active {
		tr.now = tr.g.Deadline()
		tr.all(Tick{})
	}
	return tr
}

func (tr *trio) all(ev Event) []string { return describeMembers(tr.g.StepAll(tr.now, ev)) }

func (tr *trio) one(member int, ev Event) []string {
	return describeMembers(tr.g.Step(tr.now, member, ev))
}

func describeMembers(actions []MemberAction) (lines []string) {
	for _, a := range actions {
		lines = append(lines, fmt.Sprintf("%d %s", a.Member, describe(a.Action)))
	}
	return lines
}

func (tr *trio) want(why string, got []string, want ...string) {
	tr.t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		tr.t.Errorf("%s (-want +got):\n%s", why, diff)
	}
}

func (tr *trio) states() (states [3]State) {
	for i, m := range tr.g.Members() {
		states[i] = m.State()
	}
	return states
}

// heardBy makes all but one hear a better Active for a while.
func (tr *trio) heardBy(d time.Duration, members ...int) {
	for end := tr.now.Add(d); tr.now.Before(end); tr.now = tr.now.Add(time.Second) {
		for _, i := range members {
			tr.one(i, from(highAddr, 250, 100))
		}
		tr.all(Tick{})
	}
}

func TestAGroupOfOneIsItsMachine(t *testing.T) {
	m := NewMachine(stock(100))
	g := NewGroup(m)
	g.Step(epoch, 0, Startup{})
	if !g.Deadline().Equal(epoch.Add(down100)) {
		t.Errorf("the deadline is in %v, want %v", g.Deadline().Sub(epoch), down100)
	}
	g.Step(g.Deadline(), 0, Tick{})
	if m.State() != Active {
		t.Errorf("state %v, want Active", m.State())
	}
}

func TestAGroupBecomesActiveTogether(t *testing.T) {
	tr := newTrio(t, 100, 101, 102)
	for range 2 {
		tr.now = tr.g.Deadline()
		tr.want("the better ones are ready, and wait", tr.all(Tick{}))
	}
	tr.now = tr.g.Deadline()
	tr.want("the last one takes all along", tr.all(Tick{}),
		"0 send 100 1s", "0 claim", "0 announce", "0 Backup -> Active (silence)",
		"1 send 101 1s", "1 claim", "1 announce", "1 Backup -> Active (silence)",
		"2 send 102 1s", "2 claim", "2 announce", "2 Backup -> Active (silence)")
}

func TestAMemberThatIsDeafAloneChangesNothing(t *testing.T) {
	tr := newTrio(t, 100, 100, 100)
	tr.heardBy(20*time.Second, 0, 2)
	if want := [3]State{Backup, Backup, Backup}; tr.states() != want {
		t.Errorf("states %v, want %v", tr.states(), want)
	}
	tr.one(1, from(highAddr, 250, 100))
	if tr.g.Members()[1].ready {
		t.Error("a member that hears the Active again is still ready to replace it")
	}
}

func TestADepartureHeardByOnlySomeTakesAllAlong(t *testing.T) {
	tr := newTrio(t, 100, 100, 100)
	tr.heardBy(10*time.Second, 0, 2)
	tr.one(0, from(highAddr, 0, 100))
	tr.one(2, from(highAddr, 0, 100))
	tr.now = tr.now.Add(skew100)
	got := tr.all(Tick{})
	if want := [3]State{Active, Active, Active}; tr.states() != want {
		t.Errorf("states %v, want %v: %q", tr.states(), want, got)
	}
}

func TestAMemberThatGivesWayTakesTheOthersAlong(t *testing.T) {
	tr := newTrio(t, 100, 100, 100).promoted()
	tr.want("all concede", tr.one(1, from(highAddr, 200, 100)),
		"1 send 100 1s", "1 release all", "1 Active -> Backup (higher-priority 192.0.2.3 200)",
		"0 send 100 1s", "0 release all", "0 Active -> Backup (group)",
		"2 send 100 1s", "2 release all", "2 Active -> Backup (group)")
}

func TestAMemberThatWakesLateTakesTheOthersAlongSilently(t *testing.T) {
	tr := newTrio(t, 100, 100, 100).promoted()
	tr.now = tr.now.Add(time.Minute)
	tr.want("nobody sends", tr.one(2, Tick{}),
		"2 release all", "2 Active -> Backup (woke-late)",
		"0 release all", "0 Active -> Backup (woke-late)",
		"1 release all", "1 Active -> Backup (woke-late)")
}

func TestOnlyTheFirstMemberComparesAddresses(t *testing.T) {
	tr := newTrio(t, 100, 100, 100).promoted()
	tr.now = tr.now.Add(500 * time.Millisecond)
	for _, source := range []netip.Addr{lowAddr, highAddr} {
		tr.want("another member leaves it to the first", tr.one(1, from(source, 100, 100)))
	}
	tr.now = tr.now.Add(600 * time.Millisecond)
	tr.all(Tick{})
	tr.want("it only announces again, as after any conflict", tr.one(2, from(highAddr, 100, 100)), "2 announce")
	got := tr.one(0, from(highAddr, 100, 100))
	if want := [3]State{Backup, Backup, Backup}; tr.states() != want {
		t.Errorf("states %v, want %v: %q", tr.states(), want, got)
	}
}

func TestAFaultInOneMemberEndsAll(t *testing.T) {
	tr := newTrio(t, 100, 100, 100)
	tr.want("a Backup", tr.one(1, FaultChanged{Fault: FaultNoCarrier}),
		"1 release all", "1 Backup -> Initialize (fault no-carrier)",
		"0 release all", "0 Backup -> Initialize (fault group)",
		"2 release all", "2 Backup -> Initialize (fault group)")
	tr.want("a second fault is no news to the others", tr.one(2, FaultChanged{Fault: FaultTracker}))
	tr.want("one passes", tr.one(1, FaultChanged{}))
	tr.want("and the other", tr.one(2, FaultChanged{}),
		"2 Initialize -> Backup (startup)", "0 Initialize -> Backup (startup)", "1 Initialize -> Backup (startup)")

	tr.promoted()
	tr.want("an Active: those that can be heard say farewell", tr.one(1, FaultChanged{Fault: FaultNoCarrier}),
		"1 release all", "1 Active -> Initialize (fault no-carrier)", "0 send 0 1s", "2 send 0 1s")
}

func TestAStandbyIsKeptOnceAMemberHasGone(t *testing.T) {
	tr := newTrio(t, 100, 100, 100).promoted()
	tr.want("all say farewell", tr.all(Leave{Reason: ReasonStandby}), "0 send 0 1s", "1 send 0 1s", "2 send 0 1s")
	tr.one(0, Announced{Address: vip1})
	tr.want("one has a successor", tr.one(0, from(lowAddr, 90, 100)),
		"0 release all", "0 Active -> Initialize (standby)", "0 departed (standby) to 192.0.2.1 after 0s")
	tr.now = tr.now.Add(4500 * time.Millisecond)
	tr.want("so the others go too", tr.all(Tick{}),
		"1 release all", "1 Active -> Initialize (standby)", "1 departed (standby)",
		"2 release all", "2 Active -> Initialize (standby)", "2 departed (standby)")
}

func TestAStandbyThatIsTakenBackBringsAllBack(t *testing.T) {
	tr := newTrio(t, 100, 100, 100).promoted()
	tr.all(Leave{Reason: ReasonStandby})
	tr.want("one loses its addresses meanwhile", tr.one(0, ClaimFailed{}),
		"0 release all", "0 Active -> Initialize (standby)", "0 departed (standby)")
	tr.now = tr.now.Add(time.Second)
	tr.all(Tick{}) // the back-off of that fault is over
	tr.now = tr.now.Add(3500 * time.Millisecond)
	tr.all(Tick{})
	tr.promoted()
	if want := [3]State{Active, Active, Active}; tr.states() != want {
		t.Errorf("states %v, want %v", tr.states(), want)
	}
	for i, m := range tr.g.Members() {
		if m.Absent() != ReasonNone {
			t.Errorf("member %d is absent: %v", i, m.Absent())
		}
	}
}

func TestAGroupOfOwnersIsActiveAtOnce(t *testing.T) {
	members := []*Machine{NewMachine(stock(255)), NewMachine(stock(255))}
	g := NewGroup(members...)
	got := describeMembers(g.StepAll(epoch, Startup{}))
	want := []string{
		"0 Initialize -> Backup (startup)", "1 Initialize -> Backup (startup)",
		"0 send 255 1s", "0 claim", "0 announce", "0 Backup -> Active (silence)",
		"1 send 255 1s", "1 claim", "1 announce", "1 Backup -> Active (silence)",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAReadyMemberStaysReady(t *testing.T) {
	tr := newTrio(t, 100, 100, 100)
	tr.heardBy(10*time.Second, 0, 2)
	tr.want("a departure is no news to it", tr.one(1, from(highAddr, 0, 100)))
	if at := tr.g.Members()[1].Deadline(); !at.IsZero() {
		t.Errorf("it waits until %v, want for the others", at.Sub(epoch))
	}
	tr.one(1, from(lowAddr, 50, 100))
	if !tr.g.Members()[1].ready {
		t.Error("a lower advert made it wait again")
	}
}

// A member that is ready to replace a worse Active, and becomes the worse one itself, is ready no more.
func TestAReadyMemberThatIsLoweredFollowsTheActive(t *testing.T) {
	tr := newTrio(t, 190, 180)
	for range 4 {
		tr.one(0, from(lowAddr, 99, 100))
		tr.one(1, from(lowAddr, 250, 100))
		tr.now = tr.now.Add(time.Second)
		tr.all(Tick{})
	}
	if first := tr.g.Members()[0]; !first.ready || first.downCause != ReasonPreempt {
		t.Fatalf("ready %v (%v)", first.ready, first.downCause)
	}
	tr.want("still above", tr.one(0, PriorityChanged{Priority: 100}))
	if !tr.g.Members()[0].ready {
		t.Error("it is not ready any more, and still above the Active")
	}
	tr.want("below", tr.one(0, PriorityChanged{Priority: 89}))
	if first := tr.g.Members()[0]; first.ready || first.Deadline().Sub(tr.now) != ActiveDownInterval(89, 100, 3)-time.Second {
		t.Errorf("ready %v, the timer ends in %v", first.ready, first.Deadline().Sub(tr.now))
	}
}

func TestNobodyLeavesOrComesBackAlone(t *testing.T) {
	tr := newTrio(t, 100, 100, 100).promoted()
	tr.want("a standby of one", tr.one(1, Leave{Reason: ReasonStandby}), "0 send 0 1s", "1 send 0 1s", "2 send 0 1s")
	tr.want("cut short", tr.one(2, Hurry{}),
		"0 release all", "0 Active -> Initialize (standby)", "0 departed (standby)",
		"1 release all", "1 Active -> Initialize (standby)", "1 departed (standby)",
		"2 release all", "2 Active -> Initialize (standby)", "2 departed (standby)")
	tr.want("and ended", tr.one(0, Resume{}),
		"0 Initialize -> Backup (startup)", "1 Initialize -> Backup (startup)", "2 Initialize -> Backup (startup)")
}

// A member that finds its lease over while it is told of another's fault is in fault itself, and all learn of it at once.
func TestAFaultThatIsFoundWhileAnotherSpreads(t *testing.T) {
	leased := stock(100)
	leased.Lease = 3 * time.Second
	tr := &trio{t: t, g: NewGroup(NewMachine(stock(100)), NewMachine(leased)), now: epoch}
	tr.all(SourceChanged{Source: ownAddr})
	tr.all(Startup{})
	tr.promoted()
	for range 2 {
		tr.now = tr.now.Add(time.Second)
		tr.all(Tick{}) // nobody confirms the lease
	}
	tr.now = tr.now.Add(time.Second)
	tr.want("the lease is over", tr.one(0, FaultChanged{Fault: FaultTracker}),
		"0 send 0 1s", "1 send 0 1s", "1 release all", "1 Active -> Initialize (fault claim-failed)")
	if got := tr.g.Members()[0].outvoted; !got {
		t.Error("the first does not know that the second is in fault")
	}
}

// A link that comes and goes makes one member Backup, while the others say farewell. If nobody answers them they do not go
// on without it: they wait as Backups that are ready.
func TestAFarewellIsTakenBackByAllOrNone(t *testing.T) {
	tr := newTrio(t, 100, 100, 100).promoted()
	for range 4 {
		tr.now = tr.now.Add(time.Second)
		tr.all(Tick{})
	}
	tr.one(0, FaultChanged{Fault: FaultNoCarrier})
	tr.now = tr.now.Add(3 * time.Second)
	tr.all(Tick{})
	tr.want("the link is back", tr.one(0, FaultChanged{}), "0 Initialize -> Backup (startup)")
	tr.now = tr.now.Add(1500 * time.Millisecond)
	tr.want("nobody answered the others", tr.all(Tick{}),
		"1 release all", "1 Active -> Initialize (fault)", "1 departed (no-successor)", "1 Initialize -> Backup (startup)",
		"2 release all", "2 Active -> Initialize (fault)", "2 departed (no-successor)", "2 Initialize -> Backup (startup)")
	tr.now = tr.now.Add(down100 - 1500*time.Millisecond)
	tr.want("and nobody the first one", tr.all(Tick{}),
		"0 send 100 1s", "0 claim", "0 announce", "0 Backup -> Active (silence)",
		"1 send 100 1s", "1 claim", "1 announce", "1 Backup -> Active (silence)",
		"2 send 100 1s", "2 claim", "2 announce", "2 Backup -> Active (silence)")
}

// Where the other is ready by then, they go on, and it comes along.
func TestAFarewellIsTakenBackTogetherWithOneThatIsReady(t *testing.T) {
	tr := newTrio(t, 100, 100).promoted()
	tr.one(0, FaultChanged{Fault: FaultNoCarrier})
	tr.one(0, FaultChanged{})
	tr.now = tr.g.Members()[0].Deadline()
	tr.want("it waits for the one that departs", tr.all(Tick{}))
	tr.now = tr.g.Deadline()
	tr.want("nobody answered", tr.all(Tick{}),
		"1 departed (no-successor)", "1 send 100 1s", "1 claim", "1 announce",
		"0 send 100 1s", "0 claim", "0 announce", "0 Backup -> Active (silence)")
}

// Members of different intervals give up at different times. Who is first holds its addresses until the last one has
// given up too, or has found a successor.
func TestMembersOfDifferentIntervalsTakeTheirFarewellsBackTogether(t *testing.T) {
	slow := stock(100)
	slow.Interval = 300
	begin := func() *trio {
		tr := &trio{t: t, g: NewGroup(NewMachine(stock(100)), NewMachine(slow)), now: epoch}
		tr.all(SourceChanged{Source: ownAddr})
		tr.all(Startup{})
		tr.promoted()
		tr.want("standby", tr.all(Leave{Reason: ReasonStandby}), "0 send 0 1s", "1 send 0 3s")
		tr.now = tr.now.Add(4500 * time.Millisecond)
		tr.want("the first waits", tr.all(Tick{}))
		return tr
	}
	tr := begin()
	tr.now = tr.now.Add(8 * time.Second)
	tr.want("nobody answered either", tr.all(Tick{}),
		"0 departed (no-successor)", "0 send 100 1s", "0 claim", "0 announce",
		"1 departed (no-successor)", "1 send 100 3s", "1 claim", "1 announce")

	tr = begin()
	tr.want("the other one's successor", tr.one(1, from(lowAddr, 90, 300)),
		"0 release all", "0 Active -> Initialize (standby)", "0 departed (standby)")

	tr = begin()
	tr.want("its own", tr.one(0, from(lowAddr, 90, 100)))
	tr.now = tr.now.Add(8 * time.Second)
	tr.want("and both have gone", tr.all(Tick{}),
		"0 release all", "0 Active -> Initialize (standby)", "0 departed (standby) to 192.0.2.1 after 4.5s",
		"1 release all", "1 Active -> Initialize (standby)", "1 departed (standby)")

	tr = begin()
	tr.now = tr.now.Add(7 * time.Second)
	tr.want("its own, a second before the other gives up", tr.one(0, from(lowAddr, 90, 100)))
	tr.now = tr.now.Add(time.Second)
	tr.want("which may not be taken back then", tr.all(Tick{}),
		"1 release all", "1 Active -> Initialize (standby)", "1 departed (standby)")
	tr.want("the first keeps its address until it is announced", tr.one(0, Announced{Address: vip1}),
		"0 release all", "0 Active -> Initialize (standby)", "0 departed (standby) to 192.0.2.1 after 11.5s")

	tr = begin()
	tr.want("a stop needs no answer", tr.all(Leave{Reason: ReasonStop}),
		"0 release all", "0 Active -> Initialize (stop)", "0 departed (stop)")
}

// A group that came apart, as one that was put together of routers that ran may be, follows whom one of its members
// follows, also at equal priority, where a follower does not decide.
func TestAGroupThatIsApartFollowsTheOneThatServes(t *testing.T) {
	for _, priority := range []uint8{100, 200} {
		serving := newTrio(t, 100).promoted()
		waiting := newTrio(t, 100)
		tr := &trio{t: t, g: serving.g, now: serving.now}
		tr.g.Regroup(tr.now, waiting.g.Members()[0], serving.g.Members()[0])
		tr.want("it comes along", tr.one(0, from(highAddr, priority, 100)),
			"0 release all", "1 send 100 1s", "1 release all", "1 Active -> Backup (group)")
	}
}

// The successor of one family is there, and the other family found none: going back would leave the group split.
func TestAGroupThatHasASuccessorIsNotTakenBack(t *testing.T) {
	cfg := stock(200)
	cfg.Interval, cfg.Preempt = 10, false
	g := NewGroup(NewMachine(cfg), NewMachine(cfg))
	now := epoch
	g.StepAll(now, SourceChanged{Source: ownAddr})
	g.StepAll(now, Startup{})
	for g.Members()[0].State() != Active {
		now = g.Deadline()
		g.StepAll(now, Tick{})
	}
	g.StepAll(now, Leave{Reason: ReasonStandby})
	now = now.Add(30 * time.Millisecond)
	g.Step(now, 0, from(lowAddr, 90, 10))
	for i := range 50 {
		now = now.Add(100 * time.Millisecond)
		g.Step(now, 0, from(lowAddr, 90, 10))
		g.StepAll(now, Tick{})
		if a, b := g.Members()[0], g.Members()[1]; i > 30 && (a.State() != Initialize || b.State() != Initialize) {
			t.Fatalf("%v later: %v and %v, want both to have left", now.Sub(epoch), a.State(), b.State())
		}
	}
}

// A group that came apart follows an Active that one of its members follows, though it be less preferred.
func TestASplitGroupFollowsALowerActiveWithoutPreemption(t *testing.T) {
	cfg := stock(200)
	cfg.Preempt = false
	first, second := NewMachine(cfg), NewMachine(cfg)
	second.Step(epoch, Startup{})
	second.Step(second.Deadline(), Tick{})
	first.Step(epoch, Startup{})
	g := NewGroup(first, second)
	if second.State() != Active || first.State() != Backup {
		t.Fatalf("%v and %v, want a split group", first.State(), second.State())
	}
	got := describeMembers(g.Step(second.sentAt, 0, from(lowAddr, 90, 100)))
	want := []string{"0 release all", "1 send 200 1s", "1 release all", "1 Active -> Backup (group)"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestRegroup(t *testing.T) {
	t.Run("a member that comes to an Active group", func(t *testing.T) {
		tr := newTrio(t, 100).promoted()
		fresh := NewMachine(stock(100))
		tr.want("nothing happens", describeMembers(tr.g.Regroup(tr.now, tr.g.Members()[0], fresh)))
		tr.one(1, SourceChanged{Source: ownAddr})
		tr.want("it starts", tr.one(1, Startup{}), "1 Initialize -> Backup (startup)")
		tr.now = fresh.Deadline()
		tr.want("it becomes Active when nobody is", tr.one(1, Tick{}),
			"1 send 100 1s", "1 claim", "1 announce", "1 Backup -> Active (silence)")
	})
	t.Run("one that is ready and stays behind alone", func(t *testing.T) {
		tr := newTrio(t, 100, 100)
		first, second := tr.g.Members()[0], tr.g.Members()[1]
		tr.one(0, from(highAddr, 200, 100))
		tr.now = second.Deadline()
		tr.want("it waits for the first", tr.one(1, Tick{}))
		tr.want("which is gone", describeMembers(tr.g.Regroup(tr.now, second)),
			"0 send 100 1s", "0 claim", "0 announce", "0 Backup -> Active (silence)")
		alone := NewGroup(first)
		if got := describeMembers(alone.StepAll(tr.now, Leave{Reason: ReasonRemoved})); len(got) != 2 {
			t.Errorf("the other leaves by itself: %q", got)
		}
	})
	t.Run("one whose fellow was in fault", func(t *testing.T) {
		tr := newTrio(t, 100, 100)
		tr.one(1, FaultChanged{Fault: FaultNoSource})
		tr.want("it serves again", describeMembers(tr.g.Regroup(tr.now, tr.g.Members()[0])), "0 Initialize -> Backup (startup)")
	})
	t.Run("one that comes to a group on standby", func(t *testing.T) {
		tr := newTrio(t, 100)
		tr.all(Leave{Reason: ReasonStandby})
		fresh := NewMachine(stock(100))
		tr.want("it is on standby too", describeMembers(tr.g.Regroup(tr.now, tr.g.Members()[0], fresh)),
			"1 release all", "1 departed (standby)")
		tr.want("it does not start", tr.one(1, Startup{}))
		tr.want("until all do", tr.one(0, Resume{}), "0 Initialize -> Backup (startup)", "1 Initialize -> Backup (startup)")
	})
	t.Run("ties are the first member's affair", func(t *testing.T) {
		tr := newTrio(t, 100, 100).promoted()
		second := tr.g.Members()[1]
		tr.g.Regroup(tr.now, second)
		tr.want("it is the first now", tr.one(0, from(highAddr, 100, 100)),
			"0 send 100 1s", "0 release all", "0 Active -> Backup (higher-address 192.0.2.3 100)")
	})
}
