package tracker

import "time"

// rules are when a judge believes what the checks of a tracker find.
type rules struct {
	rise, fall int           // 1 or more
	damping    time.Duration // of becoming up
	debounce   time.Duration // of a change either way
}

// judge makes a state of the results of checks. A change needs a streak of results that all contradict the state: long
// enough in number (rise, fall) and in time (damping, debounce), which is measured from the first of the streak.
type judge struct {
	rules
	state   State
	decided bool      // the next result does not decide alone
	streak  int       // how many results in a row contradict the state
	since   time.Time // when the first of them came
}

// newJudge returns the judge of a tracker that nobody has looked at yet. Its first result decides alone, whatever the
// rules, as in keepalived. Where the specification says what it counts as until then, it is counted from that.
func newJudge(r rules, i Initial) judge {
	switch i {
	case InitialUp:
		return judge{rules: r, state: Up, decided: true}
	case InitialDown:
		return judge{rules: r, state: Down, decided: true}
	}
	return judge{rules: r}
}

// take takes the result of a check that ended now, and changes the state if that is due. An extra check, between those of
// the interval, can begin a streak and end one, and does not make it longer: news that come in a row are no rise or fall.
func (j *judge) take(now time.Time, ok, extra bool) {
	found := Down
	if ok {
		found = Up
	}
	switch {
	case !j.decided:
		j.enter(found)
	case found == j.state:
		j.streak = 0
	default:
		if j.streak == 0 {
			j.since = now
		}
		if j.streak == 0 || !extra {
			j.streak++
		}
		if j.streak >= j.need(found) && now.Sub(j.since) >= j.lasting(found) {
			j.enter(found)
		}
	}
}

// despair makes a tracker without a result count as down. The first result still decides alone.
func (j *judge) despair() {
	j.enter(Down)
	j.decided = false
}

func (j *judge) enter(s State) { j.state, j.decided, j.streak = s, true, 0 }

// need is how many results in a row lead to a state.
func (j *judge) need(to State) int {
	if to == Up {
		return j.rise
	}
	return j.fall
}

// lasting is how long the results have to lead to a state.
func (j *judge) lasting(to State) time.Duration {
	if to == Up {
		return max(j.damping, j.debounce)
	}
	return j.debounce
}

// ripe is when the streak has lasted for long enough: a check at that time can change the state, an earlier one cannot.
// It is zero where no streak has to wait any longer.
func (j *judge) ripe(now time.Time) time.Time {
	if j.streak == 0 {
		return time.Time{}
	}
	to := Up
	if j.state == Up {
		to = Down
	}
	if at := j.since.Add(j.lasting(to)); at.After(now) {
		return at
	}
	return time.Time{}
}
