package conformance

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
)

// judged runs a case in a network whose subject has a flaw, and returns what became of its points.
func judged(t *testing.T, id string, p Profile, flaw string, d fakeDriver) map[string]PointResult {
	t.Helper()
	cases, err := Select(id)
	if err != nil || len(cases) != 1 {
		t.Fatalf("%d cases are called %s: %v", len(cases), id, err)
	}
	got := make(map[string]PointResult)
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(p, flaw)
		for _, r := range execute(t.Context(), n, cases[0], p, map[string]Driver{subject: d, partner: d}) {
			got[r.ID] = r
		}
		if err := n.close(); err != nil {
			t.Error(err)
		}
	})
	return got
}

// A daemon that keeps all rules passes all points, without a deviation.
func TestADaemonThatKeepsTheRulesPasses(t *testing.T) {
	for _, p := range Profiles() {
		for _, c := range Cases() {
			if len(c.points(p)) == 0 {
				continue
			}
			t.Run(p.String()+"/"+c.ID, func(t *testing.T) {
				for id, r := range judged(t, c.ID, p, "", fakeDriver{}) {
					if r.Verdict != Pass {
						t.Errorf("%s %s: %s", id, r.Verdict, r.Note)
					}
				}
			})
		}
	}
}

// Each rule that a daemon breaks is found by the point that states it.
func TestAViolationIsFound(t *testing.T) {
	for _, x := range []struct {
		flaw, id, points string
		profile          Profile
	}{
		{"never gives way", "1.1", "C", V3IPv4},
		{"down after two", "1.1", "B", V3IPv4},
		{"priority 0 is like any other", "1.1", "D", V2IPv4},
		{"never gives way", "1.2", "C", V3IPv4},
		{"an owner waits", "2.1", "A", V3IPv4},
		{"announces nothing", "2.1", "B", V3IPv6},
		{"beats at half the rate", "2.3", "C", V3IPv4},
		{"down after two", "2.1", "D", V3IPv4},
		{"a backup answers", "2.1", "E", V3IPv4},
		{"a backup answers", "2.2", "A", V3IPv6},
		{"a backup accepts", "2.2", "B", V3IPv4},
		{"a backup takes the virtual MAC", "2.2", "C", V3IPv4},
		{"down after two", "2.3", "A", V2IPv4},
		{"announces nothing", "2.3", "B", V3IPv4},
		{"answers no question", "2.3", "D", V3IPv4},
		{"priority 0 is like any other", "2.4", "A", V3IPv4},
		{"a backup compares addresses", "2.4", "B", V3IPv6},
		{"never preempts", "2.4", "C", V3IPv4},
		{"always preempts", "2.4", "DE", V3IPv4},
		{"answers no question", "2.5", "A", V3IPv4},
		{"answers with its own MAC", "2.5", "B", V3IPv4},
		{"has no Router flag", "2.5", "C", V3IPv6},
		{"is deaf at its virtual MAC", "2.5", "D", V3IPv4},
		{"accepts always", "2.5", "E", V3IPv6},
		{"an owner accepts nothing", "2.5", "F", V2IPv4},
		{"leaves silently", "2.6", "ABC", V3IPv4},
		{"a word after goodbye", "2.6", "BC", V3IPv4},
		{"two goodbyes", "2.6", "C", V3IPv4},
		{"a backup says goodbye", "2.6", "E", V3IPv4},
		{"leaves priority 0 unanswered", "2.7", "A", V3IPv4},
		{"gives way to the worse", "2.7", "B", V3IPv4},
		{"leaves a lower one unanswered", "2.7", "C", V3IPv6},
		{"loses every tie", "2.7", "D", V3IPv4},
		{"wins every tie", "2.7", "E", V3IPv4},
		{"never gives way", "2.7", "F", V2IPv4},
		{"down after two", "2.7", "G", V3IPv4},
		{"has a last word", "2.7", "H", V3IPv4},
		{"beats slowly", "3.1", "AC", V3IPv4},
		{"sends another interval", "3.1", "BD", V3IPv4},
		{"no skew", "3.2", "A", V3IPv4},
		{"no skew", "3.2", "A", V2IPv4},
		{"down after two", "3.3", "AB", V3IPv4},
		{"never preempts", "3.4", "A", V3IPv4},
		{"always preempts", "3.4", "B", V3IPv4},
		{"an owner is patient", "3.4", "C", V3IPv4},
		{"takes any TTL", "4.1", "AB", V3IPv4},
		{"takes any TTL", "4.1", "AB", V3IPv6},
		{"takes any version", "4.2", "AB", V3IPv4},
		{"takes any version", "4.2", "AB", V2IPv4},
		{"takes what is incomplete", "4.3", "AB", V3IPv4},
		{"takes any checksum", "4.4", "AB", V3IPv6},
		{"takes no message checksum", "4.4", "C", V3IPv4},
		{"takes no pseudo-header checksum", "4.4", "D", V3IPv4},
		{"takes any VRID", "4.5", "AB", V3IPv4},
		{"takes any authentication", "4.6", "ABCD", V2IPv4},
		{"sends an empty password", "4.6", "E", V2IPv4},
		{"takes any interval", "4.7", "AB", V2IPv4},
		{"takes any interval", "4.7", "B", V3IPv4},
		{"learns no interval", "4.7", "CD", V3IPv4},
		{"takes any type", "4.8", "AB", V3IPv4},
		{"sends from its own MAC", "4.9", "A", V3IPv4},
		{"sends to all systems", "4.9", "B", V3IPv4},
		{"sends a frame to everybody", "4.9", "B", V3IPv6},
		{"sends from another address", "4.9", "C", V3IPv4},
		{"sends TTL 254", "4.9", "D", V2IPv4},
		{"sends the other version", "4.9", "E", V3IPv4},
		{"sends another priority", "4.9", "F", V3IPv4},
		{"forgets an address", "4.9", "G", V3IPv4},
		{"sends trailing bytes", "4.9", "G", V3IPv4},
		{"sends reserved bits", "4.9", "H", V3IPv6},
		{"sends authentication data", "4.9", "H", V2IPv4},
		{"sends authentication type 1", "4.9", "H", V2IPv4},
		{"sends another interval", "4.9", "I", V2IPv4},
		{"sends a wrong checksum", "4.9", "J", V3IPv4},
		{"sends a pseudo-header sum", "4.9", "K", V3IPv4},
		{"sends the global one first", "4.9", "L", V3IPv6},
		{"joins no group", "5.1", "A", V3IPv4},
		{"joins no group", "5.1", "C", V3IPv6},
		{"announces before it advertises", "5.1", "B", V3IPv4},
		{"multicasts to its peer", "5.2", "A", V3IPv4},
		{"takes no unicast", "5.2", "B", V3IPv4},
		{"dies of a count", "5.3", "AB", V3IPv4},
		{"takes no other addresses", "5.4", "A", V3IPv4},
		{"takes no reserved bits", "5.4", "B", V3IPv4},
		{"takes no address", "5.4", "C", V3IPv4},
		{"wins every tie", "5.5", "A", V3IPv4},
		{"loses every tie", "5.5", "B", V3IPv4},
	} {
		t.Run(x.id+"/"+x.flaw, func(t *testing.T) {
			got := judged(t, x.id, x.profile, x.flaw, fakeDriver{})
			for _, id := range strings.Split(x.points, "") {
				if r := got[id]; r.Verdict != Fail || r.Note == "" || strings.HasPrefix(r.Note, "not reached: wait") {
					t.Errorf("%s %s: %q", id, r.Verdict, r.Note)
				}
			}
		})
	}
}

