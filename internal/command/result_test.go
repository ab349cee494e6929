package command

import (
	"errors"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestResultIsOneSentence(t *testing.T) {
	for _, test := range []struct {
		want   string
		result Result
	}{
		{"exit status 0", Result{}},
		{"exit status 0: 3 servers", Result{Output: "looking\n3 servers"}},
		{"exit status 1: haproxy is not running", Result{Code: 1, Output: "haproxy is not running\n\n"}},
		{"ended by SIGSEGV", Result{Outcome: Signalled, Signal: unix.SIGSEGV}},
		{"ended by signal 40: odd", Result{Outcome: Signalled, Signal: 40, Output: "odd"}},
		{"ended after 5s without an answer", Result{Outcome: TimedOut, Took: 5*time.Second + 3*time.Millisecond}},
		{"ended after 203ms without an answer: waiting", Result{Outcome: TimedOut, Took: 203345 * time.Microsecond, Output: "waiting"}},
		{"ended after 10ms, because nobody waits for it any more", Result{Outcome: Cancelled, Took: 10 * time.Millisecond}},
		{"not run: nobody waits for it any more", Result{Outcome: Cancelled}},
		{"not run: /x is a folder", Result{Outcome: Refused, Err: errors.New("/x is a folder")}},
		{"ended after 2s without an answer: stuck", Result{Outcome: TimedOut, Took: 2 * time.Second, Output: "out", Err: errors.New("stuck")}},
	} {
		if got := test.result.String(); got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
}

func TestOnlyExitStatusZeroIsOK(t *testing.T) {
	if !(Result{Output: "x"}).OK() {
		t.Error("exit status 0 is not OK")
	}
	for _, r := range []Result{
		{Code: 1}, {Outcome: Signalled}, {Outcome: TimedOut}, {Outcome: Cancelled}, {Outcome: Refused}, {Err: errors.New("x")},
	} {
		if r.OK() {
			t.Errorf("%+v is OK", r)
		}
	}
}

func TestOutcomesHaveNames(t *testing.T) {
	seen := map[string]bool{}
	for o := Exited; o <= Refused+1; o++ {
		if seen[o.String()] {
			t.Errorf("%q is the name of two", o)
		}
		seen[o.String()] = true
	}
	if !seen["invalid"] {
		t.Error("an outcome beyond the last has a name")
	}
}
