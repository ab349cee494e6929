package lab

import (
	"fmt"
	"strings"
	"time"
)

// judge compares what was seen of a step with what is expected of it.
func judge(st step, o outcome) StepReport {
	r := StepReport{Step: st.name, Expect: st.expect, Problems: []string{}}
	if !o.first.IsZero() {
		r.Active = st.successor.Name
		done := o.first
		if st.tookAlone {
			done = o.alone
		}
		if !done.IsZero() && !st.stays {
			r.Took = new(Millis(done.Sub(o.deed)))
		}
	}
	if !st.noClient {
		r.Gap = new(Millis(o.gap.Outage()))
		if st.countFailed {
			r.Failed = new(o.failed.count)
		}
	}
	r.Problems = append(r.Problems, judgeSuccession(st, o)...)
	r.Problems = append(r.Problems, judgeTimes(st, o, r)...)
	r.OK = len(r.Problems) == 0
	return r
}

// judgeSuccession says what is wrong with who is Active and who holds the address.
func judgeSuccession(st step, o outcome) (problems []string) {
	name := st.successor.Name
	switch {
	case o.first.IsZero():
		problems = append(problems, fmt.Sprintf("%s did not become Active within %s", name, Millis(st.limit)))
	case o.alone.IsZero():
		problems = append(problems, fmt.Sprintf("%s did not hold the address alone within %s", name, Millis(st.alone)))
	case !o.quiet:
		problems = append(problems, fmt.Sprintf("%s did not hold the address alone all the time afterwards", name))
	}
	if len(o.rivals) > 0 {
		problems = append(problems, fmt.Sprintf("%s became Active too", strings.Join(o.rivals, " and ")))
	}
	if len(o.crashed) > 0 {
		problems = append(problems, fmt.Sprintf("the daemon of %s ended by itself", strings.Join(o.crashed, " and ")))
	}
	if !o.exited {
		problems = append(problems, fmt.Sprintf("the daemon of %s did not end within %s", st.stops.Name, exitTime))
	}
	return problems
}

// judgeTimes says what lasted too long, or not long enough.
func judgeTimes(st step, o outcome, r StepReport) (problems []string) {
	if st.gapLimit > 0 && o.gap.Outage() >= st.gapLimit {
		problems = append(problems, fmt.Sprintf("the client's gap of %s is not under %s", Millis(o.gap.Outage()), Millis(st.gapLimit)))
	}
	if st.countFailed && st.gapLimit > 0 && o.failed.span() >= st.gapLimit {
		problems = append(problems, fmt.Sprintf("requests failed for %s, which is not under %s", Millis(o.failed.span()), Millis(st.gapLimit)))
	}
	if st.silence > 0 && !o.first.IsZero() && !o.last.IsZero() {
		switch late := o.first.Sub(o.last) - st.silence; {
		case late > lateTolerance:
			problems = append(problems, fmt.Sprintf("the first advert came %s later than Active_Down_Interval", Millis(late)))
		case late < -lateTolerance:
			problems = append(problems, fmt.Sprintf("the first advert came %s before the end of Active_Down_Interval", Millis(-late)))
		}
	}
	if st.tookLimit > 0 && r.Took != nil && time.Duration(*r.Took) > st.tookLimit {
		problems = append(problems, fmt.Sprintf("it took %s, more than %s", *r.Took, Millis(st.tookLimit)))
	}
	return problems
}
