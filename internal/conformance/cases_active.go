package conformance

import (
	"fmt"
	"net/netip"
	"slices"
	"time"
)

// activeCases are those of group 2 that are about the Active Router.
func activeCases() []Case {
	return []Case{
		{
			ID: "2.5", Title: "Packets that reach an Active Router", Origin: "UNH-IOL, VPP", run: activePackets,
			Points: []Point{
				{ID: "A", Sections: both("6.4.3"), Rule: "an Active Router MUST respond to ARP requests or neighbour solicitations for the addresses"},
				{ID: "B", Sections: Sections{RFC9568: "8.1.2, 8.2.2", RFC3768: "8.2"}, Deviation: NoVirtualMAC, Rule: "an Active Router answers for the addresses with the virtual MAC, and not with its own"},
				{ID: "C", Sections: Sections{RFC9568: "6.4.3"}, On: []Profile{V3IPv6}, Rule: "an Active Router answers neighbour solicitations with the Router flag set"},
				{ID: "D", Sections: both("6.4.3"), Deviation: NoVirtualMAC, Rule: "an Active Router takes packets whose destination is the virtual MAC"},
				{ID: "E", Sections: both("6.4.3"), Deviation: AcceptsAlways, Rule: "an Active Router MUST NOT accept packets to the addresses, unless it is the owner (version 3: or Accept_Mode is True; default False)"},
				{ID: "F", Sections: both("6.4.3"), Rule: "an Active Router MUST accept packets to the addresses if it is the owner (priority 255)"},
			},
		},
		{
			ID: "2.6", Title: "Shutdown", Origin: "UNH-IOL, VPP", run: shutdown,
			Points: []Point{
				{ID: "A", Sections: both("6.4.3"), Rule: "at a shutdown an Active Router sends an advert of priority 0"},
				{ID: "B", Sections: both("6.4.3"), Rule: "the last that is heard of an Active Router that is shut down is priority 0"},
				{ID: "C", Sections: both("6.4.3"), Deviation: QuickFarewell, Rule: "an Active Router that is shut down says priority 0 only once"},
				{ID: "D", Sections: both("6.4.1"), Rule: "after a shutdown it answers for no address"},
				{ID: "E", Sections: both("6.4.2"), Rule: "at a shutdown a Backup sends nothing"},
			},
		},
		{
			ID: "2.7", Title: "Adverts that reach an Active Router", Origin: "UNH-IOL, VPP", run: activeAdverts,
			Points: []Point{
				{ID: "A", Sections: both("6.4.3"), Rule: "an Active Router answers priority 0 with an advert at once"},
				{ID: "B", Sections: both("6.4.3"), Rule: "an Active Router discards a lower priority: it stays Active"},
				{ID: "C", Sections: Sections{RFC9568: "6.4.3"}, On: onlyV3, Rule: "an Active Router answers a lower priority with an advert at once"},
				{ID: "D", Sections: both("6.4.3"), Rule: "an Active Router discards its own priority from a lower address: it stays Active"},
				{ID: "E", Sections: both("6.4.3"), Rule: "an Active Router becomes Backup by its own priority from a greater address"},
				{ID: "F", Sections: both("6.4.3"), Rule: "an Active Router becomes Backup by a higher priority"},
				{ID: "G", Sections: both("6.4.3"), Rule: "an Active Router that gave way waits for Active_Down_Interval"},
				{ID: "H", Sections: both("6.4.3"), Deviation: LastWord, Rule: "an Active Router that gives way sends nothing more"},
			},
		},
	}
}

// activePackets is case 2.5.
func activePackets(b *Bench) error {
	if _, err := b.activate(b.router(middle)); err != nil {
		return err
	}
	b.sleep(b.interval()) // for the addresses
	answers, problem, err := b.answered()
	if err := b.judgeUnless(err, "A", problem); err != nil || problem != "" {
		return err
	}
	virtual := virtualMAC(vrid, b.IPv6)
	var elsewhere, noRouter string
	for _, f := range answers {
		elsewhere = first(elsewhere, problemf(f.Holder.String() != virtual.String(), "%s is at %s, not at %s", f.Address, f.Holder, virtual))
		noRouter = first(noRouter, problemf(!f.Router, "the answer for %s is without it, from a host that forwards", f.Address))
	}
	b.judge("B", elsewhere)
	b.judge("C", noRouter)
	ok, err := b.echo(party{virtual, b.rig.global(subject)}, time.Second)
	if err != nil {
		return err
	}
	b.judge("D", problemf(!ok, "no answer to an echo request at %s", virtual))
	at := answers[len(answers)-1]
	if ok, err = b.echo(party{at.Holder, at.Address}, answerTime); err != nil {
		return err
	}
	b.judge("E", problemf(ok, "it answered an echo request to %s", at.Address))
	return b.ownerAccepts()
}

