package heartbeat

import (
	"strings"
	"testing"
	"time"
)

// timed returns timers of a ha.cf that has the given directives.
func timed(t *testing.T, text string) (*setup, *notebook) {
	t.Helper()
	n := &notebook{file: "ha.cf"}
	return readHaCf(text+"\nnode a b\nbcast eth0\n", n), n
}

func TestTimersHaveHeartbeatsDefaults(t *testing.T) {
	tests := []struct {
		text                                    string
		keepalive, deadtime, warntime, initdead time.Duration
		deadping                                time.Duration
	}{
		{"", time.Second, 30 * time.Second, 15 * time.Second, 30 * time.Second, 30 * time.Second},
		{"deadtime 5", time.Second, 5 * time.Second, 2500 * time.Millisecond, 12 * time.Second, 5 * time.Second},
		{"deadtime 6", time.Second, 6 * time.Second, 3 * time.Second, 12 * time.Second, 6 * time.Second},
		{"deadtime 10", time.Second, 10 * time.Second, 5 * time.Second, 20 * time.Second, 10 * time.Second},
		{"deadtime 11\nkeepalive 500ms", 500 * time.Millisecond, 11 * time.Second, 5500 * time.Millisecond, 11 * time.Second, 11 * time.Second},
		{"deadtime 20\ninitdead 60\ndeadping 9\nwarntime 3", time.Second, 20 * time.Second, 3 * time.Second, time.Minute, 9 * time.Second},
		{"deadtime 5\ndeadtime 20", time.Second, 20 * time.Second, 10 * time.Second, 20 * time.Second, 20 * time.Second},
		{"deadtime 5 20", time.Second, 20 * time.Second, 10 * time.Second, 20 * time.Second, 20 * time.Second},
	}
	for _, test := range tests {
		s, _ := timed(t, test.text)
		got := s.times
		if got.keepalive.value != test.keepalive || got.deadtime.value != test.deadtime || got.warntime.value != test.warntime ||
			got.initdead.value != test.initdead || got.deadping.value != test.deadping {
			t.Errorf("%q: want %+v, got %+v", test.text, test, got)
		}
	}
}

func TestTimersThatHeartbeatRefuses(t *testing.T) {
	tests := []struct {
		text string
		said string // empty: heartbeat takes it
	}{
		{"keepalive 1\ndeadtime 3", ""},
		{"keepalive 1\ndeadtime 2001ms", ""},
		{"keepalive 1\ndeadtime 2", "more than twice keepalive"},
		{"keepalive 20", "more than twice keepalive"},
		{"keepalive 0", "keepalive is 0"},
		{"keepalive 100us", "keepalive is 0"}, // rounded to milliseconds
		{"warntime 0", "warntime is 0"},
		{"deadping 2", "deadping is 2s"},
		{"deadtime 20\ninitdead 19", "at least deadtime"},
		{"deadtime 20\ninitdead 20", ""},
		{"deadtime 1m", `"1m" is no time`},
	}
	for _, test := range tests {
		_, n := timed(t, test.text)
		switch {
		case test.said == "" && len(n.notes) > 0:
			t.Errorf("%q: want no note, got %v", test.text, n.notes)
		case test.said != "" && (len(n.notes) != 1 || !strings.Contains(n.notes[0].What, test.said)):
			t.Errorf("%q: want one note with %q, got %v", test.text, test.said, n.notes)
		}
	}
}

func TestIntervalAndDownAdverts(t *testing.T) {
	tests := []struct {
		keepalive, deadtime string
		interval            time.Duration
		down                int
		notes               int
	}{
		{"1", "3", time.Second, 3, 0},
		{"2", "30", 2 * time.Second, 15, 0},
		{"2", "5", 2 * time.Second, 3, 1},
		{"10ms", "1", 10 * time.Millisecond, 100, 0},
		{"1ms", "1", 10 * time.Millisecond, 100, 1},
		{"15ms", "1500ms", 20 * time.Millisecond, 75, 1},
		{"100ms", "30", 100 * time.Millisecond, 100, 1},
		{"333ms", "1", 330 * time.Millisecond, 4, 2},
		{"41", "100", 40950 * time.Millisecond, 3, 2},
		{"86400", "864000", 40950 * time.Millisecond, 100, 2},
	}
	for _, test := range tests {
		s, n := timed(t, "keepalive "+test.keepalive+"\ndeadtime "+test.deadtime)
		interval := s.times.interval(n)
		down := s.times.downAdverts(interval, n)
		if interval != test.interval || down != test.down || len(n.notes) != test.notes {
			t.Errorf("keepalive %s, deadtime %s: want %v, %d and %d notes, got %v, %d and %v",
				test.keepalive, test.deadtime, test.interval, test.down, test.notes, interval, down, n.notes)
		}
	}
}

func TestNoteSaysTheTakeoverThatIsNotDeadtime(t *testing.T) {
	tests := []struct{ name, text, said string }{
		{"no deadtime, and it fits", "keepalive 1", "no deadtime is written, and heartbeat waits 30s: down_adverts is 30"},
		{
			"no deadtime, and the cap", "keepalive 100ms",
			"no deadtime is written, and heartbeat waits 30s: down_adverts is 100, which is 10s of adverts every 100ms",
		},
		{
			"no deadtime, and rounded up", "keepalive 7",
			"no deadtime is written, and heartbeat waits 30s: down_adverts is 5, which is 35s of adverts every 7s",
		},
		{
			"a deadtime, and the cap", "keepalive 100ms\ndeadtime 30",
			"deadtime 30s becomes down_adverts: 100, which is 10s of adverts every 100ms",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s, n := timed(t, test.text)
			s.times.downAdverts(s.times.interval(n), n)
			if len(n.notes) != 1 || n.notes[0].What != test.said {
				t.Errorf("want one note %q, got %v", test.said, n.notes)
			}
		})
	}
}
