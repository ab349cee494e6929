package service

// answer is what came of a verb.
type answer struct {
	ok      bool  // ask: it runs; start and stop: done
	between bool  // ask: it neither runs nor is stopped, something is under way
	absent  bool  // ask: there is no such unit, so it does not run
	refused bool  // start: nothing was executed
	ended   bool  // it was cancelled, by a wish that came or at the end of Run
	err     error // why it is not ok, unless the answer is that it does not run
}

// settle notes in e what came of v. It returns an error where something has gone wrong for good: under the present wish
// the same is not tried again.
func (e *entry) settle(v verb, a answer) error {
	switch v {
	case askToRun, askToStop:
		return e.settleAsk(v, a)
	case start:
		return e.settleStart(a)
	case stop:
		return e.settleStop(a)
	case rest, wait:
	}
	return nil
}

func (e *entry) settleAsk(v verb, a answer) error {
	switch {
	case a.ended:
		return nil
	case a.err != nil && v == askToRun:
		return a.err
	case a.ok:
		e.state, e.fresh = running, true
	case v == askToStop && !a.absent && (a.between || a.err != nil):
		e.state, e.fresh = doubtful, true
	default:
		e.state, e.fresh = stopped, true
	}
	return nil
}

func (e *entry) settleStart(a answer) error {
	switch {
	case a.ok:
		e.state, e.fresh = running, true
	case a.refused:
		e.state, e.fresh = stopped, true
	default:
		e.state, e.fresh = doubtful, false
	}
	if a.ended {
		return nil
	}
	return a.err
}

// settleStop believes a status that says that the service does not run, where the stop of one that was only half started
// has failed: many start scripts leave nothing that could be stopped.
func (e *entry) settleStop(a answer) error {
	switch {
	case a.ok:
		e.state, e.fresh = stopped, true
	case e.state == doubtful && !e.fresh && askable(e.service):
		e.state = running
	default:
		e.stuck = true
		return a.err
	}
	return nil
}
