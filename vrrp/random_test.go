package vrrp

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// A story is a random lan and what befalls it.
type story struct {
	seed    uint64
	nodes   []storyNode
	chapter []incident
}

type storyNode struct {
	priority     uint8
	preempt      bool
	preemptDelay time.Duration
	startupDelay time.Duration
	farewell     Farewell
	interval     Centiseconds
	dual         bool
	offsets      []int // several routers, if there are any
	services     bool
}

// An incident happens after some time, to one node.
type incident struct {
	after time.Duration
	what  string
	node  int
	value uint8
}

// incidents are what can befall a node, in a lan that also loses frames.
var incidents = []string{
	"start", "start", "start", "kill", "sleep", "wake", "wake", "stop", "standby", "resume", "resume", "hurry",
	"priority", "priority", "priority", "deaf", "deaf-member", "hearing", "fault", "fault", "fault-member", "well",
	"well", "refuse-sends", "refuse-claims", "refuse-starts", "accept", "reconfigure",
}

// A cast is who a story is about.
type cast uint8

const (
	alone  cast = iota // routers of one address
	dual               // of both families
	fellow             // groups of up to four, which prefer the nodes in the same order
)

func drawStory(who cast) *rapid.Generator[story] {
	return rapid.Custom(func(t *rapid.T) story {
		s := story{seed: rapid.Uint64().Draw(t, "seed")}
		intervals := []Centiseconds{2, 10, 100, 300}
		if who == fellow {
			intervals = intervals[1:] // of more routers fewer adverts
		}
		interval := rapid.SampledFrom(intervals).Draw(t, "interval")
		var offsets []int
		if who == fellow {
			offsets = append([]int{0}, rapid.SliceOfN(rapid.IntRange(-60, 60), 1, 3).Draw(t, "offsets")...)
		}
		for range rapid.IntRange(2, 5).Draw(t, "nodes") {
			s.nodes = append(s.nodes, storyNode{
				priority:     rapid.SampledFrom([]uint8{1, 50, 99, 100, 101, 180, 190, 200, 254, 255}).Draw(t, "priority"),
				preempt:      rapid.Bool().Draw(t, "preempt"),
				preemptDelay: rapid.SampledFrom([]time.Duration{0, 0, 2 * time.Second}).Draw(t, "preempt delay"),
				startupDelay: rapid.SampledFrom([]time.Duration{0, 0, time.Second}).Draw(t, "startup delay"),
				farewell:     rapid.SampledFrom([]Farewell{FarewellPlain, FarewellFast}).Draw(t, "farewell"),
				interval:     interval,
				dual:         who == dual,
				offsets:      offsets,
				services:     rapid.IntRange(0, 3).Draw(t, "services") == 0,
			})
		}
		for range rapid.IntRange(0, 30).Draw(t, "incidents") {
			s.chapter = append(s.chapter, incident{
				after: time.Duration(rapid.Int64Range(0, int64(5*interval.Duration())).Draw(t, "after")),
				what:  rapid.SampledFrom(incidents).Draw(t, "what"),
				node:  rapid.IntRange(0, len(s.nodes)-1).Draw(t, "node"),
				value: uint8(rapid.IntRange(1, 254).Draw(t, "value")),
			})
		}
		return s
	})
}

// A teller plays a story.
type teller struct {
	*lan
	rand  *rand.Rand
	noisy bool            // frames are lost and late
	deaf  map[[2]int]bool // by node and member
}

// tell plays a story, and returns its transcript up to ten quiet intervals after the last incident.
func tell(s story, reborn bool) (*teller, string) {
	t := &teller{
		lan: newLAN(), rand: rand.New(rand.NewPCG(s.seed, 0)), noisy: true,
		deaf: map[[2]int]bool{},
	}
	t.reborn = reborn
	t.fate = t.chance
	var record transcript
	t.log = record.add
	for i, n := range s.nodes {
		added := newNode(string(rune('a'+i)), i+1, n.priority, n.dual)
		added.services = n.services
		if n.offsets != nil {
			added.routers(n.offsets...)
		}
		for j := range added.cfgs {
			cfg := &added.cfgs[j]
			cfg.Preempt, cfg.PreemptDelay, cfg.StartupDelay = n.preempt, n.preemptDelay, n.startupDelay
			cfg.Farewell, cfg.Interval = n.farewell, n.interval
		}
		t.nodes = append(t.nodes, added)
	}
	completeConfigs(t.nodes)
	for _, n := range t.nodes {
		t.start(n)
	}
	for _, in := range s.chapter {
		t.run(t.now.Add(in.after))
		t.befall(in)
	}
	t.calm()
	t.run(t.now.Add(10 * t.nodes[0].cfgs[0].Interval.Duration()))
	t.log = func(time.Time, *node, string) {}
	return t, record.String()
}

// chance is what becomes of a frame.
func (t *teller) chance(from, to *node, member int) (time.Duration, bool) {
	for _, n := range []*node{from, to} {
		if t.deaf[[2]int{slices.Index(t.nodes, n), member}] {
			return 0, true
		}
	}
	if !t.noisy {
		return travel, false
	}
	delay := travel + time.Duration(t.rand.Int64N(int64(3*time.Millisecond)))
	return delay, t.rand.IntN(10) == 0
}

