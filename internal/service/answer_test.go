package service

import (
	"fmt"
	"strings"
	"testing"
)

// entryText is what entriesOf reads.
func entryText(e *entry) string {
	text := map[state]string{stopped: "", running: "r", doubtful: "d"}[e.state]
	if e.fresh {
		text += "f"
	}
	if e.stuck {
		text += "k"
	}
	return text
}

func TestSettle(t *testing.T) {
	done, no, broken := answer{ok: true}, answer{}, answer{err: errFake}
	between, refused, ended := answer{between: true}, answer{refused: true, err: errFake}, answer{ended: true, err: errFake}
	absent := answer{absent: true, err: errFake}
	for _, tt := range []struct {
		before string
		verb   verb
		answer answer
		after  string
		wrong  bool
	}{
		{"", rest, no, "", false},

		{"", askToRun, done, "rf", false},
		{"r", askToRun, no, "f", false},
		{"", askToRun, between, "f", false}, // a start waits for what is under way
		{"", askToRun, broken, "", true},
		{"r", askToRun, broken, "r", true},
		{"r", askToRun, ended, "r", false},
		{"", askToRun, absent, "", true},

		{"", askToStop, done, "rf", false},
		{"r", askToStop, no, "f", false},
		{"", askToStop, between, "df", false},
		{"r", askToStop, broken, "df", false},
		{"r", askToStop, absent, "f", false},

		{"f", start, done, "rf", false},
		{"f", start, broken, "d", true},
		{"f", start, refused, "f", true},
		{"f", start, ended, "d", false},

		{"rf", stop, done, "f", false},
		{"d", stop, done, "f", false},
		{"rf", stop, broken, "rfk", true},
		{"d", stop, broken, "r", false}, // and so it is asked
		{"df", stop, broken, "dfk", true},
		{"dm", stop, broken, "dk", true},
	} {
		e := entriesOf("a:" + tt.before)[0]
		err := e.settle(tt.verb, tt.answer)
		got := fmt.Sprint(entryText(e), " ", err != nil)
		if want := fmt.Sprint(tt.after, " ", tt.wrong); got != want {
			t.Errorf("%s of %q, %+v: %s, want %s", tt.verb, tt.before, tt.answer, got, want)
		}
	}
}

func TestUnitAnswerOfAnUnknownStateIsBetween(t *testing.T) {
	if a := unitAnswer("hibernating"); a != (answer{between: true}) {
		t.Errorf("%+v", a)
	}
}

func TestResultNamesEverythingThatWentWrong(t *testing.T) {
	r := &router{name: "web", wanted: true, up: true, failure: fmt.Errorf("starting b: %w", errFake), stops: []error{errFake, errFake}}
	got := r.result().Err.Error()
	if want := "starting b: no luck; no luck; no luck"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if r.failure = nil; r.result().Err != nil {
		t.Errorf("up, with the error %v: a removed service that would not stop is no reason to leave", r.result().Err)
	}
	if r.up = false; strings.Count(r.result().Err.Error(), "no luck") != 2 {
		t.Errorf("down: %v", r.result().Err)
	}
}
