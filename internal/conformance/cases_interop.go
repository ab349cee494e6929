package conformance

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aloft-ha/aloft/internal/lab"
)

// interoperabilityCases are group 1 of the plan: two daemons beside each other.
func interoperabilityCases() []Case {
	return []Case{
		{
			ID: "1.1", Title: "Basic interoperability", Origin: "UNH-IOL", Pair: true, run: basicPair,
			Points: []Point{
				{ID: "A", Sections: both("6.4.2"), Rule: "of two routers the one of the higher priority serves, and the other is silent"},
				{ID: "B", Sections: both("6.4.2"), Rule: "when it is cut off, the other takes over after Active_Down_Interval"},
				{ID: "C", Sections: both("6.4.3"), Rule: "when it is back, it serves again and the other is silent"},
				{ID: "D", Sections: both("6.4.2"), Rule: "when it is shut down, the other takes over within Skew_Time"},
				{ID: "E", Sections: both("6.4.2"), Rule: "when it is started again, it serves again"},
			},
		},
		{
			ID: "1.2", Title: "Advanced interoperability", Origin: "UNH-IOL", Pair: true, run: loadSharing,
			Points: []Point{
				{ID: "A", Sections: both("6.4.2"), Rule: "two routers that each have the higher priority in one of two virtual routers share them"},
				{ID: "B", Sections: both("6.4.2"), Rule: "when one is cut off, the other serves both"},
				{ID: "C", Sections: both("6.4.3"), Rule: "when it is back, they share them again"},
			},
		},
	}
}

// pair starts the partner with routers, and the subject with its own.
func (b *Bench) pair(theirs, ours []Router) error {
	s := b.setup(ours...)
	s.Peer, s.PeerName = b.rig.source(partner), partner
	t := Setup{
		Profile: b.Profile, Name: partner, PeerName: subject, Self: s.Peer, Peer: s.Self,
		Interface: lab.HostInterface, Routers: theirs,
	}
	if why := b.driver.Cannot(s); why != "" {
		return errCannot(why)
	}
	if why := b.partner.Cannot(t); why != "" {
		return errCannot("the other daemon: " + why)
	}
	return errors.Join(b.rig.configure(partner, t), b.rig.configure(subject, s), b.rig.start(partner), b.rig.start(subject))
}

// settles judges that a host alone advertises a virtual router at last: two intervals without an advert of the other, and at
// least one of its own.
func (b *Bench) settles(host string, id uint8, since time.Time, patience time.Duration) string {
	deadline := since.Add(patience)
	quiet := 2 * b.interval()
	for {
		now := time.Now()
		byHost := map[string]int{}
		for _, f := range b.rig.frames(now.Add(-quiet), func(f *Frame) bool { return f.kind == kindVRRP && f.VRID == id }) {
			byHost[f.From]++
		}
		if now.Sub(since) >= quiet && byHost[host] > 0 && len(byHost) == 1 {
			return ""
		}
		if now.After(deadline) || b.ctx.Err() != nil {
			return fmt.Sprintf("%s after it the adverts of virtual router %d in two intervals are %v, not only of %s", patience, id, byHost, host)
		}
		b.sleep(b.interval() / 10)
	}
}

// settleTime is how long a pair may take to agree: two timers, a farewell, and the start of a daemon.
func (b *Bench) settleTime() time.Duration { return startPatience + 8*b.interval() }

// basicPair is case 1.1.
func basicPair(b *Bench) error {
	better, worse := b.router(high), b.router(middle)
	began := time.Now()
	if err := b.pair([]Router{better}, []Router{worse}); err != nil {
		return err
	}
	b.judge("A", first(b.settles(partner, vrid, began, b.settleTime()), b.oneAnswer(partner)))
	if err := b.rig.cut(partner); err != nil {
		return err
	}
	last := b.lastAdvert(partner)
	b.judge("B", b.takeover(last, b.down(middle, worse.Interval), worse.Interval))
	back := time.Now()
	if err := b.rig.heal(partner); err != nil {
		return err
	}
	b.judge("C", first(b.settles(partner, vrid, back, b.settleTime()), b.oneAnswer(partner)))
	return b.leaveAndReturn()
}