// ownerAccepts is case 2.5 for an owner.
func (b *Bench) ownerAccepts() error {
	if err := b.retire(); err != nil {
		return err
	}
	if _, err := b.activate(b.router(owner)); err != nil {
		return err
	}
	b.sleep(b.interval())
	f, ok, err := b.ask(b.served(), time.Second)
	if err != nil || !ok {
		return b.judgeUnless(err, "F", fmt.Sprintf("nobody answered for %s", b.served()))
	}
	ok, err = b.echo(party{f.Holder, f.Address}, time.Second)
	return b.judgeUnless(err, "F", problemf(!ok, "no answer to an echo request to %s", f.Address))
}

// shutdown is case 2.6.
func shutdown(b *Bench) error {
	r := b.router(middle)
	if _, err := b.activate(r); err != nil {
		return err
	}
	began := time.Now()
	if err := b.rig.stop(b.ctx, subject); err != nil {
		return err
	}
	all := b.adverts(began, time.Now())
	zero := slices.IndexFunc(all, func(f Frame) bool { return f.Priority == 0 })
	none := problemf(zero < 0, "%d adverts, and none of priority 0", len(all))
	b.judge("A", none)
	b.judge("B", first(none, problemf(none == "" && all[len(all)-1].Priority != 0, "another priority came after it")))
	b.judge("C", first(none, problemf(zero+1 < len(all), "%d adverts after the first of priority 0", len(all)-zero-1)))
	problem, err := b.unanswered()
	if err := b.judgeUnless(err, "D", problem); err != nil {
		return err
	}
	return b.backupLeaves(r)
}

// backupLeaves is case 2.6 for a Backup.
func (b *Bench) backupLeaves(r Router) error {
	v, err := b.backup(r, b.advert(high))
	if err != nil {
		return err
	}
	began := time.Now()
	err = b.rig.stop(b.ctx, subject)
	b.judge("E", b.silent(began, time.Now()))
	if _, stopErr := v.stop(); err == nil {
		err = stopErr
	}
	return err
}

// activeAdverts is case 2.7.
func activeAdverts(b *Bench) error {
	r := b.router(middle)
	r.Interval = b.calm()
	f, err := b.activate(r)
	if err != nil {
		return err
	}
	if _, err := b.interject(f.At, b.advert(0), r.Interval, "A"); err != nil {
		return err
	}
	for _, x := range []struct {
		priority     uint8
		stay, answer string
	}{{low, "B", "C"}, {middle, "D", ""}} {
		at, err := b.interject(time.Now(), b.at(b.advert(x.priority), r.Interval), r.Interval, x.answer)
		if err != nil {
			return err
		}
		b.judge(x.stay, b.stays(at, r.Interval))
	}
	return b.givesWay(r)
}

// interject sends an advert a quarter of an interval after one of the subject's, and judges as a point that it is answered
// well before the next one was due.
func (b *Bench) interject(after time.Time, a Advert, interval time.Duration, point string) (time.Time, error) {
	f, err := b.active(after, startPatience)
	if err != nil {
		return time.Time{}, err
	}
	b.sleep(time.Until(f.At.Add(interval / 4)))
	at, err := b.send(a)
	if err != nil || point == "" {
		return at, err
	}
	next, ok := b.next(at, at.Add(2*interval))
	took := next.At.Sub(at)
	b.judge(point, first(
		problemf(!ok, "no advert came in two intervals"),
		problemf(took > interval/4, "the next advert came %s after it, as its own timer would have it, not at once", millis(took))))
	return at, nil
}

// givesWay is case 2.7 for those who win.
func (b *Bench) givesWay(r Router) error {
	for _, x := range []struct {
		point    string
		priority uint8
		src      netip.Addr
	}{{"E", middle, b.greater()}, {"F", high, b.rig.source(tester)}} {
		a := b.at(b.advert(x.priority), r.Interval)
		a.Src = x.src
		at, err := b.interject(time.Now(), a, r.Interval, "")
		if err != nil {
			return err
		}
		problem := b.silent(at.Add(r.Interval/2), at.Add(2*r.Interval))
		b.judge(x.point, problem)
		if x.point == "E" || problem != "" {
			continue
		}
		n := len(b.adverts(at.Add(time.Nanosecond), at.Add(r.Interval/2)))
		b.judge("G", b.runsOn(at.Add(r.Interval/2), b.down(r.Priority, r.Interval)-r.Interval/2, r.Interval))
		b.judge("H", problemf(n > 0, "%d more adverts after the better one", n))
	}
	return nil
}
