package conformance

import (
	"fmt"
	"time"
)

// parameterCases are group 3 of the plan: the parameters of a virtual router, section 6.1 of both RFCs.
func parameterCases() []Case {
	return []Case{
		{
			ID: "3.1", Title: "Advertisement_Interval", Origin: "UNH-IOL", run: advertisementInterval,
			Points: []Point{
				{ID: "A", Sections: both("6.1"), Rule: "adverts come once in Advertisement_Interval (200 ms in version 3, 1 s in version 2)"},
				{ID: "B", Sections: both("7.2"), Rule: "adverts carry Advertisement_Interval"},
				{ID: "C", Sections: both("6.1"), Rule: "adverts come once in another Advertisement_Interval (500 ms, 2 s)"},
				{ID: "D", Sections: both("7.2"), Rule: "adverts carry another Advertisement_Interval"},
			},
		},
		{
			ID: "3.2", Title: "Skew_Time", Origin: "UNH-IOL", run: skewTime,
			Points: []Point{
				{ID: "A", Sections: both("6.1"), Rule: "Skew_Time of priority 1 is 255/256 of the interval (version 2: of a second)"},
				{ID: "B", Sections: both("6.1"), Rule: "Skew_Time of priority 254 is 2/256"},
			},
		},
		{
			ID: "3.3", Title: "Active_Down_Interval", Origin: "UNH-IOL", run: activeDownInterval,
			Points: []Point{
				{ID: "A", Sections: both("6.1"), Rule: "Active_Down_Interval of priority 1 is three intervals and Skew_Time"},
				{ID: "B", Sections: both("6.1"), Rule: "Active_Down_Interval of priority 254 is three intervals and Skew_Time"},
			},
		},
		{
			ID: "3.4", Title: "Preempt_Mode", Origin: "UNH-IOL, VPP", run: preemptMode,
			Points: []Point{
				{ID: "A", Sections: both("6.1"), Rule: "with Preempt_Mode True, the default, a Backup takes over from a lower priority"},
				{ID: "B", Sections: both("6.1"), Rule: "with Preempt_Mode False a Backup does not"},
				{ID: "C", Sections: both("6.1"), Rule: "the owner (priority 255) takes over whatever Preempt_Mode says"},
			},
		},
	}
}

// advertisementInterval is case 3.1.
func advertisementInterval(b *Bench) error {
	intervals := []time.Duration{b.interval(), b.interval() * 5 / 2}
	if b.Version == 2 {
		intervals[1] = 2 * time.Second
	}
	for i, points := range [][2]string{{"A", "B"}, {"C", "D"}} {
		r := b.router(middle)
		r.Interval = intervals[i]
		if i > 0 {
			if err := b.retire(); err != nil {
				return err
			}
		}
		f, err := b.activate(r)
		if err != nil {
			return err
		}
		b.judge(points[0], b.measure(f.At, r.Interval))
		b.judge(points[1], problemf(f.Interval != b.field(r.Interval), "the field says %d, not %d", f.Interval, b.field(r.Interval)))
	}
	return nil
}

// measure judges the mean of some intervals between adverts. The first is left out: a daemon may come to its beat in it.
func (b *Bench) measure(from time.Time, interval time.Duration) string {
	n := max(4, int(2*time.Second/interval))
	all := b.adverts(from, from.Add(time.Duration(n+1)*interval+late(interval)))
	if len(all) < n+1 {
		return fmt.Sprintf("%d adverts in %d intervals", len(all), n+1)
	}
	all = all[1:]
	mean := all[len(all)-1].At.Sub(all[0].At) / time.Duration(len(all)-1)
	return problemf((mean-interval).Abs() > interval/20, "%d adverts are %s apart on average, not %s", len(all), millis(mean), millis(interval))
}

// skewTime is case 3.2.
func skewTime(b *Bench) error {
	return b.extremes(func(v *voice, r Router) (string, error) {
		if _, err := v.stop(); err != nil {
			return "", err
		}
		at, err := b.send(b.at(b.advert(0), r.Interval))
		return b.takeover(at, b.skew(r.Priority, r.Interval), r.Interval), err
	})
}

// activeDownInterval is case 3.3.
func activeDownInterval(b *Bench) error {
	return b.extremes(func(v *voice, r Router) (string, error) {
		at, err := v.stop()
		return b.takeover(at, b.down(r.Priority, r.Interval), r.Interval), err
	})
}

// extremes judges something of Backups of the lowest and the highest priority.
func (b *Bench) extremes(do func(*voice, Router) (string, error)) error {
	for i, priority := range []uint8{1, 254} {
		if i > 0 {
			if err := b.retire(); err != nil {
				return err
			}
		}
		r := b.router(priority)
		r.Interval = b.calm()
		v, err := b.backup(r, b.at(b.advert(owner), r.Interval))
		if err != nil {
			return err
		}
		problem, err := do(v, r)
		if err != nil {
			return err
		}
		b.judge([]string{"A", "B"}[i], problem)
	}
	return nil
}

// preemptMode is case 3.4.
func preemptMode(b *Bench) error {
	r := b.router(middle)
	problem, err := b.preempts(r, low)
	if err := b.judgeUnless(err, "A", problem); err != nil {
		return err
	}
	if err := b.retire(); err != nil {
		return err
	}
	if problem, err = b.follows(r); err != nil {
		return err
	}
	b.judge("B", problem)
	if err := b.retire(); err != nil {
		return err
	}
	r = b.router(owner)
	r.NoPreempt = true
	if problem, err = b.preempts(r, high); err != nil {
		return err
	}
	b.judge("C", problem)
	return nil
}

// preempts starts the subject beside an Active Router of a priority, and judges that it takes over.
func (b *Bench) preempts(r Router, priority uint8) (string, error) {
	began := time.Now()
	v := b.speak(b.advert(priority), r.Interval)
	err := b.start(r)
	if err == nil {
		_, err = b.active(began, startPatience)
	}
	if _, stopErr := v.stop(); stopErr != nil {
		return "", stopErr
	}
	if _, cannot := err.(errCannot); cannot {
		return "", err
	}
	if err != nil {
		return fmt.Sprintf("it left an Active Router of priority %d alone: %v", priority, err), nil
	}
	return "", nil
}