// leaveAndReturn is the rest of case 1.1.
func (b *Bench) leaveAndReturn() error {
	began := time.Now()
	errC := make(chan error, 1)
	go func() { errC <- b.rig.stop(b.ctx, partner) }()
	f, err := b.zero(partner, began)
	problem := "no advert of priority 0 came"
	if err == nil {
		next, ok := b.next(f.At, f.At.Add(b.down(middle, b.interval())))
		limit := b.skew(middle, b.interval()) + late(b.interval())
		problem = problemf(!ok || next.At.Sub(f.At) > limit, "it did not advertise within %s of the priority 0", millis(limit))
	}
	if err := <-errC; err != nil {
		return err
	}
	b.judge("D", problem)
	back := time.Now()
	if err := b.rig.start(partner); err != nil {
		return err
	}
	b.judge("E", b.settles(partner, vrid, back, b.settleTime()))
	return nil
}

// zero waits for a host's advert of priority 0.
func (b *Bench) zero(host string, since time.Time) (Frame, error) {
	ctx, cancel := context.WithTimeout(b.ctx, startPatience)
	defer cancel()
	return b.rig.await(ctx, since, func(f *Frame) bool { return f.advertises(host, vrid) && f.Priority == 0 })
}

// lastAdvert returns when a host last advertised.
func (b *Bench) lastAdvert(host string) time.Time {
	all := b.rig.frames(time.Time{}, func(f *Frame) bool { return f.advertises(host, vrid) })
	if len(all) == 0 {
		return time.Now()
	}
	return all[len(all)-1].At
}

// oneAnswer judges that a host and no other answers for the addresses. It may take a moment until it holds them all.
func (b *Bench) oneAnswer(host string) (problem string) {
	for range 5 {
		if problem = b.answersFrom(host); problem == "" {
			break
		}
	}
	return problem
}

// answersFrom asks once where each address is, and says what is wrong about who answers.
func (b *Bench) answersFrom(host string) string {
	for _, a := range b.addresses() {
		q, err := whoHas(b.self(), a)
		if err != nil {
			return err.Error()
		}
		before := time.Now()
		if err := b.rig.send(q); err != nil {
			return err.Error()
		}
		b.sleep(answerTime)
		from := map[string]bool{}
		for _, f := range b.rig.frames(before, func(f *Frame) bool { return f.Asked && f.Address == a }) {
			from[f.From] = true
		}
		if !from[host] || len(from) != 1 {
			return fmt.Sprintf("%d hosts answer for %s, %s among them: %t", len(from), a, host, from[host])
		}
	}
	return ""
}

// loadSharing is case 1.2.
func loadSharing(b *Bench) error {
	routers := func(one, other uint8) []Router {
		list := []Router{b.router(one), b.router(other)}
		list[1].VRID = otherVRID
		list[1].Addresses = b.otherAddresses()
		return list
	}
	settled := func(since time.Time, one, other string) string {
		return first(b.settles(one, vrid, since, b.settleTime()), b.settles(other, otherVRID, since, b.settleTime()))
	}
	began := time.Now()
	if err := b.pair(routers(high, middle), routers(middle, high)); err != nil {
		return err
	}
	b.judge("A", settled(began, partner, subject))
	if err := b.rig.cut(partner); err != nil {
		return err
	}
	last := b.lastAdvert(partner)
	b.judge("B", b.takeover(last, b.down(middle, b.interval()), b.interval()))
	back := time.Now()
	if err := b.rig.heal(partner); err != nil {
		return err
	}
	b.judge("C", settled(back, partner, subject))
	return nil
}
