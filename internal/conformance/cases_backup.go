package conformance

import (
	"errors"
	"net/netip"
	"time"
)

// onlyV3 are the profiles of what came with RFC 5798 or RFC 9568.
var onlyV3 = []Profile{V3IPv4, V3IPv6}

// stateCases are group 2 of the plan: the state machine, section 6.4 of both RFCs.
func stateCases() []Case {
	return append([]Case{
		{
			ID: "2.1", Title: "The Initialize state", Origin: "UNH-IOL", run: initialize,
			Points: []Point{
				{ID: "A", Sections: both("6.4.1"), Rule: "an owner (priority 255) advertises at its start, without Active_Down_Interval"},
				{ID: "B", Sections: both("6.4.1"), Rule: "an owner announces each address at its start, by gratuitous ARP or a neighbour advertisement"},
				{ID: "C", Sections: both("6.4.1"), Rule: "an owner goes on at Advertisement_Interval"},
				{ID: "D", Sections: both("6.4.1"), Rule: "any other is Backup at its start: it is silent for Active_Down_Interval"},
				{ID: "E", Sections: both("6.4.2"), Rule: "any other answers for no address until then"},
			},
		},
		{
			ID: "2.2", Title: "Packets that reach a Backup", Origin: "UNH-IOL, VPP", run: backupPackets,
			Points: []Point{
				{ID: "A", Sections: both("6.4.2"), Rule: "a Backup MUST NOT respond to ARP requests or neighbour solicitations for the addresses"},
				{ID: "B", Sections: both("6.4.2"), Rule: "a Backup MUST NOT accept packets to the addresses"},
				{ID: "C", Sections: both("6.4.2"), Rule: "a Backup MUST discard packets whose destination is the virtual MAC"},
				{ID: "D", Sections: both("6.4.2"), Rule: "a Backup sends no advert while it hears the Active Router"},
			},
		},
		{
			ID: "2.3", Title: "Active_Down_Timer ends in Backup", Origin: "UNH-IOL", run: activeDown,
			Points: []Point{
				{ID: "A", Sections: both("6.4.2"), Rule: "a Backup whose Active_Down_Timer ends sends an advert"},
				{ID: "B", Sections: both("6.4.2"), Rule: "and announces each address, by gratuitous ARP or a neighbour advertisement"},
				{ID: "C", Sections: both("6.4.2"), Rule: "and goes on to advertise at Advertisement_Interval"},
				{ID: "D", Sections: both("6.4.3"), Rule: "and answers ARP requests or neighbour solicitations for each address"},
			},
		},
		{
			ID: "2.4", Title: "Adverts that reach a Backup", Origin: "UNH-IOL, VPP", run: backupAdverts,
			Points: []Point{
				{ID: "A", Sections: both("6.4.2"), Rule: "priority 0 sets a Backup's Active_Down_Timer to Skew_Time"},
				{ID: "B", Sections: both("6.4.2"), Rule: "a priority not below its own restarts a Backup's timer, whatever the addresses"},
				{ID: "C", Sections: both("6.4.2"), Rule: "a Backup with Preempt_Mode True discards a lower priority: its timer runs on"},
				{ID: "D", Sections: both("6.4.2"), Rule: "a lower priority restarts the timer of a Backup with Preempt_Mode False"},
				{ID: "E", Sections: both("6.4.2"), Deviation: LoweredIsReplaced, Rule: "a lower priority restarts the timer of a Backup with Preempt_Mode False also where it was higher before"},
			},
		},
	}, activeCases()...)
}

// initialize is case 2.1.
func initialize(b *Bench) error {
	r := b.router(middle)
	down := b.down(r.Priority, r.Interval)
	began := time.Now()
	if err := b.start(r); err != nil {
		return err
	}
	b.sleep(down / 2)
	answered, err := b.unanswered()
	if err != nil {
		return err
	}
	f, err := b.active(began, startPatience+down)
	if err != nil {
		return err
	}
	took := f.At.Sub(began)
	b.judge("D", problemf(took < down-early, "the first advert came %s after the start, before Active_Down_Interval of %s", millis(took), millis(down)))
	b.judge("E", answered)
	if err := b.retire(); err != nil {
		return err
	}
	return b.ownerStarts()
}

// ownerStarts is case 2.1 for an owner.
func (b *Bench) ownerStarts() error {
	r := b.router(owner)
	r.Interval = time.Second // so that Active_Down_Interval is longer than any start
	began := time.Now()
	if err := b.start(r); err != nil {
		return err
	}
	f, err := b.active(began, startPatience)
	if err != nil {
		return err
	}
	took := f.At.Sub(began)
	b.judge("A", problemf(took > b.down(owner, r.Interval)-early, "the first advert came %s after the start", millis(took)))
	b.judge("B", b.announced(began, f.At))
	b.judge("C", b.cadence(f.At, r.Interval, 2))
	return nil
}

