package conformance

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// reports are two daemons, one of them with all verdicts, and one that is not there.
func reports() []*DaemonReport {
	pass := PointResult{ID: "A", Rule: "RFC 9568 7.1: rule", Verdict: Pass}
	differs := PointResult{ID: "B", Rule: "RFC 9568 7.2: rule", Verdict: Differs, Note: "seen: why"}
	cannot := PointResult{ID: "C", Rule: "no RFC: rule", Verdict: Cannot, Note: "no such thing"}
	fail := PointResult{ID: "D", Rule: "RFC 9568 7.3: rule", Verdict: Fail, Note: "expected and seen"}
	result := func(id, profile string, points ...PointResult) *Result {
		return &Result{Case: id, Title: "title of " + id, Profile: profile, Points: points, Verdict: fold(points), Tries: 1}
	}
	return []*DaemonReport{
		{Daemon: "one", Version: "1.0", Results: []*Result{
			result("2.1", "v3/IPv4", pass, differs), result("2.2", "v3/IPv4", cannot), result("2.1", "v3/IPv6", pass, differs, fail),
		}},
		{Daemon: "two", Version: "2.0", Results: []*Result{result("2.2", "v3/IPv4", pass, cannot)}},
		{Daemon: "three", Missing: "three: not installed"},
	}
}

func TestText(t *testing.T) {
	const want = `one 1.0
two 2.0
three: left out: three: not installed

                   one              one                     two
                   v3/IPv4          v3/IPv6                 v3/IPv4
2.1  title of 2.1  pass (1 differ)  FAIL 1 of 3 (1 differ)
2.2  title of 2.2  cannot                                   pass (1 cannot)
                   1 pass, 1 cannot  1 FAIL                  1 pass
`
	got, notes, _ := strings.Cut(Text(reports()), "\none v3")
	squeeze := func(s string) string { return strings.Join(strings.Fields(s), " ") }
	if d := cmp.Diff(squeeze(want), squeeze(got)); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	if column := strings.Index(got, "pass (1 differ)"); got[column-len("2.1  title of 2.1  "):column] != "2.1  title of 2.1  " {
		t.Error("the columns are not aligned")
	}
	const wantNotes = `/IPv4, v3/IPv6 2.1B differs
    RFC 9568 7.2: rule
    seen: why

one v3/IPv6 2.1D FAIL
    RFC 9568 7.3: rule
    expected and seen

one v3/IPv4 2.2C cannot
    no RFC: rule
    no such thing

two v3/IPv4 2.2C cannot
    no RFC: rule
    no such thing
`
	if d := cmp.Diff(wantNotes, notes); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

func TestMarkdown(t *testing.T) {
	const want = `- one 1.0
- two 2.0
- three: left out: three: not installed

| case | | one v3/IPv4 | one v3/IPv6 | two v3/IPv4 |
|---|---|---|---|---|
| 2.1 | title of 2.1 | pass (1 differ) | FAIL 1 of 3 (1 differ) |  |
| 2.2 | title of 2.2 | cannot |  | pass (1 cannot) |
| | all | 1 pass, 1 cannot | 1 FAIL | 1 pass |

| daemon | point | profiles | verdict | rule | expected and seen |
|---|---|---|---|---|---|
| one | 2.1B | v3/IPv4, v3/IPv6 | differs | RFC 9568 7.2: rule | seen: why |
| one | 2.1D | v3/IPv6 | FAIL | RFC 9568 7.3: rule | expected and seen |
| one | 2.2C | v3/IPv4 | cannot | no RFC: rule | no such thing |
| two | 2.2C | v3/IPv4 | cannot | no RFC: rule | no such thing |
`
	if d := cmp.Diff(want, Markdown(reports())); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

func TestADaemonThatIsNotThereIsLeftOut(t *testing.T) {
	missing := []Driver{NewAloft("/nowhere/aloft"), NewKeepalived("/nowhere/keepalived"), NewFRR("/nowhere/vrrpd")}
	got, err := Run(t.Context(), Options{Drivers: missing, Profiles: Profiles(), Cases: Cases(), Parallel: 4})
	if err != nil || len(got) != len(missing) {
		t.Fatalf("%d reports, %v", len(got), err)
	}
	for _, r := range got {
		if !strings.HasSuffix(r.Missing, "not installed") || len(r.Results) > 0 {
			t.Errorf("%+v", r)
		}
	}
	if text := Text(got); !strings.Contains(text, "keepalived: left out: /nowhere/keepalived: not installed") {
		t.Errorf("the text is %q", text)
	}
}

func TestARunEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := Run(ctx, Options{Drivers: []Driver{fakeDriver{}}, Profiles: Profiles(), Cases: Cases(), Parallel: 1})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
}

func TestSelect(t *testing.T) {
	for id, want := range map[string]int{"": 27, "1": 2, "2": 7, "3": 4, "4": 9, "5": 5, "4.9": 1} {
		if got, err := Select(id); err != nil || len(got) != want {
			t.Errorf("%q selects %d cases, want %d: %v", id, len(got), want, err)
		}
	}
	if _, err := Select("6.1"); err == nil || err.Error() != `no case is called "6.1": they are 1.1 to 5.5` {
		t.Errorf("the error is %v", err)
	}
}

// The plan of the UNH-IOL is whole, and every point states a rule and where it stands, once.
func TestThePlanIsWhole(t *testing.T) {
	var ids []string
	rules := make(map[string]bool)
	for _, c := range Cases() {
		if strings.HasPrefix(c.Origin, "UNH-IOL") {
			ids = append(ids, c.ID)
		}
		for i, p := range c.Points {
			if want := string(rune('A' + i)); p.ID != want {
				t.Errorf("point %s of %s is called %s", want, c.ID, p.ID)
			}
		}
		for _, profile := range Profiles() {
			for _, p := range c.points(profile) {
				key := fmt.Sprint(c.ID, profile, p.Rule)
				if p.Rule == "" || p.Sections.in(profile) == "" || rules[key] {
					t.Errorf("%s%s in %s: rule %q, section %q", c.ID, p.ID, profile, p.Rule, p.Sections.in(profile))
				}
				rules[key] = true
			}
		}
	}
	want := "1.1 1.2 2.1 2.2 2.3 2.4 2.5 2.6 2.7 3.1 3.2 3.3 3.4 4.1 4.2 4.3 4.4 4.5 4.6 4.7 4.8 4.9"
	if got := strings.Join(ids, " "); got != want {
		t.Errorf("the cases are %s", got)
	}
}
