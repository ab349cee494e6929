package lab

import (
	"bytes"
	"context"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aloft-ha/aloft/vrrp"
)

func TestTimelineIsAligned(t *testing.T) {
	for name, color := range map[string]bool{"timeline.txt": false, "timeline-color.txt": true} {
		var b bytes.Buffer
		tl := NewTimeline(&b, []string{"www1", "www2", "ns"}, color, false)
		tl.Head("www1, www2 and ns share 192.0.2.100.")
		tl.Blank()
		tl.Print(Moment{Marks: []Mark{MarkStopped, MarkStopped, MarkStopped}, Tone: ToneDeed, Text: "start"})
		tl.Waiting("waiting for www1", time.Second) // not a terminal: nothing
		tl.Print(Moment{After: 3221 * time.Millisecond, Marks: []Mark{MarkHolds, MarkStandby, MarkStandby}, Text: "www1 takes it"})
		tl.Print(Moment{After: 12345678 * time.Microsecond, Marks: []Mark{MarkStranded, MarkOrphaned, MarkHolds}, Tone: ToneBad, Text: "FAILED"})
		tl.Print(Moment{After: 100 * time.Second, Tone: ToneGood, Text: "no marks"})
		golden(t, name, b.String())
	}
}

func TestWaitingIsOverwritten(t *testing.T) {
	var b bytes.Buffer
	tl := NewTimeline(&b, []string{"a"}, false, true)
	tl.Waiting("waiting", 0)
	tl.Waiting("waiting", 1500*time.Millisecond)
	tl.Print(Moment{Marks: []Mark{MarkHolds}, Text: "done"})
	want := "             | waiting, 0.0 s\r\x1b[K             \\ waiting, 1.5 s\r\x1b[K   0.000 s   ●  done\n"
	if d := cmp.Diff(want, b.String()); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

func TestMarks(t *testing.T) {
	for _, c := range []struct {
		holds, running, cut bool
		want                Mark
	}{
		{false, false, false, MarkStopped},
		{false, false, true, MarkStopped},
		{false, true, false, MarkStandby},
		{false, true, true, MarkStandby},
		{true, true, false, MarkHolds},
		{true, true, true, MarkStranded},
		{true, false, true, MarkStranded},
		{true, false, false, MarkOrphaned},
	} {
		if got := markOf(c.holds, c.running, c.cut); got != c.want {
			t.Errorf("holds %t, running %t, cut %t: %s, want %s", c.holds, c.running, c.cut, got, c.want)
		}
	}
}

func TestMillis(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0.0 ms", 7230 * time.Microsecond: "7.2 ms", 612400 * time.Microsecond: "612 ms",
		3221400 * time.Microsecond: "3,221 ms", 61002 * time.Millisecond: "61,002 ms", 1999600 * time.Microsecond: "2,000 ms",
	} {
		if got := Millis(d).String(); got != want {
			t.Errorf("%s is %q, want %q", d, got, want)
		}
	}
}

// sampleReport has a step of each kind.
func sampleReport() *Report {
	ms := func(n float64) *Millis { return new(Millis(n * float64(time.Millisecond))) }
	return &Report{
		Nodes: []string{"www1", "www2"}, Software: []string{"aloft", "keepalived"}, Interval: Millis(time.Second),
		Steps: []StepReport{
			{Step: "start", Active: "www1", Took: ms(3221), Expect: "www1, in 6,219 ms", Problems: []string{}, OK: true},
			{
				Step: "planned stop", Active: "www2", Took: ms(611.5), Gap: ms(612.25), Expect: "www2, gap < 20 ms",
				Problems: []string{"the client's gap of 612 ms is not under 20.0 ms"},
			},
			{Step: "kill -9", Expect: "www2", Gap: ms(1.5), Problems: []string{"one", "two"}},
		},
	}
}

func TestReportAsATable(t *testing.T) {
	golden(t, "table.txt", sampleReport().Table(false))
	golden(t, "table-color.txt", sampleReport().Table(true))
}

func TestReportAsJSON(t *testing.T) {
	b, err := sampleReport().JSON()
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "report.json", string(b))
}

// advert makes a frame of the wire.
func advert(ms float64, port string, priority uint8) *Frame {
	return &Frame{
		At: at(ms), Port: port, Kind: KindAdvert, Advert: vrrp.Packet{VRID: 51, Priority: priority, Interval: 100},
	}
}