// befall does what an incident says.
func (t *teller) befall(in incident) {
	n := t.nodes[in.node]
	switch in.what {
	case "start":
		t.start(n)
	case "kill":
		t.kill(n)
	case "wake":
		t.wake(n)
	case "deaf":
		for i := range n.cfgs {
			t.deaf[[2]int{in.node, i}] = true
		}
	case "deaf-member":
		t.deaf[[2]int{in.node, len(n.cfgs) - 1}] = true
	case "hearing":
		for i := range n.cfgs {
			delete(t.deaf, [2]int{in.node, i})
		}
	case "refuse-sends":
		n.refusesSends = true
	case "refuse-claims":
		n.refusesClaims = true
	case "refuse-starts":
		n.refusesStarts = true
	case "accept":
		n.refusesSends, n.refusesClaims, n.refusesStarts = false, false, false
	default:
		if n.group != nil {
			t.befallDaemon(n, in)
		}
	}
}

func (t *teller) befallDaemon(n *node, in incident) {
	switch in.what {
	case "sleep":
		n.asleep = true
	case "stop":
		t.stepAll(n, Leave{Reason: ReasonStop})
	case "standby":
		t.stepAll(n, Leave{Reason: ReasonStandby})
	case "resume":
		t.stepAll(n, Resume{})
	case "hurry":
		t.stepAll(n, Hurry{})
	case "priority":
		for i, cfg := range n.cfgs {
			t.step(n, i, PriorityChanged{Priority: withDelta(cfg.Priority, int(in.value)-int(n.cfgs[0].Priority))})
		}
	case "fault":
		t.stepAll(n, FaultChanged{Fault: []Fault{FaultTracker, FaultNoCarrier}[in.value%2]})
	case "fault-member":
		t.step(n, int(in.value/2)%len(n.cfgs), FaultChanged{Fault: []Fault{FaultAddressForeign, FaultNoSource}[in.value%2]})
	case "well":
		t.stepAll(n, FaultChanged{Fault: FaultNone})
	case "reconfigure":
		for i, m := range n.group.Members() {
			cfg := m.Config()
			cfg.Preempt = in.value%2 == 0
			cfg.PreemptDelay = 0
			t.step(n, i, Reconfigured{Config: cfg})
		}
	}
}

// calm ends all faults.
func (t *teller) calm() {
	t.noisy = false
	clear(t.deaf)
	for _, n := range t.nodes {
		n.refusesSends, n.refusesClaims, n.refusesStarts = false, false, false
		if n.group != nil {
			t.wake(n)
			t.stepAll(n, FaultChanged{Fault: FaultNone})
		}
	}
}

// settle waits for longer than any timer lasts: the longest are the back-off after a fault, and then a farewell. Who had
// been refused something leaves the others alone for longer than that, and only then is the best the Active.
func (t *teller) settle() {
	_, longest := backoffOf(FaultSend)
	rest := longest + 20*t.nodes[0].cfgs[0].Interval.Duration()
	t.run(t.now.Add(rest))
	for _, n := range t.nodes {
		if n.group == nil {
			continue
		}
		for _, m := range n.group.Members() {
			if m.trouble.shyTill.After(t.now) {
				t.run(m.trouble.shyTill.Add(rest))
			}
		}
	}
}

// eligible are the nodes that run and have not been sent away.
func (t *teller) eligible() []*node {
	return slices.DeleteFunc(slices.Clone(t.nodes), func(n *node) bool {
		return n.group == nil || n.group.Members()[0].Absent() != ReasonNone
	})
}

// judge says what is wrong once all has been quiet for a while.
func (t *teller) judge() (wrong []error) {
	eligible := t.eligible()
	allPreempt := !slices.ContainsFunc(eligible, func(n *node) bool { return !n.group.Members()[0].Config().Preempt })
	var active []*node
	for _, n := range t.nodes {
		if n.group == nil {
			continue
		}
		for i, m := range n.group.Members() {
			if first := n.group.Members()[0]; m.State() != first.State() {
				wrong = append(wrong, fmt.Errorf("%s is split: %v and %v", n.name, first.State(), m.State()))
			}
			if up := n.holds(m.Config().Addresses[0]); up != (m.State() == Active) {
				wrong = append(wrong, fmt.Errorf("member %d of %s is %v, and its address is up: %v", i, n.name, m.State(), up))
			}
		}
		if n.group.Members()[0].State() == Active {
			active = append(active, n)
		}
	}
	switch {
	case len(eligible) == 0 && len(active) == 0:
	case len(active) != 1:
		wrong = append(wrong, fmt.Errorf("%d are Active, want 1", len(active)))
	case allPreempt && slices.ContainsFunc(eligible, func(n *node) bool { return n.betterThan(active[0]) }):
		wrong = append(wrong, fmt.Errorf("%s is Active, and not the best", active[0].name))
	}
	return append(wrong, t.errs...)
}

// betterThan says that each member has a higher priority than the other node's.
func (n *node) betterThan(other *node) bool {
	for i, m := range n.group.Members() {
		if m.Config().Priority <= other.group.Members()[i].Config().Priority {
			return false
		}
	}
	return true
}

func checkStories(t *testing.T, who cast) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		s := drawStory(who).Draw(rt, "story")
		told, text := tell(s, false)
		told.settle()
		for _, err := range told.judge() {
			rt.Error(err)
		}
		if rt.Failed() {
			rt.Log(text)
			return
		}
		if _, again := tell(s, false); again != text {
			rt.Error("the same story had another transcript the second time")
		}
		if _, again := tell(s, true); again != text {
			rt.Error("the story had another transcript when every step was saved and restored")
		}
	})
}

// After quiet time there is exactly one Active among those who run, and it alone holds the addresses.
func TestRandomLANsSettle(t *testing.T) { checkStories(t, alone) }

// The same with two families, whose members never end up in different states.
func TestRandomDualStackLANsSettle(t *testing.T) { checkStories(t, dual) }

// The same with groups of up to four routers.
func TestRandomGroupsSettle(t *testing.T) { checkStories(t, fellow) }
