package vrrp

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// A flapping is a lan of three nodes with a group of four routers, whose trackers change their minds.
type flapping struct {
	*teller
	offsets  [][]int // of each node's members
	interval time.Duration
	oneWay   map[[2]int]bool // frames from one node to another that are lost
}

// newFlapping returns one. mixed makes each router prefer the nodes in an order of its own.
func newFlapping(seed uint64, mixed bool) *flapping {
	f := &flapping{
		teller: &teller{lan: newLAN(), rand: rand.New(rand.NewPCG(seed, 1)), noisy: true, deaf: map[[2]int]bool{}},
		oneWay: map[[2]int]bool{},
	}
	interval := []Centiseconds{20, 50, 100}[f.rand.IntN(3)]
	f.interval = interval.Duration()
	preempt, farewell := f.rand.IntN(2) == 0, Farewell(f.rand.IntN(2))
	same := f.drawOffsets()
	for i := range 3 {
		n := newNode(string(rune('a'+i)), i+1, uint8(200-10*i), false)
		n.cfgs[0].Interval, n.cfgs[0].Preempt, n.cfgs[0].Farewell = interval, preempt, farewell
		offsets := same
		if mixed {
			offsets = f.drawOffsets()
		}
		n.routers(offsets...)
		f.nodes, f.offsets = append(f.nodes, n), append(f.offsets, offsets)
	}
	f.fate = func(from, to *node, member int) (time.Duration, bool) {
		if f.oneWay[[2]int{slices.Index(f.nodes, from), slices.Index(f.nodes, to)}] {
			return 0, true
		}
		return f.chance(from, to, member)
	}
	completeConfigs(f.nodes)
	for _, n := range f.nodes {
		f.start(n)
	}
	return f
}

func (f *flapping) drawOffsets() []int {
	offsets := []int{0}
	for range 3 {
		offsets = append(offsets, f.rand.IntN(60)-30)
	}
	return offsets
}

// flap makes one thing happen to one node.
func (f *flapping) flap() {
	i := f.rand.IntN(len(f.nodes))
	n := f.nodes[i]
	if n.group == nil {
		f.start(n)
		return
	}
	switch f.rand.IntN(12) {
	case 0, 1, 2, 3: // a tracker without a weight
		f.weigh(n, -101*f.rand.IntN(2))
	case 4: // others with one
		f.weigh(n, f.rand.IntN(60)-30)
	case 5:
		f.step(n, f.rand.IntN(4), FaultChanged{Fault: FaultTracker})
	case 6, 7:
		f.stepAll(n, FaultChanged{})
	case 8:
		f.kill(n)
	case 9:
		f.deaf[[2]int{i, f.rand.IntN(4)}] = true
	case 10:
		f.oneWay[[2]int{i, f.rand.IntN(len(f.nodes))}] = true
	case 11:
		clear(f.deaf)
		clear(f.oneWay)
	}
}

// weigh gives all members of a node the same change of priority, each from its own.
func (f *flapping) weigh(n *node, delta int) {
	for i, cfg := range n.cfgs {
		f.step(n, i, PriorityChanged{Priority: withDelta(cfg.Priority, delta)})
	}
}

// quiet lets a second pass, or an interval if that is longer, in which nothing happens and nothing is lost. Then no router
// may have two Actives, and no node's members may be apart.
func (f *flapping) quiet() {
	f.noisy = false
	clear(f.deaf)
	clear(f.oneWay)
	f.run(f.now.Add(max(time.Second, f.interval) + 20*time.Millisecond))
	for router := range 4 {
		var serving []string
		for _, n := range f.nodes {
			if n.group != nil && n.group.Members()[router].serves() {
				serving = append(serving, n.name)
			}
		}
		if len(serving) > 1 {
			f.errs = append(f.errs, fmt.Errorf("%v: router %d is Active on %v", f.now.Sub(epoch), router, serving))
		}
	}
	for _, n := range f.nodes {
		if n.group != nil && n.group.apart() {
			f.errs = append(f.errs, fmt.Errorf("%v: %s is apart: %v", f.now.Sub(epoch), n.name, lookAt(n.group)))
		}
	}
	f.noisy = true
}

// minute plays a minute of it, and then lets all be well for as long as somebody needs to serve.
func (f *flapping) minute() {
	for f.now.Sub(epoch) < time.Minute {
		for range f.rand.IntN(12) {
			f.run(f.now.Add(time.Duration(f.rand.Int64N(int64(2 * f.interval)))))
			f.flap()
		}
		f.quiet()
	}
	f.noisy = false
	for _, n := range f.nodes {
		f.start(n)
		f.stepAll(n, FaultChanged{})
	}
	f.run(f.now.Add(20 * time.Second))
}

// Trackers that flap for a minute on three nodes with a group of four routers, while frames are lost, nodes are deaf and
// daemons die: after each quiet second each router has one Active at most, members are never apart, and in the end the
// best node serves.
func TestRandomTrackersNeverTearAGroup(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		f := newFlapping(rapid.Uint64().Draw(rt, "seed"), false)
		var record transcript
		f.log = record.add
		f.minute()
		for _, err := range f.judge() {
			rt.Error(err)
		}
		if rt.Failed() {
			rt.Log(record.String())
		}
	})
}

// The same where the routers of the group prefer the nodes in different orders, which no configuration should ask for: then
// nodes may make each other give way for ever, but a group is never apart all the same.
func TestAGroupThatPrefersDifferentNodesIsNotTorn(t *testing.T) {
	t.Parallel()
	for seed := range uint64(10) {
		f := newFlapping(seed, true)
		f.minute()
		for _, err := range f.errs {
			t.Errorf("seed %d: %v", seed, err)
		}
	}
}
