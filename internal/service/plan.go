package service

import (
	"slices"

	"github.com/aloft-ha/aloft/internal/config"
)

// state is what is known about a service.
type state uint8

const (
	stopped  state = iota // nobody is known to have started it
	running               // it was started, or found running, and was not stopped since
	doubtful              // something was begun that did not end well: parts of it may run, whatever its status says
)

// String returns the word that tests print.
func (s state) String() string {
	switch s {
	case stopped:
		return "stopped"
	case running:
		return "running"
	case doubtful:
		return "doubtful"
	}
	return "invalid"
}

// entry is one service of a router and what is known about it.
type entry struct {
	service    config.Service
	configured bool // false: it was removed from the configuration, and is here until it has been stopped
	state      state
	fresh      bool // the state was learned under the present wish
	stuck      bool // it would not stop under the present wish
	elsewhere  bool // another router still has to stop it
}

// asks says that the service has to be asked for its status before its state is believed.
func (e *entry) asks() bool { return !e.fresh && e.state != doubtful && askable(e.service) }

// askable says that a service has a status. One that has none runs if it was started and not stopped.
func askable(s config.Service) bool { return s.Unit != "" || s.Status != nil }

// goal is where the services of a router are to go.
type goal uint8

const (
	goalUp   goal = iota // all that are configured run, and no other
	goalUndo             // a start failed, or nothing is wanted any more: what is known to run is stopped
	goalDown             // none runs, whoever started it
)

// String returns the word that tests print.
func (g goal) String() string {
	switch g {
	case goalUp:
		return "up"
	case goalUndo:
		return "undo"
	case goalDown:
		return "down"
	}
	return "invalid"
}

// verb is what is done to a service.
type verb uint8

const (
	rest      verb = iota // nothing: the goal is reached, as far as it can be
	askToRun              // ask for its status; what cannot be told is a failure
	start                 // start it
	askToStop             // ask for its status; what cannot be told is stopped
	stop                  // stop it
	wait                  // nothing yet: another router has to stop something first
)

// String returns the word that tests print.
func (v verb) String() string {
	switch v {
	case rest:
		return "rest"
	case askToRun:
		return "ask"
	case start:
		return "start"
	case askToStop:
		return "ask to stop"
	case stop:
		return "stop"
	case wait:
		return "wait"
	}
	return "invalid"
}

// next decides what is to be done now, and to which entry of the list; nil with rest and wait. The list is in the order of starts.
func next(g goal, list []*entry) (verb, *entry) {
	if g == goalUp {
		return nextUp(list)
	}
	for _, e := range slices.Backward(list) {
		ask := g == goalDown && e.configured && e.asks()
		if !e.stuck && (e.state != stopped || ask) {
			return stopping(e), e
		}
	}
	return rest, nil
}

// nextUp looks for the first service that does not run. What is known to run after it is stopped, from the end, before
// it is started: it was started too early. So is what was removed from the configuration, wherever it stands.
func nextUp(list []*entry) (verb, *entry) {
	first := slices.IndexFunc(list, func(e *entry) bool { return e.configured && (e.asks() || e.state != running) })
	if first >= 0 && list[first].asks() && !list[first].elsewhere {
		return askToRun, list[first]
	}
	for i, e := range slices.Backward(list) {
		early := first >= 0 && i >= first
		if (early || !e.configured) && e.state != stopped && !e.stuck {
			return stopping(e), e
		}
	}
	switch {
	case first >= 0 && list[first].elsewhere:
		return wait, nil
	case first >= 0:
		return start, list[first]
	}
	return rest, nil
}

// stopping returns the next step towards a stop of e.
func stopping(e *entry) verb {
	if e.asks() {
		return askToStop
	}
	return stop
}
