package command

import (
	"fmt"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Outcome is how a command ended.
type Outcome uint8

// The outcomes.
const (
	Exited    Outcome = iota // by itself, with an exit status
	Signalled                // by a signal that was not ours
	TimedOut                 // by us: its timeout or the context's deadline passed, the latter also before it could start
	Cancelled                // by us: the context was cancelled or the runner ended, also before it could start
	Refused                  // it was not started
)

// String returns a word for logs.
func (o Outcome) String() string {
	switch o {
	case Exited:
		return "exited"
	case Signalled:
		return "signalled"
	case TimedOut:
		return "timed out"
	case Cancelled:
		return "cancelled"
	case Refused:
		return "refused"
	}
	return "invalid"
}

// Result is how a command ended and what it said.
type Result struct {
	Outcome Outcome
	Code    int           // the exit status, if it Exited
	Signal  unix.Signal   // what ended it, if it was Signalled
	Output  string        // of both streams, bounded, printable text in lines; empty: it said nothing
	Err     error         // why it was Refused, or that it could not be ended
	Took    time.Duration // from its start to its end; 0: it never started
}

// OK says whether the command ended with exit status 0.
func (r Result) OK() bool { return r.Outcome == Exited && r.Code == 0 && r.Err == nil }

// String returns one sentence for a person, with the last line of the output, where a program says why it fails.
func (r Result) String() string {
	how := r.how()
	if r.Err != nil {
		return how + ": " + r.Err.Error()
	}
	if line := lastLine(r.Output); line != "" {
		return how + ": " + line
	}
	return how
}

// how says how it ended, without the reason.
func (r Result) how() string {
	switch r.Outcome {
	case Exited:
		return fmt.Sprintf("exit status %d", r.Code)
	case Signalled:
		if name := unix.SignalName(r.Signal); name != "" {
			return "ended by " + name
		}
		return fmt.Sprintf("ended by signal %d", int(r.Signal))
	case TimedOut:
		if r.Took == 0 {
			return "not run: its time was over before it could start"
		}
		return fmt.Sprintf("ended after %s without an answer", readable(r.Took))
	case Cancelled:
		if r.Took == 0 {
			return "not run: nobody waits for it any more"
		}
		return fmt.Sprintf("ended after %s, because nobody waits for it any more", readable(r.Took))
	}
	return "not run"
}

// readable rounds a duration to what a person wants to read.
func readable(d time.Duration) time.Duration {
	if d > time.Second {
		return d.Round(100 * time.Millisecond)
	}
	return d.Round(time.Millisecond)
}

// lastLine returns the last line of the text that has anything in it.
func lastLine(text string) string {
	text = strings.TrimSpace(text)
	return strings.TrimSpace(text[strings.LastIndexByte(text, '\n')+1:])
}
