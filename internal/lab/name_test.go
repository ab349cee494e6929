package lab

import (
	"math"
	"os"
	"testing"
)

func TestNameIsReadBackAsItWasWritten(t *testing.T) {
	for _, n := range []name{
		{Owner: owner{PID: 1, Start: 0}, Serial: 0, Host: "sw"},
		{Owner: owner{PID: 4711, Start: 12345}, Serial: 1, Host: "www1"},
		{Owner: owner{PID: 4194304, Start: math.MaxUint64}, Serial: 99, Host: "a-b-c"},
	} {
		got, ok := parseName(n.String())
		if !ok || got != n {
			t.Errorf("%s is read as %+v, %t", n, got, ok)
		}
	}
	if got, want := (name{Owner: owner{PID: 4711, Start: 12345}, Serial: 1, Host: "www1"}).String(), "aloft-4711-9ix-1-www1"; got != want {
		t.Errorf("the name is %q, want %q", got, want)
	}
}

// Whatever else is in /run/netns is somebody else's and must never be swept away.
func TestForeignNamesAreNotTaken(t *testing.T) {
	for _, s := range []string{
		"", "aloft", "aloft-", "blue", "aloft-1", "aloft-1-2-3", "aloft-1-2-3-", "aloft-x-2-3-www1", "aloft-0-2-3-www1",
		"aloft--1-2-3-www1", "aloft-+1-2-3-www1", "aloft-01-2-3-www1", "aloft-1-!-3-www1", "aloft-1-2-x-www1",
		"aloft-1-A-3-www1", "xaloft-1-2-3-www1", "aloft-1-2-03-www1", "aloft-99999999999999999999-2-3-www1",
	} {
		if n, ok := parseName(s); ok {
			t.Errorf("%q is taken for %+v", s, n)
		}
	}
}

func TestStartTimeIsFoundBehindAnyProgramName(t *testing.T) {
	const rest = " S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 777 20 21"
	for _, program := range []string{"(aloft)", "(a b)", "(a) S 1 (b)", "())"} {
		got, err := parseStartTime("42 " + program + rest)
		if err != nil || got != 777 {
			t.Errorf("%s: start time %d, %v", program, got, err)
		}
	}
	for _, broken := range []string{"", "42", "42 (aloft)", "42 (aloft) S 1 2 3", "42 (aloft" + rest} {
		if got, err := parseStartTime(broken); err == nil {
			t.Errorf("%q has start time %d", broken, got)
		}
	}
}

func TestOwnerIsAliveOnlyWithItsOwnStartTime(t *testing.T) {
	me, err := self()
	if err != nil {
		t.Fatal(err)
	}
	if me.PID != os.Getpid() || !me.alive() {
		t.Errorf("this process, %+v, does not know itself", me)
	}
	if later := (owner{PID: me.PID, Start: me.Start + 1}); later.alive() {
		t.Error("another process of the same number is taken for this one")
	}
	if nobody := (owner{PID: 1 << 30}); nobody.alive() {
		t.Error("a process that cannot be is alive")
	}
}
