package heartbeat

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// timeForm is a time as heartbeat takes it: seconds, or a number with ms or us. There is no s, m or h.
var timeForm = regexp.MustCompile(`^([0-9]+\.?[0-9]*|\.[0-9]+)(ms|msec|us|usec)?$`)

// longest bounds the times that are read, far above any that makes sense and far below what a time.Duration holds.
const longest = 365 * 24 * time.Hour

// parseTime reads a time, rounded to milliseconds as heartbeat does.
func parseTime(text string) (time.Duration, bool) {
	m := timeForm.FindStringSubmatch(text)
	if m == nil {
		return 0, false
	}
	n, err := strconv.ParseFloat(m[1], 64)
	if err != nil {
		return 0, false
	}
	unit := time.Second
	switch m[2] {
	case "ms", "msec":
		unit = time.Millisecond
	case "us", "usec":
		unit = time.Microsecond
	}
	ms := math.Round(n * float64(unit) / float64(time.Millisecond))
	if ms > float64(longest/time.Millisecond) {
		return 0, false
	}
	return time.Duration(ms) * time.Millisecond, true
}

// timeHint says how a time would have to be written, if it has a unit that heartbeat does not know.
func timeHint(text string) string {
	d, err := time.ParseDuration(text)
	switch {
	case err != nil || d < 0:
		return "a time is a number of seconds, or a number with ms or us behind it"
	case d%time.Second == 0:
		return "write " + strconv.FormatInt(int64(d/time.Second), 10) + ": heartbeat knows no other units than ms and us"
	}
	return "write " + strconv.FormatInt(d.Milliseconds(), 10) + "ms: heartbeat knows no other units than ms and us"
}

// parseBool reads a boolean in any of heartbeat's spellings.
func parseBool(text string) (value, ok bool) {
	switch strings.ToLower(text) {
	case "true", "on", "yes", "y", "1":
		return true, true
	case "false", "off", "no", "n", "0":
		return false, true
	}
	return false, false
}