// cadence judges that n more adverts come at the interval after one.
func (b *Bench) cadence(after time.Time, interval time.Duration, n int) string {
	last := after.Add(time.Duration(n) * interval)
	got := len(b.adverts(after.Add(time.Nanosecond), last.Add(late(interval))))
	return problemf(got < n || got > n+1, "%d adverts in %d intervals of %s", got, n, interval)
}

// backupPackets is case 2.2.
func backupPackets(b *Bench) error {
	v, err := b.backup(b.router(middle), b.advert(high))
	if err != nil {
		return err
	}
	began := time.Now()
	unanswered, err := b.unanswered()
	if err != nil {
		return err
	}
	b.judge("A", unanswered)
	for point, to := range map[string]party{
		"B": {b.rig.mac(subject), b.served()},
		"C": {virtualMAC(vrid, b.IPv6), b.rig.global(subject)},
	} {
		ok, err := b.echo(to, answerTime)
		if err != nil {
			return err
		}
		b.judge(point, problemf(ok, "it answered an echo request to %s at %s", to.address, to.mac))
	}
	b.judge("D", b.silent(began, began.Add(b.down(middle, b.interval())+b.interval())))
	_, err = v.stop()
	return err
}

// served is the one of the addresses that a client elsewhere would use.
func (b *Bench) served() netip.Addr {
	all := b.addresses()
	return all[len(all)-1]
}

// activeDown is case 2.3.
func activeDown(b *Bench) error {
	r := b.router(middle)
	v, err := b.backup(r, b.advert(high))
	if err != nil {
		return err
	}
	last, err := v.stop()
	if err != nil {
		return err
	}
	b.judge("A", b.takeover(last, b.down(r.Priority, r.Interval), r.Interval))
	f, err := b.active(last, startPatience)
	if err != nil {
		return err
	}
	b.judge("B", b.announced(last, f.At))
	b.judge("C", b.cadence(f.At, r.Interval, 3))
	_, problem, err := b.answered()
	return b.judgeUnless(err, "D", problem)
}

// backupAdverts is case 2.4.
func backupAdverts(b *Bench) error {
	r := b.router(middle)
	down := b.down(r.Priority, r.Interval)
	v, err := b.backup(r, b.advert(high))
	if err != nil {
		return err
	}
	if _, err := v.stop(); err != nil {
		return err
	}
	at, err := b.send(b.advert(0))
	if err != nil {
		return err
	}
	b.judge("A", b.takeover(at, b.skew(r.Priority, r.Interval), r.Interval))
	if v, err = b.subdue(b.advert(high), r.Interval); err != nil {
		return err
	}
	v.say(b.advert(middle))
	began := time.Now()
	b.judge("B", b.silent(began, began.Add(down+r.Interval)))
	last := v.say(b.advert(low))
	b.judge("C", b.runsOn(last, down, r.Interval))
	if _, err := v.stop(); err != nil {
		return err
	}
	return b.patientBackup(r)
}

// patientBackup is case 2.4 for Preempt_Mode False.
func (b *Bench) patientBackup(r Router) error {
	if err := b.retire(); err != nil {
		return err
	}
	problem, err := b.follows(r)
	if err := b.judgeUnless(err, "D", problem); err != nil {
		return err
	}
	if _, err := b.active(time.Now(), startPatience); err != nil {
		return err
	}
	v, err := b.subdue(b.advert(high), r.Interval)
	if err != nil {
		return err
	}
	v.say(b.advert(low))
	began := time.Now()
	b.judge("E", b.silent(began, began.Add(b.down(r.Priority, r.Interval)+r.Interval)))
	_, err = v.stop()
	return err
}

// follows starts the subject with Preempt_Mode False beside an Active Router of a lower priority, and judges that it stays
// Backup until that falls silent.
func (b *Bench) follows(r Router) (problem string, err error) {
	const ready = 2 * time.Second // a daemon that is not there would be silent too, but late then
	r.NoPreempt = true
	down := b.down(r.Priority, r.Interval)
	v := b.speak(b.advert(low), r.Interval)
	if err = b.start(r); err == nil {
		problem = b.silent(time.Now(), time.Now().Add(down+ready))
	}
	last, stopErr := v.stop()
	if err = errors.Join(err, stopErr); err != nil || problem != "" {
		return problem, err
	}
	return b.runsOn(last, down, r.Interval), nil
}
