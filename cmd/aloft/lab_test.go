package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aloft-ha/aloft/internal/lab"
)

func TestLabFlagsMakeAStory(t *testing.T) {
	for _, c := range []struct {
		name string
		o    labOptions
		want lab.StoryOptions
	}{
		{"default", labOptions{nodes: 2, interval: time.Second}, lab.StoryOptions{Nodes: []lab.Software{lab.Aloft, lab.Aloft}, Interval: 100}},
		{
			"keepalived is the second",
			labOptions{nodes: 3, interval: 250 * time.Millisecond, keepalived: true, ipv6: true, keep: true},
			lab.StoryOptions{Nodes: []lab.Software{lab.Aloft, lab.Keepalived, lab.Aloft}, Interval: 25, IPv6: true, Keep: true},
		},
		{
			"the proxies",
			labOptions{nodes: 2, interval: time.Second, proxy: true},
			lab.StoryOptions{Nodes: []lab.Software{lab.Aloft, lab.Aloft}, Interval: 100, Proxies: true},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := c.o.story()
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
		})
	}
}

func TestLabRefusesWhatItCannotPlay(t *testing.T) {
	for args, want := range map[string]string{
		"--nodes 1":        "2 to 9 nodes",
		"--nodes 10":       "2 to 9 nodes",
		"--interval 5ms":   "10ms to 40.95s",
		"--interval 41s":   "10ms to 40.95s",
		"--interval 105ms": "steps of 10ms",
		"--interval 1":     "missing unit",
		"extra":            "unknown command",

		"--proxy --keepalived": "neither --keepalived nor --ipv6",
		"--proxy --ipv6":       "neither --keepalived nor --ipv6",
	} {
		var stderr bytes.Buffer
		root := newRoot()
		root.SetArgs(append([]string{"lab"}, strings.Fields(args)...))
		if code := execute(root, &stderr); code != exitUsage || !strings.Contains(stderr.String(), want) {
			t.Errorf("%s: exit %s with %q, want %q", args, code, stderr.String(), want)
		}
	}
}

func TestLabReportBecomesTheExitCode(t *testing.T) {
	var b bytes.Buffer
	if err := writeLab(&b, &lab.Report{OK: true}, false); err != nil || b.Len() > 0 {
		t.Errorf("a good story without JSON: %v, %q", err, &b)
	}
	err := writeLab(&b, &lab.Report{Nodes: []string{"www1"}}, true)
	if exitCodeOf(err) != exitFailed {
		t.Errorf("a bad story: %v", err)
	}
	var back struct{ Nodes []string }
	if err := json.Unmarshal(b.Bytes(), &back); err != nil || len(back.Nodes) != 1 {
		t.Errorf("the JSON is %q: %v", &b, err)
	}
}