func TestADeclaredDeviationIsNoFailure(t *testing.T) {
	d := fakeDriver{differs: map[Deviation]string{LastWord: "it likes to talk"}}
	got := judged(t, "2.7", V3IPv4, "has a last word", d)
	if r := got["H"]; r.Verdict != Differs || !strings.Contains(r.Note, "1 more adverts") || !strings.HasSuffix(r.Note, ": it likes to talk") {
		t.Errorf("H %s: %s", r.Verdict, r.Note)
	}
	if r := judged(t, "2.7", V3IPv4, "", d)["H"]; r.Verdict != Pass {
		t.Errorf("a rule that is kept in spite of it: %s", r.Verdict)
	}
	if r := judged(t, "2.7", V3IPv4, "never gives way", d)["F"]; r.Verdict != Fail {
		t.Errorf("another rule: %s", r.Verdict)
	}
}

func TestWhatADaemonCannotDoIsNoFailure(t *testing.T) {
	for id, r := range judged(t, "5.2", V3IPv4, "", fakeDriver{cannot: "no unicast"}) {
		if r.Verdict != Cannot || r.Note != "no unicast" {
			t.Errorf("%s %s: %s", id, r.Verdict, r.Note)
		}
	}
}

func TestPointsBehindAFailureFail(t *testing.T) {
	got := judged(t, "2.3", V3IPv4, "never gives way", fakeDriver{})
	for _, id := range []string{"A", "B", "C", "D"} {
		if r := got[id]; r.Verdict != Fail || !strings.HasPrefix(r.Note, "not reached: it did not give way") {
			t.Errorf("%s %s: %s", id, r.Verdict, r.Note)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		c := Case{Points: []Point{{ID: "A"}}, run: func(*Bench) error { return nil }}
		n := newNetwork(V3IPv4, "")
		if r := execute(context.Background(), n, c, V3IPv4, map[string]Driver{subject: fakeDriver{}})[0]; r.Verdict != Fail {
			t.Errorf("a point that the case forgot: %s", r.Verdict)
		}
	})
}

func TestFold(t *testing.T) {
	for _, x := range []struct {
		want   Verdict
		points []Verdict
	}{
		{Pass, []Verdict{Pass, Differs, Cannot}},
		{Fail, []Verdict{Pass, Fail, Differs}},
		{Differs, []Verdict{Cannot, Differs}},
		{Cannot, []Verdict{Cannot}},
		{Cannot, nil},
	} {
		var points []PointResult
		for _, v := range x.points {
			points = append(points, PointResult{Verdict: v})
		}
		if got := fold(points); got != x.want {
			t.Errorf("%v is %s, want %s", x.points, got, x.want)
		}
	}
}
