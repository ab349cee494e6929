//go:build privileged

package lab_test

import (
	"testing"
	"time"

	"github.com/aloft-ha/aloft/internal/lab"
	"github.com/aloft-ha/aloft/internal/lab/labtest"
)

func TestProbeSeesAHoleOfTheLengthThatItHad(t *testing.T) {
	l := pair(t)
	p := labtest.Probe(t, l.Host("a"), lab.ProbeOptions{Target: addr2})
	first, err := p.Await(labtest.Within(t, 2*time.Second), time.Time{}, "b")
	must(t, err)
	spin(200 * time.Millisecond) // quiet time, in which no gap may be seen
	quiet := p.Gap(first.At, time.Now().Add(-5*time.Millisecond))

	cut := time.Now()
	must(t, l.Host("b").Port.Cut())
	spin(100 * time.Millisecond) // the hole
	must(t, l.Host("b").Port.Heal())
	healed := time.Now()
	_, err = p.Await(labtest.Within(t, 2*time.Second), healed, "b")
	must(t, err)
	spin(50 * time.Millisecond) // the answers after the hole, of which the gap is judged
	must(t, p.Stop())

	gap := p.Gap(first.At, healed.Add(50*time.Millisecond))
	if d := gap.Duration(); d < 95*time.Millisecond || d > healed.Sub(cut)+20*time.Millisecond {
		t.Errorf("a hole of %s is seen as %s", healed.Sub(cut), gap)
	}
	if gap.Lost < 80 || gap.Lost > 140 {
		t.Errorf("%d requests are lost in 100 ms", gap.Lost)
	}
	if gap.From.Before(cut.Add(-5*time.Millisecond)) || gap.To.After(healed.Add(20*time.Millisecond)) {
		t.Errorf("the gap is from %s to %s after the cut", gap.From.Sub(cut), gap.To.Sub(cut))
	}
	if d := quiet.Duration(); d > 20*time.Millisecond {
		t.Errorf("before it there is a gap: %s", quiet)
	}
	t.Logf("quiet: %s; hole: %s", quiet, gap)
}

func TestProbeKeepsItsPace(t *testing.T) {
	l := pair(t)
	const attempts = 3 // the machine may be busy with something else
	var rate float64
	for range attempts {
		p := labtest.Probe(t, l.Host("a"), lab.ProbeOptions{Target: addr2})
		spin(500 * time.Millisecond) // some 500 requests, of which the pace is judged
		must(t, p.Stop())
		sent := p.Sent()
		// Never earlier than the grid, and whatever lateness there is does not add up.
		for i, s := range sent {
			if early := time.Duration(i)*time.Millisecond - s.Sub(sent[0]); early > 3*time.Millisecond {
				t.Fatalf("request %d was sent %s early", i, early)
			}
		}
		if n := p.Refused(); n > 0 {
			t.Errorf("%d requests were refused", n)
		}
		rate = float64(len(sent)-1) / sent[len(sent)-1].Sub(sent[0]).Seconds()
		if rate >= 900 && rate <= 1001 {
			return
		}
		t.Logf("%.0f requests a second", rate)
	}
	t.Errorf("%.0f requests a second, and no better in %d attempts", rate, attempts)
}

func TestProbeTellsWhoAnswered(t *testing.T) {
	l := labtest.LAN(t, lab.Options{Hosts: []lab.HostOptions{{Name: "a"}, {Name: "b"}, {Name: "client"}}, NoIPv6: true})
	a, b := l.Host("a"), l.Host("b")
	addAddress(t, a, vip, 0)
	p := labtest.Probe(t, l.Host("client"), lab.ProbeOptions{Target: vip})
	first, err := p.Await(labtest.Within(t, 2*time.Second), time.Time{}, "a")
	must(t, err)
	moved := time.Now()
	removeAddress(t, a, vip)
	addAddress(t, b, vip, 0)
	// Nobody announces the move, so the client has to forget by itself.
	eth0, err := l.Host("client").Route().LinkByName(lab.HostInterface)
	must(t, err)
	neighbours, err := l.Host("client").Route().NeighList(eth0.Attrs().Index, 0)
	must(t, err)
	for _, n := range neighbours {
		must(t, l.Host("client").Route().NeighDel(&n))
	}
	_, err = p.Await(labtest.Within(t, 2*time.Second), moved, "b")
	must(t, err)
	turns := p.Turns(first.At, time.Now())
	if len(turns) != 2 || turns[0].Host != "a" || turns[1].Host != "b" {
		t.Errorf("the turns are %+v", turns)
	}
}

func TestProbeOfNobodyIsRefusedOrLost(t *testing.T) {
	l := pair(t)
	began := time.Now()
	p := labtest.Probe(t, l.Host("a"), lab.ProbeOptions{Target: vip, Interval: 5 * time.Millisecond})
	spin(100 * time.Millisecond) // some 20 requests that nobody answers
	must(t, p.Stop())
	if n := len(p.Replies()); n > 0 {
		t.Errorf("%d answers from nobody", n)
	}
	if g := p.Gap(began, began.Add(100*time.Millisecond)); g.Duration() != 100*time.Millisecond || g.Lost != g.Sent || g.Sent < 10 {
		t.Errorf("the gap is %s", g)
	}
}

// Tap, watcher and probe must agree about when something happened.
func TestObserversShareAClock(t *testing.T) {
	l := pair(t)
	tap := labtest.Tap(t, l, lab.TapOptions{})
	w := labtest.Watcher(t, l)
	before := time.Now()
	addAddress(t, l.Host("b"), vip, 0)
	after := time.Now()
	c, err := w.Await(labtest.Within(t, time.Second), before, func(c lab.AddressChange) bool { return c.Address == vip })
	must(t, err)
	if c.At.After(after.Add(50 * time.Millisecond)) {
		t.Errorf("the watcher saw it %s later", c.At.Sub(after))
	}
	asked := time.Now()
	p := labtest.Probe(t, l.Host("a"), lab.ProbeOptions{Target: vip})
	r, err := p.Await(labtest.Within(t, 2*time.Second), asked, "b")
	must(t, err)
	f, err := tap.Await(labtest.Within(t, time.Second), asked, func(f *lab.Frame) bool {
		return f.Port == "a" && f.Kind == lab.KindARP && f.Target == vip
	})
	must(t, err)
	if f.At.After(r.At) || f.At.Before(asked) {
		t.Errorf("the question was %s after the start, the answer %s", f.At.Sub(asked), r.At.Sub(asked))
	}
}
