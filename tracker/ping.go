package tracker

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
)

// pingProbe sends one ICMP echo request to each of its targets, all at once.
//
// It has a raw socket per check and family (CAP_NET_RAW), not one that stays open: the kernel copies each ICMP message to
// every raw socket of the host, so a socket that is open for a round trip hears little, and no answer to an earlier check.
type pingProbe struct {
	targets []netip.Addr
	need    int
	err     error // why there are no targets
}

func newPingProbe(k Ping) *pingProbe {
	p := &pingProbe{need: k.Need}
	for _, t := range k.Targets {
		a, err := netip.ParseAddr(t)
		if err != nil {
			p.err = fmt.Errorf("%s is not a numeric address", quoted(t))
			return p
		}
		p.targets = append(p.targets, a.Unmap())
	}
	if p.need == 0 {
		p.need = len(p.targets)
	}
	return p
}

// check ends as soon as enough have answered, or as it is certain that too few will.
func (p *pingProbe) check(ctx context.Context) Result {
	if p.err != nil {
		return Result{Text: p.err.Error()}
	}
	tally := newTally(p.targets, p.need)
	findings := make(chan finding, 2*len(p.targets)) // room for all: a request that could not be sent, an answer
	question := newEcho(p.targets)
	var listeners sync.WaitGroup
	defer listeners.Wait()
	for _, f := range []*icmpFamily{icmp4, icmp6} {
		conn, err := question.send(f, findings)
		if err != nil {
			question.giveUp(f, err, findings)
		}
		if conn == nil {
			continue
		}
		defer conn.Close() // which ends the listener
		listeners.Go(func() { question.listen(f, conn, findings) })
	}
	for !tally.decided() {
		select {
		case f := <-findings:
			tally.add(f)
		case <-ctx.Done():
			return tally.result()
		}
	}
	return tally.result()
}

func (p *pingProbe) close() {}

// finding is what is known of one target.
type finding struct {
	target int   // index
	err    error // why nothing could be sent to it; nil: it has answered
}

// tally counts answers.
type tally struct {
	targets  []netip.Addr
	need     int
	known    []bool // by target
	answered []bool
	answers  int
	failures int
	err      error // the first reason why nothing could be sent
}

func newTally(targets []netip.Addr, need int) *tally {
	return &tally{targets: targets, need: need, known: make([]bool, len(targets)), answered: make([]bool, len(targets))}
}

// add takes a finding. A second one of a target, from a duplicated answer, changes nothing.
func (t *tally) add(f finding) {
	if t.known[f.target] {
		return
	}
	t.known[f.target] = true
	if f.err == nil {
		t.answered[f.target] = true
		t.answers++
		return
	}
	t.failures++
	if t.err == nil {
		t.err = f.err
	}
}

// decided says that further findings cannot change the outcome.
func (t *tally) decided() bool {
	return t.answers >= t.need || len(t.targets)-t.failures < t.need
}

// result is the outcome as of now, where what has not answered counts as silent.
func (t *tally) result() Result {
	total, ok := len(t.targets), t.answers >= t.need
	single := total == 1
	switch {
	case ok && single:
		return Result{OK: true, Text: t.targets[0].String() + " answers"}
	case ok && t.answers == total:
		return Result{OK: true, Text: fmt.Sprintf("all %d answer", total)}
	case ok:
		return Result{OK: true, Text: fmt.Sprintf("%d of %d answer, %d are needed", t.answers, total, t.need)}
	case t.err != nil && single:
		return Result{Text: t.err.Error()}
	case t.err != nil && t.decided():
		return Result{Text: fmt.Sprintf("%v, and %d of %d have to answer", t.err, t.need, total)}
	case single:
		return Result{Text: "no answer from " + t.targets[0].String()}
	}
	return Result{Text: fmt.Sprintf("%d of %d answer, %d are needed: none from %s", t.answers, total, t.need, t.silent())}
}

// maxSilent is how many silent targets a sentence names.
const maxSilent = 5

func (t *tally) silent() string {
	var names []string
	for i, a := range t.targets {
		if !t.answered[i] {
			names = append(names, a.String())
		}
	}
	if more := len(names) - maxSilent; more > 0 {
		names = append(slices.Clip(names[:maxSilent]), fmt.Sprintf("%d more", more))
	}
	return strings.Join(names, ", ")
}