func TestNarratorTellsAPlannedStopInOrder(t *testing.T) {
	n := newNarrator(51, []netip.Addr{vip4, vip6})
	n.sawFrame(advert(0, "www1", 200))
	n.sawFrame(advert(1000, "www1", 200)) // nothing new
	n.sawFrame(advert(1500, "www1", 0))
	n.sawFrame(advert(1510, "www1", 200)) // of the farewell: it does not come back
	n.sawFrame(advert(1511, "www1", 0))
	n.sawChange(AddressChange{At: at(1517), Host: "www2", Address: vip4, Change: Added})
	n.sawChange(AddressChange{At: at(1518), Host: "www2", Address: vip4, Change: Renewed})
	n.sawChange(AddressChange{At: at(1518), Host: "www2", Address: hostA, Change: Added}) // not floating
	n.sawTurn(vip4, Turn{Host: "www2", First: at(1519)})
	n.sawTurn(vip4, Turn{Host: "www2", First: at(1600)})
	n.sawFrame(advert(1516, "www2", 190)) // later seen, earlier sent
	other := advert(1600, "www3", 200)
	other.Advert.VRID = 52
	n.sawFrame(other)
	n.sawChange(AddressChange{At: at(1520), Host: "www1", Address: vip4, Change: Removed})

	var got []string
	for _, o := range n.due(at(1519)) {
		n.apply(o)
		got = append(got, o.text)
	}
	want := []string{
		"www1 is Active, priority 200", "www1 says goodbye: priority 0", "www2 is Active, priority 190",
		"www2 takes 192.0.2.100", "the client is answered by www2",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	if !n.holders["www2"] {
		t.Error("www2 does not hold it")
	}
	rest := n.due(at(9999))
	if len(rest) != 1 || rest[0].text != "www1 lets 192.0.2.100 go" {
		t.Errorf("the rest is %v", rest)
	}
	if again := n.due(at(99999)); len(again) > 0 {
		t.Errorf("told twice: %v", again)
	}
}

// texts returns what the narrator tells up to a time.
func texts(n *narrator, ms float64) (all []string) {
	for _, o := range n.due(at(ms)) {
		all = append(all, o.text)
	}
	return all
}

// While one yields to the other both are heard in turn, and that makes neither of them Active again.
func TestNarratorTellsAFailbackOnce(t *testing.T) {
	n := newNarrator(51, []netip.Addr{vip4})
	n.sawFrame(advert(0, "www2", 190))
	n.sawFrame(advert(500, "www1", 200))
	n.sawFrame(advert(501, "www2", 190))
	n.sawFrame(advert(502, "www1", 200))
	n.sawFrame(advert(3502, "www1", 200)) // not yet silent
	want := []string{"www2 is Active, priority 190", "www1 is Active, priority 200"}
	if d := cmp.Diff(want, texts(n, 4000)); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	n.sawFrame(advert(3502, "www2", 190)) // after a silence of three intervals and more
	if d := cmp.Diff(want[:1], texts(n, 4000)); d != "" {
		t.Errorf("after a silence (-want +got)\n%s", d)
	}
}

func TestNarratorTellsOfADaemonThatIsStartedAgain(t *testing.T) {
	n := newNarrator(51, []netip.Addr{vip4})
	n.sawFrame(advert(0, "www1", 200))
	n.sawFrame(advert(10, "www1", 0))
	n.started("www1")
	n.sawFrame(advert(20, "www1", 200))
	if got := texts(n, 100); len(got) != 3 || got[2] != "www1 is Active, priority 200" {
		t.Errorf("it tells %q", got)
	}
}

func TestNarratorIsSilentAboutWhoIsCutOff(t *testing.T) {
	n := newNarrator(51, []netip.Addr{vip4})
	n.sawFrame(advert(0, "www1", 200))
	n.setCut("www1", true)
	n.sawFrame(advert(1000, "www1", 200))
	n.sawFrame(advert(2000, "www1", 200))
	if got := texts(n, 3000); len(got) != 1 {
		t.Errorf("it tells %q", got)
	}
	n.setCut("www1", false)
	n.sawFrame(advert(2500, "www1", 200))
	if got := texts(n, 3000); len(got) != 1 {
		t.Errorf("after healing it tells %q", got)
	}
}

func TestNarratorMarksFollowTheFirstAddress(t *testing.T) {
	n := newNarrator(51, []netip.Addr{vip4, vip6})
	n.sawChange(AddressChange{At: at(0), Host: "www1", Address: vip6, Change: Added})
	n.apply(n.due(at(0))[0])
	if n.holders["www1"] {
		t.Error("the second address alone makes it a holder")
	}
}

// goodStop is an outcome that meets every expectation of a planned stop.
func goodStop() (step, outcome) {
	www1, www2 := &Node{Host: &Host{Name: "www1"}}, &Node{Host: &Host{Name: "www2"}}
	st := step{
		name: "planned stop", successor: www2, departing: www1, stops: www1, limit: 3 * time.Second, alone: time.Second,
		gapLimit: 20 * time.Millisecond, silence: 3 * time.Second, tookLimit: 4 * time.Second,
	}
	o := outcome{
		deed: at(1000), last: at(900), first: at(3910), alone: at(3920), quiet: true, end: at(9000), exited: true,
		gap: Gap{From: at(3900), To: at(3910)},
	}
	return st, o
}

func TestJudgeFindsWhatIsWrong(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(st *step, o *outcome)
		want   string // a problem; empty: none
	}{
		{"all is well", func(*step, *outcome) {}, ""},
		{"nobody became Active", func(_ *step, o *outcome) { o.first = time.Time{} }, "www2 did not become Active within 3,000 ms"},
		{"never alone", func(_ *step, o *outcome) { o.alone = time.Time{}; o.quiet = false }, "did not hold the address alone within 1,000 ms"},
		{"not for long", func(_ *step, o *outcome) { o.quiet = false }, "alone all the time afterwards"},
		{"a rival", func(_ *step, o *outcome) { o.rivals = []string{"www3", "www4"} }, "www3 and www4 became Active too"},
		{"a crash", func(_ *step, o *outcome) { o.crashed = []string{"www2"} }, "the daemon of www2 ended by itself"},
		{"it does not end", func(_ *step, o *outcome) { o.exited = false }, "the daemon of www1 did not end within 20s"},
		{"the gap", func(_ *step, o *outcome) { o.gap.To = at(3920) }, "gap of 20.0 ms is not under 20.0 ms"},
		{"a starved probe", func(_ *step, o *outcome) { o.gap = Gap{From: at(0), To: at(30), Starved: 29 * time.Millisecond} }, ""},
		{"a starved probe and a gap", func(_ *step, o *outcome) { o.gap = Gap{From: at(0), To: at(50), Starved: 29 * time.Millisecond} }, "gap of 21.0 ms"},
		{"the gap, with no limit", func(st *step, o *outcome) { st.gapLimit = 0; o.gap.To = at(9000) }, ""},
		{"late within the tolerance", func(_ *step, o *outcome) { o.first = at(3950) }, ""},
		{"late", func(_ *step, o *outcome) { o.first = at(3951) }, "51.0 ms later than Active_Down_Interval"},
		{"early within the tolerance", func(_ *step, o *outcome) { o.first = at(3850) }, ""},
		{"early", func(_ *step, o *outcome) { o.first = at(3849) }, "51.0 ms before the end of Active_Down_Interval"},
		{"late, with no last advert", func(_ *step, o *outcome) { o.first, o.last = at(3951), time.Time{} }, ""},
		{"too long", func(st *step, o *outcome) { st.tookLimit = time.Second }, "it took 2,910 ms, more than 1,000 ms"},
		{"too long until alone", func(st *step, o *outcome) {
			st.tookAlone, st.tookLimit, o.alone = true, 3*time.Second, at(4500)
		}, "it took 3,500 ms, more than 3,000 ms"},
	} {
		t.Run(c.name, func(t *testing.T) {
			st, o := goodStop()
			c.change(&st, &o)
			r := judge(st, o)
			if got := strings.Join(r.Problems, "; "); r.OK != (c.want == "") || c.want == "" && got != "" || !strings.Contains(got, c.want) {
				t.Errorf("ok %t, problems %q, want %q", r.OK, got, c.want)
			}
		})
	}
}

func TestJudgeReportsTheTimes(t *testing.T) {
	st, o := goodStop()
	r := judge(st, o)
	if r.Active != "www2" || *r.Took != Millis(2910*time.Millisecond) || *r.Gap != Millis(10*time.Millisecond) {
		t.Errorf("the report is %+v", r)
	}
	st.noClient, o.first = true, time.Time{}
	if r := judge(st, o); r.Active != "" || r.Took != nil || r.Gap != nil {
		t.Errorf("without a successor and a client it is %+v", r)
	}
}

func TestStoriesOfOneNodeOrTooMany(t *testing.T) {
	for _, n := range []int{0, 1, MaxNodes + 1} {
		if _, err := Play(context.Background(), StoryOptions{Nodes: make([]Software, n), Out: new(bytes.Buffer)}); err == nil {
			t.Errorf("a story of %d nodes is told", n)
		}
	}
}

func TestWordsOfTheEnums(t *testing.T) {
	for got, want := range map[string]string{
		Aloft.String(): "aloft", Keepalived.String(): "keepalived", Software(9).String(): "invalid",
		Added.String(): "added", Renewed.String(): "renewed", Removed.String(): "removed", Change(0).String(): "invalid",
		Mark(99).String(): "?", Tone(99).String(): "",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
